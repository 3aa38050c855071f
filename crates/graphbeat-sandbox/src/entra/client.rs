//! Which application asks for a token, and whether it is the one it says.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use graphbeat_base::Timestamp;
use uuid::Uuid;

use super::assertion::{self, Audience, Parts};
use super::error::EntraError;
use super::federation::{self, Issuers};
use super::form::Form;
use crate::identity::{Application, Identity};

/// How an application proved who it is: the token's `appidacr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// None: a public client.
    None,
    Secret,
    Certificate,
    /// A token of another issuer.
    Federated,
}

impl Proof {
    /// The claim's value.
    pub(crate) fn claim(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Certificate | Self::Federated => "2",
        }
    }
}

/// The application that a form names.
pub(crate) fn find<'a>(identity: &'a Identity, form: &Form, tenant: &str) -> Result<&'a Application, EntraError> {
    let client_id = form.require("client_id")?;
    let id: Option<Uuid> = client_id.parse().ok();
    let application = id.and_then(|id| identity.application(id)).ok_or_else(|| unknown(client_id, id, tenant))?;
    if !application.enabled {
        return Err(EntraError::new(
            "unauthorized_client",
            7_000_112,
            format!("Application '{client_id}'({}) is disabled.", application.display_name),
        ));
    }
    Ok(application)
}

/// Whom and what an assertion may name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trust<'a> {
    pub(super) audience: Audience<'a>,
    pub(super) issuers: Issuers<'a>,
}

/// Checks the credential of an application that must or may have one.
pub(crate) fn prove(
    application: &Application,
    form: &Form,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Proof, EntraError> {
    let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
    let has_credentials = application.all_secrets().next().is_some()
        || !application.certificates.is_empty()
        || !application.federated.is_empty();
    if application.public && !has_credentials && (secret.is_some() || assertion.is_some()) {
        return Err(EntraError::new(
            "invalid_client",
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        ));
    }
    match (assertion, secret) {
        (Some(assertion), _) => check_assertion(application, assertion, trust, now),
        (None, Some(secret)) => {
            check_secret(application, secret, now)?;
            Ok(Proof::Secret)
        }
        (None, None) if application.public => Ok(Proof::None),
        (None, None) => Err(no_credential()),
    }
}

/// A confidential application without a credential.
pub(crate) fn no_credential() -> EntraError {
    EntraError::new(
        "invalid_client",
        7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    )
}

/// An application that is registered, but that the tenant has no service principal of.
pub(crate) fn no_principal(application: &Application, tenant_id: Uuid) -> EntraError {
    EntraError::new(
        "invalid_client",
        7_000_229,
        format!(
            "The client application {} is missing service principal in the tenant {tenant_id}. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119",
            application.client_id
        ),
    )
}

/// An assertion that the application issued itself, or one of another issuer.
fn check_assertion(
    application: &Application,
    assertion: &str,
    trust: &Trust<'_>,
    now: Timestamp,
) -> Result<Proof, EntraError> {
    let parts = Parts::read(assertion).ok_or_else(assertion::malformed)?;
    let is_own = |issuer: &str| issuer.eq_ignore_ascii_case(&application.client_id.to_string());
    if parts.claims["iss"].as_str().is_none_or(is_own) {
        assertion::check(application, &parts, &trust.audience, now)?;
        return Ok(Proof::Certificate);
    }
    federation::check(application, &parts, trust.issuers, now)?;
    Ok(Proof::Federated)
}

fn check_secret(application: &Application, presented: &str, now: Timestamp) -> Result<(), EntraError> {
    let app = application.client_id;
    let found = application
        .all_secrets()
        .find(|secret| verify_slices_are_equal(secret.value.as_bytes(), presented.as_bytes()).is_ok());
    match found {
        Some(secret) if now < secret.end && now >= secret.start => Ok(()),
        Some(_) => Err(EntraError::new(
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
            ),
        )),
        None => Err(EntraError::new(
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'."
            ),
        )),
    }
}

/// An id that could be an application's is not in this tenant; a placeholder is nowhere.
fn unknown(client_id: &str, id: Option<Uuid>, tenant: &str) -> EntraError {
    let placeholder =
        id.is_some_and(|id| !(1..=8).contains(&id.get_version_num()) || id.get_variant() != uuid::Variant::RFC4122);
    if placeholder {
        return EntraError::new(
            "unauthorized_client",
            700_038,
            format!("{client_id} is not a valid application identifier."),
        );
    }
    EntraError::new(
        "unauthorized_client",
        700_016,
        format!(
            "Application with identifier '{client_id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        ),
    )
}
