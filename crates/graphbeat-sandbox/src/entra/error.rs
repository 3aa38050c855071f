//! Entra's errors: the JSON of the token endpoint, with `AADSTS` codes.

use graphbeat_base::Timestamp;
use http::StatusCode;
use http::header::{CACHE_CONTROL, PRAGMA};
use serde_json::{Value, json};
use uuid::Uuid;

use super::known;
use crate::server::Reply;

/// The conditional-access policy that answers name.
const POLICY_ID: &str = "ab0b1eb6-0e5c-4b5f-9b7a-5d2b8a3f6c11";

/// An error of the token, device-code or discovery endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntraError {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) code: u32,
    pub(crate) message: String,
    pub(crate) suberror: Option<&'static str>,
    /// What a further request must ask for, as JSON.
    pub(crate) claims: Option<String>,
}

/// The ids that an answer of Entra carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trace {
    pub(crate) trace_id: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) now: Timestamp,
}

impl EntraError {
    /// An error with 400, or 401 where the client itself is not believed.
    pub(crate) fn new(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        let status = if error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        let suberror = match code {
            65001 => Some("consent_required"),
            50055 => Some("user_password_expired"),
            50072 | 50074 | 50076 | 50079 => Some("basic_action"),
            53000 | 53003 => Some("message_only"),
            50173 | 70043 | 700_082 | 700_084 => Some("bad_token"),
            _ => None,
        };
        let by_policy = matches!(code, 50076 | 53000 | 53003);
        let claims = by_policy.then(|| {
            json!({ "access_token": { "capolids": { "essential": true, "values": [POLICY_ID] } } }).to_string()
        });
        Self { status, error, code, message: message.into(), suberror, claims }
    }

    /// The error that a fault asks for by `AADSTS50053` or `50053`; Entra's unavailability by default.
    pub(crate) fn of_fault(code: Option<&str>, status: StatusCode) -> Self {
        let text = code.unwrap_or_default();
        // A word of the protocol by itself: `slow_down`.
        if let Some(word) = known::word(text) {
            return Self { status, ..Self::new(word, 0, known::TOLD) };
        }
        let code = text.trim_start_matches("AADSTS").parse().unwrap_or(90033);
        let (error, message) = known::of_code(code);
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
        // Captures of the real service show no `error_uri` for these.
        if !matches!(self.code, 700_038 | 70003 | 70025 | 700_211 | 700_212 | 700_213 | 7_002_138) {
            body["error_uri"] = json!(format!("https://login.microsoftonline.com/error?code={}", self.code));
        }
        if let Some(suberror) = self.suberror {
            body["suberror"] = json!(suberror);
        }
        if let Some(claims) = &self.claims {
            body["claims"] = json!(claims);
        }
        body
    }
}
