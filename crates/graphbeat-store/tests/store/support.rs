//! Stores in temporary directories and calls to put into them.

use std::path::Path;
use std::sync::Arc;

use graphbeat_base::{CallIds, Clock, Rng, SignedDuration, Timestamp};
use graphbeat_core::{Call, CallPath, Kind, Method, Stage, Verdict};
use graphbeat_store::{FlightFile, FlightNote, SqliteStore, StoreError, StoreOptions};

pub(crate) const LEDGER: &str = "graphbeat.db";

pub(crate) fn noon() -> Timestamp {
    "2026-11-24T12:00:00.250Z".parse().expect("a timestamp")
}

pub(crate) fn after_noon(seconds: i64) -> Timestamp {
    noon().checked_add(SignedDuration::from_secs(seconds)).expect("in range")
}

/// Opens the ledger of a directory as a process would.
pub(crate) fn try_open(directory: &Path, flight: Option<Arc<FlightFile>>) -> Result<SqliteStore, StoreError> {
    let options = StoreOptions {
        key_file: directory.join("vault.key"),
        clock: Clock::manual(noon()),
        rng: Rng::from_system().expect("entropy"),
        flight,
    };
    SqliteStore::open(&directory.join(LEDGER), options)
}

pub(crate) fn open(directory: &Path) -> SqliteStore {
    try_open(directory, None).expect("opened")
}

/// Makes calls that look like the agent's.
pub(crate) struct Calls {
    rng: Rng,
    ids: CallIds,
}

impl Calls {
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut rng = Rng::seeded(seed);
        let ids = CallIds::new(&mut rng);
        Self { rng, ids }
    }

    /// A good call of `mail.messages.list` by `contoso-app`.
    pub(crate) fn good(&mut self, started_at: Timestamp) -> Call {
        Call {
            id: self.ids.next(started_at),
            planned_at: started_at,
            started_at,
            duration_ms: 187,
            account: Arc::from("contoso-app"),
            tenant: Arc::from("contoso.onmicrosoft.com"),
            operation: Arc::from("mail.messages.list"),
            journey: None,
            attempt: 1,
            method: Method::Get,
            path: CallPath {
                template: Arc::from("/v1.0/users/{}/messages"),
                ids: vec![Arc::from("87d349ed-44d7-43e1-9a83-5f2406dee5bd")],
            },
            status: Some(200),
            verdict: Verdict::Ok,
            stage: None,
            kind: None,
            code: None,
            message: None,
            request_id: Some(self.rng.uuid()),
            client_request_id: self.rng.uuid(),
            retry_after_s: None,
            bytes: 12_345,
        }
    }

    /// A call that Graph refused.
    pub(crate) fn refused(&mut self, started_at: Timestamp) -> Call {
        Call {
            status: Some(403),
            verdict: Verdict::Failed,
            stage: Some(Stage::Request),
            kind: Some(Kind::Httper),
            code: Some(Arc::from("Authorization_RequestDenied")),
            message: Some(Arc::from("Insufficient privileges to complete the operation.")),
            operation: Arc::from("users.users.list"),
            path: CallPath::fixed("/v1.0/users"),
            ..self.good(started_at)
        }
    }
}

/// What is noted of a call before it leaves.
pub(crate) fn note_of(call: &Call) -> FlightNote {
    FlightNote {
        id: call.id,
        planned_at: call.planned_at,
        started_at: call.started_at,
        account: Arc::clone(&call.account),
        tenant: Arc::clone(&call.tenant),
        operation: Arc::clone(&call.operation),
        journey: call.journey.clone(),
        attempt: call.attempt,
        method: call.method,
        path: call.path.clone(),
        client_request_id: call.client_request_id,
    }
}
