//! Running what accounts have selected now, once, many accounts side by side.

use std::sync::Arc;
use std::time::Instant;

use graphbeat_base::SignedDuration;
use graphbeat_store::StoreError;
use tokio::task::JoinSet;

use crate::operation::When;
use crate::round::Items;
use crate::{Account, CheckReport, Engine, OperationReport};

/// The longest single wait of a run by hand.
const CHECK_PATIENCE: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// Runs everything that the accounts have selected, at most `concurrency` requests at once.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger could not be written: nothing is sent after that.
    pub async fn check(&self, accounts: &[Arc<Account>]) -> Result<CheckReport, StoreError> {
        let started = Instant::now();
        let calls_before = self.calls();
        let mut results: Vec<Option<Vec<OperationReport>>> = Vec::new();
        results.resize_with(accounts.len(), || None);
        let mut running = JoinSet::new();
        let mut waiting = accounts.iter().cloned().enumerate();
        loop {
            while running.len() < self.shared.concurrency
                && let Some((index, account)) = waiting.next()
            {
                let engine = self.clone();
                running.spawn(async move { (index, engine.check_one(&account).await) });
            }
            match running.join_next().await {
                None => break,
                Some(Ok((index, reports))) => results[index] = Some(reports?),
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        self.flush().await?;
        let mut report = CheckReport::default();
        results.into_iter().flatten().flatten().for_each(|operation| report.add(operation));
        report.calls = self.calls() - calls_before;
        report.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(report)
    }

    async fn check_one(&self, account: &Arc<Account>) -> Result<Vec<OperationReport>, StoreError> {
        let when = When { planned_at: None, patience: CHECK_PATIENCE };
        let items = Items::all(account);
        let mut reports = self.survive(account, &items, self.round(account, &items, when)).await?;
        reports.extend(account.work.left_out.iter().map(|(id, reason)| OperationReport {
            account: Arc::clone(&account.name),
            operation: Arc::clone(id),
            journey: None,
            verdict: graphbeat_core::Verdict::Skipped,
            status: None,
            reason: Some(reason.en.clone()),
            trouble: None,
            seen: None,
        }));
        Ok(reports)
    }
}
