//! What a throttling bucket still allows: Graph's documented limits, kept on our side.
//!
//! Of each limit (`amount` units in `window_s` seconds) half may be spent at once and the other half comes
//! back evenly over the window: so no window of that length, wherever it starts, holds more than `amount`.
//! A request is let pass when every limit of its bucket has room, or is told from when on it has.

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::Limit;

/// The budget of one bucket for one scope (an application in a tenant, a mailbox, …).
#[derive(Clone, Debug)]
pub struct Budget {
    meters: Vec<Meter>,
    /// The service said: not before this.
    not_before: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Meter {
    limit: Limit,
    /// When the bucket will be full again; in the past: it is full now.
    full_at: Option<Timestamp>,
}

impl Budget {
    /// A full budget.
    #[must_use]
    pub fn new(limits: &[Limit]) -> Self {
        let meters = limits.iter().map(|&limit| Meter { limit, full_at: None }).collect();
        Self { meters, not_before: None }
    }

    /// The service asked to wait until `until`; an earlier wish does not shorten a later one.
    pub fn wait_until(&mut self, until: Timestamp) {
        self.not_before = Some(self.not_before.map_or(until, |known| known.max(until)));
    }

    /// Until when the service asked to wait, where that is still ahead.
    #[must_use]
    pub fn waiting_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.not_before.filter(|&until| until > now)
    }

    /// Lets a request of `cost` units pass and counts it.
    ///
    /// # Errors
    /// The time from which on it may pass; nothing is counted then.
    pub fn admit(&mut self, cost: u32, now: Timestamp) -> Result<(), Timestamp> {
        let earliest =
            self.meters.iter().map(|meter| meter.earliest(cost, now)).chain(self.not_before).max().unwrap_or(now);
        if earliest > now {
            return Err(earliest);
        }
        self.charge(cost, now);
        Ok(())
    }

    /// Counts a request of `cost` units that leaves in any case, such as a read's next page: what follows
    /// waits the longer.
    pub fn charge(&mut self, cost: u32, now: Timestamp) {
        for meter in &mut self.meters {
            meter.take(cost, now);
        }
    }
}

impl Meter {
    /// When `cost` units will be there. A cost above the burst passes when the bucket is full.
    fn earliest(&self, cost: u32, now: Timestamp) -> Timestamp {
        let burst = self.burst();
        let room = self.time_for(burst - cost.min(burst));
        match self.full_at {
            Some(full_at) => full_at.checked_sub(room).unwrap_or(now).max(now),
            None => now,
        }
    }

    fn take(&mut self, cost: u32, now: Timestamp) {
        let start = self.full_at.unwrap_or(now).max(now);
        self.full_at = start.checked_add(self.time_for(cost)).ok();
    }

    /// The units that may be spent at once.
    fn burst(&self) -> u32 {
        (self.limit.amount / 2).max(1)
    }

    /// The time in which `units` come back, rounded up.
    fn time_for(&self, units: u32) -> SignedDuration {
        let refill = i128::from(self.limit.amount.saturating_sub(self.burst()).max(1));
        let window_ns = i128::from(self.limit.window_s) * 1_000_000_000;
        let ns = (window_ns * i128::from(units) + refill - 1) / refill;
        SignedDuration::from_nanos(i64::try_from(ns).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noon() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().expect("a timestamp")
    }

    fn after(seconds: i64) -> Timestamp {
        noon().checked_add(SignedDuration::from_secs(seconds)).expect("in range")
    }

    #[test]
    fn a_spent_budget_says_when_it_has_room_again() {
        let mut budget = Budget::new(&[Limit { amount: 10, window_s: 100 }]);
        for _ in 0..5 {
            assert_eq!(budget.admit(1, noon()), Ok(()));
        }
        assert_eq!(budget.admit(1, noon()), Err(after(20)));
        assert_eq!(budget.admit(3, noon()), Err(after(60)));
        assert_eq!(budget.admit(1, after(20)), Ok(()));
        assert_eq!(budget.admit(1, after(20)), Err(after(40)));
    }

    #[test]
    fn the_tightest_of_several_limits_counts() {
        let limits = [Limit { amount: 120, window_s: 60 }, Limit { amount: 2, window_s: 3600 }];
        let mut budget = Budget::new(&limits);
        assert_eq!(budget.admit(1, noon()), Ok(()));
        assert_eq!(budget.admit(1, noon()), Err(after(3600)));
    }

    #[test]
    fn nothing_passes_before_the_service_allows_it() {
        let mut budget = Budget::new(&[]);
        budget.wait_until(after(3));
        budget.wait_until(after(1));
        assert_eq!(budget.admit(1, after(2)), Err(after(3)));
        assert_eq!(budget.admit(1, after(3)), Ok(()));
        assert_eq!(budget.waiting_until(after(3)), None);
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_documented_amount(costs in prop::collection::vec(1_u32..5, 1..200)) {
            let mut budget = Budget::new(&[Limit { amount: 20, window_s: 60 }]);
            let mut now = noon();
            let mut passed: Vec<(Timestamp, u32)> = Vec::new();
            for cost in costs {
                while let Err(earliest) = budget.admit(cost, now) {
                    prop_assert!(earliest > now);
                    now = earliest;
                }
                passed.push((now, cost));
            }
            for &(start, _) in &passed {
                let end = start.checked_add(SignedDuration::from_secs(60)).expect("in range");
                let total: u32 = passed.iter().filter(|(at, _)| (start..end).contains(at)).map(|(_, cost)| cost).sum();
                prop_assert!(total <= 20);
            }
        }
    }
}
