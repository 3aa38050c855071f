//! An administrator's consent: by the page that Entra has for it, or by requests in their name.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use graphbeat_base::{Clock, plain_text, redact_addresses};
use serde_json::json;
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::create::{id_in, send};
use super::permission::GRAPH_APP_ID;
use super::{GraphCall, Hand, HandError, PermissionKind, Registration, RegistrationError, Wanted};
use crate::client::endpoint;
use crate::{Awaited, BadRedirect, Identity};

/// The longest address that is read.
const ADDRESS_BYTES_MAX: usize = 32 * 1024;
/// The longest of Entra's sentences that is shown.
const DESCRIPTION_CHARS_MAX: usize = 300;

/// The page on which an administrator consents.
#[derive(Clone)]
pub struct ConsentPrompt {
    /// The page.
    pub url: Url,
    /// Where the browser ends.
    pub redirect_uri: String,
    state: String,
}

/// What the browser brought back from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentAnswer {
    /// `admin_consent=True`.
    Granted,
    /// No.
    Refused {
        /// The protocol's word.
        error: String,
        /// Entra's sentence, bounded, without addresses.
        description: String,
    },
}

impl ConsentPrompt {
    /// The page for an application: everything that its registration asks for, or a user's scopes.
    #[must_use]
    pub fn new(identity: &Identity, kind: PermissionKind, redirect_uri: &str, state: Uuid) -> Self {
        let resource = identity.endpoints.graph_resource.trim_end_matches('/');
        let scope = match kind {
            // Roles are granted by the default scope only.
            PermissionKind::Application => format!("{resource}/.default"),
            PermissionKind::Delegated => {
                identity.scopes.iter().map(|scope| format!("{resource}/{scope}")).collect::<Vec<_>>().join(" ")
            }
        };
        let state = state.simple().to_string();
        let mut url = endpoint(identity, &["v2.0", "adminconsent"]);
        url.query_pairs_mut().extend_pairs([
            ("client_id", identity.client_id.hyphenated().to_string().as_str()),
            ("scope", &scope),
            ("redirect_uri", redirect_uri),
            ("state", &state),
        ]);
        Self { url, redirect_uri: redirect_uri.to_owned(), state }
    }

    /// The same page for somebody else, who comes back to no program: to be sent to an administrator.
    #[must_use]
    pub fn for_administrator(identity: &Identity, kind: PermissionKind) -> Url {
        Self::new(identity, kind, super::wanted::REDIRECT_URI, Uuid::nil()).url
    }
}

impl Awaited for ConsentPrompt {
    type Answer = ConsentAnswer;

    fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    fn is_granted(answer: &ConsentAnswer) -> bool {
        *answer == ConsentAnswer::Granted
    }

    fn read_answer(&self, address: &str) -> Result<ConsentAnswer, BadRedirect> {
        let address = address.trim();
        if address.len() > ADDRESS_BYTES_MAX {
            return Err(BadRedirect::NoAnswer);
        }
        let query = address.split_once('?').map_or(address, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let [mut granted, mut state, mut error, mut description] = [const { None }; 4];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "admin_consent" => granted = Some(value),
                "state" => state = Some(value),
                "error" => error = Some(value),
                "error_description" => description = Some(value),
                _ => {}
            }
        }
        if granted.is_none() && error.is_none() {
            return Err(BadRedirect::NoAnswer);
        }
        let state = state.unwrap_or_default();
        if verify_slices_are_equal(state.as_bytes(), self.state.as_bytes()).is_err() {
            return Err(BadRedirect::OtherSignIn);
        }
        let is_granted = granted.is_some_and(|granted| granted.eq_ignore_ascii_case("true"));
        Ok(match error {
            None if is_granted => ConsentAnswer::Granted,
            error => ConsentAnswer::Refused {
                error: plain_text(&error.unwrap_or_default(), DESCRIPTION_CHARS_MAX),
                description: redact_addresses(&plain_text(&description.unwrap_or_default(), DESCRIPTION_CHARS_MAX)),
            },
        })
    }
}

/// The requests that grant the application permissions of a registration, with places for ids.
#[must_use]
pub fn grant_roles_calls(wanted: &Wanted) -> Vec<GraphCall> {
    let grants = wanted.permissions().iter().map(|permission| grant_role("{principal}", "{graph}", permission.id));
    std::iter::once(read_graph()).chain(grants).collect()
}

/// Grants the application permissions one by one, in an administrator's name.
///
/// # Errors
/// [`RegistrationError`]; run again, it goes on: what is granted already stays.
pub async fn grant_roles(
    hand: &dyn Hand,
    wanted: &Wanted,
    registration: &Registration,
    clock: &Clock,
) -> Result<(), RegistrationError> {
    let principal = registration.principal_id.ok_or(RegistrationError::Unknown("service principal"))?.to_string();
    let graph = id_in(&send(hand, &read_graph(), clock, |_| false).await?, "id")?.to_string();
    for permission in wanted.permissions() {
        let call = grant_role(&principal, &graph, permission.id);
        let may_pass = |error: &HandError| error.may_be_replication() && !error.is_already_there();
        match send(hand, &call, clock, may_pass).await {
            Err(error) if error.hand_error().is_some_and(HandError::is_already_there) => {}
            done => drop(done?),
        }
    }
    Ok(())
}

fn read_graph() -> GraphCall {
    GraphCall::get("app.principal.get", format!("/servicePrincipals(appId='{GRAPH_APP_ID}')?$select=id"))
}

fn grant_role(principal: &str, graph: &str, role: Uuid) -> GraphCall {
    let body = json!({"principalId": principal, "resourceId": graph, "appRoleId": role});
    GraphCall::post("app.role.grant", format!("/servicePrincipals/{principal}/appRoleAssignments"), body)
}

impl fmt::Debug for ConsentPrompt {
    /// Without what the address holds in its query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentPrompt").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}
