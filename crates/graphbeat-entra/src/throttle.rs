//! The memory of Entra's wishes to wait: no request leaves before they are over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use graphbeat_base::Timestamp;

use crate::TokenError;
use crate::answer::Failure;

/// The wait where Entra asks for one without saying how long, or is down; MSAL takes the same.
const WAIT_DEFAULT: Duration = Duration::from_secs(60);
/// The longest wait that is remembered; MSAL takes the same.
const WAIT_MAX: Duration = Duration::from_secs(3600);
/// Waits remembered at once; the one that ends first goes first.
const WAITS_MAX: usize = 10_000;

/// Waits by token endpoint, client and scope.
#[derive(Debug, Default)]
pub(crate) struct ThrottleMemory {
    waits: Mutex<HashMap<String, Wait>>,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    until: Timestamp,
    status: u16,
}

impl ThrottleMemory {
    /// Fails while a wait is under way.
    pub(crate) fn check(&self, key: &str, now: Timestamp) -> Result<(), TokenError> {
        let mut waits = self.waits();
        match waits.get(key) {
            Some(&Wait { until, status }) if now < until => Err(TokenError::Throttled { until, status }),
            Some(_) => {
                waits.remove(key);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The error of a failed exchange; a wish to wait in it is remembered.
    pub(crate) fn failed(&self, key: &str, failure: Failure, now: Timestamp) -> TokenError {
        match failure {
            Failure::Transport(error) => TokenError::Transport(error),
            Failure::Throttled { status, retry_after } | Failure::Down { status, retry_after, .. } => {
                TokenError::Throttled { until: self.remember(key, retry_after, status, now), status }
            }
            Failure::Refused { mut refusal, retry_after } => {
                if retry_after.is_some() {
                    refusal.until = Some(self.remember(key, retry_after, 400, now));
                }
                TokenError::Refused(refusal)
            }
            Failure::Unreadable { status, retry_after: Some(wait) } => {
                TokenError::Throttled { until: self.remember(key, Some(wait), status, now), status }
            }
            Failure::Unreadable { status, .. } => TokenError::Unreadable { status },
            // Only the device flow can be pending, and it polls by itself.
            Failure::Pending(_) => TokenError::Unreadable { status: 400 },
        }
    }

    fn remember(&self, key: &str, wait: Option<Duration>, status: u16, now: Timestamp) -> Timestamp {
        let wait = wait.filter(|wait| !wait.is_zero()).unwrap_or(WAIT_DEFAULT).min(WAIT_MAX);
        let until = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        let mut waits = self.waits();
        if waits.len() >= WAITS_MAX {
            waits.retain(|_, wait| now < wait.until);
        }
        if waits.len() >= WAITS_MAX
            && let Some(first) = waits.iter().min_by_key(|(_, wait)| wait.until).map(|(key, _)| key.clone())
        {
            waits.remove(&first);
        }
        waits.insert(key.to_owned(), Wait { until, status });
        until
    }

    fn waits(&self) -> MutexGuard<'_, HashMap<String, Wait>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
