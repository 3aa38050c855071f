//! Ids of calls: short, sortable by time, and starting with a letter.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

use crate::Rng;

/// 2024-01-01T00:00:00Z in milliseconds: ids count from here, so that they stay short.
const EPOCH_MS: i64 = 1_704_067_200_000;
/// Bits of an id that count within one millisecond.
const SEQUENCE_BITS: u32 = 20;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters after the letter: 13 × 5 bits hold 64.
const DIGITS: usize = 13;

/// The id of a call in the ledger: 43 bits of milliseconds since 2024 and 20 bits of sequence,
/// written as `c` and 13 digits of Crockford's base 32. Ids sort as the calls started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(i64);

/// A text that is no call id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a call id: it starts with `c` and has 13 more letters and digits")]
pub struct CallIdError(String);

impl CallId {
    /// The id as the ledger's integer key; never negative.
    #[must_use]
    pub fn to_i64(self) -> i64 {
        self.0
    }

    /// The id of a ledger's integer key; `None` for a negative one.
    #[must_use]
    pub fn from_i64(key: i64) -> Option<Self> {
        (key >= 0).then_some(Self(key))
    }

    /// The Unix time in milliseconds that the id was made for.
    #[must_use]
    pub const fn time_ms(self) -> i64 {
        EPOCH_MS + (self.0 >> SEQUENCE_BITS)
    }

    /// The smallest id that a call which started at `at` can have: the lower bound of a time filter.
    #[must_use]
    pub fn first_at(at: Timestamp) -> Self {
        let since_epoch = at.as_millisecond().saturating_sub(EPOCH_MS).max(0);
        Self(since_epoch.saturating_mul(1 << SEQUENCE_BITS))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'c'; DIGITS + 1];
        let mut rest = self.0.unsigned_abs();
        for digit in text[1..].iter_mut().rev() {
            *digit = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for CallId {
    type Err = CallIdError;

    fn from_str(text: &str) -> Result<Self, CallIdError> {
        let refuse = || CallIdError(text.chars().take(40).collect());
        let digits = text.strip_prefix('c').filter(|digits| digits.len() == DIGITS).ok_or_else(refuse)?;
        let mut value: u64 = 0;
        for byte in digits.bytes() {
            let digit = ALPHABET.iter().position(|&known| known == byte).ok_or_else(refuse)?;
            value = value.checked_mul(32).and_then(|value| value.checked_add(digit as u64)).ok_or_else(refuse)?;
        }
        i64::try_from(value).map(Self).map_err(|_| refuse())
    }
}

impl serde::Serialize for CallId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The source of call ids of one process.
#[derive(Debug)]
pub struct CallIds {
    /// Starts at a random place, so that two processes rarely choose the same id in a millisecond.
    sequence: AtomicU64,
}

impl CallIds {
    /// A source whose sequence starts at a random place.
    #[must_use]
    pub fn new(rng: &mut Rng) -> Self {
        Self { sequence: AtomicU64::new(rng.next_u64()) }
    }

    /// A new id for a call that starts at `at`.
    pub fn next(&self, at: Timestamp) -> CallId {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) & ((1 << SEQUENCE_BITS) - 1);
        CallId(CallId::first_at(at).0 | i64::try_from(sequence).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_starts_with_a_letter_reads_back_and_sorts_by_time() {
        let ids = CallIds::new(&mut Rng::seeded(7));
        let early = ids.next("2026-11-24T12:00:00Z".parse().expect("a timestamp"));
        let late = ids.next("2026-11-24T12:00:00.001Z".parse().expect("a timestamp"));
        assert!(early.to_string().starts_with('c') && early.to_string().len() == 14);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(late.time_ms(), 1_795_521_600_001);
        assert!(early < late && early.to_string() < late.to_string());
    }

    #[test]
    fn a_text_that_is_no_id_is_refused() {
        for text in ["", "c", "x0000000000000", "c000000000000u", "czzzzzzzzzzzzz", "ünïcode"] {
            assert!(text.parse::<CallId>().is_err(), "{text}");
        }
    }
}
