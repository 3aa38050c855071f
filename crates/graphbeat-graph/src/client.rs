//! One try of one operation: send, follow, page, judge, record.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::{Access, Names};
use graphbeat_core::retry::Failure;
use graphbeat_core::{Answer, Call, ErrorBody, Kind, Stage, Verdict, judge};
use graphbeat_http::{CallContext, Request, Response, TransportError, TransportFault, Wire, retry_after};
use http::header::HeaderValue;

use crate::hop::{Hop, Lead, Page, Walk, expects_json, first_hop, lead};
use crate::{Compiled, RenderError, RowOutcome, Target, Values, call_row};

/// Real time until the whole answer of Graph must be there.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Where rows go. The ledger stands behind it.
#[async_trait]
pub trait CallLog: Send + Sync {
    /// Takes a row; waits only for room.
    async fn record(&self, call: Call) -> Result<(), LedgerFailure>;
}

/// The ledger took no row: the agent must stop sending.
#[derive(Debug, thiserror::Error)]
#[error("the ledger could not be written")]
pub struct LedgerFailure(#[source] pub Box<dyn Error + Send + Sync>);

/// Everything that one try needs.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The account's name.
    pub account: &'a Arc<str>,
    /// The tenant, as the configuration names it.
    pub tenant: &'a Arc<str>,
    /// On whom.
    pub target: &'a Target,
    /// What.
    pub operation: &'a Compiled,
    /// Values beside the target's.
    pub values: &'a Values,
    /// `Bearer …`, marked sensitive.
    pub bearer: &'a HeaderValue,
    /// When the plan wanted it; none: now.
    pub planned_at: Option<Timestamp>,
    /// 1 for the first try.
    pub number: u16,
    /// The journey that it is a step of.
    pub journey: Option<&'a Arc<str>>,
    /// How long a healing failure of this account and operation has lasted.
    pub failing_for: SignedDuration,
    /// Asked before each request after the first: whether the bucket lets it leave now.
    pub goes_on: &'a (dyn Fn() -> bool + Sync),
}

/// What one try came to.
#[derive(Debug)]
pub struct Completion {
    /// The verdict of the last request.
    pub verdict: Verdict,
    /// Its status; none where no answer came.
    pub status: Option<u16>,
    /// The most exact code of a failure.
    pub code: Option<Arc<str>>,
    /// The service's message of a failure, or what happened on the way.
    pub message: Option<Arc<str>>,
    /// Why an expected failure is healthy.
    pub reason: Option<Names>,
    /// How it failed, for the decision about another try; none where it did not.
    pub failure: Option<Failure>,
    /// What the service asked to wait.
    pub retry_after: Option<SignedDuration>,
    /// The failure heals with time: remember when it was first seen.
    pub heals: bool,
    /// Whether the request can have arrived at the service.
    pub arrived: bool,
    /// The answers' bodies, one for each page.
    pub pages: Vec<Bytes>,
}

/// A try that could not be made or kept.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The request could not be rendered; nothing was sent.
    #[error("the request could not be made")]
    Render(#[from] RenderError),
    /// The row could not be written.
    #[error("the call could not be kept")]
    Ledger(#[from] LedgerFailure),
}

/// Sends operations to Graph and keeps their rows.
#[derive(Clone)]
pub struct Client {
    wire: Wire,
    log: Arc<dyn CallLog>,
}

impl Client {
    /// A client that sends over `wire` and keeps rows in `log`.
    #[must_use]
    pub fn new(wire: Wire, log: Arc<dyn CallLog>) -> Self {
        Self { wire, log }
    }

    /// Sends the operation once, with its redirects and pages; every request becomes a row.
    ///
    /// # Errors
    /// [`AttemptError`] where the request could not be rendered or its row not be kept.
    pub async fn attempt(&self, attempt: &Attempt<'_>) -> Result<Completion, AttemptError> {
        let mut hop = first_hop(attempt, self.wire.clock().now())?;
        let mut walk = Walk::default();
        loop {
            let (completion, lead) = self.send(attempt, &hop, &walk).await?;
            match lead.and_then(|(lead, body)| walk.take(lead, body)) {
                Some(_) if !(attempt.goes_on)() => return Ok(Completion::held_back()),
                Some(next) => hop = next,
                None => return Ok(Completion { pages: walk.pages, ..completion }),
            }
        }
    }

    /// Sends one request and keeps its row. A good answer comes with where it leads.
    async fn send(
        &self,
        attempt: &Attempt<'_>,
        hop: &Hop,
        walk: &Walk,
    ) -> Result<(Completion, Option<(Lead, Bytes)>), LedgerFailure> {
        let context = CallContext {
            planned_at: attempt.planned_at,
            account: Arc::clone(attempt.account),
            tenant: Arc::clone(attempt.tenant),
            operation: Arc::clone(&attempt.operation.operation.id),
            journey: attempt.journey.cloned(),
            attempt: attempt.number,
        };
        let request = Request {
            method: hop.method.clone(),
            url: hop.url.clone(),
            headers: hop.headers.clone(),
            body: hop.body.clone(),
            timeout: REQUEST_TIMEOUT,
        };
        let exchange = self.wire.send(context, hop.path.clone(), request).await;
        let (completion, lead) = match &exchange.result {
            Ok(response) => {
                let completion = judge_response(attempt, response, self.wire.clock().now());
                followed(completion, attempt, hop, response, walk)
            }
            Err(error) => (judge_transport(error), None),
        };
        self.log.record(call_row(&exchange, row_outcome(&completion))).await?;
        let body = exchange.result.map(|response| response.body).unwrap_or_default();
        Ok((completion, lead.map(|lead| (lead, body))))
    }
}

/// Where a good answer leads; one that leads astray is a bad answer.
fn followed(
    completion: Completion,
    attempt: &Attempt<'_>,
    hop: &Hop,
    response: &Response,
    walk: &Walk,
) -> (Completion, Option<Lead>) {
    if completion.failure.is_some() {
        return (completion, None);
    }
    match lead(attempt, hop, response, walk) {
        Lead::Astray(code, message) => (Completion::bad(response.status.as_u16(), Failure::Final, code, message), None),
        lead => (completion, Some(lead)),
    }
}

fn judge_response(attempt: &Attempt<'_>, response: &Response, now: Timestamp) -> Completion {
    let status = response.status.as_u16();
    if status < 400 {
        return match unreadable(attempt.operation, response) {
            Some((code, message)) => Completion::bad(status, Failure::Broken, code, message),
            None => Completion::ok(Some(status)),
        };
    }
    let error = ErrorBody::parse(&response.body);
    let wait = retry_after(&response.headers, now).and_then(|wait| SignedDuration::try_from(wait).ok());
    let answer = Answer { status, asks_to_wait: wait.is_some(), error: &error, failing_for: attempt.failing_for };
    let judgement = judge(&attempt.operation.operation, attempt.operation.mode, &answer);
    let expected = judgement.verdict == Verdict::Expected;
    Completion {
        verdict: judgement.verdict,
        status: Some(status),
        code: error.code().map(Arc::from),
        message: error.message.as_deref().map(Arc::from),
        reason: judgement.reason.cloned(),
        failure: Some(if expected { Failure::Final } else { Failure::of_status(status) }),
        retry_after: wait,
        heals: judgement.heals,
        arrived: true,
        pages: Vec::new(),
    }
}

fn judge_transport(error: &TransportError) -> Completion {
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

fn row_outcome(completion: &Completion) -> RowOutcome {
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

/// Why a successful answer cannot be what it should be: a captive portal's page, half a JSON.
fn unreadable(compiled: &Compiled, response: &Response) -> Option<(&'static str, &'static str)> {
    if response.status.is_redirection() || !expects_json(compiled) {
        return None;
    }
    if response.body.is_empty() {
        let nothing_to_say =
            matches!(response.status.as_u16(), 202 | 204) || compiled.operation.access == Access::Write;
        return (!nothing_to_say).then_some(("EmptyAnswer", "the answer is empty"));
    }
    let unread = serde_json::from_slice::<Page<'_>>(&response.body).err();
    unread.map(|_| ("NotJson", "the answer is not the JSON that Graph sends"))
}

impl Completion {
    fn ok(status: Option<u16>) -> Self {
        Self {
            verdict: Verdict::Ok,
            status,
            code: None,
            message: None,
            reason: None,
            failure: None,
            retry_after: None,
            heals: false,
            arrived: true,
            pages: Vec::new(),
        }
    }

    /// The service asked to wait while pages were still to be read: another try reads them all.
    fn held_back() -> Self {
        Self {
            verdict: Verdict::Throttled,
            message: Some(Arc::from("Graph asked to wait before the last page")),
            failure: Some(Failure::Busy),
            ..Self::ok(None)
        }
    }

    /// An answer with a good status that is none all the same.
    fn bad(status: u16, failure: Failure, code: &'static str, message: &'static str) -> Self {
        Self {
            verdict: Verdict::Failed,
            code: Some(Arc::from(code)),
            message: Some(Arc::from(message)),
            failure: Some(failure),
            ..Self::ok(Some(status))
        }
    }
}
