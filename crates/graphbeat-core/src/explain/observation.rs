//! What is known about one failure before anybody has understood it.

use graphbeat_catalog::{Mode, Operation};
use serde::Deserialize;

use crate::{Call, ErrorBody, Kind, Stage, Verdict};

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
    /// What the token that was sent lacks, where that is known.
    pub lack: Option<Lack>,
    /// Whether the codes and the status stand alone or in a known place, not somewhere in a longer text.
    pub is_exact: bool,
    /// The tag that it was read from (`REQUEST-HTTPER`).
    pub tag: Option<String>,
    /// Names and ids for the texts of a diagnosis.
    pub names: Names,
}

/// The call's code; a request of which nobody knows the end has one of ours.
fn code_of(call: &Call) -> Option<&str> {
    let unknown_end = (call.verdict == Verdict::Interrupted).then_some("interrupted");
    call.code.as_deref().or(unknown_end)
}

/// The catalogue's word for an operation that needs no licence.
const ANY_LICENSE: &str = "any";

/// What a diagnosis can name, where it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The account.
    pub account: Option<String>,
    /// The permissions of which one would do, the least first.
    pub permissions: Vec<String>,
    /// The service that the licence must include for the operation (`exchange`).
    pub license: Option<String>,
    /// The directory role that the signed-in user needs for the operation.
    pub role: Option<String>,
    /// The call's row in the ledger.
    pub call: Option<String>,
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
                call: Some(call.id.to_string()),
                wait_s: call.retry_after_s.map(u64::from),
                request_id: call.request_id.map(|id| id.to_string()),
                client_request_id: Some(call.client_request_id.to_string()),
                time: Some(crate::time_text(call.started_at)),
                ..Names::default()
            },
            ..Self::of_answer(code_of(call), call.message.as_deref().unwrap_or_default())
        }
    }

    /// What a service said: its code, and the codes inside its message.
    #[must_use]
    pub fn of_answer(code: Option<&str>, message: &str) -> Self {
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

    /// The same, knowing what the operation needs in this mode.
    #[must_use]
    pub fn of_operation(mut self, operation: &Operation, mode: Mode) -> Self {
        self.class = Some(operation.class().to_owned());
        self.names.permissions = operation.permissions(mode).unwrap_or_default().to_vec();
        self.names.license = Some(operation.license.clone()).filter(|license| license != ANY_LICENSE);
        self.names.role = operation.role.clone().filter(|_| mode == Mode::Delegated);
        self.in_mode(mode)
    }

    /// The same, knowing what it was that lacked.
    #[must_use]
    pub fn lacking(mut self, lack: Option<Lack>) -> Self {
        self.lack = lack;
        self
    }
}

/// What a refused operation lacks, where the token that was sent tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lack {
    /// The token does not hold the permission.
    Permission,
    /// It does, and the user needs a directory role on top.
    Role,
    /// It does, and that is all that the catalogue asks for.
    Other,
}

impl Lack {
    /// The word in the rules.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Role => "role",
            Self::Other => "other",
        }
    }
}
