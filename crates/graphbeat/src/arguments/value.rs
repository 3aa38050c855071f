//! Values of flags that are more than a word.

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_config::parse_duration;
use graphbeat_core::{Language, Stage, Verdict};

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

pub(super) fn language(text: &str) -> Result<Language, String> {
    Language::from_word(text).ok_or_else(|| "choose from `en`, `zh-CN`".to_owned())
}

pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    parse_duration(text).map_err(|_| "write it as `60s`, `15m`, `24h` or `7d`".to_owned())
}

pub(super) fn time_bound(text: &str) -> Result<TimeBound, String> {
    let at = text.parse().map(TimeBound::At).ok();
    at.or_else(|| parse_duration(text).ok().map(TimeBound::Ago))
        .ok_or_else(|| "write it as `2026-11-24T12:00:00Z`, or as `2h` for two hours ago".to_owned())
}

pub(super) fn verdict(text: &str) -> Result<Verdict, String> {
    Verdict::from_word(text).ok_or_else(|| choices(Verdict::ALL.iter().map(|verdict| verdict.word())))
}

pub(super) fn stage(text: &str) -> Result<Stage, String> {
    let upper = text.to_uppercase();
    Stage::from_word(&upper).ok_or_else(|| choices(Stage::ALL.iter().map(|stage| stage.word())))
}

fn choices<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    format!("choose from {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_point_or_so_long_ago() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a timestamp");
        let resolved = |text| time_bound(text).map(|bound| bound.resolve(now).to_string());
        assert_eq!(resolved("2h").as_deref(), Ok("2026-11-24T10:00:00Z"));
        assert_eq!(resolved("2026-11-23T00:00:00+08:00").as_deref(), Ok("2026-11-22T16:00:00Z"));
        assert!(resolved("yesterday").is_err());
    }
}
