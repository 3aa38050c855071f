//! Faults: what goes wrong on purpose, for which requests, how often and when.

mod alias;

use graphbeat_base::{Rng, Timestamp};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

/// How many faults may stand at once.
const FAULTS_MAX: usize = 1_000;
/// The longest delay.
const DELAY_MS_MAX: u64 = 600_000;
/// The longest Retry-After.
const RETRY_AFTER_S_MAX: u64 = 31_536_000;
/// The longest pattern, code or body.
const TEXT_MAX: usize = 65_536;

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// An operation (`mail.messages.list`) or the beginning of one (`mail`), tokens included (`token`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// A path (`/v1.0/users` and all below), `*` for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The method; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The error code in the answer (`AADSTS50053` for Entra).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The share of the matching requests that it strikes.
    #[serde(default = "always")]
    pub rate: f64,
    /// How long the answer is held back, in real time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// The `Retry-After` header of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// What happens.
    #[serde(default)]
    pub kind: FaultKind,
    /// The body of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When it begins, by the sandbox's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    /// An error answer; without a status only a delay.
    #[default]
    Status,
    /// The connection breaks before the request is looked at.
    Reset,
    /// The request is served, and half of the answer's body arrives.
    Truncate,
    /// An answer that is no JSON.
    Text,
}

/// Why a list of faults is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Not the JSON of a list of faults.
    #[error("the faults are no valid list (line {line}, column {column}): {message}")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What was wrong.
        message: String,
    },
    /// More than may stand at once.
    #[error("{0} faults are more than the {FAULTS_MAX} that may stand at once")]
    TooMany(usize),
    /// A field with a value that makes no sense.
    #[error("`[{index}].{field}` {problem}")]
    Field {
        /// Which fault, from 0.
        index: usize,
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

const fn always() -> f64 {
    1.0
}

impl Fault {
    /// Reads a list of faults and checks each.
    ///
    /// # Errors
    /// Where the text is no such list, or a field makes no sense.
    pub fn list_from_json(text: &[u8]) -> Result<Vec<Self>, FaultError> {
        let faults: Vec<Self> = serde_json::from_slice(text).map_err(|error| FaultError::Json {
            line: error.line(),
            column: error.column(),
            message: message_without_place(&error),
        })?;
        if faults.len() > FAULTS_MAX {
            return Err(FaultError::TooMany(faults.len()));
        }
        for (index, fault) in faults.iter().enumerate() {
            fault.check().map_err(|(field, problem)| FaultError::Field { index, field, problem })?;
        }
        Ok(faults)
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let refuse = |field, problem: &str| Err((field, problem.to_owned()));
        if self.operation.is_none() && self.path.is_none() {
            return refuse("operation", "or `path` must say which requests it strikes");
        }
        if self.path.as_ref().is_some_and(|path| !path.starts_with('/') && !path.starts_with('*')) {
            return refuse("path", "must start with `/` or `*`");
        }
        if self
            .method
            .as_ref()
            .is_some_and(|method| method.is_empty() || !method.bytes().all(|b| b.is_ascii_alphabetic()))
        {
            return refuse("method", "is no HTTP method");
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return refuse("status", "must lie between 200 and 599");
        }
        if !(0.0..=1.0).contains(&self.rate) {
            return refuse("rate", "must lie between 0 and 1");
        }
        if self.from.zip(self.until).is_some_and(|(from, until)| from >= until) {
            return refuse("until", "must lie after `from`");
        }
        self.check_sizes()
    }

    fn check_sizes(&self) -> Result<(), (&'static str, String)> {
        let texts = [("operation", &self.operation), ("path", &self.path), ("code", &self.code), ("body", &self.body)];
        if let Some((field, _)) = texts.iter().find(|(_, text)| text.as_ref().is_some_and(|text| text.len() > TEXT_MAX))
        {
            return Err((field, format!("must not be longer than {TEXT_MAX} bytes")));
        }
        if self.delay_ms.is_some_and(|delay| delay > DELAY_MS_MAX) {
            return Err(("delay_ms", format!("must not exceed {DELAY_MS_MAX}")));
        }
        if self.retry_after_s.is_some_and(|delay| delay > RETRY_AFTER_S_MAX) {
            return Err(("retry_after_s", format!("must not exceed {RETRY_AFTER_S_MAX}")));
        }
        if self.kind == FaultKind::Status && self.status.is_none() && self.delay_ms.is_none() {
            return Err(("status", "or `delay_ms` must say what goes wrong".to_owned()));
        }
        Ok(())
    }

    fn strikes(&self, target: &Target<'_>) -> bool {
        self.from.is_none_or(|from| target.now >= from)
            && self.until.is_none_or(|until| target.now < until)
            && self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(target.method.as_str()))
            && self.operation.as_ref().is_none_or(|operation| operation_strikes(operation, target))
            && self.path.as_ref().is_none_or(|pattern| {
                path_matches(pattern, target.path)
                    || target.path.strip_prefix("/v1.0").is_some_and(|path| path_matches(pattern, path))
            })
    }

    /// Whether it answers in the service's place.
    pub(crate) fn answers(&self) -> bool {
        match self.kind {
            FaultKind::Status => self.status.is_some(),
            FaultKind::Reset | FaultKind::Text => true,
            FaultKind::Truncate => false,
        }
    }

    /// The status of the error answer, where there is one.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        self.status.and_then(|status| StatusCode::from_u16(status).ok())
    }
}

/// What a fault is matched against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) operation: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// The faults that stand now, and the chance by which they strike.
#[derive(Debug)]
pub(crate) struct FaultBook {
    faults: Vec<Fault>,
    rng: Rng,
    /// The generator as it was, for a reset.
    first_rng: Rng,
}

impl FaultBook {
    /// A book with these faults.
    pub(crate) fn new(faults: Vec<Fault>, rng: Rng) -> Self {
        Self { faults, first_rng: rng.clone(), rng }
    }

    /// The faults in it.
    pub(crate) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Puts other faults in their place.
    pub(crate) fn replace(&mut self, faults: Vec<Fault>) {
        self.faults = faults;
    }

    /// Begins anew: these faults, and chance as at the start.
    pub(crate) fn restart(&mut self, faults: Vec<Fault>) {
        self.faults = faults;
        self.rng = self.first_rng.clone();
    }

    /// The first fault that strikes a request; chance is drawn for matching faults only.
    pub(crate) fn strike(&mut self, target: &Target<'_>) -> Option<Fault> {
        let rng = &mut self.rng;
        self.faults
            .iter()
            .find(|fault| fault.strikes(target) && (fault.rate >= 1.0 || rng.fraction() < fault.rate))
            .cloned()
    }
}

/// Whether `wanted` names what serves a request, by the route's name or by one that clients use.
fn operation_strikes(wanted: &str, target: &Target<'_>) -> bool {
    let by_alias = |(alias, route, path): &(&str, &str, &str)| {
        target.operation == Some(*route)
            && operation_matches(wanted, Some(alias))
            && (path.is_empty() || path_matches(path, target.path))
    };
    operation_matches(wanted, target.operation) || alias::ALIASES.iter().any(by_alias)
}

/// Whether `wanted` names the operation or a beginning of it in whole words.
fn operation_matches(wanted: &str, operation: Option<&str>) -> bool {
    let wanted = wanted.trim_end_matches(['*', '.']);
    operation.is_some_and(|operation| {
        wanted.is_empty() || operation.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// Whether a path lies at or below a pattern; with `*` the pattern describes the whole path.
fn path_matches(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.to_ascii_lowercase(), path.to_ascii_lowercase());
    if pattern.contains('*') {
        return glob_matches(&pattern, &path);
    }
    let pattern = pattern.trim_end_matches('/');
    path.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '(']))
}

/// `*` stands for any characters: the pieces between must follow each other.
fn glob_matches(pattern: &str, path: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(found) = rest.find(piece) else { return false };
        rest = &rest[found + piece.len()..];
    }
    rest.is_empty()
}

/// serde's message without its own "at line … column …".
fn message_without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<Fault>, String> {
        Fault::list_from_json(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bad_fault_is_refused_with_its_place_and_field() {
        for (text, expected) in [
            ("[", "line 1, column 1"),
            (r#"[{"path":"/v1.0/me","stauts":500}]"#, "unknown field `stauts`"),
            (r#"[{"status":500}]"#, "`[0].operation`"),
            (r#"[{"path":"me","status":500}]"#, "`[0].path`"),
            (r#"[{"path":"/","status":99}]"#, "`[0].status`"),
            (r#"[{"path":"/","status":500,"rate":7}]"#, "`[0].rate`"),
            (r#"[{"path":"/","delay_ms":600001}]"#, "`[0].delay_ms`"),
            (r#"[{"path":"/"}]"#, "`[0].status`"),
            (r#"[{"path":"/","status":500,"kind":"boom"}]"#, "unknown variant `boom`"),
            (
                r#"[{"path":"/","status":500,"from":"2026-01-02T00:00:00Z","until":"2026-01-01T00:00:00Z"}]"#,
                "`[0].until`",
            ),
        ] {
            let refusal = list(text).expect_err(text);
            assert!(refusal.contains(expected), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_path_matches_whole_segments_and_stars() {
        for (pattern, path, expected) in [
            ("/v1.0/me", "/v1.0/me/messages", true),
            ("/v1.0/me", "/v1.0/messages", false),
            ("/v1.0/users", "/v1.0/users('x')", true),
            ("/v1.0/users/*/messages", "/v1.0/users/1/messages", true),
            ("/v1.0/users/*/messages", "/v1.0/users/1/messages/2", false),
            ("/*/oauth2/v2.0/token", "/contoso/oauth2/v2.0/token", true),
            ("*", "/anything", true),
        ] {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn an_operation_matches_in_whole_words() {
        assert!(operation_matches("mail", Some("mail.messages.list")));
        assert!(operation_matches("mail.*", Some("mail.messages.list")));
        assert!(!operation_matches("mail.mess", Some("mail.messages.list")));
        assert!(!operation_matches("mail", None));
    }

    #[test]
    fn a_clients_own_name_of_an_operation_strikes_its_route_and_path_only() {
        let strikes = |wanted, operation, path| {
            let now = Timestamp::UNIX_EPOCH;
            operation_strikes(wanted, &Target { method: &Method::GET, path, operation: Some(operation), now })
        };
        assert!(strikes("mail.inbox.list", "mail.folder-messages.list", "/v1.0/me/mailFolders/Inbox/messages"));
        assert!(!strikes("mail.inbox.list", "mail.folder-messages.list", "/v1.0/me/mailFolders/x/messages"));
        assert!(strikes("mail.drafts.create", "mail.messages.create", "/v1.0/me/messages"));
        assert!(!strikes("users.me.get", "users.users.get", "/v1.0/users/1"));
    }

    #[test]
    fn a_rate_strikes_about_its_share_and_the_same_for_a_seed() {
        let faults = list(r#"[{"path":"/","status":500,"rate":0.25}]"#).expect("a fault");
        let count = |seed| {
            let mut book = FaultBook::new(faults.clone(), Rng::seeded(seed));
            let target = Target { method: &Method::GET, path: "/v1.0/me", operation: None, now: Timestamp::UNIX_EPOCH };
            (0..1_000).filter(|_| book.strike(&target).is_some()).count()
        };
        assert!((200..300).contains(&count(1)), "{}", count(1));
        assert_eq!(count(1), count(1));
    }

    #[test]
    fn a_restart_strikes_the_same_requests_again() {
        let faults = list(r#"[{"path":"/","status":500,"rate":0.5}]"#).expect("a fault");
        let mut book = FaultBook::new(faults.clone(), Rng::seeded(1));
        let target = Target { method: &Method::GET, path: "/v1.0/me", operation: None, now: Timestamp::UNIX_EPOCH };
        let mut struck = |again: bool| {
            if again {
                book.restart(faults.clone());
            }
            (0..64).map(|_| book.strike(&target).is_some()).collect::<Vec<bool>>()
        };
        let first = struck(false);
        assert_ne!(struck(false), first);
        assert_eq!(struck(true), first);
    }
}
