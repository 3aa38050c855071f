//! The ledger and the vault: every call that left, what the journeys made, the state of the accounts,
//! and the secrets, encrypted.
//!
//! Users hold [`Arc<dyn Ledger>`](Ledger) and [`Arc<dyn Vault>`](Vault) and never learn which database
//! stands behind them; only the binary chooses one. The flight file beside the ledger covers the
//! moments between a request's leaving and its row.

mod accounts;
mod agent_lock;
mod bookmarks;
mod calls;
mod error;
mod feed;
mod flight;
mod hash;
mod journal;
mod keyring;
mod machine;
mod notes;
mod place;
mod sqlite;
mod vault;

use async_trait::async_trait;

pub use accounts::{AccountStates, Round, SignInEnd, SignInRoom, SignInTaken, SignInWait, SignInWish, VerdictCounts};
pub use agent_lock::AgentLock;
pub use bookmarks::{DeltaBookmarks, StoredBookmark};
pub use calls::{AccountCounts, CALLS_PAGE_MAX, CallFilter, CallLog, CallOrder, CallPages};
pub use error::{StoreError, StoreErrorClass};
pub use feed::CallFeed;
pub use flight::{FlightFile, FlightNote, Recovery, live_sessions, recover};
pub use journal::Journal;
pub use keyring::{Keyring, KeyringError};
pub use machine::{Whereabouts, whereabouts};
pub use notes::Notes;
pub use sqlite::{LedgerState, SqliteStore, StoreOptions, examine_ledger, look_up_call};
pub use vault::{NewKey, PassphraseReader, Vault};

/// Everything but the secrets: calls, journal, account states, bookmarks and notes.
#[async_trait]
pub trait Ledger: CallLog + Journal + AccountStates + DeltaBookmarks + Notes {
    /// Writes what is queued, makes it durable and closes the ledger; a second call does nothing.
    ///
    /// # Errors
    /// [`StoreError::Writer`] where something that was appended could not be written.
    async fn close(&self) -> Result<(), StoreError>;
}
