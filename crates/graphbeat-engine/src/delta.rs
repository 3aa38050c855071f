//! Delta queries go on where the account's last one ended, also after a restart; where the service no
//! longer knows that place, they start over in the same round.

use std::sync::Arc;

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_core::Verdict;
use graphbeat_graph::{Compiled, DeltaBookmark, Values, built_in};
use graphbeat_store::{StoreError, StoredBookmark};

use crate::Engine;
use crate::operation::{Ran, Round, Step};

/// So long after it started over a query does so again.
const BOOKMARK_LIFETIME: SignedDuration = SignedDuration::from_hours(28 * 24);
/// The same for a query about a window of time, such as a calendar view: its window stays where it was.
const WINDOW_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

impl Engine {
    /// Runs a delta query from its bookmark, and keeps the next one.
    pub(crate) async fn delta(&self, round: &Round<'_>, step: Step<'_>) -> Result<Ran, StoreError> {
        let now = self.shared.clock.now();
        // Where a value is missing, the step says so.
        let path = step.operation.path_for(&round.target, step.values, now).unwrap_or_default();
        let stored = self.stored(round, step.operation, &path, now).await?;
        let bookmark = stored.as_ref().and_then(|stored| DeltaBookmark::try_new(&stored.text));
        let mut ran = self.step(round, Step { bookmark: bookmark.as_ref(), ..step }).await?;
        let mut since = stored.map_or(now, |stored| stored.since);
        if ran.starts_over {
            let why = ran.report.reason.take();
            ran = self.step(round, step).await?;
            since = now;
            if ran.report.verdict == Verdict::Ok {
                ran.report.verdict = Verdict::Expected;
                ran.report.reason = why;
            }
            // The one that the service does not take is forgotten, whatever came of the query since.
            self.keep_bookmark(round, step.operation, None).await?;
        }
        if let Some(next) = &ran.bookmark {
            let stored = StoredBookmark { path, text: next.as_str().to_owned(), since };
            self.keep_bookmark(round, step.operation, Some(stored)).await?;
        }
        Ok(ran)
    }

    /// The bookmark of the last query about the same thing, unless it is too old.
    async fn stored(
        &self,
        round: &Round<'_>,
        operation: &Compiled,
        path: &str,
        now: Timestamp,
    ) -> Result<Option<StoredBookmark>, StoreError> {
        let stored = self.shared.ledger.delta_bookmark(&round.account.name, &operation.operation.id).await?;
        let has_window = operation.places().any(|place| built_in(place, now).is_some());
        let lifetime = if has_window { WINDOW_LIFETIME } else { BOOKMARK_LIFETIME };
        let is_fresh = |since: Timestamp| now.duration_since(since) < lifetime;
        Ok(stored.filter(|stored| stored.path == path && is_fresh(stored.since)))
    }

    async fn keep_bookmark(
        &self,
        round: &Round<'_>,
        operation: &Arc<Compiled>,
        bookmark: Option<StoredBookmark>,
    ) -> Result<(), StoreError> {
        let id = &operation.operation.id;
        self.shared.ledger.set_delta_bookmark(&round.account.name, id, bookmark).await
    }
}

impl<'a> Step<'a> {
    /// An operation on its own, outside any journey.
    pub(crate) fn alone(operation: &'a Arc<Compiled>, values: &'a Values) -> Self {
        Self { operation, values, journey: None, keeps_answer: false, bookmark: None, must_equal: None }
    }
}
