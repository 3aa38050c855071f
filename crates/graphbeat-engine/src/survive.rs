//! A bug in one account's work must not stop the others: a panic ends that work only, and is reported.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use graphbeat_core::Verdict;
use graphbeat_store::StoreError;

use crate::round::Items;
use crate::{Account, Engine, NoToken, OperationReport, Trouble, seen};

/// graphbeat's own code for a bug of its own.
const CRASHED: &str = "Crashed";

impl Engine {
    /// Runs an account's work; where it panics, everything that it had to do is interrupted. Requests that
    /// were under way then are in the flight file, and become rows at the next start.
    pub(crate) async fn survive(
        &self,
        account: &Arc<Account>,
        items: &Items,
        work: impl Future<Output = Result<Vec<OperationReport>, StoreError>>,
    ) -> Result<Vec<OperationReport>, StoreError> {
        // What a round holds is dropped with it; what rounds share is behind locks that are never poisoned.
        if let Ok(done) = AssertUnwindSafe(work).catch_unwind().await {
            return done;
        }
        let started_at = self.shared.clock.now();
        let why = NoToken {
            reason: "graphbeat failed while it ran; the crash report says where".to_owned(),
            trouble: Some(Trouble::Bug),
            seen: Some(seen::of_code(account, CRASHED)),
        };
        let reports = self.end_all(account, items, &why, Verdict::Interrupted);
        self.keep_round(account, started_at, &reports).await?;
        Ok(reports)
    }
}
