//! What is remembered of accounts across processes: standing, refused sign-ins, rounds, and failures
//! that are expected to heal.

use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Timestamp;
use graphbeat_core::{AccountStanding, Refusal, Verdict};

use crate::StoreError;

/// The state of the accounts. Every change is on the disk when it returns.
#[async_trait]
pub trait AccountStates: Send + Sync {
    /// The account's standing; `None` for one that nothing was ever said of: it is active.
    ///
    /// # Errors
    /// Where the database fails.
    async fn standing(&self, account: &str) -> Result<Option<AccountStanding>, StoreError>;

    /// Replaces the account's standing.
    ///
    /// # Errors
    /// Where the database fails.
    async fn set_standing(&self, standing: AccountStanding) -> Result<(), StoreError>;

    /// Replaces the account's standing in one step, unless its owner paused it: that pause only its owner
    /// ends. Whether it was replaced.
    ///
    /// # Errors
    /// Where the database fails.
    async fn stand_unless_paused(&self, standing: AccountStanding) -> Result<bool, StoreError>;

    /// All standings, sorted by account.
    ///
    /// # Errors
    /// Where the database fails.
    async fn standings(&self) -> Result<Vec<AccountStanding>, StoreError>;

    /// The refused sign-ins of an account with one credential since then, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    async fn refusals(&self, account: &str, credential: &str, since: Timestamp) -> Result<Vec<Refusal>, StoreError>;

    /// Takes room for one sign-in, before its request leaves, in one step across all processes: there is none
    /// within a wait, nor beyond the most refused ones. A sign-in whose end is not known yet counts like a
    /// refused one.
    ///
    /// # Errors
    /// Where the database fails.
    async fn reserve_sign_in(&self, wanted: SignInWish) -> Result<SignInRoom, StoreError>;

    /// Says how a sign-in ended for which room was taken.
    ///
    /// # Errors
    /// Where the database fails.
    async fn settle_sign_in(&self, sign_in: SignInTaken, end: SignInEnd) -> Result<(), StoreError>;

    /// Remembers a refused sign-in.
    ///
    /// # Errors
    /// Where the database fails.
    async fn add_refusal(&self, refusal: Refusal) -> Result<(), StoreError>;

    /// Forgets the account's refused sign-ins and waits, whatever the credential.
    ///
    /// # Errors
    /// Where the database fails.
    async fn clear_refusals(&self, account: &str) -> Result<(), StoreError>;

    /// When a failure that heals with time was first seen for the operation: `now` where it is new.
    ///
    /// # Errors
    /// Where the database fails.
    async fn first_seen(&self, account: &str, operation: &str, now: Timestamp) -> Result<Timestamp, StoreError>;

    /// All failures of the account that are to heal with time: operation, and when it was first seen.
    ///
    /// # Errors
    /// Where the database fails.
    async fn healing(&self, account: &str) -> Result<Vec<(Arc<str>, Timestamp)>, StoreError>;

    /// Forgets that failure: it healed.
    ///
    /// # Errors
    /// Where the database fails.
    async fn forget_first_seen(&self, account: &str, operation: &str) -> Result<(), StoreError>;

    /// The account's last round over its operations.
    ///
    /// # Errors
    /// Where the database fails.
    async fn last_round(&self, account: &str) -> Result<Option<Round>, StoreError>;

    /// Replaces the account's last round. It is written in turn with the calls, and known after the
    /// next [`flush`](crate::CallLog::flush) at the latest.
    ///
    /// # Errors
    /// Where the ledger has lost the ability to write.
    async fn set_last_round(&self, account: &str, round: Round) -> Result<(), StoreError>;

    /// The last round of every account that had one, sorted by account.
    ///
    /// # Errors
    /// Where the database fails.
    async fn last_rounds(&self) -> Result<Vec<(Arc<str>, Round)>, StoreError>;
}

/// A sign-in that is about to be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInWish {
    /// The account.
    pub account: Arc<str>,
    /// Under which application, as a hash: Entra's wishes to wait are about it.
    pub application: Arc<str>,
    /// What it signs in with, as [`Refusal`] names it.
    pub credential: Arc<str>,
    /// Now.
    pub at: Timestamp,
    /// Refused sign-ins count from then on.
    pub since: Timestamp,
    /// The most of them.
    pub refusals_max: usize,
}

/// Whether a sign-in may be tried.
#[derive(Clone, Debug, PartialEq)]
pub enum SignInRoom {
    /// It may.
    Taken(SignInTaken),
    /// It may not: these are in the way, oldest first. One without a code has no known end.
    Full(Vec<Refusal>),
    /// It may not: Entra asked to wait.
    Wait(SignInWait),
}

/// Entra's wish to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInWait {
    /// No sign-in before then.
    pub until: Timestamp,
    /// The code that came with it; none where Entra only asked to wait.
    pub code: Option<Arc<str>>,
}

/// Room for one sign-in.
#[derive(Clone, Debug, PartialEq)]
pub struct SignInTaken {
    pub(crate) id: i64,
    pub(crate) wish: SignInWish,
}

/// How a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInEnd {
    /// With a token: the credential is good, whatever became of those whose end nobody knows.
    Good,
    /// Refused, with this code.
    Refused(Arc<str>),
    /// Refused with this code, or not looked at, and Entra asks to wait.
    Wait(SignInWait),
    /// Without Entra's word on it: the network failed, or nothing was sent.
    Nothing,
}

/// One pass over an account's operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// When it ended.
    pub at: Timestamp,
    /// Its operations by verdict.
    pub counts: VerdictCounts,
}

/// How many calls, or operations, came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// The answer that was hoped for.
    pub ok: u64,
    /// Healthy failures.
    pub expected: u64,
    /// Failures that somebody should look at.
    pub failed: u64,
    /// Asked to wait.
    pub throttled: u64,
    /// Not sent.
    pub skipped: u64,
    /// Cut off by the end of the process.
    pub interrupted: u64,
}

impl VerdictCounts {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.ok + self.expected + self.failed + self.throttled + self.skipped + self.interrupted
    }

    /// Counts `more` of a verdict.
    pub const fn add(&mut self, verdict: Verdict, more: u64) {
        let count = match verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Expected => &mut self.expected,
            Verdict::Failed => &mut self.failed,
            Verdict::Throttled => &mut self.throttled,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Interrupted => &mut self.interrupted,
        };
        *count = count.saturating_add(more);
    }
}
