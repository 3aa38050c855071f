//! How values compare: texts without case, as Graph does, times as times.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

/// The order of two values; `None` where they cannot be compared. Null comes first.
pub(crate) fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Null, _) => Some(Ordering::Less),
        (_, Value::Null) => Some(Ordering::Greater),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        (Value::String(one), Value::String(other)) => Some(compare_texts(one, other)),
        _ => None,
    }
}

fn compare_texts(one: &str, other: &str) -> Ordering {
    match (time(one), time(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => folded(one).cmp(folded(other)),
    }
}

fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

/// The time that a text is, with a zone, without one (then UTC), or as a mere date.
fn time(text: &str) -> Option<Timestamp> {
    let looks_like_one =
        text.len() >= 10 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text.as_bytes()[4] == b'-';
    if !looks_like_one {
        return None;
    }
    let time = text.parse().ok().or_else(|| format!("{text}Z").parse().ok());
    time.or_else(|| format!("{text}T00:00:00Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_of_one_kind_compare_and_others_do_not() {
        assert_eq!(compare(&json!("ADA"), &json!("ada")), Some(Ordering::Equal));
        assert_eq!(compare(&json!(null), &json!("a")), Some(Ordering::Less));
        assert_eq!(compare(&json!(2), &json!(10)), Some(Ordering::Less));
        assert_eq!(compare(&json!("2026-01-01T00:00:00Z"), &json!("2026-01-01T01:00:00+01:00")), Some(Ordering::Equal));
        assert_eq!(compare(&json!("2026-01-01"), &json!("2026-01-01T00:00:01Z")), Some(Ordering::Less));
        assert_eq!(compare(&json!(true), &json!("true")), None);
    }
}
