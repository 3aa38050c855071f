//! Version 1.0 of the endpoints, which older clients speak: `resource` instead of `scope`, numbers as text.

use graphbeat_base::Timestamp;
use serde_json::{Value, json};

use super::error::EntraError;
use super::form::Form;

/// What a request without a resource asks a token for.
const DEFAULT_RESOURCE: &str = "https://graph.microsoft.com";

/// The version of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

impl Version {
    /// Turns a request into one of version 2.0.
    pub(super) fn translate(self, form: &mut Form) -> Result<(), EntraError> {
        match self {
            Self::Two if form.get("resource").is_some() => {
                Err(EntraError::new("invalid_request", 901_002, "The 'resource' request parameter is not supported."))
            }
            Self::Two => Ok(()),
            Self::One => {
                let resource = form.get("resource").unwrap_or(DEFAULT_RESOURCE).to_owned();
                let is_application = form.get("grant_type") == Some("client_credentials");
                let open_id = if is_application { "" } else { " openid profile offline_access" };
                form.set_default("scope", format!("{resource}/.default{open_id}"));
                Ok(())
            }
        }
    }

    /// An answer in the version's own form.
    pub(super) fn answer(self, mut body: Value, form: &Form, now: Timestamp) -> Value {
        if self == Self::Two {
            return body;
        }
        let expires_in = body["expires_in"].as_i64().unwrap_or_default();
        for name in ["expires_in", "ext_expires_in", "refresh_in"] {
            if let Some(number) = body.get(name).and_then(Value::as_i64) {
                body[name] = json!(number.to_string());
            }
        }
        body["expires_on"] = json!((now.as_second() + expires_in).to_string());
        body["not_before"] = json!(now.as_second().to_string());
        body["resource"] = json!(form.get("resource").unwrap_or(DEFAULT_RESOURCE));
        body
    }

    /// A device-code answer in the version's own form.
    pub(super) fn device_answer(self, mut body: Value) -> Value {
        if self == Self::One {
            body["verification_url"] = body["verification_uri"].take();
            for name in ["expires_in", "interval"] {
                body[name] = json!(body[name].to_string());
            }
            if let Some(body) = body.as_object_mut() {
                body.shift_remove("verification_uri");
            }
        }
        body
    }
}
