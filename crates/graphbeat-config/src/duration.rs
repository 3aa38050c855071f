//! Spans of time as people write them: `90s`, `15m`, `24h`, `7d`, `1h30m`.

use graphbeat_base::SignedDuration;

/// The longest text that is worth reading as a span of time.
const TEXT_MAX: usize = 32;
const UNITS: [(&str, i64); 5] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// A text that is no span of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a span of time")]
pub struct DurationError(pub String);

/// Reads a span of time: whole numbers with the units `w`, `d`, `h`, `m`, `s`, the largest first.
///
/// # Errors
/// [`DurationError`] for anything else, a negative or an empty span included.
pub fn parse_duration(text: &str) -> Result<SignedDuration, DurationError> {
    let refuse = || DurationError(text.chars().take(TEXT_MAX).collect());
    let compact: String = text.split_whitespace().collect();
    if compact.is_empty() || compact.len() > TEXT_MAX {
        return Err(refuse());
    }
    let mut rest = compact.as_str();
    let mut units = UNITS.iter();
    let mut seconds: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
        let (number, after) = rest.split_at(digits);
        // Units come once each, in falling order: what was skipped cannot come any more.
        let (unit, factor) = units.find(|(unit, _)| after.starts_with(unit)).ok_or_else(refuse)?;
        let amount = number.parse::<i64>().ok().and_then(|number| number.checked_mul(*factor)).ok_or_else(refuse)?;
        seconds = seconds.checked_add(amount).ok_or_else(refuse)?;
        rest = &after[unit.len()..];
    }
    Ok(SignedDuration::from_secs(seconds))
}

/// Writes a span of time as [`parse_duration`] reads it; parts of a second are dropped.
#[must_use]
pub fn duration_text(duration: SignedDuration) -> String {
    let mut seconds = duration.as_secs().max(0);
    let mut text = String::new();
    // Days and weeks are left out: `24h` is what people write.
    for (unit, factor) in &UNITS[2..] {
        let amount = seconds / factor;
        if amount > 0 {
            text.push_str(&format!("{amount}{unit}"));
        }
        seconds %= factor;
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let read: Vec<i64> = ["90s", "15m", "24h", "7d", "1h30m", "1d 12h", "2w"]
            .iter()
            .map(|text| parse_duration(text).expect("a span").as_secs())
            .collect();
        assert_eq!(read, [90, 900, 86_400, 604_800, 5_400, 129_600, 1_209_600]);
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", "24", "h", "-1h", "1.5h", "30m1h", "1h1h", "99999999999999999999s", "999999999999999999w"] {
            assert_eq!(parse_duration(text), Err(DurationError(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for (seconds, text) in [(0, "0s"), (86_400, "24h"), (5_400, "1h30m"), (61, "1m1s")] {
            assert_eq!(duration_text(SignedDuration::from_secs(seconds)), text);
            assert_eq!(parse_duration(text).expect("a span").as_secs(), seconds);
        }
    }
}
