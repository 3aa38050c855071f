//! The loops: a slot is due, its operation runs, its call is kept, and what was made is removed again.
//!
//! Waiting happens here and nowhere else. Data flows one way: plan → gate (budget) → token → request →
//! verdict → ledger.

mod account;
mod agent;
mod batch;
mod check;
mod credential;
mod delta;
mod examine;
mod federated;
mod follow_up;
mod gate;
mod guard;
mod journey;
mod lookup;
mod operation;
mod permission_check;
mod permitted;
mod recorder;
mod registration;
mod removal;
mod report;
mod round;
mod seen;
mod settle;
mod setup;
mod sign_in;
mod sign_in_guard;
mod survive;
mod vault_tokens;
mod version;
mod waits;

pub use account::{Account, CloudLink, Operations, Work};
pub use agent::{AgentOptions, AgentSummary};
pub use examine::{EntraLook, UserLook};
pub use gate::Gates;
pub use guard::NoToken;
pub use recorder::{FlightNotes, NoWatcher, Recorder, Watcher};
pub use report::{CheckReport, OperationReport, Trouble};
pub use settle::{LiveSessions, SettledArtefact, Settlement};
pub use setup::{
    Parts, SecretReader, SelectionOverride, SetupError, assemble, cloud_wire, network_settings, planned_next,
    selection_of,
};
pub use sign_in::{PromptSink, SignInFailure, SignInPrompt, SignInWay};
pub use sign_in_guard::LedgerGuard;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use graphbeat_base::{Clock, Rng};
use graphbeat_catalog::Catalog;
use graphbeat_store::{Ledger, StoreError};
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

/// Everything that runs accounts. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    catalog: Arc<Catalog>,
    clock: Clock,
    ledger: Arc<dyn Ledger>,
    recorder: Arc<Recorder>,
    gates: Gates,
    /// What earlier processes were told to wait for, read once.
    waits: OnceCell<Vec<waits::Wait>>,
    /// The most requests at once, over all accounts.
    requests: Semaphore,
    accounts: Vec<Arc<Account>>,
    /// The names of all accounts of the configuration, those included that are not run now.
    configured: HashSet<Arc<str>>,
    /// The markers of the journeys that are under way in this process.
    walking: Mutex<HashSet<Arc<str>>>,
    /// This process, in the journal.
    session: Uuid,
    rng: Mutex<Rng>,
    concurrency: usize,
}

impl Engine {
    /// The accounts, in the order of the configuration.
    #[must_use]
    pub fn accounts(&self) -> &[Arc<Account>] {
        &self.shared.accounts
    }

    /// The account of a name.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<&Arc<Account>> {
        self.shared.accounts.iter().find(|account| &*account.name == name)
    }

    /// How many rows were written since the start.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.shared.recorder.calls()
    }

    /// Makes everything durable that was recorded.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger could not be written.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.shared.ledger.flush().await
    }
}
