//! Every request passes here twice: as a note before it leaves, and as a row when it is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use graphbeat_core::{Call, Kind, Method, Stage, Verdict};
use graphbeat_entra::{ExchangeLog, TokenOutcome};
use graphbeat_graph::{CallLog, LedgerFailure, RowOutcome, call_row};
use graphbeat_http::{Departure, Exchange, FlightLog, NotNoted};
use graphbeat_store::{FlightFile, FlightNote, Ledger, StoreError};

use crate::OperationReport;

/// Sees what happens while it happens: progress bars, the live view.
pub trait Watcher: Send + Sync {
    /// A request is over.
    fn call(&self, call: &Call);
    /// An operation is over, with all its tries.
    fn operation(&self, report: &OperationReport);
}

/// Looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWatcher;

impl Watcher for NoWatcher {
    fn call(&self, _call: &Call) {}
    fn operation(&self, _report: &OperationReport) {}
}

/// Writes rows into the ledger and shows them to the watcher.
pub struct Recorder {
    ledger: Arc<dyn Ledger>,
    watcher: Arc<dyn Watcher>,
    calls: AtomicU64,
}

impl Recorder {
    /// A recorder for one process.
    #[must_use]
    pub fn new(ledger: Arc<dyn Ledger>, watcher: Arc<dyn Watcher>) -> Self {
        Self { ledger, watcher, calls: AtomicU64::new(0) }
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn operation(&self, report: &OperationReport) {
        self.watcher.operation(report);
    }

    async fn keep(&self, call: Call) -> Result<(), LedgerFailure> {
        self.watcher.call(&call);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.ledger.append(call).await.map_err(|error| LedgerFailure(Box::new(error)))
    }
}

#[async_trait]
impl CallLog for Recorder {
    async fn record(&self, call: Call) -> Result<(), LedgerFailure> {
        self.keep(call).await
    }
}

#[async_trait]
impl ExchangeLog for Recorder {
    async fn record(&self, exchange: Exchange, outcome: TokenOutcome) {
        let row = call_row(&exchange, token_row(&exchange, outcome));
        // The ledger keeps its first failure and gives it to the next one who asks: nothing is lost here.
        let _ = self.keep(row).await;
    }
}

/// What every request to Entra is called, and none to Graph.
const TOKEN_OPERATIONS: &str = "token.";

/// The verdict of a request to Entra, or to Graph about a registration.
fn token_row(exchange: &Exchange, outcome: TokenOutcome) -> RowOutcome {
    let is_token = exchange.departure.context.operation.starts_with(TOKEN_OPERATIONS);
    let (stage, refused) = if is_token { (Stage::Token, Kind::Msaler) } else { (Stage::Request, Kind::Httper) };
    let failed = |verdict, kind, code: Option<Arc<str>>, message: Option<Arc<str>>, retry_after_s| RowOutcome {
        verdict,
        stage: Some(stage),
        kind: Some(kind),
        code,
        message,
        retry_after_s,
    };
    match outcome {
        TokenOutcome::Ok => RowOutcome::ok(),
        TokenOutcome::Pending => {
            failed(Verdict::Expected, Kind::Msaler, Some(Arc::from("authorization_pending")), None, None)
        }
        TokenOutcome::Refused { code, message } => {
            failed(Verdict::Failed, refused, Some(Arc::from(code)), Some(Arc::from(message)), None)
        }
        TokenOutcome::Throttled { retry_after } => {
            let seconds = retry_after.and_then(|wait| u32::try_from(wait.as_secs()).ok());
            // A status of its own says so; any other hides Entra's trouble.
            let says_so = exchange.status().is_some_and(|status| matches!(status, 429 | 503));
            let code = (!says_so).then(|| Arc::from("throttled"));
            failed(Verdict::Throttled, Kind::Httper, code, None, seconds)
        }
        TokenOutcome::Unreadable => failed(Verdict::Failed, Kind::Exception, Some(Arc::from("NotJson")), None, None),
        TokenOutcome::Transport => {
            let fault = exchange.result.as_ref().err().map(|error| error.fault);
            let code = fault.map(|fault| Arc::from(fault.code()));
            let message = fault.map(|fault| Arc::from(fault.sentence()));
            failed(Verdict::Failed, Kind::Httper, code, message, None)
        }
    }
}

/// The ledger's own error out of the port's.
pub(crate) fn ledger_error(failure: LedgerFailure) -> StoreError {
    match failure.0.downcast::<StoreError>() {
        Ok(error) => *error,
        Err(other) => StoreError::Writer(Arc::new(StoreError::Database { act: "write", source: other })),
    }
}

/// The flight file as the wire knows it.
pub struct FlightNotes(pub Arc<FlightFile>);

impl FlightLog for FlightNotes {
    fn depart(&self, departure: &Departure) -> Result<(), NotNoted> {
        let context = &departure.context;
        let note = FlightNote {
            id: departure.id,
            planned_at: context.planned_at.unwrap_or(departure.started_at),
            started_at: departure.started_at,
            account: Arc::clone(&context.account),
            tenant: Arc::clone(&context.tenant),
            operation: Arc::clone(&context.operation),
            journey: context.journey.clone(),
            attempt: context.attempt,
            method: Method::from_word(departure.method.as_str()).unwrap_or(Method::Get),
            path: departure.path.clone(),
            client_request_id: departure.client_request_id,
        };
        self.0.depart(&note).map_err(|error| NotNoted(graphbeat_base::error_chain(&error)))
    }
}
