//! Leaving out of texts what must not be kept or shown: credentials, queries, addresses, and characters
//! that steer a terminal.

use std::fmt;

use url::Url;

/// Shows a URL without user, password, query and fragment.
#[derive(Clone, Copy)]
pub struct RedactedUrl<'a>(pub &'a Url);

impl fmt::Display for RedactedUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0;
        write!(f, "{}://", url.scheme())?;
        f.write_str(url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())
    }
}

impl fmt::Debug for RedactedUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text with every mail address (a user principal name is one too) written as `[address]`.
#[must_use]
pub fn redact_addresses(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '#' | '%' | '@');
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word_end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        let lower = word.to_ascii_lowercase();
        let looks_like_address = word
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && domain.len() > 2)
            || lower.split_once("%40").is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        redacted.push_str(if looks_like_address { "[address]" } else { word });
        let gap_end = after.find(is_part).unwrap_or(after.len());
        redacted.push_str(&after[..gap_end]);
        rest = &after[gap_end..];
    }
    redacted
}

/// At most `characters_max` characters of a text from elsewhere, without those that steer a terminal or turn
/// the direction of writing; a line break becomes a space.
#[must_use]
pub fn plain_text(text: &str, characters_max: usize) -> String {
    let shown = text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c });
    shown.filter(|c| !steers(*c)).take(characters_max).collect()
}

/// Controls, and the marks that embed, override or isolate a direction (Unicode, UAX #9).
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_credentials_and_query() {
        let url = Url::parse("https://user:pass@host:8443/path?code=secret#fragment").expect("a URL");
        assert_eq!(RedactedUrl(&url).to_string(), "https://host:8443/path");
    }

    #[test]
    fn a_text_from_elsewhere_cannot_steer_a_terminal() {
        let text = "no\u{1b}[2J\u{9b}31m\u{202e}way\r\nout\u{7}";
        assert_eq!(plain_text(text, 100), "no[2J31mway  out");
        assert_eq!(plain_text("文字文字", 2), "文字");
    }

    #[test]
    fn addresses_are_left_out_of_a_text() {
        let text = "user 'megan@contoso.onmicrosoft.com' (megan%40contoso.com) has no mailbox @ 12:00";
        assert_eq!(redact_addresses(text), "user '[address]' ([address]) has no mailbox @ 12:00");
    }
}
