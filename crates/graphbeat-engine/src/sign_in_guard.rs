//! Refused sign-ins and Entra's wishes to wait, counted in the ledger, so that other processes and restarts
//! count too: whoever asks for a token, an account or the set-up of one, passes here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use graphbeat_base::{Clock, SignedDuration, Timestamp};
use graphbeat_core::Refusal;
use graphbeat_entra::{
    HeldBack, HeldBackBy, SignInAttempt, SignInEnd, SignInGuard, SignInPass, StoreFailure, TokenError,
};
use graphbeat_store::{Ledger, SignInEnd as LedgerEnd, SignInRoom, SignInTaken, SignInWait, SignInWish, StoreError};

/// Refused sign-ins for an account and credential within [`REFUSAL_WINDOW`].
pub(crate) const REFUSALS_MAX: usize = 3;
/// Entra's smart lock-out begins after about so long a run of refusals.
pub(crate) const REFUSAL_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// A sign-in whose end is not known after so long never gets one: its request has a time-out of half a minute.
const UNDER_WAY_MAX: SignedDuration = SignedDuration::from_secs(40);
/// Real time for which a sign-in waits for others, in other processes, that are under way.
const OTHERS_WAIT_MAX: Duration = Duration::from_secs(45);
/// Real time between two looks at them.
const OTHERS_LOOK: Duration = Duration::from_millis(50);

/// The guard over a ledger.
pub struct LedgerGuard {
    ledger: Arc<dyn Ledger>,
    clock: Clock,
}

/// Room in the ledger for one sign-in.
struct LedgerPass {
    ledger: Arc<dyn Ledger>,
    taken: SignInTaken,
}

impl LedgerGuard {
    /// A guard that counts in `ledger`.
    #[must_use]
    pub fn new(ledger: Arc<dyn Ledger>, clock: Clock) -> Self {
        Self { ledger, clock }
    }

    async fn reserve(&self, attempt: &SignInAttempt, at: Timestamp) -> Result<SignInRoom, StoreError> {
        let wish = SignInWish {
            account: Arc::clone(&attempt.account),
            application: Arc::clone(&attempt.application),
            credential: Arc::clone(&attempt.credential),
            at,
            since: at.checked_sub(REFUSAL_WINDOW).unwrap_or(at),
            refusals_max: REFUSALS_MAX,
        };
        self.ledger.reserve_sign_in(wish).await
    }
}

#[async_trait]
impl SignInGuard for LedgerGuard {
    /// Room for one sign-in among all processes; waits for those under way, whose end decides.
    async fn admit(&self, attempt: &SignInAttempt) -> Result<Option<Box<dyn SignInPass>>, TokenError> {
        let begun = Instant::now();
        loop {
            let at = self.clock.now();
            let room = self.reserve(attempt, at).await;
            let refusals = match room.map_err(|error| TokenError::Guard(StoreFailure::new(error)))? {
                SignInRoom::Taken(taken) => {
                    return Ok(Some(Box::new(LedgerPass { ledger: Arc::clone(&self.ledger), taken })));
                }
                SignInRoom::Wait(wait) => return Err(TokenError::HeldBack(by_wait(wait))),
                SignInRoom::Full(refusals) => refusals,
            };
            let is_under_way =
                |refusal: &Refusal| refusal.code.is_empty() && at.duration_since(refusal.at) < UNDER_WAY_MAX;
            if refusals.iter().any(is_under_way) && begun.elapsed() < OTHERS_WAIT_MAX {
                tokio::time::sleep(OTHERS_LOOK).await;
            } else if let Some(held_back) = by_refusals(&refusals) {
                return Err(TokenError::HeldBack(held_back));
            }
        }
    }
}

#[async_trait]
impl SignInPass for LedgerPass {
    async fn settle(self: Box<Self>, end: SignInEnd) -> Result<(), StoreFailure> {
        let end = match end {
            SignInEnd::Good => LedgerEnd::Good,
            SignInEnd::Refused(code) => LedgerEnd::Refused(Arc::from(code)),
            SignInEnd::Wait { until, code } => LedgerEnd::Wait(SignInWait { until, code: code.map(Arc::from) }),
            SignInEnd::Nothing => LedgerEnd::Nothing,
        };
        self.ledger.settle_sign_in(self.taken, end).await.map_err(StoreFailure::new)
    }
}

fn by_wait(wait: SignInWait) -> HeldBack {
    HeldBack { by: HeldBackBy::Wait, code: wait.code.as_deref().map(str::to_owned), until: wait.until }
}

/// Where these are too many.
fn by_refusals(refusals: &[Refusal]) -> Option<HeldBack> {
    let first_that_counts = refusals.get(refusals.len().checked_sub(REFUSALS_MAX)?)?;
    let code = refusals.iter().rev().find(|refusal| !refusal.code.is_empty());
    Some(HeldBack {
        by: HeldBackBy::Refusals(REFUSALS_MAX),
        code: code.map(|refusal| refusal.code.to_string()),
        until: first_that_counts.at.checked_add(REFUSAL_WINDOW).unwrap_or(Timestamp::MAX),
    })
}
