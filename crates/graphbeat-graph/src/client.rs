//! One try of one operation: send, follow, page, judge, record.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::{Access, Names};
use graphbeat_core::retry::Failure;
use graphbeat_core::{Answer, Call, ErrorBody, Kind, Stage, Verdict, judge};
use graphbeat_http::{
    CallContext, Exchange, Request, Response, TransportError, TransportFault, USER_AGENT_DECORATED, Wire, WirePath,
    retry_after,
};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, USER_AGENT};
use http::{HeaderMap, Method};
use serde::Deserialize;
use url::Url;

use crate::{Compiled, RenderError, RowOutcome, Target, Values, call_row};

/// Real time until the whole answer of Graph must be there.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The most redirects of one read that are followed.
const REDIRECTS_MAX: usize = 3;
/// The most pages of one read that are followed, whatever the catalogue says.
const PAGES_MAX: u32 = 50;

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

/// One request of a try: the first, a next page, or a followed redirect.
struct Hop {
    url: Url,
    path: WirePath,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
}

/// Just what paging needs to know; reading it proves that the whole answer is JSON.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow, default, rename = "@odata.nextLink")]
    next: Option<Cow<'a, str>>,
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
        let mut pages = Vec::new();
        let mut redirects = 0;
        loop {
            let (mut completion, response) = self.send(attempt, &hop).await?;
            let Some(response) = response.filter(|_| completion.verdict == Verdict::Ok) else {
                completion.pages = pages;
                return Ok(completion);
            };
            let next = if response.status.is_redirection() && redirects < REDIRECTS_MAX {
                redirects += 1;
                redirected(&hop, &response)
            } else {
                let next = next_page(&hop, &response, attempt, pages.len());
                pages.push(response.body);
                next
            };
            match next {
                Some(next) => hop = next,
                None => {
                    completion.pages = pages;
                    return Ok(completion);
                }
            }
        }
    }

    async fn send(&self, attempt: &Attempt<'_>, hop: &Hop) -> Result<(Completion, Option<Response>), LedgerFailure> {
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
        let completion = match &exchange.result {
            Ok(response) => judge_response(attempt, response, self.wire.clock().now()),
            Err(error) => judge_transport(error),
        };
        self.log.record(call_row(&exchange, row_outcome(&completion))).await?;
        let Exchange { result, .. } = exchange;
        Ok((completion, result.ok()))
    }
}

fn first_hop(attempt: &Attempt<'_>, now: Timestamp) -> Result<Hop, RenderError> {
    let compiled = attempt.operation;
    let rendered = compiled.render(attempt.target, attempt.values, now)?;
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(AUTHORIZATION, attempt.bearer.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if &*compiled.operation.bucket == "sharepoint-onedrive" {
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_DECORATED));
    }
    for (name, value) in &compiled.operation.headers {
        // The catalogue's check has seen that these are valid.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    let mut body = Bytes::new();
    if let Some((media_type, text)) = rendered.body {
        headers.insert(CONTENT_TYPE, HeaderValue::try_from(&*media_type).map_err(|_| RenderError::Address)?);
        body = Bytes::from(text);
    }
    Ok(Hop { url: rendered.url, path: rendered.path, method: compiled.method.clone(), headers, body })
}

/// The hop that a redirect of a read asks for. The token goes along only to the same origin.
fn redirected(hop: &Hop, response: &Response) -> Option<Hop> {
    if hop.method != Method::GET {
        return None;
    }
    let location = response.headers.get(LOCATION)?.to_str().ok()?;
    let url = hop.url.join(location).ok()?;
    if url.scheme() != hop.url.scheme() {
        return None;
    }
    let mut headers = hop.headers.clone();
    if url.origin() != hop.url.origin() {
        headers.remove(AUTHORIZATION);
    }
    let path = WirePath { template: Arc::from("{}"), ids: vec![Arc::from(url.path())] };
    Some(Hop { url, path, method: Method::GET, headers, body: Bytes::new() })
}

/// The next page, where the catalogue wants it and Graph names one on the same origin.
fn next_page(hop: &Hop, response: &Response, attempt: &Attempt<'_>, read: usize) -> Option<Hop> {
    let pages_max = attempt.operation.operation.pages.min(PAGES_MAX) as usize;
    if read + 1 >= pages_max || hop.method != Method::GET {
        return None;
    }
    let page: Page<'_> = serde_json::from_slice(&response.body).ok()?;
    let url = Url::parse(&page.next?).ok()?;
    if url.origin() != hop.url.origin() {
        return None;
    }
    let path = if url.path() == hop.url.path() {
        hop.path.clone()
    } else {
        WirePath { template: Arc::from("{}"), ids: vec![Arc::from(url.path())] }
    };
    Some(Hop { url, path, method: Method::GET, headers: hop.headers.clone(), body: Bytes::new() })
}

fn judge_response(attempt: &Attempt<'_>, response: &Response, now: Timestamp) -> Completion {
    let status = response.status.as_u16();
    if status < 400 {
        return match unreadable(attempt.operation, response) {
            Some(what) => Completion {
                verdict: Verdict::Failed,
                code: Some(Arc::from(what)),
                failure: Some(Failure::Broken),
                status: Some(status),
                ..Completion::ok(None)
            },
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
fn unreadable(compiled: &Compiled, response: &Response) -> Option<&'static str> {
    if response.status.is_redirection() || !expects_json(compiled) {
        return None;
    }
    if response.body.is_empty() {
        let nothing_to_say =
            matches!(response.status.as_u16(), 202 | 204) || compiled.operation.access == Access::Write;
        return (!nothing_to_say).then_some("EmptyAnswer");
    }
    serde_json::from_slice::<Page<'_>>(&response.body).err().map(|_| "NotJson")
}

/// Graph answers JSON except where the path asks for something else.
fn expects_json(compiled: &Compiled) -> bool {
    let path = &compiled.operation.path;
    let raw = ["/content", "/$value", "/$count"].iter().any(|ending| path.ends_with(ending));
    !(raw && compiled.method == Method::GET || path.starts_with("/reports/get"))
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
            pages: Vec::new(),
        }
    }
}
