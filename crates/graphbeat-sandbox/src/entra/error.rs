//! Entra's errors: the JSON of the token endpoint, with `AADSTS` codes.

use graphbeat_base::Timestamp;
use http::StatusCode;
use http::header::{CACHE_CONTROL, PRAGMA};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::server::Reply;

/// An error of the token, device-code or discovery endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntraError {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) code: u32,
    pub(crate) message: String,
    pub(crate) suberror: Option<&'static str>,
}

/// The ids that an answer of Entra carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    pub(crate) trace_id: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) now: Timestamp,
}

/// The `error` that goes with a code, and the words for it where a fault names nothing but the code.
const KNOWN: [(u32, &str, &str); 25] = [
    (50034, "invalid_grant", "The user account does not exist in the directory."),
    (
        50053,
        "invalid_grant",
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    ),
    (50055, "invalid_grant", "The password is expired."),
    (50057, "invalid_grant", "The user account is disabled."),
    (50072, "interaction_required", "The user must enroll in multi-factor authentication."),
    (50074, "interaction_required", "Strong Authentication is required."),
    (
        50076,
        "interaction_required",
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication.",
    ),
    (50079, "interaction_required", "The user must register for multi-factor authentication."),
    (50126, "invalid_grant", "Error validating credentials due to invalid username or password."),
    (50173, "invalid_grant", "The provided grant has expired due to it being revoked, a fresh auth token is needed."),
    (
        53003,
        "access_denied",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    (65001, "invalid_grant", "The user or administrator has not consented to use the application."),
    (70016, "authorization_pending", "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
    (
        70043,
        "invalid_grant",
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
    (90002, "invalid_request", "Tenant not found."),
    (90033, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    (530_003, "access_denied", "Your device is required to be managed to access this resource."),
    (700_016, "unauthorized_client", "Application was not found in the directory."),
    (700_024, "invalid_client", "Client assertion is not within its valid time range."),
    (700_027, "invalid_client", "Client assertion failed signature validation."),
    (700_082, "invalid_grant", "The refresh token has expired due to inactivity."),
    (7_000_112, "unauthorized_client", "Application is disabled."),
    (7_000_215, "invalid_client", "Invalid client secret provided."),
    (
        7_000_218,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    (7_000_222, "invalid_client", "The provided client secret keys are expired."),
];

impl EntraError {
    /// An error with 400, or 401 where the client itself is not believed.
    pub(crate) fn new(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        let suberror = match code {
            65001 => Some("consent_required"),
            50055 => Some("user_password_expired"),
            50076 => Some("basic_action"),
            700_082 | 50173 => Some("bad_token"),
            _ => None,
        };
        Self { status, error, code, message: message.into(), suberror }
    }

    /// The error that a fault asks for by `AADSTS50053` or `50053`; Entra's unavailability by default.
    pub(crate) fn of_fault(code: Option<&str>, status: StatusCode) -> Self {
        let digits = code.map(|code| code.trim_start_matches("AADSTS")).and_then(|digits| digits.parse().ok());
        let code = digits.unwrap_or(90033);
        let (error, message) = KNOWN
            .iter()
            .find(|(known, _, _)| *known == code)
            .map_or(("invalid_request", "The sandbox was told to answer so."), |(_, error, message)| {
                (*error, *message)
            });
        Self { status, ..Self::new(error, code, message) }
    }

    /// A parameter that is not there.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            "invalid_request",
            900_144,
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    /// The answer.
    pub(crate) fn reply(&self, trace: &Trace) -> Reply {
        Reply::json(self.status, &self.body(trace))
            .with_header(CACHE_CONTROL, "no-store, no-cache")
            .with_header(PRAGMA, "no-cache")
    }

    /// The text, with its code and the ids by which Microsoft finds it.
    pub(crate) fn description(&self, trace: &Trace) -> String {
        format!(
            "AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
            self.code,
            self.message,
            trace.trace_id,
            trace.correlation_id,
            trace.now.strftime("%Y-%m-%d %H:%M:%SZ")
        )
    }

    fn body(&self, trace: &Trace) -> Value {
        let timestamp = trace.now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = self.description(trace);
        let mut body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace.trace_id,
            "correlation_id": trace.correlation_id,
        });
        // Captures of the real service show no `error_uri` for these two.
        if !matches!(self.code, 700_038 | 70003) {
            body["error_uri"] = json!(format!("https://login.microsoftonline.com/error?code={}", self.code));
        }
        if let Some(suberror) = self.suberror {
            body["suberror"] = json!(suberror);
        }
        body
    }
}
