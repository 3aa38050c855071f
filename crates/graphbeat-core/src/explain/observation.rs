//! What is known about one failure before anybody has understood it.

use graphbeat_catalog::Mode;

use crate::{Call, ErrorBody, Kind, Stage};

/// A failure as it was seen: in a call of the ledger, or in a text that somebody pasted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Where it failed.
    pub stage: Option<Stage>,
    /// How it failed.
    pub kind: Option<Kind>,
    /// As what the account called.
    pub mode: Option<Mode>,
    /// The class of the operation (`mail`, `notes`).
    pub class: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The service's codes, outermost first; the deepest is the most exact.
    pub codes: Vec<String>,
    /// The message or the whole text, in lower case.
    pub text: String,
    /// Whether the codes and the status stand alone or in a known place, not somewhere in a longer text.
    pub is_exact: bool,
    /// The tag that it was read from (`REQUEST-HTTPER`).
    pub tag: Option<String>,
    /// Names and ids for the texts of a diagnosis.
    pub names: Names,
}

/// What a diagnosis can name, where it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The account.
    pub account: Option<String>,
    /// The permissions of which one would do, the least first.
    pub permissions: Vec<String>,
    /// The licence that the operation needs.
    pub license: Option<String>,
    /// What the service asked to wait, in seconds.
    pub wait_s: Option<u64>,
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// Our id of the request.
    pub client_request_id: Option<String>,
    /// When it happened.
    pub time: Option<String>,
}

impl Observation {
    /// The failure of a call in the ledger.
    #[must_use]
    pub fn of_call(call: &Call) -> Self {
        let class = call.operation.split_once('.').map(|(class, _)| class.to_owned());
        Self {
            stage: call.stage,
            kind: call.kind,
            class: class.filter(|class| class != "token"),
            status: call.status,
            names: Names {
                account: Some(call.account.to_string()),
                wait_s: call.retry_after_s.map(u64::from),
                request_id: call.request_id.map(|id| id.to_string()),
                client_request_id: Some(call.client_request_id.to_string()),
                time: Some(crate::time_text(call.started_at)),
                ..Names::default()
            },
            ..Self::of_answer(call.code.as_deref(), call.message.as_deref().unwrap_or_default())
        }
    }

    /// What a service said: its code, and the codes inside its message.
    pub(super) fn of_answer(code: Option<&str>, message: &str) -> Self {
        let mut codes: Vec<String> = code.map(str::to_owned).into_iter().collect();
        codes.extend(ErrorBody::parse(message.as_bytes()).codes);
        Self { codes, text: message.to_lowercase(), is_exact: true, ..Self::default() }
    }

    /// The same, knowing as what the account calls.
    #[must_use]
    pub fn in_mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }
}
