//! The tenant's paid subscription: how it stands follows from its end and the time alone.

use graphbeat_base::{SignedDuration, Timestamp};

/// Days that the seeded subscription runs on.
const SEEDED_DAYS: i64 = 60;
/// Days after the end in which everything still works.
const WARNING_DAYS: i64 = 30;
/// Days after those in which nothing works, and nothing is lost.
const SUSPENDED_DAYS: i64 = 90;

/// When the subscription ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) ends: Timestamp,
    /// Whether Microsoft has locked it, whatever its end.
    pub(crate) is_locked_out: bool,
}

/// How the subscription stands, in Microsoft's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Enabled,
    Warning,
    Suspended,
    Deleted,
    LockedOut,
}

impl Subscription {
    /// The one of a new tenant.
    pub(super) fn seeded(now: Timestamp) -> Self {
        Self { ends: after_days(now, SEEDED_DAYS), is_locked_out: false }
    }

    /// How it stands at a time.
    pub(crate) fn standing(&self, now: Timestamp) -> Standing {
        let steps = [
            (self.ends, Standing::Enabled),
            (after_days(self.ends, WARNING_DAYS), Standing::Warning),
            (after_days(self.ends, WARNING_DAYS + SUSPENDED_DAYS), Standing::Suspended),
        ];
        match steps.iter().find(|(end, _)| now < *end) {
            _ if self.is_locked_out => Standing::LockedOut,
            Some((_, standing)) => *standing,
            None => Standing::Deleted,
        }
    }

    /// When it changes by itself; `None` where it stays.
    pub(crate) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        match self.standing(now) {
            Standing::Enabled => Some(self.ends),
            Standing::Warning => Some(after_days(self.ends, WARNING_DAYS)),
            Standing::Suspended => Some(after_days(self.ends, WARNING_DAYS + SUSPENDED_DAYS)),
            Standing::Deleted | Standing::LockedOut => None,
        }
    }
}

impl Standing {
    /// `capabilityStatus` and `status`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Warning => "Warning",
            Self::Suspended => "Suspended",
            Self::Deleted => "Deleted",
            Self::LockedOut => "LockedOut",
        }
    }

    /// The field of `prepaidUnits` that counts the licences; deleted ones are in none.
    pub(crate) fn units(self) -> Option<&'static str> {
        match self {
            Self::Enabled => Some("enabled"),
            Self::Warning => Some("warning"),
            Self::Suspended => Some("suspended"),
            Self::LockedOut => Some("lockedOut"),
            Self::Deleted => None,
        }
    }

    /// Whether people reach their mailboxes and drives.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Enabled | Self::Warning)
    }
}

fn after_days(from: Timestamp, days: i64) -> Timestamp {
    from.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_goes_from_state_to_state_by_the_clock() {
        let end = Timestamp::UNIX_EPOCH;
        let mut subscription = Subscription { ends: end, is_locked_out: false };
        for (days, standing, next) in [
            (-1, Standing::Enabled, Some(0)),
            (0, Standing::Warning, Some(30)),
            (29, Standing::Warning, Some(30)),
            (30, Standing::Suspended, Some(120)),
            (120, Standing::Deleted, None),
        ] {
            let now = after_days(end, days);
            assert_eq!(subscription.standing(now), standing, "{days}");
            assert_eq!(subscription.next_change(now), next.map(|days| after_days(end, days)), "{days}");
        }
        subscription.is_locked_out = true;
        assert_eq!(subscription.standing(after_days(end, -5)), Standing::LockedOut);
    }
}
