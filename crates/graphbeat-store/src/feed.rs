//! Following the ledger: the calls that were recorded since the last look.
//!
//! Ids sort by start, rows appear by end: a slow call appears below a quick one that started after it.
//! So the feed remembers the newest ids that it has shown and looks behind them again each time.

use std::collections::BTreeSet;

use graphbeat_base::CallId;
use graphbeat_core::Call;

use crate::{CallFilter, CallLog, CallOrder, CallPages, StoreError};

/// How many shown ids are remembered: a call that ends after this many later ones is not shown.
const SEEN_MAX: usize = 4_096;

/// The calls that appear in the ledger, each once.
#[derive(Debug)]
pub struct CallFeed {
    filter: CallFilter,
    seen: BTreeSet<CallId>,
    /// Nothing at or below it is shown any more.
    floor: Option<CallId>,
}

impl CallFeed {
    /// Starts at the end of the ledger; answers also the last `filter.limit` calls, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn start(log: &dyn CallLog, filter: CallFilter) -> Result<(Self, Vec<Call>), StoreError> {
        let recent = CallFilter { limit: SEEN_MAX, order: CallOrder::NewestFirst, ..filter.clone() };
        let mut calls = log.calls(recent).await?;
        let mut feed = Self { floor: filter.after, filter, seen: BTreeSet::new() };
        feed.remember(&calls);
        calls.truncate(feed.filter.limit);
        calls.reverse();
        Ok((feed, calls))
    }

    /// The calls that were recorded since the last look, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn next(&mut self, log: &dyn CallLog) -> Result<Vec<Call>, StoreError> {
        let later =
            CallFilter { after: self.floor, limit: usize::MAX, order: CallOrder::OldestFirst, ..self.filter.clone() };
        let mut pages = CallPages::new(log, later);
        let mut fresh = Vec::new();
        while let Some(page) = pages.next().await? {
            fresh.extend(page.into_iter().filter(|call| !self.seen.contains(&call.id)));
        }
        self.remember(&fresh);
        Ok(fresh)
    }

    fn remember(&mut self, calls: &[Call]) {
        self.seen.extend(calls.iter().map(|call| call.id));
        while self.seen.len() > SEEN_MAX {
            self.seen.pop_first();
        }
        if self.seen.len() == SEEN_MAX {
            self.floor = self.seen.first().copied().max(self.floor);
        }
    }
}
