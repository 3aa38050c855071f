//! From an exchange to the row of the ledger.

use std::sync::Arc;

use graphbeat_core::{Call, Kind, Method, Stage, Verdict};
use graphbeat_http::Exchange;

/// What an exchange came to.
#[derive(Clone, Debug, PartialEq)]
pub struct RowOutcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Where it failed.
    pub stage: Option<Stage>,
    /// How it failed.
    pub kind: Option<Kind>,
    /// The service's code, or ours.
    pub code: Option<Arc<str>>,
    /// The service's message, bounded, addresses left out.
    pub message: Option<Arc<str>>,
    /// What the service asked to wait, in seconds.
    pub retry_after_s: Option<u32>,
}

impl RowOutcome {
    /// An answer that was hoped for.
    #[must_use]
    pub const fn ok() -> Self {
        Self { verdict: Verdict::Ok, stage: None, kind: None, code: None, message: None, retry_after_s: None }
    }
}

/// The ledger's row of an exchange.
#[must_use]
pub fn call_row(exchange: &Exchange, outcome: RowOutcome) -> Call {
    let departure = &exchange.departure;
    let context = &departure.context;
    Call {
        id: departure.id,
        planned_at: context.planned_at.unwrap_or(departure.started_at),
        started_at: departure.started_at,
        duration_ms: exchange.duration_ms,
        account: Arc::clone(&context.account),
        tenant: Arc::clone(&context.tenant),
        operation: Arc::clone(&context.operation),
        journey: context.journey.clone(),
        attempt: context.attempt,
        method: Method::from_word(departure.method.as_str()).unwrap_or(Method::Get),
        path: departure.path.clone(),
        status: exchange.status(),
        verdict: outcome.verdict,
        stage: outcome.stage,
        kind: outcome.kind,
        code: outcome.code,
        message: outcome.message,
        request_id: exchange.request_id(),
        client_request_id: departure.client_request_id,
        retry_after_s: outcome.retry_after_s,
        bytes: exchange.bytes(),
    }
}
