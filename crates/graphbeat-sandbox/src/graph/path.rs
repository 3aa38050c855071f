//! Paths of requests and of routes, brought to one form.
//!
//! Clients write the same resource in many ways: `users/u%40domain`, `users('id')`,
//! `applications(appId='…')`, `delta` and `delta()`, `microsoft.graph.delta()`, and addresses by path
//! inside a drive or a host, `root:/a/b.txt:/content`. Here each becomes a list of segments.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Segments that a path may have.
const SEGMENTS_MAX: usize = 64;
/// Arguments that a function segment may have.
const ARGUMENTS_MAX: usize = 8;

/// One segment of a request's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A name or an id, decoded, without `microsoft.graph.`.
    Plain(String),
    /// `name(argument='value', …)`.
    Function(String, Vec<(String, String)>),
    /// What stood between `:/` and the next `:` or the end, decoded, joined by `/`.
    Path(String),
}

/// The segments of a raw path; `None` where it cannot be read.
pub(crate) fn segments(raw: &str) -> Option<Vec<Segment>> {
    let raw = unfolded(raw);
    let mut parts = split(&raw)?.into_iter().peekable();
    let mut all = Vec::new();
    while let Some(part) = parts.next() {
        match part.strip_suffix(':').filter(|rest| !rest.is_empty()) {
            Some(before) => {
                push(&mut all, before)?;
                let mut inner = Vec::new();
                for part in parts.by_ref() {
                    let end = part.strip_suffix(':');
                    inner.push(decoded(end.unwrap_or(part))?);
                    if end.is_some() {
                        break;
                    }
                }
                all.push(Segment::Path(inner.join("/")));
            }
            None => push(&mut all, part)?,
        }
    }
    Some(all)
}

/// A raw path in which addresses inside a drive are spelled out: libraries that take
/// `root:/a.txt:` for an item's id encode it as one segment, and the real service reads it all the same.
fn unfolded(raw: &str) -> Cow<'_, str> {
    const COLON_SLASH: &str = "%3a%2f";
    let is_folded = |part: &str| part.to_ascii_lowercase().contains(COLON_SLASH);
    if !is_folded(raw) {
        return Cow::Borrowed(raw);
    }
    let plain = |part: &str| {
        [("%3A", ":"), ("%3a", ":"), ("%2F", "/"), ("%2f", "/")]
            .iter()
            .fold(part.to_owned(), |text, (code, letter)| text.replace(code, letter))
    };
    let parts = raw.split('/').map(|part| if is_folded(part) { plain(part) } else { part.to_owned() });
    Cow::Owned(parts.collect::<Vec<String>>().join("/"))
}

/// The parts between slashes that stand outside quotes; empty ones are left out.
fn split(raw: &str) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in raw.char_indices() {
        match letter {
            '\'' if raw[start..at].contains('(') => quoted = !quoted,
            '/' if !quoted => {
                parts.push(&raw[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&raw[start..]);
    parts.retain(|part| !part.is_empty());
    (parts.len() <= SEGMENTS_MAX).then_some(parts)
}

fn push(all: &mut Vec<Segment>, part: &str) -> Option<()> {
    let text = decoded(part)?;
    let Some((name, arguments)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        all.push(Segment::Plain(short(&text).to_owned()));
        return Some(());
    };
    let name = short(name).to_owned();
    if arguments.is_empty() {
        all.push(Segment::Plain(name));
    } else if let Some(key) = key(arguments) {
        all.push(Segment::Plain(name));
        all.push(Segment::Plain(key));
    } else {
        all.push(Segment::Function(name, named(arguments)?));
    }
    Some(())
}

/// The value of `('key')` or `(key)`; `None` where the arguments have names.
fn key(arguments: &str) -> Option<String> {
    match arguments.strip_prefix('\'') {
        Some(rest) => rest.strip_suffix('\'').map(|text| text.replace("''", "'")),
        None => (!arguments.contains('=')).then(|| arguments.to_owned()),
    }
}

/// `a='x',b=2` as pairs.
fn named(arguments: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = arguments;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('\'') {
            Some(text) => quoted(text)?,
            None => after.split_once(',').map_or((after.to_owned(), ""), |(value, after)| (value.to_owned(), after)),
        };
        pairs.push((name.trim().to_owned(), value));
        rest = after.trim_start_matches([',', ' ']);
        if pairs.len() > ARGUMENTS_MAX {
            return None;
        }
    }
    Some(pairs)
}

/// The text up to the closing quote, doubled quotes made single, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            value.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == '\'') {
            letters.next();
            value.push('\'');
        } else {
            return Some((value, &text[at + 1..]));
        }
    }
    None
}

fn decoded(part: &str) -> Option<String> {
    percent_decode_str(part).decode_utf8().ok().map(|text| text.into_owned())
}

/// The namespace before a type or function in a path.
const CAST: &str = "microsoft.graph.";

fn short(name: &str) -> &str {
    match name.split_at_checked(CAST.len()) {
        Some((namespace, rest)) if namespace.eq_ignore_ascii_case(CAST) => rest,
        _ => name,
    }
}

/// One segment of a route's pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `messages`
    Literal(String),
    /// `{message}`
    Parameter(String),
    /// `search(q={q})`: the function's name and its arguments.
    Function(String, Vec<String>),
    /// `root:/{path}:/…`: everything between the colons.
    Path(String),
}

/// The pieces of a route's pattern.
pub(crate) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut all = Vec::new();
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let part = part.strip_suffix(':').unwrap_or(part);
        let inside_colons = all.last().is_some_and(|_| pattern.contains(&format!(":/{part}")));
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) if inside_colons => all.push(Piece::Path(name.to_owned())),
            Some(name) => all.push(Piece::Parameter(name.to_owned())),
            None => all.push(literal_or_function(part)),
        }
    }
    all
}

fn literal_or_function(part: &str) -> Piece {
    match part.strip_suffix(')').and_then(|part| part.split_once('(')) {
        None => Piece::Literal(short(part).to_owned()),
        Some((name, "")) => Piece::Literal(short(name).to_owned()),
        Some((name, arguments)) => {
            let names = arguments.split(',').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.to_owned());
            Piece::Function(name.to_owned(), names.collect())
        }
    }
}

/// The values of a pattern's parameters in a path; `None` where the path is another one.
pub(crate) fn parameters(pieces: &[Piece], segments: &[Segment]) -> Option<Vec<(String, String)>> {
    if pieces.len() != segments.len() {
        return None;
    }
    let mut values = Vec::new();
    for (piece, segment) in pieces.iter().zip(segments) {
        match (piece, segment) {
            (Piece::Literal(name), Segment::Plain(text)) if name.eq_ignore_ascii_case(text) => {}
            (Piece::Parameter(name), Segment::Plain(text)) | (Piece::Path(name), Segment::Path(text)) => {
                values.push((name.clone(), text.clone()));
            }
            (Piece::Function(name, wanted), Segment::Function(text, given)) if name.eq_ignore_ascii_case(text) => {
                for argument in wanted {
                    let (_, value) = given.iter().find(|(name, _)| name.eq_ignore_ascii_case(argument))?;
                    values.push((argument.clone(), value.clone()));
                }
                if given.len() != wanted.len() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str, wanted: &[(&str, &str)]) {
        let found = parameters(&pieces(pattern), &segments(path).expect("a readable path"));
        let wanted = wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(found, Some(wanted), "{path}");
    }

    #[test]
    fn every_dialect_of_a_path_reaches_its_route() {
        check("/users/{user}", "//users/u%40contoso.com", &[("user", "u@contoso.com")]);
        check("/users/{user}", "/users('4')", &[("user", "4")]);
        check("/users/{user}/messages", "/Users('4')/Messages", &[("user", "4")]);
        check("/applications(appId={appId})", "/applications(appId='7-8')", &[("appId", "7-8")]);
        check("/users/delta", "/users/delta()", &[]);
        check("/users/delta()", "/users/microsoft.graph.delta()", &[]);
        check("/reports/getX(period={period})", "/reports/getX(period=%27D7%27)", &[("period", "D7")]);
        check("/drive/root/search(q={q})", "/drive/root/search(q='it''s a/b')", &[("q", "it's a/b")]);
        check("/drive/root:/{path}:/content", "/drive/root:/a%20b/c.txt:/content", &[("path", "a b/c.txt")]);
        check("/drive/root:/{path}", "/drive/root:/a/b", &[("path", "a/b")]);
        check(
            "/drive/items/{item}:/{path}:/content",
            "/drive/items/01A:/x.txt:/content",
            &[("item", "01A"), ("path", "x.txt")],
        );
        for folded in
            ["/drive/items/root%3A%2Fa%20b%2Fx.txt%3A/content", "/drive/items/root%3a%2fa%20b%2fx.txt%3a/content"]
        {
            check("/drive/items/{item}:/{path}:/content", folded, &[("item", "root"), ("path", "a b/x.txt")]);
        }
        check(
            "/sites/{site}:/{path}",
            "/sites/contoso.sharepoint.com:/sites/team",
            &[("site", "contoso.sharepoint.com"), ("path", "sites/team")],
        );
    }

    #[test]
    fn a_path_that_cannot_be_read_is_refused_and_nothing_panics() {
        assert_eq!(segments("/users/%FF"), None);
        assert_eq!(segments(&"/a".repeat(100)), None);
        assert_eq!(segments("/f(a='x"), Some(vec![Segment::Plain("f(a='x".to_owned())]));
        for hostile in
            ["", "/", "(", ")", "()", "('", "f('')", "f(=)", "f(a=)", ":", "a:", "a:/", "%", "%2", "f(')", "ü(ü='ü')"]
        {
            segments(hostile);
        }
    }
}
