//! What an answer comes to, compared with what the catalogue expects of the operation.

use graphbeat_base::SignedDuration;
use graphbeat_catalog::{Expectation, Mode, Names, Operation};

use crate::{ErrorBody, Kind, Stage, Verdict};

/// An answer, as far as its verdict depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// Whether the service asked to wait (`Retry-After`).
    pub asks_to_wait: bool,
    /// What a failed answer says.
    pub error: &'a ErrorBody,
    /// How long this account and operation have been failing so, where a healing failure was seen before.
    pub failing_for: SignedDuration,
}

/// A verdict with where and how it failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement<'a> {
    /// What the call came to.
    pub verdict: Verdict,
    /// Where it failed.
    pub stage: Option<Stage>,
    /// How it failed.
    pub kind: Option<Kind>,
    /// Why an expected failure is healthy.
    pub reason: Option<&'a Names>,
    /// The expectation heals with time: remember when it was first seen.
    pub heals: bool,
}

/// Judges Graph's answer to an operation.
#[must_use]
pub fn judge<'a>(operation: &'a Operation, mode: Mode, answer: &Answer<'_>) -> Judgement<'a> {
    if answer.status < 400 {
        return Judgement { verdict: Verdict::Ok, stage: None, kind: None, reason: None, heals: false };
    }
    let failure = |verdict, reason, heals| Judgement {
        verdict,
        stage: Some(Stage::Request),
        kind: Some(Kind::Httper),
        reason,
        heals,
    };
    if answer.status == 429 || (answer.status == 503 && answer.asks_to_wait) {
        return failure(Verdict::Throttled, None, false);
    }
    match operation.expect.iter().find(|expectation| matches(expectation, mode, answer)) {
        Some(expectation) => {
            let healthy = expectation
                .heals_within_minutes
                .is_none_or(|minutes| answer.failing_for <= SignedDuration::from_mins(i64::from(minutes)));
            let verdict = if healthy { Verdict::Expected } else { Verdict::Failed };
            failure(verdict, healthy.then_some(&expectation.reason), expectation.heals_within_minutes.is_some())
        }
        None => failure(Verdict::Failed, None, false),
    }
}

fn matches(expectation: &Expectation, mode: Mode, answer: &Answer<'_>) -> bool {
    expectation.status == answer.status
        && expectation.mode.is_none_or(|only| only == mode)
        && expectation.code.as_deref().is_none_or(|code| answer.error.has_code(code))
}

#[cfg(test)]
mod tests {
    use graphbeat_catalog::ClassFile;

    use super::*;

    fn operation() -> Operation {
        let file: ClassFile = toml::from_str(
            r#"
            class = "users"
            names = { en = "Users", zh-CN = "用户" }
            [[operation]]
            id = "users.photo.get"
            names = { en = "Photo", zh-CN = "照片" }
            method = "GET"
            path = "/me/photo"
            access = "read"
            license = "any"
            bucket = "outlook"
            docs = "https://learn.microsoft.com/graph/api/profilephoto-get"
            [[operation.expect]]
            status = 404
            code = "ImageNotFound"
            reason = { en = "no photo", zh-CN = "没有照片" }
            [[operation.expect]]
            status = 404
            code = "MailboxNotEnabledForRESTAPI"
            mode = "application"
            heals_within_minutes = 60
            reason = { en = "provisioning", zh-CN = "正在预配" }
            "#,
        )
        .expect("a class file");
        file.operations.into_iter().next().expect("one operation")
    }

    fn verdict(status: u16, code: &str, mode: Mode, minutes: i64) -> Verdict {
        let error = ErrorBody { codes: vec![code.to_owned()], message: None };
        let answer =
            Answer { status, asks_to_wait: false, error: &error, failing_for: SignedDuration::from_mins(minutes) };
        judge(&operation(), mode, &answer).verdict
    }

    #[test]
    fn a_healthy_failure_is_expected_and_any_other_is_not() {
        assert_eq!(verdict(404, "imagenotfound", Mode::Delegated, 0), Verdict::Expected);
        assert_eq!(verdict(404, "ItemNotFound", Mode::Delegated, 0), Verdict::Failed);
        assert_eq!(verdict(403, "ImageNotFound", Mode::Delegated, 0), Verdict::Failed);
        assert_eq!(verdict(200, "", Mode::Delegated, 0), Verdict::Ok);
        assert_eq!(verdict(429, "ImageNotFound", Mode::Delegated, 0), Verdict::Throttled);
    }

    #[test]
    fn a_failure_that_heals_is_expected_only_until_its_limit() {
        assert_eq!(verdict(404, "MailboxNotEnabledForRESTAPI", Mode::Application, 59), Verdict::Expected);
        assert_eq!(verdict(404, "MailboxNotEnabledForRESTAPI", Mode::Application, 61), Verdict::Failed);
        assert_eq!(verdict(404, "MailboxNotEnabledForRESTAPI", Mode::Delegated, 0), Verdict::Failed);
    }
}
