//! One round of one account: a token, its user, then its operations side by side, then its journeys.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use graphbeat_base::Timestamp;
use graphbeat_catalog::Journey;
use graphbeat_core::Verdict;
use graphbeat_graph::Compiled;
use graphbeat_store::{Round as RoundRow, StoreError, VerdictCounts};

use crate::account::Item;
use crate::lookup::bare_target;
use crate::operation::{Round, When};
use crate::report::skipped;
use crate::{Account, Engine, NoToken, OperationReport};

/// Operations of one bucket with their places in the selection.
type Lane<'a> = Vec<(usize, &'a Arc<Compiled>)>;

/// What a round runs.
#[derive(Clone, Default)]
pub(crate) struct Items {
    pub(crate) reads: Vec<Arc<Compiled>>,
    pub(crate) journeys: Vec<Arc<Journey>>,
}

impl Items {
    /// Everything that the account has selected.
    pub(crate) fn all(account: &Account) -> Self {
        Self { reads: account.work.reads.clone(), journeys: account.work.journeys.clone() }
    }

    /// One item of the account's agenda.
    pub(crate) fn one(account: &Account, item: u32) -> Self {
        let work = &account.work;
        match work.order.get(item as usize) {
            Some(&Item::Read(index)) => {
                Self { reads: work.reads.get(index).into_iter().cloned().collect(), journeys: Vec::new() }
            }
            Some(&Item::Journey(index)) => {
                Self { reads: Vec::new(), journeys: work.journeys.get(index).into_iter().cloned().collect() }
            }
            None => Self::default(),
        }
    }
}

impl Engine {
    /// Runs items of an account.
    pub(crate) async fn round(
        &self,
        account: &Arc<Account>,
        items: &Items,
        when: When,
    ) -> Result<Vec<OperationReport>, StoreError> {
        let started_at = self.shared.clock.now();
        let reports: Vec<OperationReport> = match self.open_round(account, when).await? {
            Ok(mut round) => {
                let failed_look_up = round.failed_look_up.take();
                failed_look_up.iter().for_each(|report| self.shared.recorder.operation(report));
                failed_look_up.into_iter().chain(self.run_items(&round, items).await?).collect()
            }
            Err(no_token) => self.end_all(account, items, &no_token, Verdict::Skipped),
        };
        self.keep_round(account, started_at, &reports).await?;
        Ok(reports)
    }

    /// Keeps what a round came to as the account's last.
    pub(crate) async fn keep_round(
        &self,
        account: &Account,
        at: Timestamp,
        reports: &[OperationReport],
    ) -> Result<(), StoreError> {
        let mut counts = VerdictCounts::default();
        for report in reports {
            counts.add(report.verdict, 1);
        }
        self.shared.ledger.set_last_round(&account.name, RoundRow { at, counts }).await
    }

    /// What the operations of a round share, or why the account cannot run now.
    pub(crate) async fn open_round<'a>(
        &self,
        account: &'a Arc<Account>,
        when: When,
    ) -> Result<Result<Round<'a>, NoToken>, StoreError> {
        if let Some(no_token) = self.held_back(account).await? {
            return Ok(Err(no_token));
        }
        if let Err(no_token) = self.token(account, when.planned_at).await? {
            return Ok(Err(no_token));
        }
        self.read_waits().await?;
        let first_seen: HashMap<Arc<str>, Timestamp> =
            self.shared.ledger.healing(&account.name).await?.into_iter().collect();
        let mut round = Round::new(account, bare_target(account), when, first_seen);
        self.find_user(&mut round).await?;
        Ok(Ok(round))
    }

    async fn run_items(&self, round: &Round<'_>, items: &Items) -> Result<Vec<OperationReport>, StoreError> {
        let mut reports = self.run_reads(round, &items.reads).await?;
        for journey in &items.journeys {
            reports.extend(self.journey(round, journey).await?);
        }
        Ok(reports)
    }

    /// Operations of one bucket run one after the other, buckets side by side.
    async fn run_reads(&self, round: &Round<'_>, reads: &[Arc<Compiled>]) -> Result<Vec<OperationReport>, StoreError> {
        if round.account.batch {
            self.run_batches(round, reads).await?;
        }
        let mut lanes: Vec<(&str, Lane<'_>)> = Vec::new();
        for (index, read) in reads.iter().enumerate() {
            let bucket = &*read.operation.bucket;
            match lanes.iter_mut().find(|(known, _)| *known == bucket) {
                Some((_, lane)) => lane.push((index, read)),
                None => lanes.push((bucket, vec![(index, read)])),
            }
        }
        let lanes = lanes.into_iter().map(|(_, lane)| async move {
            let mut reports = Vec::with_capacity(lane.len());
            for (index, read) in lane {
                reports.push((index, self.operation(round, read).await?.report.clone()));
            }
            Ok::<_, StoreError>(reports)
        });
        let mut reports: Vec<_> = try_join_all(lanes).await?.into_iter().flatten().collect();
        reports.sort_by_key(|(index, _)| *index);
        Ok(reports.into_iter().map(|(_, report)| report).collect())
    }

    /// Everything ends so, for this reason, without a request.
    pub(crate) fn end_all(
        &self,
        account: &Account,
        items: &Items,
        why: &NoToken,
        verdict: Verdict,
    ) -> Vec<OperationReport> {
        let steps = items.journeys.iter().flat_map(|journey| {
            journey
                .steps
                .iter()
                .filter_map(move |step| Some((account.work.operations.get(&step.operation)?, Some(&journey.id))))
        });
        let reads = items.reads.iter().map(|read| (read, None));
        reads
            .chain(steps)
            .map(|(operation, journey)| {
                let report = OperationReport { verdict, ..skipped(account, operation, journey, why.clone()) };
                self.shared.recorder.operation(&report);
                report
            })
            .collect()
    }
}
