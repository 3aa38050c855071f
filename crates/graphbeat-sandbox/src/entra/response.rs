//! What an application asks the authorize endpoint for: a code, or tokens at once (implicit and hybrid).

use super::error::EntraError;
use crate::identity::Application;
use crate::tenant::Tenant;

/// The parts of a `response_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ResponseType {
    pub(super) code: bool,
    pub(super) id_token: bool,
    pub(super) token: bool,
}

impl ResponseType {
    /// Reads the parameter; words that are not known count for nothing here.
    pub(super) fn of(text: &str) -> Self {
        let has = |wanted: &str| text.split_ascii_whitespace().any(|word| word == wanted);
        Self { code: has("code"), id_token: has("id_token"), token: has("token") }
    }

    /// Whether tokens leave the page.
    pub(super) fn has_tokens(self) -> bool {
        self.id_token || self.token
    }

    /// Checks that the registration allows each part; tokens at once are off unless it says otherwise.
    pub(super) fn check(self, text: &str, tenant: &Tenant, application: &Application) -> Result<(), EntraError> {
        let known = text.split_ascii_whitespace().all(|word| matches!(word, "code" | "id_token" | "token"));
        if !known || text.trim().is_empty() {
            return Err(EntraError::new(
                "unsupported_response_type",
                70005,
                format!("The provided value for the input parameter 'response_type' is not allowed: '{text}'."),
            ));
        }
        let kept = tenant.store.get("applications", &application.object_id.to_string());
        let allows = |name: &str| {
            kept.is_some_and(|kept| kept.get("web")["implicitGrantSettings"][name].as_bool() == Some(true))
        };
        let refused = |code, part: &str| {
            let message = format!("response_type '{part}' is not enabled for the application.");
            Err(EntraError::new("unsupported_response_type", code, message))
        };
        if self.token && !allows("enableAccessTokenIssuance") {
            return refused(700_051, "token");
        }
        if self.id_token && !allows("enableIdTokenIssuance") {
            return refused(700_054, "id_token");
        }
        Ok(())
    }
}

/// What the person is to be asked, of the `prompt` parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// Only what is needed.
    Needed,
    /// Nothing: an answer or an error at once.
    Nothing,
    /// Who they are.
    Account,
    /// Their consent, even if it was given.
    Consent,
    /// An administrator's consent for everybody.
    AdminConsent,
}

impl Prompt {
    /// Reads the parameter.
    pub(super) fn read(text: Option<&str>) -> Result<Self, EntraError> {
        match text {
            None => Ok(Self::Needed),
            Some("none") => Ok(Self::Nothing),
            Some("login" | "select_account" | "create" | "refresh_session") => Ok(Self::Account),
            Some("consent") => Ok(Self::Consent),
            Some("admin_consent") => Ok(Self::AdminConsent),
            Some(other) => {
                Err(EntraError::new("invalid_request", 90023, format!("Unsupported 'prompt' value '{other}'.")))
            }
        }
    }
}
