//! Placeholders in paths, queries and bodies: `{name}`, where a name is `[a-z0-9-]+`.
//!
//! Any other brace stands for itself, so that JSON bodies need no escaping.

use std::borrow::Cow;

/// The placeholders that every operation may use; whoever runs it provides them.
///
/// Times are RFC 3339 in UTC, to the second.
pub const BUILTIN_PLACEHOLDERS: [&str; 12] = [
    "user-id",
    "user-upn",
    "tenant-id",
    "client-id",
    "now",
    "in-1-hour",
    "in-1-day",
    "in-2-days",
    "in-7-days",
    "1-day-ago",
    "7-days-ago",
    "30-days-ago",
];
/// The placeholder of a journey's random word. Only operations of journeys may use it.
pub const MARKER: &str = "marker";

/// A placeholder that nobody has a value for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("placeholder `{{{name}}}` has no value")]
pub struct UnknownPlaceholder {
    /// Its name.
    pub name: String,
}

/// A template is text and placeholders by turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'text> {
    /// Text that stands for itself; may be empty.
    Text(&'text str),
    /// The name of a placeholder.
    Placeholder(&'text str),
}

/// The names of the placeholders in a text, in order, each as often as it stands there.
#[must_use]
pub fn placeholders(text: &str) -> Vec<&str> {
    pieces(text)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Placeholder(name) => Some(name),
            Piece::Text(_) => None,
        })
        .collect()
}

/// The text with each placeholder replaced by what `lookup` says, verbatim: whoever calls this encodes
/// values for the place where they go.
///
/// # Errors
///
/// Names the first placeholder that `lookup` does not know.
pub fn fill<'value>(
    text: &str,
    mut lookup: impl FnMut(&str) -> Option<Cow<'value, str>>,
) -> Result<String, UnknownPlaceholder> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Placeholder(name) => {
                let value = lookup(name).ok_or_else(|| UnknownPlaceholder { name: name.to_owned() })?;
                filled.push_str(&value);
            }
        }
    }
    Ok(filled)
}

/// A value as it stands between the quotes of a JSON string.
#[must_use]
pub fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::String(value.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Whether a word can be a placeholder's name.
pub(crate) fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A template taken apart.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut text_start, mut search_from) = (0, 0);
    while let Some(open) = text[search_from..].find('{').map(|at| search_from + at) {
        search_from = open + 1;
        let Some(length) = text[search_from..].find(['{', '}']) else { break };
        let close = search_from + length;
        if text.as_bytes()[close] == b'}' && is_name(&text[search_from..close]) {
            found.push(Piece::Text(&text[text_start..open]));
            found.push(Piece::Placeholder(&text[search_from..close]));
            text_start = close + 1;
            search_from = text_start;
        }
    }
    found.push(Piece::Text(&text[text_start..]));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_json_stand_for_themselves() {
        let text = r#"{"a":{},"b":["{marker}"],"c":{"d":"{in-1-day}"}}"#;
        assert_eq!(placeholders(text), ["marker", "in-1-day"]);
    }

    #[test]
    fn an_unclosed_brace_is_text() {
        assert_eq!(placeholders("/a/{b/{c}/{"), ["c"]);
    }

    #[test]
    fn filling_keeps_what_is_no_placeholder() {
        let filled = fill("{{x}}-{x} {Y} {", |name| (name == "x").then_some("1".into()));
        assert_eq!(filled.unwrap(), "{1}-1 {Y} {");
    }

    #[test]
    fn filling_names_the_first_unknown_placeholder() {
        let failed = fill("/{a}/{b}", |name| (name == "a").then_some("1".into()));
        assert_eq!(failed.unwrap_err().to_string(), "placeholder `{b}` has no value");
    }

    #[test]
    fn a_value_is_escaped_for_a_json_string() {
        assert_eq!(json_escaped("a\"b\\c\n"), r#"a\"b\\c\n"#);
    }
}
