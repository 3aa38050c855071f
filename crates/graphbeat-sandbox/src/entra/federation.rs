//! Workload federation: a token of another issuer as an application's credential, and an issuer to try it with.

use graphbeat_base::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::assertion::Parts;
use super::error::EntraError;
use crate::identity::{Application, FederatedCredential};
use crate::keys::{KeyError, RsaIdentity};

/// The path of the test issuer's documents.
pub(super) const ISSUER_PATH: &str = "/_issuer";
/// The audience that Microsoft recommends, and that a credential has without one of its own.
pub(crate) const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";
const ADVICE: &str = "Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

/// What a token of the test issuer says.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) life: SignedDuration,
}

impl Workload {
    /// The token, signed.
    pub(crate) fn token(&self, signer: &RsaIdentity, now: Timestamp) -> Result<String, KeyError> {
        let expires = now.checked_add(self.life).unwrap_or(Timestamp::MAX);
        signer.sign(&json!({
            "iss": self.issuer, "sub": self.subject, "aud": self.audience,
            "iat": now.as_second(), "nbf": now.as_second(), "exp": expires.as_second(),
        }))
    }
}

/// The test issuer's name on a host of this sandbox.
pub(crate) fn issuer(host: &str) -> String {
    format!("https://{host}{ISSUER_PATH}")
}

/// The discovery document of the test issuer.
pub(super) fn configuration(base_url: &str) -> Value {
    json!({
        "issuer": format!("{base_url}{ISSUER_PATH}"),
        "jwks_uri": format!("{base_url}/common/discovery/v2.0/keys"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// Who vouches for assertions: the only issuer whose keys can be had here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Issuers<'a> {
    pub(super) signer: &'a RsaIdentity,
    pub(super) own_hosts: &'a [&'a str],
}

/// Checks the token of another issuer against an application's federated credentials.
pub(super) fn check(
    application: &Application,
    parts: &Parts<'_>,
    issuers: Issuers<'_>,
    now: Timestamp,
) -> Result<(), EntraError> {
    let claim = |name: &str| parts.claims[name].as_str().unwrap_or_default();
    let (app, name) = (application.client_id, &application.display_name);
    let credentials = &application.federated;
    if credentials.is_empty() {
        let message = format!("The client '{app}'({name}) has no configured federated identity credentials.");
        return Err(EntraError::new("invalid_client", 70025, message));
    }
    let unmatched = |code, what: &str, value: &str| {
        let message =
            format!("No matching federated identity record found for presented assertion {what} '{value}'. {ADVICE}");
        EntraError::new("invalid_client", code, message)
    };
    let (issuer, subject) = (claim("iss"), claim("sub"));
    let of_issuer: Vec<_> = credentials.iter().filter(|it| it.issuer == issuer).collect();
    if of_issuer.is_empty() {
        return Err(unmatched(700_211, "issuer", issuer));
    }
    let differs_in_case = |it: &&FederatedCredential| it.subject != subject && it.subject.eq_ignore_ascii_case(subject);
    if !of_issuer.iter().any(|it| it.subject == subject) && of_issuer.iter().any(differs_in_case) {
        return Err(unmatched(7_002_138, "subject", subject));
    }
    let of_subject: Vec<_> = of_issuer.into_iter().filter(|it| it.subject == subject).collect();
    if of_subject.is_empty() {
        return Err(unmatched(700_213, "subject", subject));
    }
    let audiences: Vec<&str> = match &parts.claims["aud"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !of_subject.iter().any(|it| it.audiences.iter().any(|own| audiences.contains(&own.as_str()))) {
        return Err(unmatched(700_212, "audience", audiences.first().copied().unwrap_or_default()));
    }
    if !issuers.own_hosts.iter().any(|host| self::issuer(host) == issuer) {
        return Err(EntraError::new("invalid_request", 50166, "Request to External OIDC endpoint failed."));
    }
    if !issuers.signer.verifies(parts.signed.as_bytes(), &parts.signature) {
        return Err(EntraError::new("invalid_client", 700_027, "Client assertion failed signature validation."));
    }
    parts.check_time(now)
}
