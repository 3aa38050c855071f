//! One request that was sent, with its outcome: the row of the ledger.

use std::fmt;
use std::sync::Arc;

use graphbeat_base::{CallId, CallPath, Timestamp};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use uuid::Uuid;

/// What a call, or an operation by its last call, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The answer that was hoped for.
    Ok,
    /// A failure that is healthy here, such as "no photo".
    Expected,
    /// A failure that somebody should look at.
    Failed,
    /// Graph or Entra asked to wait.
    Throttled,
    /// Nothing was sent, for a reason that is shown.
    Skipped,
    /// The process ended while the request was under way: nobody knows the answer.
    Interrupted,
}

/// Where a call failed. Users of the field know the upper-case tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Stage {
    /// While a token was asked for.
    Token,
    /// While an operation was run.
    Request,
}

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// Entra refused the sign-in (token stage only).
    Msaler,
    /// An HTTP status, or the network.
    Httper,
    /// Anything else, such as an answer that is not JSON.
    Exception,
}

/// The verbs that graphbeat sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or runs an action.
    Post,
    /// Changes.
    Patch,
    /// Creates or replaces.
    Put,
    /// Removes.
    Delete,
}

/// One request that was sent, retries, token, discovery and key requests included.
///
/// Field names are those of the JSON output, the API and the docs (`docs/ARCHITECTURE.md`).
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The id of the row.
    pub id: CallId,
    /// When the plan wanted it; equal to `started_at` for a call by hand.
    pub planned_at: Timestamp,
    /// When it left.
    pub started_at: Timestamp,
    /// Real time until the whole answer was there.
    pub duration_ms: u32,
    /// The account's name.
    pub account: Arc<str>,
    /// The tenant, as the configuration names it.
    pub tenant: Arc<str>,
    /// The operation's id, or a name such as `token.client-secret` outside the catalogue.
    pub operation: Arc<str>,
    /// The journey that it was a step of.
    pub journey: Option<Arc<str>>,
    /// 1 for the first try.
    pub attempt: u16,
    /// The verb.
    pub method: Method,
    /// The path as sent, without query.
    pub path: CallPath,
    /// The HTTP status; none where no answer came.
    pub status: Option<u16>,
    /// What it came to.
    pub verdict: Verdict,
    /// Where it failed; none where it did not.
    pub stage: Option<Stage>,
    /// How it failed; none where it did not.
    pub kind: Option<Kind>,
    /// The service's own code (`ErrorItemNotFound`, `AADSTS7000215`), or ours for the network (`Dns`).
    pub code: Option<Arc<str>>,
    /// The service's message, bounded, addresses left out.
    pub message: Option<Arc<str>>,
    /// Graph's `request-id` or Entra's `x-ms-request-id`.
    pub request_id: Option<Uuid>,
    /// Ours, new for each attempt.
    pub client_request_id: Uuid,
    /// What the service asked to wait, in seconds.
    pub retry_after_s: Option<u32>,
    /// Bytes of the answer's body.
    pub bytes: u64,
}

/// The names of a call's fields in JSON, CSV and the API, in order.
pub const CALL_FIELDS: &[&str] = &[
    "id",
    "planned_at",
    "started_at",
    "duration_ms",
    "account",
    "tenant",
    "operation",
    "journey",
    "attempt",
    "method",
    "path",
    "status",
    "verdict",
    "stage",
    "kind",
    "code",
    "message",
    "request_id",
    "client_request_id",
    "retry_after_s",
    "bytes",
];

/// A time as outputs show it: RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn time_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("Call", CALL_FIELDS.len())?;
        row.serialize_field("id", &self.id)?;
        row.serialize_field("planned_at", &time_text(self.planned_at))?;
        row.serialize_field("started_at", &time_text(self.started_at))?;
        row.serialize_field("duration_ms", &self.duration_ms)?;
        row.serialize_field("account", &self.account)?;
        row.serialize_field("tenant", &self.tenant)?;
        row.serialize_field("operation", &self.operation)?;
        row.serialize_field("journey", &self.journey)?;
        row.serialize_field("attempt", &self.attempt)?;
        row.serialize_field("method", &self.method)?;
        row.serialize_field("path", &self.path.to_string())?;
        row.serialize_field("status", &self.status)?;
        row.serialize_field("verdict", &self.verdict)?;
        row.serialize_field("stage", &self.stage)?;
        row.serialize_field("kind", &self.kind)?;
        row.serialize_field("code", &self.code)?;
        row.serialize_field("message", &self.message)?;
        row.serialize_field("request_id", &self.request_id)?;
        row.serialize_field("client_request_id", &self.client_request_id)?;
        row.serialize_field("retry_after_s", &self.retry_after_s)?;
        row.serialize_field("bytes", &self.bytes)?;
        row.end()
    }
}

impl Call {
    /// `200 OK`, `REQUEST-HTTPER:404 Not Found`, `TOKEN-MSALER:AADSTS7000215`: the tag that users of
    /// the field know.
    #[must_use]
    pub fn tag(&self) -> String {
        let (Some(stage), Some(kind)) = (self.stage, self.kind) else {
            return self.status.map_or_else(|| self.verdict.to_string(), status_text);
        };
        let detail = match (kind, self.status) {
            (Kind::Httper, Some(status)) => status_text(status),
            (_, status) => match (&self.code, status) {
                (Some(code), _) => code.to_string(),
                (None, Some(status)) => status_text(status),
                (None, None) => self.verdict.to_string(),
            },
        };
        format!("{stage}-{kind}:{detail}")
    }
}

/// `404 Not Found`; the number alone where HTTP has no name for it.
#[must_use]
pub fn status_text(status: u16) -> String {
    match reason_phrase(status) {
        "" => status.to_string(),
        reason => format!("{status} {reason}"),
    }
}

/// HTTP's name for a status (RFC 9110 and the registered additions); empty where there is none.
#[must_use]
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        507 => "Insufficient Storage",
        509 => "Bandwidth Limit Exceeded",
        _ => "",
    }
}

macro_rules! words {
    ($type:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands for it in outputs and in the ledger.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word; `None` for an unknown one.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

words!(Verdict {
    Ok => "ok", Expected => "expected", Failed => "failed", Throttled => "throttled", Skipped => "skipped",
    Interrupted => "interrupted",
});
words!(Stage { Token => "TOKEN", Request => "REQUEST" });
words!(Kind { Msaler => "MSALER", Httper => "HTTPER", Exception => "EXCEPTION" });
words!(Method { Get => "GET", Post => "POST", Patch => "PATCH", Put => "PUT", Delete => "DELETE" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_row_are_those_of_the_contract() {
        let at: Timestamp = "2026-11-24T12:00:00.1234Z".parse().expect("a timestamp");
        let call = Call {
            id: CallId::first_at(at),
            planned_at: at,
            started_at: at,
            duration_ms: 7,
            account: Arc::from("a"),
            tenant: Arc::from("t"),
            operation: Arc::from("mail.messages.list"),
            journey: None,
            attempt: 1,
            method: Method::Get,
            path: CallPath::fixed("/v1.0/me/messages"),
            status: Some(404),
            verdict: Verdict::Failed,
            stage: Some(Stage::Request),
            kind: Some(Kind::Httper),
            code: None,
            message: None,
            request_id: None,
            client_request_id: Uuid::nil(),
            retry_after_s: None,
            bytes: 0,
        };
        let row = serde_json::to_value(&call).expect("JSON");
        let names: Vec<&str> = row.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, CALL_FIELDS);
        assert_eq!(row["started_at"], "2026-11-24T12:00:00.123Z");
        assert_eq!(
            (&row["stage"], &row["kind"], &row["verdict"]),
            (&"REQUEST".into(), &"HTTPER".into(), &"failed".into())
        );
        assert_eq!(call.tag(), "REQUEST-HTTPER:404 Not Found");
    }

    #[test]
    fn a_status_has_the_name_that_http_gives_it() {
        assert_eq!(status_text(404), "404 Not Found");
        assert_eq!(status_text(799), "799");
    }
}
