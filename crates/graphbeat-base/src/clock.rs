//! One clock for the whole program: the system's, a faster one, or one that a test moves by hand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The fastest rate a clock accepts: a day in about a tenth of a second.
const RATE_MAX: f64 = 1_000_000.0;
/// So far the system's clock may be from the wall's before it is set: the monotonic clock stands still while
/// a laptop sleeps, and the wall clock jumps when it is corrected.
const DRIFT_MAX: SignedDuration = SignedDuration::from_secs(2);
/// A sleeper looks at the wall clock at least this often.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A shared, cheap-to-clone source of the current time that can also wait.
///
/// All clones show the same time. Network time-outs and measured durations do not use it: they are
/// always real time.
#[derive(Clone, Debug)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    reading: Mutex<Reading>,
    /// Counts the changes of the reading, so that sleepers look again.
    changes: watch::Sender<u64>,
}

/// At `instant` the clock showed `shown`; since then it runs at `rate`.
#[derive(Clone, Copy, Debug)]
struct Reading {
    instant: Instant,
    shown: Timestamp,
    rate: f64,
    /// What the clock follows, until it is set by hand.
    wall: Option<fn() -> Timestamp>,
}

/// Why a clock refused to be set.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The rate was negative, not a number, or above the maximum.
    #[error("a clock's rate must lie between 0 and {RATE_MAX}, not {0}")]
    Rate(f64),
    /// The time would leave the range that timestamps can show.
    #[error("the clock cannot show a time that far away")]
    OutOfRange,
}

impl Clock {
    /// The wall clock: steady between its jumps, which it follows.
    #[must_use]
    pub fn system() -> Self {
        Self::following(wall_clock)
    }

    fn following(wall: fn() -> Timestamp) -> Self {
        let clock = Self::starting_at(wall(), 1.0);
        clock.reading().wall = Some(wall);
        clock
    }

    /// A clock that shows `shown` now and runs at `rate` (1.0 is real time, 0.0 stands still).
    #[must_use]
    pub fn starting_at(shown: Timestamp, rate: f64) -> Self {
        let rate = if rate.is_finite() { rate.clamp(0.0, RATE_MAX) } else { 1.0 };
        let reading = Reading { instant: Instant::now(), shown, rate, wall: None };
        let (changes, _) = watch::channel(0);
        Self { shared: Arc::new(Shared { reading: Mutex::new(reading), changes }) }
    }

    /// A clock that stands still at `shown` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(shown: Timestamp) -> Self {
        Self::starting_at(shown, 0.0)
    }

    /// The time that the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let mut reading = self.reading();
        let instant = Instant::now();
        let shown = reading.shown_at(instant);
        let Some(wall) = reading.wall.map(|wall| wall()) else { return shown };
        if wall.duration_since(shown).abs() <= DRIFT_MAX {
            return shown;
        }
        *reading = Reading { instant, shown: wall, ..*reading };
        drop(reading);
        self.tell_sleepers();
        wall
    }

    /// How much faster than real time the clock runs.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.reading().rate
    }

    /// Shows `shown` from now on, at `rate`.
    ///
    /// # Errors
    /// [`ClockError::Rate`] for a rate that no clock can run at.
    pub fn set(&self, shown: Timestamp, rate: f64) -> Result<(), ClockError> {
        if !(0.0..=RATE_MAX).contains(&rate) {
            return Err(ClockError::Rate(rate));
        }
        *self.reading() = Reading { instant: Instant::now(), shown, rate, wall: None };
        self.tell_sleepers();
        Ok(())
    }

    fn tell_sleepers(&self) {
        self.shared.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
    }

    /// Moves the clock forward (or back) by `by`.
    ///
    /// # Errors
    /// [`ClockError::OutOfRange`] where no timestamp can show the result.
    pub fn advance(&self, by: SignedDuration) -> Result<(), ClockError> {
        let (shown, rate) = {
            let reading = self.reading();
            let shown = reading.shown_at(Instant::now());
            (shown.checked_add(by).map_err(|_| ClockError::OutOfRange)?, reading.rate)
        };
        self.set(shown, rate)
    }

    /// Waits until the clock shows `until` or later; returns at once where it already does.
    pub async fn sleep_until(&self, until: Timestamp) {
        let mut changes = self.shared.changes.subscribe();
        loop {
            let shown = self.now();
            if shown >= until {
                return;
            }
            let remaining = self.reading().real_time_for(until.duration_since(shown));
            let changed = changes.changed();
            match remaining {
                Some(remaining) => {
                    // The sender lives as long as `self`, so `changed` cannot fail here.
                    let _ = tokio::time::timeout(remaining, changed).await;
                }
                None => {
                    let _ = changed.await;
                }
            }
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        // A reading is plain data, whole at every moment: a poisoned lock is still a valid one.
        self.shared.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn shown_at(&self, instant: Instant) -> Timestamp {
        let real = instant.saturating_duration_since(self.instant);
        let elapsed = if self.rate == 1.0 { real } else { real.mul_f64(self.rate) };
        SignedDuration::try_from(elapsed)
            .ok()
            .and_then(|elapsed| self.shown.checked_add(elapsed).ok())
            .unwrap_or(Timestamp::MAX)
    }

    /// The real time in which the clock moves by `shown`; `None` where it stands still.
    fn real_time_for(&self, shown: SignedDuration) -> Option<Duration> {
        if self.rate == 0.0 {
            return None;
        }
        let real = Duration::try_from_secs_f64(shown.as_secs_f64() / self.rate).unwrap_or(Duration::MAX);
        let real_max = if self.wall.is_some() { LOOK_EVERY } else { Duration::from_secs(86_400) };
        // Round up and bound: a sleep must not end early, and timers have an end.
        Some(real.saturating_add(Duration::from_millis(1)).min(real_max))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall_clock() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn noon() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().expect("a timestamp")
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = Clock::manual(noon());
        assert_eq!(clock.now(), noon());
        clock.advance(SignedDuration::from_secs(90)).expect("in range");
        assert_eq!(clock.now().to_string(), "2026-11-24T12:01:30Z");
    }

    #[test]
    fn a_wall_clock_that_jumps_is_followed_until_the_clock_is_set_by_hand() {
        static WALL_S: AtomicI64 = AtomicI64::new(1_000_000);
        let wall = || Timestamp::from_second(WALL_S.load(Ordering::SeqCst)).expect("in range");
        let clock = Clock::following(wall);
        for jump in [8 * 3600, -60] {
            WALL_S.fetch_add(jump, Ordering::SeqCst);
            assert_eq!(clock.now().as_second(), WALL_S.load(Ordering::SeqCst));
        }
        WALL_S.fetch_add(1, Ordering::SeqCst);
        assert!(clock.now() < wall(), "small differences are the wall clock's own");
        clock.set(noon(), 0.0).expect("a rate");
        WALL_S.fetch_add(3600, Ordering::SeqCst);
        assert_eq!(clock.now(), noon());
    }

    #[test]
    fn a_rate_that_no_clock_can_run_at_is_refused() {
        let clock = Clock::manual(noon());
        assert!(clock.set(noon(), -1.0).is_err());
        assert!(clock.set(noon(), f64::NAN).is_err());
        assert_eq!(clock.now(), noon());
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_moved_past_its_time() {
        let clock = Clock::manual(noon());
        let until = noon().checked_add(SignedDuration::from_secs(3)).expect("in range");
        let sleeper = clock.clone();
        let ((), ()) = tokio::join!(
            async move {
                sleeper.sleep_until(until).await;
                assert!(sleeper.now() >= until);
            },
            async {
                clock.advance(SignedDuration::from_secs(1)).expect("in range");
                tokio::task::yield_now().await;
                clock.advance(SignedDuration::from_secs(2)).expect("in range");
            }
        );
    }

    #[tokio::test]
    async fn a_fast_clock_sleeps_shorter_in_real_time() {
        let clock = Clock::starting_at(noon(), 100_000.0);
        clock.sleep_until(noon().checked_add(SignedDuration::from_hours(1)).expect("in range")).await;
        assert!(clock.now() >= noon().checked_add(SignedDuration::from_hours(1)).expect("in range"));
    }
}
