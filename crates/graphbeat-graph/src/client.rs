//! One try of one operation: send, follow, page, judge, record.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_core::Call;
use graphbeat_http::{CallContext, Exchange, Request, Response, USER_AGENT_DECORATED, Wire};
use http::StatusCode;
use http::header::HeaderValue;

use crate::completion::FollowUp;
use crate::hop::{Hop, Lead, Walk, first_hop, lead};
use crate::judging::{judge_response, judge_transport, row_outcome};
use crate::{Compiled, Completion, DeltaBookmark, Monitor, RenderError, Target, UploadSession, Values, call_row};

/// Real time until the whole answer of Graph must be there.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

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
    /// Where a delta query goes on; none: from the beginning.
    pub bookmark: Option<&'a DeltaBookmark>,
    /// The bytes that the answer must be.
    pub must_equal: Option<&'a Bytes>,
}

impl Attempt<'_> {
    /// How graphbeat names itself to SharePoint and OneDrive.
    pub(crate) fn agent(&self) -> Option<HeaderValue> {
        self.operation.is_of_sharepoint().then(|| HeaderValue::from_static(USER_AGENT_DECORATED))
    }
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

    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }

    pub(crate) fn log(&self) -> &dyn CallLog {
        &*self.log
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
                Some(_) if !(attempt.goes_on)() => {
                    return Ok(Completion::held_back("Graph asked to wait before the last page"));
                }
                Some(next) => hop = next,
                None => return Ok(Completion { pages: walk.pages, bookmark: walk.bookmark, ..completion }),
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
        let (exchange, completion) = self.exchange(attempt, hop).await;
        let (completion, lead) = match &exchange.result {
            Ok(response) if completion.failure.is_none() => followed(completion, attempt, hop, response, walk),
            _ => (completion, None),
        };
        self.keep(&exchange, &completion).await?;
        let body = exchange.result.map(|response| response.body).unwrap_or_default();
        Ok((completion, lead.map(|lead| (lead, body))))
    }

    /// Sends one request of the attempt and judges its answer.
    pub(crate) async fn exchange(&self, attempt: &Attempt<'_>, hop: &Hop) -> (Exchange, Completion) {
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
            uri: hop.uri.clone(),
            headers: hop.headers.clone(),
            body: hop.body.clone(),
            timeout: REQUEST_TIMEOUT,
        };
        let exchange = self.wire.send(context, hop.path.clone(), request).await;
        let completion = match &exchange.result {
            Ok(response) => judge_response(attempt, response, self.wire.clock().now()),
            Err(error) => judge_transport(error),
        };
        let completion = Completion { call: Some(exchange.departure.id), ..completion };
        (exchange, completion)
    }

    /// Keeps the row of a request.
    pub(crate) async fn keep(&self, exchange: &Exchange, completion: &Completion) -> Result<(), LedgerFailure> {
        self.log.record(call_row(exchange, row_outcome(completion))).await
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
    match (lead(attempt, hop, response, walk), follow_up(attempt, response)) {
        (Lead::Astray(code, message), _) | (_, Err((code, message))) => (completion.turned_bad(code, message), None),
        (lead, Ok(follow_up)) => (Completion { follow_up, ..completion }, Some(lead)),
    }
}

/// What is still to be done after a good answer, or why it cannot be: a code, and in words.
fn follow_up(attempt: &Attempt<'_>, response: &Response) -> Result<Option<FollowUp>, (&'static str, &'static str)> {
    let operation = &attempt.operation.operation;
    if let Some(upload) = operation.upload {
        return UploadSession::of_answer(attempt, upload, &response.body).map(FollowUp::Upload).map(Some);
    }
    if operation.monitor && response.status == StatusCode::ACCEPTED {
        return Monitor::of_answer(attempt, response).map(FollowUp::Monitor).map(Some);
    }
    Ok(None)
}
