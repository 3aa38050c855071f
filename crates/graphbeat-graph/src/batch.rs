//! Several operations in one request, `POST /$batch`: each is judged as if it had been sent alone.
//! <https://learn.microsoft.com/graph/json-batching>.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use graphbeat_base::{CallPath, SignedDuration, Timestamp};
use graphbeat_core::Verdict;
use graphbeat_core::retry::Failure;
use graphbeat_http::{CallContext, Request, Response, USER_AGENT_DECORATED, address};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::client::REQUEST_TIMEOUT;
use crate::compile::Rendered;
use crate::judging::{judge_plain, judge_response, judge_transport, row_outcome};
use crate::{Attempt, Client, Compiled, Completion, LedgerFailure, RenderError, Target, Values, call_row};

/// The name of a batch in the ledger.
pub const BATCH_OPERATION: &str = "batch.requests.send";
/// The most parts of a batch, as Graph allows.
pub const BATCH_PARTS_MAX: usize = 20;
/// The most bytes of a batch; a part that does not fit in is sent alone.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// The most headers of a part's answer that are read.
const PART_HEADERS_MAX: usize = 64;
/// Where batches go.
const BATCH_PATH: &str = "/v1.0/$batch";

/// One operation within a batch.
#[derive(Clone, Copy)]
pub struct BatchPart<'a> {
    /// What.
    pub operation: &'a Compiled,
    /// Values beside the target's.
    pub values: &'a Values,
    /// How long a healing failure of this account and operation has lasted.
    pub failing_for: SignedDuration,
    /// Runs only where this part, named by its place, went well.
    pub depends_on: Option<usize>,
}

/// Everything that one batch needs.
#[derive(Clone, Copy)]
pub struct BatchAttempt<'a> {
    /// The account's name.
    pub account: &'a Arc<str>,
    /// The tenant, as the configuration names it.
    pub tenant: &'a Arc<str>,
    /// On whom.
    pub target: &'a Target,
    /// `Bearer …`, marked sensitive.
    pub bearer: &'a HeaderValue,
    /// When the plan wanted it; none: now.
    pub planned_at: Option<Timestamp>,
    /// The parts, at most [`BATCH_PARTS_MAX`]; those beyond are not sent.
    pub parts: &'a [BatchPart<'a>],
}

/// What one part came to.
#[derive(Debug)]
pub enum PartOutcome {
    /// It was answered.
    Answered(Box<Completion>),
    /// It was not carried out, because the part at this place, on which it depends, did not go well (424).
    Dependent(usize),
    /// There is no request to send.
    NotRendered(RenderError),
    /// It belongs alone: it did not fit in, or the batch as a whole was not answered.
    Alone,
}

impl PartOutcome {
    fn answered(completion: Completion) -> Self {
        Self::Answered(Box::new(completion))
    }

    /// Whether it is in the batch.
    const fn is_sent(&self) -> bool {
        matches!(self, Self::Answered(_))
    }
}

/// What a batch came to.
#[derive(Debug)]
pub struct BatchCompletion {
    /// The batch as a whole.
    pub outer: Completion,
    /// Its parts, in the order of the attempt.
    pub parts: Vec<PartOutcome>,
}

#[derive(Deserialize)]
struct Answers<'a> {
    #[serde(borrow)]
    responses: Vec<PartAnswer<'a>>,
}

#[derive(Deserialize)]
struct PartAnswer<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, Value>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

impl Compiled {
    /// Whether it may be part of a batch: one request whose answer is one page of JSON.
    #[must_use]
    pub fn fits_batch(&self) -> bool {
        let operation = &self.operation;
        let is_plain = operation.upload.is_none() && !operation.monitor && operation.if_match.is_none();
        is_plain
            && operation.pages <= 1
            && !operation.is_delta()
            && crate::hop::expects_json(self)
            && matches!(operation.body, None | Some(graphbeat_catalog::Body::Json { .. }))
    }
}

impl Client {
    /// Sends several operations in one request; the batch becomes one row.
    ///
    /// # Errors
    /// [`LedgerFailure`] where the row could not be written.
    pub async fn batch(&self, batch: &BatchAttempt<'_>) -> Result<BatchCompletion, LedgerFailure> {
        let now = self.wire().clock().now();
        let (requests, mut parts) = requests(batch, now);
        if requests.is_empty() {
            return Ok(BatchCompletion { outer: Completion::ok(None), parts });
        }
        let Ok(url) = batch.target.graph_url.join(BATCH_PATH) else {
            return Ok(BatchCompletion { outer: Completion::ok(None), parts });
        };
        let request = Request {
            method: Method::POST,
            uri: address(&url),
            headers: headers(batch),
            body: Bytes::from(json!({ "requests": requests }).to_string()),
            timeout: REQUEST_TIMEOUT,
        };
        let exchange = self.wire().send(context(batch), CallPath::fixed(BATCH_PATH), request).await;
        let mut outer = match &exchange.result {
            Ok(response) => judge_plain(response, self.wire().clock().now()),
            Err(error) => judge_transport(error),
        };
        if let Ok(response) = &exchange.result
            && outer.failure.is_none()
        {
            match serde_json::from_slice::<Answers<'_>>(&response.body) {
                Ok(answers) => self.take(batch, &answers, &mut parts),
                Err(_) => {
                    let message = "the answer is not the JSON that Graph sends";
                    outer = Completion::bad(response.status.as_u16(), Failure::Broken, "NotJson", message);
                }
            }
        }
        if outer.failure.is_some() {
            parts.iter_mut().filter(|part| part.is_sent()).for_each(|part| *part = PartOutcome::Alone);
        }
        note_throttled_parts(&mut outer, &parts);
        self.log().record(call_row(&exchange, row_outcome(&outer))).await?;
        Ok(BatchCompletion { outer, parts })
    }

    /// Judges what the parts that were sent were answered.
    fn take(&self, batch: &BatchAttempt<'_>, answers: &Answers<'_>, parts: &mut [PartOutcome]) {
        let now = self.wire().clock().now();
        for (place, outcome) in parts.iter_mut().enumerate() {
            if !outcome.is_sent() {
                continue;
            }
            let id = id_of(place);
            *outcome = match (answers.responses.iter().find(|answer| answer.id == id), &batch.parts[place]) {
                (None, _) => {
                    let message = "the answer of the batch has no part for it";
                    PartOutcome::answered(Completion::given_up(Some(200), "MissingPart", message))
                }
                (Some(answer), part) => judge_part(batch, part, answer, now),
            };
        }
    }
}

/// The requests of a batch, and for each part whether it is among them: such a part stands as answered, with
/// nothing in it yet.
fn requests(batch: &BatchAttempt<'_>, now: Timestamp) -> (Vec<Value>, Vec<PartOutcome>) {
    let (mut requests, mut parts, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (place, part) in batch.parts.iter().enumerate() {
        let outcome = match part.operation.render(batch.target, part.values, now) {
            Err(error) => PartOutcome::NotRendered(error),
            Ok(rendered) => match request(place, part, &rendered) {
                Some(request) if requests.len() < BATCH_PARTS_MAX && leads_on(part, &parts) => {
                    bytes += request.to_string().len();
                    if bytes <= BATCH_BYTES_MAX {
                        requests.push(request);
                        PartOutcome::answered(Completion::ok(None))
                    } else {
                        PartOutcome::Alone
                    }
                }
                _ => PartOutcome::Alone,
            },
        };
        parts.push(outcome);
    }
    (requests, parts)
}

/// A part that depends on one that is not in the batch does not belong there either.
fn leads_on(part: &BatchPart<'_>, before: &[PartOutcome]) -> bool {
    part.depends_on.is_none_or(|on| before.get(on).is_some_and(PartOutcome::is_sent))
}

fn id_of(place: usize) -> String {
    (place + 1).to_string()
}

fn request(place: usize, part: &BatchPart<'_>, rendered: &Rendered) -> Option<Value> {
    let path = rendered.uri.path().strip_prefix("/v1.0")?;
    let url = rendered.uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut request = json!({ "id": id_of(place), "method": part.operation.method.as_str(), "url": url });
    let headers: Map<String, Value> = rendered
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), Value::from(value.to_str().unwrap_or_default())))
        .collect();
    if !headers.is_empty() {
        request["headers"] = Value::Object(headers);
    }
    if !rendered.body.is_empty() {
        request["body"] = serde_json::from_slice(&rendered.body).ok()?;
    }
    if let Some(on) = part.depends_on {
        request["dependsOn"] = json!([id_of(on)]);
    }
    Some(request)
}

fn headers(batch: &BatchAttempt<'_>) -> HeaderMap {
    let json = HeaderValue::from_static("application/json");
    let mut headers =
        HeaderMap::from_iter([(AUTHORIZATION, batch.bearer.clone()), (ACCEPT, json.clone()), (CONTENT_TYPE, json)]);
    if batch.parts.iter().any(|part| part.operation.is_of_sharepoint()) {
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_DECORATED));
    }
    headers
}

fn context(batch: &BatchAttempt<'_>) -> CallContext {
    CallContext {
        planned_at: batch.planned_at,
        account: Arc::clone(batch.account),
        tenant: Arc::clone(batch.tenant),
        operation: Arc::from(BATCH_OPERATION),
        journey: None,
        attempt: 1,
    }
}

fn judge_part(batch: &BatchAttempt<'_>, part: &BatchPart<'_>, answer: &PartAnswer<'_>, now: Timestamp) -> PartOutcome {
    let Ok(status) = StatusCode::from_u16(answer.status) else {
        let message = "the answer of the batch gives it no status";
        return PartOutcome::answered(Completion::given_up(Some(200), "BadPart", message));
    };
    if let (StatusCode::FAILED_DEPENDENCY, Some(on)) = (status, part.depends_on) {
        return PartOutcome::Dependent(on);
    }
    // A download or a report: its link is read where it is sent alone.
    if status.is_redirection() {
        return PartOutcome::Alone;
    }
    let body = answer.body.map_or_else(Bytes::new, |body| Bytes::copy_from_slice(body.get().as_bytes()));
    let response = Response { status, headers: part_headers(answer), body };
    let attempt = Attempt {
        account: batch.account,
        tenant: batch.tenant,
        target: batch.target,
        operation: part.operation,
        values: part.values,
        bearer: batch.bearer,
        planned_at: batch.planned_at,
        number: 1,
        journey: None,
        failing_for: part.failing_for,
        goes_on: &|| false,
        bookmark: None,
        must_equal: None,
    };
    let mut completion = judge_response(&attempt, &response, now);
    if completion.failure.is_none() {
        completion.pages.push(response.body);
    }
    PartOutcome::answered(completion)
}

fn part_headers(answer: &PartAnswer<'_>) -> HeaderMap {
    let headers = answer.headers.iter().take(PART_HEADERS_MAX);
    headers
        .filter_map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(text).ok()?))
        })
        .collect()
}

/// The row of a batch says how long its parts were told to wait: a restart is no way around that.
fn note_throttled_parts(outer: &mut Completion, parts: &[PartOutcome]) {
    let throttled = parts.iter().filter_map(|part| match part {
        PartOutcome::Answered(completion) if completion.verdict == Verdict::Throttled => Some(completion),
        _ => None,
    });
    let waits: Vec<_> = throttled.map(|completion| completion.retry_after).collect();
    if !waits.is_empty() {
        outer.verdict = Verdict::Throttled;
        outer.failure = Some(Failure::Busy);
        outer.retry_after = waits.iter().flatten().max().copied();
        outer.message = Some(Arc::from(format!("{} of {} parts were asked to wait", waits.len(), parts.len())));
    }
}
