//! The agent: runs each account's plan until it is stopped.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_core::plan::next_slot;
use graphbeat_core::{Verdict, plan::Slot};
use graphbeat_store::StoreError;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::operation::When;
use crate::round::Items;
use crate::{Account, Engine, OperationReport, Trouble};

/// How long a slot may wait for its budget or a `Retry-After` before it counts as throttled.
const SLOT_PATIENCE: SignedDuration = SignedDuration::from_hours(1);
/// Slots under way for each request that may be. Most of them wait for what Graph asked one account or
/// tenant to wait for: that must not hold the others up, and one costs some kilobytes.
const SLOTS_PER_REQUEST: usize = 64;
/// How long slots under way may take to end when the agent is stopped; real time.
const STOP_PATIENCE: Duration = Duration::from_secs(8);

/// How long the agent runs.
#[derive(Clone, Debug, Default)]
pub struct AgentOptions {
    /// Real time after which it stops by itself.
    pub run_for: Option<Duration>,
}

/// What an agent's run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AgentSummary {
    /// Slots that were started.
    pub slots: u64,
    /// Rows written.
    pub calls: u64,
    /// Operations by verdict.
    pub ok: u64,
    /// See [`Verdict::Expected`].
    pub expected: u64,
    /// See [`Verdict::Failed`].
    pub failed: u64,
    /// See [`Verdict::Throttled`].
    pub throttled: u64,
    /// See [`Verdict::Skipped`].
    pub skipped: u64,
    /// The greatest lateness of a slot, in milliseconds of the agent's clock.
    pub lateness_ms_max: u64,
    /// The worst trouble of an operation, for the exit code.
    #[serde(skip)]
    pub trouble: Option<Trouble>,
}

/// The next slot of each account, the earliest first.
type Queue = BinaryHeap<Reverse<(Timestamp, usize, u32)>>;

impl Engine {
    /// Runs the plan of the accounts until `stop`, or until the time is over. Slots that are under way
    /// then are waited for, for a while.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger could not be written: the agent stops then.
    pub async fn run(&self, options: &AgentOptions, stop: CancellationToken) -> Result<AgentSummary, StoreError> {
        let calls_before = self.calls();
        let mut summary = AgentSummary::default();
        let mut under_way = JoinSet::new();
        let outcome = tokio::select! {
            outcome = self.work(&mut summary, &mut under_way) => outcome,
            () = stop.cancelled() => Ok(()),
            () = over(options.run_for) => Ok(()),
        };
        outcome?;
        let ending = async {
            while let Some(done) = under_way.join_next().await {
                count(&mut summary, done)?;
            }
            Ok::<(), StoreError>(())
        };
        // What does not end in time is cut: its notes in the flight file become `interrupted` rows.
        if let Ok(ended) = tokio::time::timeout(STOP_PATIENCE, ending).await {
            ended?;
        }
        self.flush().await?;
        summary.calls = self.calls() - calls_before;
        Ok(summary)
    }

    async fn work(
        &self,
        summary: &mut AgentSummary,
        under_way: &mut JoinSet<Result<Vec<OperationReport>, StoreError>>,
    ) -> Result<(), StoreError> {
        let clock = &self.shared.clock;
        let mut queue = self.first_slots(clock.now());
        let slots_max = self.shared.concurrency * SLOTS_PER_REQUEST;
        loop {
            let Some(&Reverse((at, _, _))) = queue.peek() else {
                return drain_forever(summary, under_way).await;
            };
            tokio::select! {
                () = clock.sleep_until(at), if under_way.len() < slots_max => {}
                Some(done) = under_way.join_next() => {
                    count(summary, done)?;
                    continue;
                }
            }
            let Some(Reverse((at, index, item))) = queue.pop() else { continue };
            let account = &self.shared.accounts[index];
            summary.slots += 1;
            let lateness = clock.now().duration_since(at).as_millis();
            summary.lateness_ms_max = summary.lateness_ms_max.max(u64::try_from(lateness).unwrap_or(0));
            let (engine, account_of_slot) = (self.clone(), Arc::clone(account));
            under_way.spawn(async move { engine.run_slot(&account_of_slot, Slot { item, at }).await });
            // A slot that was missed, by a laptop's sleep say, is not made up for.
            if let Some(next) = next_slot(&account.rules, account.agenda(), at.max(clock.now())) {
                queue.push(Reverse((next.at, index, next.item)));
            }
        }
    }

    async fn run_slot(&self, account: &Arc<Account>, slot: Slot) -> Result<Vec<OperationReport>, StoreError> {
        let when = When { planned_at: Some(slot.at), patience: SLOT_PATIENCE };
        let items = Items::one(account, slot.item);
        let work = async {
            if !items.journeys.is_empty() {
                self.settle_own(account).await?;
            }
            self.round(account, &items, when).await
        };
        self.survive(account, &items, work).await
    }

    fn first_slots(&self, now: Timestamp) -> Queue {
        let accounts = self.shared.accounts.iter().enumerate();
        accounts
            .filter_map(|(index, account)| {
                let slot = next_slot(&account.rules, account.agenda(), now)?;
                Some(Reverse((slot.at, index, slot.item)))
            })
            .collect()
    }

    /// When the plan runs something of this account next.
    #[must_use]
    pub fn next_slot(&self, account: &Account) -> Option<Timestamp> {
        next_slot(&account.rules, account.agenda(), self.shared.clock.now()).map(|slot| slot.at)
    }
}

/// Nothing is planned: wait for what is under way, then for the end.
async fn drain_forever(
    summary: &mut AgentSummary,
    under_way: &mut JoinSet<Result<Vec<OperationReport>, StoreError>>,
) -> Result<(), StoreError> {
    while let Some(done) = under_way.join_next().await {
        count(summary, done)?;
    }
    std::future::pending().await
}

async fn over(run_for: Option<Duration>) {
    match run_for {
        Some(run_for) => tokio::time::sleep(run_for).await,
        None => std::future::pending().await,
    }
}

fn count(
    summary: &mut AgentSummary,
    done: Result<Result<Vec<OperationReport>, StoreError>, tokio::task::JoinError>,
) -> Result<(), StoreError> {
    let reports = match done {
        Ok(reports) => reports?,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    for report in reports {
        summary.trouble = summary.trouble.max(report.trouble);
        match report.verdict {
            Verdict::Ok => summary.ok += 1,
            Verdict::Expected => summary.expected += 1,
            Verdict::Failed | Verdict::Interrupted => summary.failed += 1,
            Verdict::Throttled => summary.throttled += 1,
            Verdict::Skipped => summary.skipped += 1,
        }
    }
    Ok(())
}
