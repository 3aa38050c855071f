//! What the demo's screen shows, gathered while it happens.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use graphbeat_base::Timestamp;
use graphbeat_core::explain::Observation;
use graphbeat_core::{Call, Verdict};
use graphbeat_engine::{OperationReport, Watcher};

/// The last calls that are kept for the screen.
const CALLS_SHOWN_MAX: usize = 64;
/// The different failures that are kept for the screen.
const FAILURES_SHOWN_MAX: usize = 64;

/// One line of the list of calls.
#[derive(Clone, Debug)]
pub(crate) struct CallLine {
    pub(crate) at: Timestamp,
    pub(crate) account: Arc<str>,
    pub(crate) operation: Arc<str>,
    pub(crate) journey: Option<Arc<str>>,
    pub(crate) tag: String,
    pub(crate) verdict: Verdict,
    pub(crate) duration_ms: u32,
}

/// Failures of one operation that look alike.
#[derive(Clone, Debug)]
pub(crate) struct FailureLine {
    pub(crate) account: Arc<str>,
    pub(crate) operation: Arc<str>,
    pub(crate) verdict: Verdict,
    pub(crate) reason: String,
    pub(crate) count: u64,
    /// What a diagnosis starts from.
    pub(crate) observed: Option<Arc<Observation>>,
}

/// How often an account's calls came to what.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) calls: u64,
    pub(crate) ok: u64,
    pub(crate) expected: u64,
    pub(crate) failed: u64,
    pub(crate) throttled: u64,
}

/// Everything that the screen shows, but for what the engine is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) counts: BTreeMap<Arc<str>, Counts>,
    /// The newest first.
    pub(crate) calls: VecDeque<CallLine>,
    /// The newest first.
    pub(crate) failures: VecDeque<FailureLine>,
}

impl Seen {
    /// The latest failure that somebody, or time, has to mend.
    pub(crate) fn latest_failure(&self) -> Option<&FailureLine> {
        self.failures.iter().find(|line| matches!(line.verdict, Verdict::Failed | Verdict::Throttled))
    }
}

/// Watches the engine for the screen.
#[derive(Debug, Default)]
pub(crate) struct DemoWatcher {
    seen: Mutex<Seen>,
}

impl DemoWatcher {
    /// What was seen so far.
    pub(crate) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for DemoWatcher {
    fn call(&self, call: &Call) {
        let mut seen = self.lock();
        seen.counts.entry(Arc::clone(&call.account)).or_default().add(call.verdict);
        seen.calls.push_front(CallLine {
            at: call.started_at,
            account: Arc::clone(&call.account),
            operation: Arc::clone(&call.operation),
            journey: call.journey.clone(),
            tag: call.tag(),
            verdict: call.verdict,
            duration_ms: call.duration_ms,
        });
        seen.calls.truncate(CALLS_SHOWN_MAX);
    }

    fn operation(&self, report: &OperationReport) {
        if matches!(report.verdict, Verdict::Ok | Verdict::Skipped) {
            return;
        }
        let reason = report.reason.clone().unwrap_or_default();
        let mut seen = self.lock();
        let known = seen.failures.iter().position(|line| {
            line.account == report.account && line.operation == report.operation && line.verdict == report.verdict
        });
        let count = known.and_then(|index| seen.failures.remove(index)).map_or(0, |line| line.count) + 1;
        seen.failures.push_front(FailureLine {
            account: Arc::clone(&report.account),
            operation: Arc::clone(&report.operation),
            verdict: report.verdict,
            reason,
            count,
            observed: report.seen.clone(),
        });
        seen.failures.truncate(FAILURES_SHOWN_MAX);
    }
}

impl Counts {
    pub(crate) fn add(&mut self, verdict: Verdict) {
        self.calls += 1;
        match verdict {
            Verdict::Ok => self.ok += 1,
            Verdict::Expected => self.expected += 1,
            Verdict::Throttled => self.throttled += 1,
            Verdict::Failed | Verdict::Interrupted => self.failed += 1,
            Verdict::Skipped => {}
        }
    }
}
