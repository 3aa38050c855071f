//! The gates before Graph: one for each throttling bucket and whoever's requests count together in it.
//!
//! A gate keeps the budget of its bucket, remembers until when Graph asked to wait, and lets the requests
//! to one mailbox pass one by one: so none arrives inside a wait that another one has just been told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use graphbeat_base::{Clock, Timestamp};
use graphbeat_catalog::{Bucket, BucketScope};
use graphbeat_core::Budget;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

/// More gates than this are swept: those that wait for nothing start afresh.
const GATES_MAX: usize = 100_000;

/// All gates of a process.
#[derive(Debug, Default)]
pub struct Gates {
    gates: Mutex<HashMap<GateKey, Arc<Gate>>>,
}

/// Whose requests count together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GateKey {
    pub(crate) cloud: Arc<str>,
    pub(crate) tenant: Arc<str>,
    pub(crate) client_id: Option<Uuid>,
    pub(crate) bucket: Arc<str>,
    pub(crate) user: Option<Arc<str>>,
}

/// One gate.
#[derive(Debug)]
pub(crate) struct Gate {
    budget: Mutex<Budget>,
    /// For a mailbox: one request at a time.
    one_by_one: Option<Semaphore>,
}

/// The right to send one request; held until its answer is there.
pub(crate) struct Pass<'a> {
    _turn: Option<SemaphorePermit<'a>>,
    _room: Option<SemaphorePermit<'a>>,
}

impl Gates {
    /// The gate of a bucket. `limits` off keeps waits that the service asks for, but no budgets.
    pub(crate) fn gate(&self, bucket: &Bucket, key: impl FnOnce() -> GateKey, has_limits: bool) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if gates.len() >= GATES_MAX {
            gates.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let limits = if has_limits { bucket.limits.as_slice() } else { &[] };
        let gate = gates.entry(key()).or_insert_with(|| {
            Arc::new(Gate {
                budget: Mutex::new(Budget::new(limits)),
                one_by_one: (bucket.scope == BucketScope::AppUser).then(|| Semaphore::new(1)),
            })
        });
        Arc::clone(gate)
    }
}

impl Gate {
    /// Waits until a request of `cost` units may leave, and for room among all requests. The wait for room
    /// comes first: in its time the service may have asked to wait.
    ///
    /// # Errors
    /// The time from which on it could, where that is after `patience_until`.
    pub(crate) async fn pass<'a>(
        &'a self,
        cost: u32,
        clock: &Clock,
        patience_until: Timestamp,
        room: &'a Semaphore,
    ) -> Result<Pass<'a>, Timestamp> {
        loop {
            // The semaphores are never closed.
            let turn = self.turn().await;
            let room = room.acquire().await.ok();
            let admitted = self.budget().admit(cost, clock.now());
            match admitted {
                Ok(()) => return Ok(Pass { _turn: turn, _room: room }),
                Err(earliest) if earliest > patience_until => return Err(earliest),
                Err(earliest) => {
                    drop((turn, room));
                    clock.sleep_until(earliest).await;
                }
            }
        }
    }

    /// The right to send together with others: its turn alone, without room and without budget.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        match &self.one_by_one {
            Some(one_by_one) => one_by_one.acquire().await.ok(),
            None => None,
        }
    }

    /// Counts a request of `cost` units that leaves now, where the budget has room for it.
    pub(crate) fn admits(&self, cost: u32, now: Timestamp) -> bool {
        self.budget().admit(cost, now).is_ok()
    }

    /// Whether a read may go on to its next page: not while the service asks to wait. The page is counted.
    pub(crate) fn goes_on(&self, cost: u32, now: Timestamp) -> bool {
        let mut budget = self.budget();
        let may = budget.waiting_until(now).is_none();
        if may {
            budget.charge(cost, now);
        }
        may
    }

    /// The service asked to wait.
    pub(crate) fn wait_until(&self, until: Timestamp) {
        self.budget().wait_until(until);
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use graphbeat_base::SignedDuration;
    use graphbeat_catalog::Limit;

    use super::*;

    fn bucket(scope: BucketScope) -> Bucket {
        Bucket {
            id: Arc::from("outlook"),
            scope,
            limits: vec![Limit { amount: 2, window_s: 10 }],
            concurrent: None,
            source: String::new(),
        }
    }

    fn key() -> GateKey {
        GateKey {
            cloud: Arc::from("global"),
            tenant: Arc::from("t"),
            client_id: None,
            bucket: Arc::from("outlook"),
            user: None,
        }
    }

    #[tokio::test]
    async fn a_wait_that_one_request_is_told_holds_the_next_one_back() {
        let clock = Clock::manual("2026-11-24T12:00:00Z".parse().expect("a timestamp"));
        let later = |seconds| clock.now().checked_add(SignedDuration::from_secs(seconds)).expect("in range");
        let room = Semaphore::new(8);
        let gates = Gates::default();
        let gate = gates.gate(&bucket(BucketScope::AppUser), key, false);
        let first = gate.pass(1, &clock, later(60), &room).await;
        assert!(first.is_ok());
        // The second one has to wait for the first one's answer, which asks to wait three seconds.
        let second = gate.pass(1, &clock, later(60), &room);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        gate.wait_until(later(3));
        drop(first);
        assert!(futures_util::poll!(&mut second).is_pending());
        clock.advance(SignedDuration::from_secs(3)).expect("in range");
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn a_wait_that_is_told_while_a_request_waits_for_room_holds_it_back() {
        let clock = Clock::manual("2026-11-24T12:00:00Z".parse().expect("a timestamp"));
        let later = |seconds| clock.now().checked_add(SignedDuration::from_secs(seconds)).expect("in range");
        let room = Semaphore::new(1);
        let gates = Gates::default();
        let gate = gates.gate(&bucket(BucketScope::AppTenant), key, false);
        let first = gate.pass(1, &clock, later(60), &room).await;
        let second = gate.pass(1, &clock, later(60), &room);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        gate.wait_until(later(3));
        assert!(!gate.goes_on(1, clock.now()), "a next page has to wait too");
        drop(first);
        assert!(futures_util::poll!(&mut second).is_pending());
        clock.advance(SignedDuration::from_secs(3)).expect("in range");
        assert!(second.await.is_ok());
        assert!(gate.goes_on(1, clock.now()));
    }

    #[tokio::test]
    async fn impatience_is_told_when_it_would_have_gone_on() {
        let clock = Clock::manual("2026-11-24T12:00:00Z".parse().expect("a timestamp"));
        let room = Semaphore::new(8);
        let gates = Gates::default();
        let gate = gates.gate(&bucket(BucketScope::AppTenant), key, true);
        assert!(gate.pass(1, &clock, clock.now(), &room).await.is_ok());
        let refused = gate.pass(1, &clock, clock.now(), &room).await.err();
        assert_eq!(refused.map(|at| at.to_string()).as_deref(), Some("2026-11-24T12:00:10Z"));
        // The same scope finds the same gate.
        let again = gates.gate(&bucket(BucketScope::AppTenant), key, true);
        assert!(again.pass(1, &clock, clock.now(), &room).await.is_err());
    }
}
