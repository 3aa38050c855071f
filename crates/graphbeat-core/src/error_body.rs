//! What a failed answer of Graph says: its codes at all levels, and its message.
//!
//! Spelling varies between services (`innerError`, `innererror`), the exact code may sit deep inside,
//! and `message` may hold JSON again: <https://learn.microsoft.com/graph/errors>.

use graphbeat_base::{plain_text, redact_addresses};
use serde_json::Value;

/// The largest error body that is looked at; real ones have a few hundred bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// The deepest nesting of inner errors that is followed.
const DEPTH_MAX: usize = 8;
/// The most codes that are kept.
const CODES_MAX: usize = 16;
/// The longest code that is believed to be one.
const CODE_CHARACTERS_MAX: usize = 120;
/// The longest message that is kept.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// The codes and the message of an error answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The codes, outermost first; the deepest is the most exact.
    pub codes: Vec<String>,
    /// The outermost message, bounded, addresses left out.
    pub message: Option<String>,
}

impl ErrorBody {
    /// Reads an error body; one that is no JSON has no codes and no message.
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut parsed = Self::default();
        if body.len() > BODY_BYTES_MAX {
            return parsed;
        }
        if let Ok(value) = serde_json::from_slice::<Value>(body) {
            let error = member(&value, "error").unwrap_or(&value);
            parsed.collect(error, DEPTH_MAX);
        }
        parsed
    }

    /// The most exact code: the deepest one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.codes.last().map(String::as_str)
    }

    /// Whether one of the codes is `code`, in any letter case.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known.eq_ignore_ascii_case(code))
    }

    fn collect(&mut self, error: &Value, depth: usize) {
        if depth == 0 {
            return;
        }
        if let Some(code) = member(error, "code").and_then(code_text) {
            self.add_code(code);
        }
        if let Some(message) = member(error, "message").and_then(Value::as_str) {
            self.take_message(message, depth);
        }
        if let Some(inner) = member(error, "innererror") {
            self.collect(inner, depth - 1);
        }
    }

    fn take_message(&mut self, message: &str, depth: usize) {
        // "UnknownError" with the real answer as JSON text inside `message`.
        if message.trim_start().starts_with('{')
            && let Ok(inner) = serde_json::from_str::<Value>(message)
        {
            let inner_error = member(&inner, "error").unwrap_or(&inner);
            self.collect(inner_error, depth - 1);
        }
        if self.message.is_none() && !message.trim().is_empty() {
            let plain = plain_text(message.trim(), MESSAGE_CHARACTERS_MAX);
            self.message = Some(redact_addresses(&plain));
        }
    }

    fn add_code(&mut self, code: String) {
        let is_code = !code.is_empty() && plain_text(&code, CODE_CHARACTERS_MAX) == code;
        if is_code && self.codes.len() < CODES_MAX {
            self.codes.push(code);
        }
    }
}

fn code_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A member by its name in any letter case.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, codes: &[&str], message: Option<&str>) {
        let parsed = ErrorBody::parse(body.as_bytes());
        assert_eq!(parsed.codes, codes, "{body}");
        assert_eq!(parsed.message.as_deref(), message, "{body}");
    }

    #[test]
    fn codes_are_read_at_all_levels_and_in_any_spelling() {
        check(
            r#"{"error":{"code":"BadRequest","message":"no","innerError":{"code":"Deep","innererror":{"code":"Deeper"}}}}"#,
            &["BadRequest", "Deep", "Deeper"],
            Some("no"),
        );
        check(r#"{"Error":{"Code":"10008","Message":"too many"}}"#, &["10008"], Some("too many"));
        check(r#"{"error":{"code":10008,"message":""}}"#, &["10008"], None);
    }

    #[test]
    fn json_inside_the_message_is_read_too() {
        let parsed = ErrorBody::parse(
            br#"{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"Forbidden\",\"message\":\"why\"}}"}}"#,
        );
        assert_eq!(parsed.codes, ["UnknownError", "Forbidden"]);
        assert!(parsed.has_code("forbidden"));
        assert_eq!(parsed.message.as_deref(), Some("why"));
    }

    #[test]
    fn a_body_that_is_no_error_says_nothing() {
        for body in ["", "<html>busy</html>", "[]", "null", "{\"error\":7}", "{\"error\":{\"code\":\"\"}}"] {
            check(body, &[], None);
        }
        assert_eq!(ErrorBody::parse(&vec![b'{'; 300_000]), ErrorBody::default());
    }

    #[test]
    fn what_would_steer_a_terminal_is_neither_code_nor_message() {
        check(r#"{"error":{"code":"Bad\u001b[31m","message":"a\u001b]0;title\u0007b\nc"}}"#, &[], Some("a]0;titleb c"));
    }

    #[test]
    fn addresses_do_not_reach_the_ledger() {
        check(
            r#"{"error":{"code":"X","message":"megan@contoso.com is unknown"}}"#,
            &["X"],
            Some("[address] is unknown"),
        );
    }
}
