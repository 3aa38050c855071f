//! Whether a failed call is tried again, and when. Waiting itself is the engine's.

use graphbeat_base::SignedDuration;

/// The most tries of one operation, the first included.
pub const ATTEMPTS_MAX: u16 = 4;
/// The first wait where the service names none; it doubles with each try.
const BACKOFF_FIRST: SignedDuration = SignedDuration::from_secs(2);
/// The longest wait of our own choosing.
const BACKOFF_MAX: SignedDuration = SignedDuration::from_secs(60);

/// How a call failed, as far as trying again depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The service asked to wait, or said that it is busy: 429, or 503.
    Busy,
    /// 504: the service may have done it or not.
    GatewayTimeout,
    /// The network failed before the request can have arrived, in a way that may pass.
    NotDelivered,
    /// The network failed after the request had left.
    Broken,
    /// Anything else; trying again would give the same.
    Final,
}

/// What may happen if a request is sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeatable {
    /// Nothing: it reads, or does the same again.
    Yes,
    /// Something might be made twice.
    No,
}

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It stays failed.
    GiveUp,
    /// Again, not before so much time has passed.
    After(SignedDuration),
}

impl Failure {
    /// The kind of failure that a status is.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            429 | 503 => Self::Busy,
            504 => Self::GatewayTimeout,
            _ => Self::Final,
        }
    }
}

/// Decides after try number `attempt` (1 for the first); `retry_after` is what the service asked for.
///
/// Rules: <https://learn.microsoft.com/graph/throttling> (wait exactly what `Retry-After` says, else back
/// off), and no create is repeated where the service may have done it already.
#[must_use]
pub fn decide(failure: Failure, repeatable: Repeatable, attempt: u16, retry_after: Option<SignedDuration>) -> Decision {
    let again = match failure {
        Failure::Busy | Failure::NotDelivered => true,
        Failure::GatewayTimeout | Failure::Broken => repeatable == Repeatable::Yes,
        Failure::Final => false,
    };
    if !again || attempt >= ATTEMPTS_MAX {
        return Decision::GiveUp;
    }
    Decision::After(retry_after.unwrap_or_else(|| backoff(attempt)))
}

/// The wait after try number `attempt` where the service names none: 2, 4, 8 … s, at most a minute.
#[must_use]
pub fn backoff(attempt: u16) -> SignedDuration {
    let doublings = u32::from(attempt.saturating_sub(1)).min(16);
    BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_names_the_wait_and_we_back_off_where_it_does_not() {
        let three = SignedDuration::from_secs(3);
        assert_eq!(decide(Failure::Busy, Repeatable::No, 1, Some(three)), Decision::After(three));
        assert_eq!(decide(Failure::Busy, Repeatable::No, 2, None), Decision::After(SignedDuration::from_secs(4)));
        assert_eq!(decide(Failure::Busy, Repeatable::Yes, ATTEMPTS_MAX, Some(three)), Decision::GiveUp);
        assert_eq!(backoff(60), BACKOFF_MAX);
    }

    #[test]
    fn a_create_that_may_have_been_done_is_not_repeated() {
        for failure in [Failure::GatewayTimeout, Failure::Broken] {
            assert_eq!(decide(failure, Repeatable::No, 1, None), Decision::GiveUp);
            assert!(matches!(decide(failure, Repeatable::Yes, 1, None), Decision::After(_)));
        }
        assert!(matches!(decide(Failure::NotDelivered, Repeatable::No, 1, None), Decision::After(_)));
    }

    #[test]
    fn what_cannot_pass_is_not_tried_again() {
        for status in [400, 401, 403, 404, 409, 500, 501, 502, 507] {
            assert_eq!(decide(Failure::of_status(status), Repeatable::Yes, 1, None), Decision::GiveUp, "{status}");
        }
    }
}
