//! What the demo came to, compared with what the sandbox itself has seen.

use std::time::Duration;

use graphbeat_core::Verdict;
use graphbeat_store::{CallLog as _, Journal as _};
use serde::Serialize;
use serde_json::Value;

use super::live::sum;
use super::stage::Stage;
use super::state::{Counts, DemoWatcher, Seen};
use crate::context::Context;
use crate::failure::Failure;

/// The demo's result.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    duration_s: u64,
    calls: u64,
    ok: u64,
    expected: u64,
    failed: u64,
    throttled: u64,
    /// Rows in the ledger.
    ledger_rows: u64,
    /// Requests that the sandbox received.
    sandbox_requests: usize,
    /// What journeys made and is still in the journal.
    artefacts_open: usize,
    /// Whether the tenant holds just what it held before, bins included.
    tenant_unchanged: bool,
    /// What did not go well, and why.
    failures: Vec<String>,
}

impl Summary {
    /// Asks both sides.
    pub(crate) async fn gather(
        stage: &Stage,
        watcher: &DemoWatcher,
        before: &Value,
        elapsed: Duration,
    ) -> Result<Self, Failure> {
        let store = &stage.runtime.opened.store;
        stage.runtime.engine.flush().await?;
        let ledger_rows = store.counts(None).await?.iter().map(|account| account.counts.total()).sum();
        let seen = watcher.seen();
        let Counts { calls, ok, expected, failed, throttled } = sum(seen.counts.values());
        Ok(Self {
            duration_s: elapsed.as_secs(),
            calls,
            ok,
            expected,
            failed,
            throttled,
            ledger_rows,
            sandbox_requests: stage.control.requests().await?,
            artefacts_open: store.open(None).await?.len(),
            tenant_unchanged: stage.control.state().await? == *before,
            failures: failures(&seen),
        })
    }

    /// Prints it.
    pub(crate) fn print(&self, context: &Context) -> Result<(), Failure> {
        let tenant =
            if self.tenant_unchanged { "holds just what it held before, bins included" } else { "has changed" };
        let lines = [
            ("ran for", format!("{} s, {} times as fast as real time", self.duration_s, super::RATE)),
            ("calls", self.calls.to_string()),
            ("ok", self.ok.to_string()),
            ("expected", format!("{} (failures that are healthy here)", self.expected)),
            ("failed", format!("{} (the demo withholds a permission and plants server errors)", self.failed)),
            ("throttled", format!("{} (the demo plants these too)", self.throttled)),
            ("ledger", format!("{} rows; the sandbox received {} requests", self.ledger_rows, self.sandbox_requests)),
            ("tenant", tenant.to_owned()),
            ("leftovers", self.artefacts_open.to_string()),
            ("why", self.failures.join("\n")),
        ];
        context.printer.card(self, &lines)
    }
}

fn failures(seen: &Seen) -> Vec<String> {
    seen.failures
        .iter()
        .filter(|line| matches!(line.verdict, Verdict::Failed | Verdict::Throttled))
        .map(|line| format!("{}× {} of `{}`: {}", line.count, line.operation, line.account, line.reason))
        .collect()
}
