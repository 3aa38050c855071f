//! Values of flags that are more than a word.

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_config::parse_duration;
use graphbeat_core::{Language, Stage, Verdict};

use super::mistake::{WrongValue, quoted};
use crate::texts::say;

/// A point in time on the command line: as it is, or so long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeBound {
    /// This one.
    At(Timestamp),
    /// So long before now.
    Ago(SignedDuration),
}

impl TimeBound {
    /// The point in time, seen from `now`; the earliest there is where it lies before that.
    pub(crate) fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

pub(super) fn language(text: &str) -> Result<Language, WrongValue> {
    Language::from_word(text).ok_or_else(|| choose(Language::ALL.iter().map(|language| language.word())))
}

pub(super) fn duration(text: &str) -> Result<SignedDuration, WrongValue> {
    parse_duration(text).map_err(|_| WrongValue(say!("usage-want-duration")))
}

pub(super) fn time_bound(text: &str) -> Result<TimeBound, WrongValue> {
    let at = text.parse().map(TimeBound::At).ok();
    at.or_else(|| parse_duration(text).ok().map(TimeBound::Ago)).ok_or_else(|| WrongValue(say!("usage-want-time")))
}

pub(super) fn verdict(text: &str) -> Result<Verdict, WrongValue> {
    Verdict::from_word(text).ok_or_else(|| choose(Verdict::ALL.iter().map(|verdict| verdict.word())))
}

pub(super) fn stage(text: &str) -> Result<Stage, WrongValue> {
    let upper = text.to_uppercase();
    Stage::from_word(&upper).ok_or_else(|| choose(Stage::ALL.iter().map(|stage| stage.word())))
}

fn choose<'w>(words: impl Iterator<Item = &'w str>) -> WrongValue {
    WrongValue(say!("usage-choose", choices = quoted(&words.collect::<Vec<_>>())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_point_or_so_long_ago() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a timestamp");
        let resolved = |text| time_bound(text).map(|bound| bound.resolve(now).to_string());
        assert_eq!(resolved("2h").as_deref().ok(), Some("2026-11-24T10:00:00Z"));
        assert_eq!(resolved("2026-11-23T00:00:00+08:00").as_deref().ok(), Some("2026-11-22T16:00:00Z"));
        assert!(resolved("yesterday").is_err());
    }
}
