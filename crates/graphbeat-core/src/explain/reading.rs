//! Reads a pasted error: a code, a tag, the JSON of Graph or Entra with all its levels, an HTML page, a
//! log line of another program, in any spelling.
//!
//! The text is untrusted: it is read up to a bound, nothing of it is run, and no shape of it is an error.

use serde_json::Value;

use super::observation::{Names, Observation};
use crate::{Kind, Stage};

/// The longest text that is read: a pasted error with its trace.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The deepest nesting that is followed.
const DEPTH_MAX: usize = 16;
/// The most codes that are kept.
const CODES_MAX: usize = 32;
/// The longest word that may be a code.
const CODE_CHARACTERS_MAX: usize = 120;
/// Digits of an AADSTS number.
const AADSTS_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// A text of so few words is a code or a status, not a story.
const SHORT_WORDS_MAX: usize = 4;
/// The longest id that is repeated in a diagnosis.
const ID_CHARACTERS_MAX: usize = 64;
/// The most permissions that are taken from a text.
const PERMISSIONS_MAX: usize = 8;

/// What a pasted text says of a failure. `is_known` tells which words are codes of the knowledge.
pub(super) fn read(text: &str, is_known: impl Fn(&str) -> bool) -> Observation {
    let text = start_of(text);
    let (tag, rest) = match tag(text) {
        Some((stage, kind, rest)) => (Some((stage, kind)), rest),
        None => (None, text),
    };
    let is_short = rest.split_whitespace().count() <= SHORT_WORDS_MAX;
    let mut seen = Observation {
        stage: tag.map(|(stage, _)| stage),
        kind: tag.map(|(_, kind)| kind),
        tag: tag.map(|(stage, kind)| format!("{stage}-{kind}")),
        is_exact: is_short || tag.is_some(),
        text: rest.to_lowercase(),
        class: class_of(rest).map(str::to_owned),
        ..Observation::default()
    };
    read_json(rest, &mut seen);
    read_numbers(rest, &is_known, &mut seen);
    if seen.codes.is_empty() {
        read_members(rest, &mut seen);
    }
    if is_short && (is_known(rest) || tag.is_some_and(|(_, kind)| kind != Kind::Httper)) {
        add_code(rest, &mut seen);
    }
    read_words(rest, is_short, &is_known, &mut seen);
    if seen.status.is_none() {
        seen.status = status_of(rest, is_short);
    }
    seen.names = names_of(rest, std::mem::take(&mut seen.names));
    seen
}

/// The text up to its bound, without what surrounds it.
fn start_of(text: &str) -> &str {
    let end = (0..=text.len().min(TEXT_BYTES_MAX)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text[..end].trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// `TOKEN-MSALER` and what follows the colon.
fn tag(text: &str) -> Option<(Stage, Kind, &str)> {
    let (tag, rest) = text.split_once(':')?;
    let (stage, kind) = tag.split_once('-')?;
    Some((Stage::from_word(stage)?, Kind::from_word(kind)?, rest.trim()))
}

fn add_code(code: &str, seen: &mut Observation) {
    let code = code.trim();
    if let Some(status) = code.parse().ok().filter(|status| code.len() == 3 && is_failure(*status)) {
        seen.status = seen.status.or(Some(status));
        return;
    }
    let is_code = !code.is_empty()
        && code.chars().count() <= CODE_CHARACTERS_MAX
        && !code.chars().any(|c| c.is_control() || c.is_whitespace());
    let is_new = !seen.codes.iter().any(|known| known.eq_ignore_ascii_case(code));
    if is_code && is_new && seen.codes.len() < CODES_MAX {
        seen.codes.push(code.to_owned());
    }
}

/// Every JSON object in the text, whatever stands around it.
fn read_json(text: &str, seen: &mut Observation) {
    let mut rest = text;
    for _ in 0..CODES_MAX {
        let Some(start) = rest.find('{') else { return };
        let mut values = serde_json::Deserializer::from_str(&rest[start..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                walk(&value, DEPTH_MAX, seen);
                rest = &rest[start + values.byte_offset()..];
            }
            _ => rest = &rest[start + 1..],
        }
    }
}

/// Takes what the members of a JSON value say, outermost first, by name in any spelling.
fn walk(value: &Value, depth: usize, seen: &mut Observation) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, depth - 1, seen)),
        Value::Object(members) => {
            for (name, member) in members {
                take(&simple(name), member, depth, seen);
            }
            for member in members.values().filter(|member| member.is_object() || member.is_array()) {
                walk(member, depth - 1, seen);
            }
        }
        _ => {}
    }
}

/// A member's name without its letter case and its separators: `inner_error` is `innererror`.
fn simple(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn take(name: &str, member: &Value, depth: usize, seen: &mut Observation) {
    match (name, member) {
        ("code" | "error" | "suberror" | "errorcode", Value::String(code)) => add_code(code, seen),
        ("code" | "errorcode", Value::Number(code)) => add_code(&code.to_string(), seen),
        ("errorcodes", Value::Array(codes)) => {
            codes.iter().filter_map(Value::as_u64).for_each(|code| add_code(&format!("AADSTS{code}"), seen));
        }
        ("status" | "statuscode" | "httpstatus", Value::Number(status)) => {
            let status = status.as_u64().and_then(|status| u16::try_from(status).ok());
            seen.status = status.filter(|status| is_failure(*status)).or(seen.status);
        }
        ("message" | "errordescription", Value::String(message)) if message.trim_start().starts_with('{') => {
            if let Ok(inner) = serde_json::from_str::<Value>(message) {
                walk(&inner, depth - 1, seen);
            }
        }
        _ => {}
    }
}

/// `"code": "…"` in JSON that is not whole, such as half a body.
fn read_members(text: &str, seen: &mut Observation) {
    for name in ["\"code\"", "\"error\"", "'code'", "'error'"] {
        for (at, _) in text.match_indices(name).take(CODES_MAX) {
            let after = text[at + name.len()..].trim_start().strip_prefix(':').map(str::trim_start);
            let Some(quoted) = after.and_then(|after| after.strip_prefix(['"', '\''])) else { continue };
            if let Some(end) = quoted.find(['"', '\'']) {
                add_code(&quoted[..end], seen);
            }
        }
    }
}

/// What announces a number of Entra's on its pages, where it stands without `AADSTS`.
const NUMBER_LABELS: [&str; 3] = ["ERROR CODE:", "错误代码:", "错误代码："];

/// The numbers after each `AADSTS`, in any letter case; those of Entra's pages where they are known.
fn read_numbers(text: &str, is_known: &impl Fn(&str) -> bool, seen: &mut Observation) {
    let upper = text.to_ascii_uppercase();
    for label in NUMBER_LABELS {
        for (at, _) in upper.match_indices(label).take(CODES_MAX) {
            let after = upper[at + label.len()..].trim_start();
            let code = format!("AADSTS{}", &after[..after.bytes().take_while(u8::is_ascii_digit).count()]);
            if is_known(&code) {
                add_code(&code, seen);
            }
        }
    }
    for (at, word) in upper.match_indices("AADSTS").take(CODES_MAX) {
        let after = &upper[at + word.len()..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if AADSTS_DIGITS.contains(&digits) {
            add_code(&format!("AADSTS{}", &after[..digits]), seen);
        }
    }
}

/// Words of the text that are codes of the knowledge. In a longer text a number, and a word of the
/// everyday language, is no code.
fn read_words(text: &str, is_short: bool, is_known: &impl Fn(&str) -> bool, seen: &mut Observation) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    for word in text.split(|c| !is_part(c)).map(|word| word.trim_matches(['.', '-'])) {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && is_short && is_known(word) {
            add_code(word, seen);
        } else if is_number && word == text && AADSTS_DIGITS.contains(&word.len()) {
            add_code(&format!("AADSTS{word}"), seen);
        } else if !is_number && looks_like_a_code(word) && is_known(word) {
            add_code(word, seen);
        }
    }
}

/// The shortest word of capitals that is a code (`ENOTFOUND`) and not shouted.
const CAPITALS_MIN: usize = 8;

/// `ErrorItemNotFound`, `itemNotFound`, `invalid_grant`, `ECONNREFUSED`; not `timeout` or `Proxy`.
fn looks_like_a_code(word: &str) -> bool {
    let inner_capital = word.chars().skip(1).any(|c| c.is_ascii_uppercase());
    let has_small = word.chars().any(|c| c.is_ascii_lowercase());
    let is_shouted = !has_small && word.len() < CAPITALS_MIN;
    (inner_capital && !is_shouted) || word.contains('_') || word.len() > 16
}

fn is_failure(status: u16) -> bool {
    (400..600).contains(&status)
}

/// The status of a text: after `HTTP/…` or `status`, else the first number that can be one, else a
/// status's name.
fn status_of(text: &str, is_short: bool) -> Option<u16> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let words: Vec<&str> = text.split(|c| !is_part(c)).map(|word| word.trim_end_matches('.')).collect();
    let number = |word: &&str| {
        let status = word.parse::<u16>().ok().filter(|_| word.len() == 3)?;
        (!crate::reason_phrase(status).is_empty()).then_some(status)
    };
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let announces = |word: &str| {
        let word = word.to_ascii_lowercase();
        word.starts_with("http/") || word.ends_with("status") || word == "statuscode" || word == "code"
    };
    let announced = words.windows(2).filter(|pair| announces(pair[0])).find_map(|pair| number(&pair[1]));
    let is_wanted = |status: &u16| is_short || is_failure(*status);
    announced.or_else(|| words.iter().filter_map(number).find(is_wanted)).or_else(|| status_by_name(text))
}

/// `Too Many Requests` without its number; of the names of one word only those that are seldom anything else.
fn status_by_name(text: &str) -> Option<u16> {
    let lower = text.to_lowercase();
    let by_phrase = (400..600).find(|status| {
        let name = crate::reason_phrase(*status).to_lowercase();
        name.contains(' ') && lower.contains(&name)
    });
    let is_word = |name: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == name);
    by_phrase.or_else(|| {
        [(401, "Unauthorized"), (403, "Forbidden")]
            .into_iter()
            .find(|(_, name)| is_word(name))
            .map(|(status, _)| status)
    })
}

/// Addresses of Graph, and the class of the operations behind them.
const CLASS_OF_PATH: [(&str, &str); 12] = [
    ("/onenote", "onenote"),
    ("/workbook", "excel"),
    ("/drive", "files"),
    ("/mailfolders", "mail"),
    ("/messages", "mail"),
    ("/events", "calendar"),
    ("/calendar", "calendar"),
    ("/contacts", "contacts"),
    ("/planner", "planner"),
    ("/auditlogs", "audit"),
    ("/reports", "reports"),
    ("/sites", "sharepoint"),
];

fn class_of(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    CLASS_OF_PATH.iter().find(|(path, _)| lower.contains(path)).map(|(_, class)| *class)
}

/// Ids, times, and permissions that the text names.
fn names_of(text: &str, names: Names) -> Names {
    let id = |labels: &[&str]| labels.iter().find_map(|label| after_label(text, label));
    Names {
        request_id: id(&["\"request-id\"", "request-id", "requestid", "trace id", "trace_id"]),
        client_request_id: id(&["client-request-id", "clientrequestid", "correlation id", "correlation_id"]),
        time: id(&["\"date\"", "timestamp"]),
        permissions: permissions_of(text),
        wait_s: after_label(text, "retry-after").and_then(|value| value.parse().ok()),
        ..names
    }
}

/// The word after a label and its colon, quotes left out.
fn after_label(text: &str, label: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let starts_a_word = |at: usize| !lower[..at].ends_with(|c: char| c == '-' || c.is_ascii_alphanumeric());
    let (at, _) = lower.match_indices(label).find(|(at, _)| starts_a_word(*at))?;
    let after = text[at + label.len()..].trim_start_matches(['"', '\'', ':', '=', ' ']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '+');
    let value: String = after.chars().take_while(|c| is_part(*c)).take(ID_CHARACTERS_MAX).collect();
    (value.len() > 1 || value.parse::<u8>().is_ok()).then_some(value)
}

/// Words such as `Mail.ReadWrite` or `Sites.Read.All`; those that the token has are not asked for.
fn permissions_of(text: &str) -> Vec<String> {
    let end = text.find("Scopes on the request").unwrap_or(text.len());
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let mut found: Vec<String> = Vec::new();
    for word in text[..end].split(|c| !is_part(c)).map(|word| word.trim_matches('.')) {
        let is_new = !found.iter().any(|known| known == word);
        if is_permission(word) && is_new && found.len() < PERMISSIONS_MAX {
            found.push(word.to_owned());
        }
    }
    found
}

fn is_permission(word: &str) -> bool {
    let Some((noun, verb)) = word.split_once('.') else { return false };
    let verb = verb.split('.').next().unwrap_or_default();
    let known = ["Read", "ReadWrite", "ReadBasic", "Send", "Create", "Manage", "FullControl", "Selected"];
    noun.starts_with(|c: char| c.is_ascii_uppercase()) && known.contains(&verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> String {
        let seen = read(text, |word| ["ErrorItemNotFound", "10008", "invalid_grant"].contains(&word));
        format!("{:?} {:?} {:?}", seen.codes, seen.status, seen.is_exact)
    }

    #[test]
    fn codes_are_read_at_all_levels_in_any_spelling() {
        let said = [
            codes(
                r#"{"error":{"code":"accessDenied","message":"x","innererror":{"Code":"itemLocked","InnerError":{"code":"deep"}}}}"#,
            ),
            codes(r#"{"Error":{"Code":"UnknownError","message":"{\"error\":{\"code\":\"10008\"}}"}}"#),
            codes(
                r#"{"error":"invalid_grant","error_description":"AADSTS50076: x","error_codes":[50076],"suberror":"basic_action"}"#,
            ),
            codes(r#"{"responses":[{"id":"1","status":429,"body":{"error":{"code":"TooManyRequests"}}}]}"#),
            codes(r#"{"odata.error":{"code":"Request_BadRequest","message":{"lang":"en","value":"x"}}}"#),
        ];
        assert_eq!(
            said.join("\n"),
            "[\"accessDenied\", \"itemLocked\", \"deep\"] None true\n\
             [\"UnknownError\", \"10008\"] None true\n\
             [\"invalid_grant\", \"AADSTS50076\", \"basic_action\"] None true\n\
             [\"TooManyRequests\"] Some(429) true\n\
             [\"Request_BadRequest\"] None true"
        );
    }

    #[test]
    fn half_a_body_and_a_log_line_still_give_their_codes() {
        assert_eq!(codes(r#"{"error":{"code":"ErrorItemNotFound","mess"#), r#"["ErrorItemNotFound"] None true"#);
        assert_eq!(
            codes("2026-01-02 ERROR Microsoft.Graph.ServiceException: Code: ErrorItemNotFound Message: gone (404)"),
            r#"["ErrorItemNotFound"] Some(404) false"#
        );
        assert_eq!(codes("HTTP/1.1 403 Forbidden after 250 ms"), "[] Some(403) false");
        assert_eq!(codes("10008"), r#"["10008"] None true"#);
        assert_eq!(codes("50076"), r#"["AADSTS50076"] None true"#);
        assert_eq!(codes("please wait, Too Many Requests came back"), "[] Some(429) false");
    }

    #[test]
    fn ids_times_and_permissions_are_taken_for_the_remedy() {
        let names = read(
            r#"HTTP/1.1 403 Forbidden
            Retry-After: 12
            {"error":{"code":"Forbidden","message":"API requires one of 'Mail.Read, Mail.ReadWrite'. Scopes on the request 'User.Read'.","innerError":{"date":"2026-01-02T03:04:05","request-id":"4c2e","client-request-id":"aa-bb"}}}"#,
            |_| false,
        )
        .names;
        assert_eq!(names.permissions, ["Mail.Read", "Mail.ReadWrite"]);
        assert_eq!(names.wait_s, Some(12));
        assert_eq!(names.request_id.as_deref(), Some("4c2e"));
        assert_eq!(names.client_request_id.as_deref(), Some("aa-bb"));
        assert_eq!(names.time.as_deref(), Some("2026-01-02T03:04:05"));
    }
}
