//! The calls of the ledger: appending, filtering, paging and counting them.

use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::{CallId, Timestamp};
use graphbeat_core::{Call, Stage, Verdict};
use uuid::Uuid;

use crate::{StoreError, VerdictCounts};

/// The most calls in one answer; longer lists are read page by page ([`CallPages`]).
pub const CALLS_PAGE_MAX: usize = 10_000;

/// The calls, one row for each request that left.
#[async_trait]
pub trait CallLog: Send + Sync {
    /// Hands the call to the writer; waits only for room in its queue, not for the disk.
    ///
    /// A call with the id and client request id of a recorded one is the same call and changes nothing;
    /// one with merely the same id gets the next free id.
    ///
    /// # Errors
    /// [`StoreError::Writer`] where an earlier call could not be written: nothing vanishes silently.
    async fn append(&self, call: Call) -> Result<(), StoreError>;

    /// Returns when everything appended before is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Writer`] where something appended before could not be written.
    async fn flush(&self) -> Result<(), StoreError>;

    /// The recorded calls that the filter lets pass, at most [`CALLS_PAGE_MAX`].
    ///
    /// # Errors
    /// Where the database fails.
    async fn calls(&self, filter: CallFilter) -> Result<Vec<Call>, StoreError>;

    /// Whether the request is recorded, under its id or, where another process took that, a later one.
    ///
    /// # Errors
    /// Where the database fails.
    async fn is_recorded(&self, id: CallId, client_request_id: Uuid) -> Result<bool, StoreError>;

    /// The calls of each account since then, by verdict, sorted by account.
    ///
    /// # Errors
    /// Where the database fails.
    async fn counts(&self, since: Option<Timestamp>) -> Result<Vec<AccountCounts>, StoreError>;
}

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallOrder {
    /// The latest call first.
    #[default]
    NewestFirst,
    /// The earliest call first.
    OldestFirst,
}

/// Which calls to read; the default lets every call pass. All conditions have to hold.
#[derive(Clone, Debug)]
pub struct CallFilter {
    /// The call with this id.
    pub id: Option<CallId>,
    /// Calls of this account.
    pub account: Option<Arc<str>>,
    /// Calls whose operation belongs to this class (`mail`, `token`).
    pub class: Option<Arc<str>>,
    /// Calls of this operation.
    pub operation: Option<Arc<str>>,
    /// Calls with one of these verdicts; any where empty.
    pub verdicts: Vec<Verdict>,
    /// Calls that failed at this stage.
    pub stage: Option<Stage>,
    /// Calls that started then or later.
    pub since: Option<Timestamp>,
    /// Calls that started before then.
    pub until: Option<Timestamp>,
    /// Calls with this text, in any case, in code, message, operation or path.
    pub text: Option<String>,
    /// Calls with a later id than this.
    pub after: Option<CallId>,
    /// Calls with an earlier id than this.
    pub before: Option<CallId>,
    /// How many at most; [`CALLS_PAGE_MAX`] in one answer.
    pub limit: usize,
    /// Which end comes first, and is kept by the limit.
    pub order: CallOrder,
}

impl Default for CallFilter {
    fn default() -> Self {
        Self {
            id: None,
            account: None,
            class: None,
            operation: None,
            verdicts: Vec::new(),
            stage: None,
            since: None,
            until: None,
            text: None,
            after: None,
            before: None,
            limit: CALLS_PAGE_MAX,
            order: CallOrder::default(),
        }
    }
}

/// One account's calls by verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountCounts {
    /// The account's name.
    pub account: Arc<str>,
    /// Its calls by verdict.
    pub counts: VerdictCounts,
    /// When its last call started.
    pub last_call_at: Timestamp,
}

/// Reads a list of any length page by page. The filter's `limit` bounds the whole list, so set it to
/// `usize::MAX` for all.
pub struct CallPages<'a> {
    log: &'a dyn CallLog,
    filter: CallFilter,
    is_done: bool,
}

impl<'a> CallPages<'a> {
    /// The pages of what the filter lets pass.
    #[must_use]
    pub fn new(log: &'a dyn CallLog, filter: CallFilter) -> Self {
        Self { log, filter, is_done: false }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn next(&mut self) -> Result<Option<Vec<Call>>, StoreError> {
        if self.is_done || self.filter.limit == 0 {
            return Ok(None);
        }
        let page = self.log.calls(self.filter.clone()).await?;
        let Some(last) = page.last() else {
            self.is_done = true;
            return Ok(None);
        };
        match self.filter.order {
            CallOrder::NewestFirst => self.filter.before = Some(last.id),
            CallOrder::OldestFirst => self.filter.after = Some(last.id),
        }
        self.filter.limit -= page.len().min(self.filter.limit);
        Ok(Some(page))
    }
}
