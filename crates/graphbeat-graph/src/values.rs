//! The values of placeholders: built-in ones, and those that come from other operations' answers.

use std::collections::BTreeMap;

use graphbeat_base::{SignedDuration, Timestamp};
use serde_json::Value;

/// Placeholder to value.
pub type Values = BTreeMap<String, String>;

/// The longest value that is taken from an answer; the ids of Outlook have about 160 characters.
const VALUE_CHARACTERS_MAX: usize = 1024;

/// The placeholders that need no other operation: points in time around `now`, in UTC.
#[must_use]
pub fn built_in(name: &str, now: Timestamp) -> Option<String> {
    let hours = match name {
        "now" => 0,
        "in-1-hour" => 1,
        "in-1-day" => 24,
        "in-2-days" => 48,
        "in-7-days" => 7 * 24,
        "1-day-ago" => -24,
        "7-days-ago" => -7 * 24,
        "30-days-ago" => -30 * 24,
        _ => return None,
    };
    let at = now.checked_add(SignedDuration::from_hours(hours)).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A text or number at a JSON pointer of an answer; `None` where it is missing, empty or too long.
#[must_use]
pub fn pick(answer: &Value, pointer: &str) -> Option<String> {
    let text = match answer.pointer(pointer)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= VALUE_CHARACTERS_MAX).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_whole_seconds_in_utc() {
        let now = "2026-11-24T12:00:00.123Z".parse().expect("a timestamp");
        assert_eq!(built_in("in-7-days", now).as_deref(), Some("2026-12-01T12:00:00Z"));
        assert_eq!(built_in("group-id", now), None);
    }

    #[test]
    fn every_placeholder_that_the_catalogue_builds_in_is_known_here_or_to_the_target() {
        let of_target = ["user-id", "user-upn", "tenant-id", "client-id"];
        for name in graphbeat_catalog::template::BUILTIN_PLACEHOLDERS {
            assert_eq!(built_in(name, Timestamp::UNIX_EPOCH).is_some(), !of_target.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_value_is_a_text_or_number_of_bounded_length() {
        let answer = serde_json::json!({"value": [{"id": "a", "n": 7, "o": {}, "e": ""}]});
        assert_eq!(pick(&answer, "/value/0/id").as_deref(), Some("a"));
        assert_eq!(pick(&answer, "/value/0/n").as_deref(), Some("7"));
        for pointer in ["/value/1/id", "/value/0/o", "/value/0/e", "value"] {
            assert_eq!(pick(&answer, pointer), None, "{pointer}");
        }
        let long = serde_json::json!({"id": "x".repeat(2000)});
        assert_eq!(pick(&long, "/id"), None);
    }
}
