//! What a round came to, operation by operation.

use std::sync::Arc;

use graphbeat_core::Verdict;
use serde::Serialize;

/// One operation of one account, by its last call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationReport {
    /// The account.
    pub account: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// The journey that it was a step of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey: Option<Arc<str>>,
    /// What it came to.
    pub verdict: Verdict,
    /// The status of its last call; none where nothing was sent or no answer came.
    pub status: Option<u16>,
    /// Why, where it is not `ok`.
    pub reason: Option<String>,
    /// What kind of trouble it was, for the exit code.
    #[serde(skip)]
    pub trouble: Option<Trouble>,
}

/// The kinds of trouble that exit codes tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// An operation failed.
    Failed,
    /// The network failed.
    Network,
    /// A service asked to wait longer than this run may.
    Throttled,
    /// A sign-in is needed or was refused.
    SignIn,
}

/// What `check` says at the end. Field names are part of the contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CheckReport {
    /// Rows written: every request that left.
    pub calls: u64,
    /// Operations by their last attempt.
    pub ok: u64,
    /// See [`Verdict::Expected`].
    pub expected: u64,
    /// See [`Verdict::Failed`].
    pub failed: u64,
    /// See [`Verdict::Throttled`].
    pub throttled: u64,
    /// See [`Verdict::Skipped`].
    pub skipped: u64,
    /// See [`Verdict::Interrupted`].
    pub interrupted: u64,
    /// Real time.
    pub duration_ms: u64,
    /// Each operation, in the order of the configuration.
    pub operations: Vec<OperationReport>,
}

impl CheckReport {
    /// Adds an operation and counts it.
    pub fn add(&mut self, report: OperationReport) {
        let count = match report.verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Expected => &mut self.expected,
            Verdict::Failed => &mut self.failed,
            Verdict::Throttled => &mut self.throttled,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Interrupted => &mut self.interrupted,
        };
        *count += 1;
        self.operations.push(report);
    }

    /// The trouble that decides the exit code: sign-in before throttling before network before failures.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.operations.iter().filter_map(|report| report.trouble).max_by_key(|trouble| match trouble {
            Trouble::Failed => 0,
            Trouble::Network => 1,
            Trouble::Throttled => 2,
            Trouble::SignIn => 3,
        })
    }
}
