//! Sending again where the directory has not caught up, bounded, on the clock.

use graphbeat_base::{Clock, SignedDuration, Timestamp};
use serde_json::Value;

use super::{GraphCall, Hand, HandError};

/// Tries of one request.
const TRIES_MAX: u32 = 8;
/// The longest pause between two; they begin with a second and double.
const PAUSE_MAX: SignedDuration = SignedDuration::from_secs(16);
/// The longest wish to wait that is fulfilled here.
const WISH_MAX: SignedDuration = SignedDuration::from_mins(2);

/// Pauses that double.
pub(super) struct Patience<'a> {
    clock: &'a Clock,
    tries: u32,
}

impl<'a> Patience<'a> {
    pub(super) fn new(clock: &'a Clock) -> Self {
        Self { clock, tries: 0 }
    }

    /// Waits, at least as long as was asked for; `false` where there is no patience left.
    pub(super) async fn wait(&mut self, wish: Option<std::time::Duration>) -> bool {
        self.tries += 1;
        let wish = wish.and_then(|wish| SignedDuration::try_from(wish).ok()).unwrap_or_default();
        if self.tries >= TRIES_MAX || wish > WISH_MAX {
            return false;
        }
        let doubled = SignedDuration::from_secs(1_i64 << (self.tries - 1).min(8)).min(PAUSE_MAX);
        let until = self.clock.now().checked_add(doubled.max(wish)).unwrap_or(Timestamp::MAX);
        self.clock.sleep_until(until).await;
        true
    }
}

/// Sends until it is done, has another failure than `may_pass` names, or patience ends.
pub(super) async fn persevere(
    hand: &dyn Hand,
    call: &GraphCall,
    clock: &Clock,
    may_pass: impl Fn(&HandError) -> bool,
) -> Result<Value, HandError> {
    let mut patience = Patience::new(clock);
    loop {
        match hand.send(call).await {
            Err(error) if may_pass(&error) || error.is_passing() => {
                if !patience.wait(error.retry_after()).await {
                    return Err(error);
                }
            }
            done => return done,
        }
    }
}
