//! From an answer, or none, to what the try came to, and to what the row says.

use std::sync::Arc;

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::Access;
use graphbeat_core::retry::Failure;
use graphbeat_core::{Answer, ErrorBody, Kind, Stage, Verdict, judge};
use graphbeat_entra::ClaimsRequest;
use graphbeat_http::{Response, TransportError, TransportFault, retry_after};
use http::header::ETAG;

use crate::delta::start_over;
use crate::hop::{Page, expects_json};
use crate::{Attempt, Compiled, Completion, RowOutcome};

/// The protocol's word for a refusal that a token with further claims would mend.
const INSUFFICIENT_CLAIMS: &str = "insufficient_claims";
/// The longest version that is kept.
const ETAG_CHARACTERS_MAX: usize = 1024;

/// Judges an answer by what the catalogue expects of the operation.
pub(crate) fn judge_response(attempt: &Attempt<'_>, response: &Response, now: Timestamp) -> Completion {
    let status = response.status.as_u16();
    if status < 400 {
        return match unreadable(attempt, response) {
            Some((failure, code, message)) => Completion::bad(status, failure, code, message),
            None => Completion { etag: etag(response), ..Completion::ok(Some(status)) },
        };
    }
    let error = ErrorBody::parse(&response.body);
    if attempt.bookmark.is_some()
        && let Some(reason) = start_over(status, &error)
    {
        let verdict = Verdict::Expected;
        return Completion { verdict, reason: Some(reason), starts_over: true, ..failed(response, &error, now) };
    }
    let failed = failed(response, &error, now);
    let asks_to_wait = failed.retry_after.is_some();
    let answer = Answer { status, asks_to_wait, error: &error, failing_for: attempt.failing_for };
    let judgement = judge(&attempt.operation.operation, attempt.operation.mode, &answer);
    let expected = judgement.verdict == Verdict::Expected;
    Completion {
        verdict: judgement.verdict,
        reason: judgement.reason.cloned(),
        failure: if expected { Some(Failure::Final) } else { failed.failure },
        heals: judgement.heals,
        ..failed
    }
}

/// A failed answer outside the catalogue: nothing is expected of it.
pub(crate) fn judge_plain(response: &Response, now: Timestamp) -> Completion {
    let status = response.status.as_u16();
    if status < 400 {
        return Completion::ok(Some(status));
    }
    let completion = failed(response, &ErrorBody::parse(&response.body), now);
    let throttled = status == 429 || status == 503 && completion.retry_after.is_some();
    Completion { verdict: if throttled { Verdict::Throttled } else { Verdict::Failed }, ..completion }
}

fn failed(response: &Response, error: &ErrorBody, now: Timestamp) -> Completion {
    let status = response.status.as_u16();
    let demand = (status == 401).then(|| ClaimsRequest::of_challenges(&response.headers)).flatten();
    // Graph's own code says no more than that it does not like the token.
    let code = if demand.is_some() { Some(INSUFFICIENT_CLAIMS) } else { error.code() };
    Completion {
        verdict: Verdict::Failed,
        code: code.map(Arc::from),
        demand,
        message: error.message.as_deref().map(Arc::from),
        failure: Some(Failure::of_status(status)),
        retry_after: retry_after(&response.headers, now).and_then(|wait| SignedDuration::try_from(wait).ok()),
        ..Completion::ok(Some(status))
    }
}

/// No answer came.
pub(crate) fn judge_transport(error: &TransportError) -> Completion {
    let failure = match error.fault {
        TransportFault::Dns | TransportFault::Tls | TransportFault::TooLarge | TransportFault::NotNoted => {
            Failure::Final
        }
        TransportFault::Connect | TransportFault::Proxy => Failure::NotDelivered,
        TransportFault::Timeout | TransportFault::Reset | TransportFault::Malformed => Failure::Broken,
    };
    Completion {
        verdict: Verdict::Failed,
        code: Some(Arc::from(error.fault.code())),
        message: Some(Arc::from(error.fault.sentence())),
        failure: Some(failure),
        arrived: !error.fault.never_arrived(),
        ..Completion::ok(None)
    }
}

/// What the row says.
pub(crate) fn row_outcome(completion: &Completion) -> RowOutcome {
    let failed = completion.failure.is_some();
    let kind = if completion.status.is_some_and(|status| status < 400) { Kind::Exception } else { Kind::Httper };
    RowOutcome {
        verdict: completion.verdict,
        stage: failed.then_some(Stage::Request),
        kind: failed.then_some(kind),
        code: completion.code.clone(),
        message: completion.message.clone(),
        retry_after_s: completion.retry_after.and_then(|wait| u32::try_from(wait.as_secs()).ok()),
    }
}

fn etag(response: &Response) -> Option<Arc<str>> {
    let text = response.headers.get(ETAG)?.to_str().ok()?;
    (text.len() <= ETAG_CHARACTERS_MAX).then(|| Arc::from(text))
}

/// Why a successful answer cannot be what it should be: a captive portal's page, half a JSON, other bytes.
fn unreadable(attempt: &Attempt<'_>, response: &Response) -> Option<(Failure, &'static str, &'static str)> {
    if response.status.is_redirection() {
        return None;
    }
    if !expects_json(attempt.operation) {
        let differs = attempt.must_equal.is_some_and(|bytes| *bytes != response.body);
        let message = "what was read back is not what was uploaded";
        return differs.then_some((Failure::Final, "Differs", message));
    }
    if response.body.is_empty() {
        let code = "EmptyAnswer";
        return (!has_nothing_to_say(attempt.operation, response)).then_some((
            Failure::Broken,
            code,
            "the answer is empty",
        ));
    }
    let unread = serde_json::from_slice::<Page<'_>>(&response.body).err();
    unread.map(|_| (Failure::Broken, "NotJson", "the answer is not the JSON that Graph sends"))
}

fn has_nothing_to_say(compiled: &Compiled, response: &Response) -> bool {
    matches!(response.status.as_u16(), 202 | 204) || compiled.operation.access == Access::Write
}
