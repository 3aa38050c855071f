//! The text of a configuration file, and how a line of it is shown: never with a secret in it.

use std::ops::Range;

use crate::problem::Place;

/// The most characters of a line that are shown.
const LINE_MAX: usize = 120;
/// A word of so many characters may be a key or a token: it is not shown.
const WORD_MAX: usize = 32;
/// Words in a key's name that mean that its value may be a secret.
const SECRET_KEYS: [&str; 6] = ["secret", "password", "token", "certificate", "key", "passphrase"];

/// The text of a file under the name that the user knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceText<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl SourceText<'_> {
    /// The place of a range of bytes.
    pub(crate) fn place(&self, range: &Range<usize>) -> Place {
        let start = floor_char_boundary(self.text, range.start);
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_text = self.text[line_start..].lines().next().unwrap_or_default();
        Place::Line {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            source: masked(line_text),
        }
    }
}

/// The largest boundary of characters at or before `index`.
fn floor_char_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|&index| text.is_char_boundary(index)).unwrap_or(0)
}

/// A line as it may be shown: values of secret keys, credentials in URLs and long words left out.
fn masked(line: &str) -> String {
    let line = mask_secret_values(line.trim_end());
    let words: Vec<String> = line.split(' ').map(mask_word).collect();
    let joined = words.join(" ");
    if joined.chars().count() <= LINE_MAX {
        return joined;
    }
    let cut: String = joined.chars().take(LINE_MAX).collect();
    format!("{cut}…")
}

/// `client_secret = "…"`: what stands between quotes, or up to the line's end, after a secret key.
fn mask_secret_values(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(equals) = rest.find('=') {
        let (key, value) = rest.split_at(equals + 1);
        shown.push_str(key);
        let name = key.trim_end_matches('=').trim().to_lowercase();
        let name = name.rsplit(|c: char| c.is_whitespace() || c == ',' || c == '{').next().unwrap_or_default();
        let spaces = value.len() - value.trim_start().len();
        let (gap, value) = value.split_at(spaces);
        shown.push_str(gap);
        let is_secret = SECRET_KEYS.iter().any(|word| name.contains(word));
        let names_a_source = value.starts_with(['{', '[']);
        rest = if is_secret && !names_a_source { skip_value(value, &mut shown) } else { value };
    }
    shown.push_str(rest);
    shown
}

/// Shows `…` for a value and returns what stands after it.
fn skip_value<'a>(value: &'a str, shown: &mut String) -> &'a str {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        shown.push('…');
        return "";
    };
    shown.push(quote);
    shown.push('…');
    // A quote inside is escaped, or the string goes on for lines: then the rest of the line is hidden.
    match value[1..].find(quote) {
        Some(end) if !value.starts_with("\"\"\"") && !value.starts_with("'''") && !value.contains('\\') => {
            &value[1 + end..]
        }
        _ => "",
    }
}

fn mask_word(word: &str) -> String {
    if let (Some(scheme), Some(at)) = (word.find("://"), word.rfind('@'))
        && scheme < at
    {
        return format!("{}://…{}", &word[..scheme], &word[at..]);
    }
    let inner = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_encoded = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-' | '~' | '.' | '=');
    let is_path = inner.contains("://") || word.contains("\"/") || word.contains("\"./") || inner.contains(".pem");
    // The id of an application or tenant is no secret.
    if uuid::Uuid::parse_str(inner).is_ok() {
        return word.to_owned();
    }
    if inner.len() >= WORD_MAX && inner.chars().all(is_encoded) && !is_path {
        return word.replace(inner, "…");
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_shown_line_holds_no_secret() {
        let lines = [
            r#"client_secret = "hunter2~abc""#,
            r#"sign_in = { method = "client-secret", client_id = "a", client_secret = "hunter2", x = 1 }"#,
            r#"sign_in = { client_secret = { file = "secret.txt" } }"#,
            r#"password = hunter2"#,
            r#"key = """-----BEGIN"#,
            r#"client_secret = "a\"hunter2""#,
            r#"mode = "socks5://user:hunter2@127.0.0.1:1080""#,
            r#"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"#,
        ];
        let shown: Vec<String> = lines.iter().map(|line| masked(line)).collect();
        expect![[r#"
            client_secret = "…"
            sign_in = { method = "client-secret", client_id = "a", client_secret = "…", x = 1 }
            sign_in = { client_secret = { file = "secret.txt" } }
            password = …
            key = "…
            client_secret = "…
            mode = "socks5://…@127.0.0.1:1080"
            …"#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let source = SourceText { name: "graphbeat.toml", text: "a = 1\nné = 2\n" };
        let at = source.text.find("= 2").expect("the second line");
        let place = source.place(&(at..at + 1));
        assert_eq!(place, Place::Line { file: "graphbeat.toml".into(), line: 2, column: 4, source: "né = 2".into() });
        assert!(matches!(source.place(&(999..1000)), Place::Line { line: 3, column: 1, .. }));
    }
}
