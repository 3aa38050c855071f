//! Small texts: previews of HTML, random letters, file types.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphbeat_base::Rng;

/// Characters of a `bodyPreview`.
const PREVIEW_MAX: usize = 255;

/// The beginning of a text without its HTML.
pub(crate) fn preview(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    let mut count = 0;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                if !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
            }
            _ if is_tag => {}
            other => {
                text.push(other);
                count += 1;
            }
        }
        if count >= PREVIEW_MAX {
            break;
        }
    }
    unescaped(text.trim())
}

/// Tags whose end begins a new line.
const BREAKING: &[&str] = &["br", "p", "div", "tr", "li", "h1", "h2", "h3"];
/// Tags whose content is no text.
const HIDDEN: &[&str] = &["head", "style", "script"];

/// The whole of an HTML text as plain text.
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut hidden: Option<&str> = None;
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        if hidden.is_none() {
            push_words(&mut text, before);
        }
        let Some((tag, behind)) = after.split_once('>') else { break };
        rest = behind;
        let is_end = tag.starts_with('/');
        let name = tag.trim_start_matches('/').split([' ', '/', '\n', '\t']).next().unwrap_or_default();
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        match hidden {
            Some(waited) if is_end && waited.eq_ignore_ascii_case(name) => hidden = None,
            Some(_) => {}
            None if !is_end => hidden = HIDDEN.iter().copied().find(|known| is(known)),
            None => {}
        }
        if BREAKING.iter().any(is) && (is_end || name.eq_ignore_ascii_case("br")) {
            text.push_str("\r\n");
        }
    }
    if hidden.is_none() && !rest.contains('<') {
        push_words(&mut text, rest);
    }
    unescaped(text.trim_end())
}

/// Adds a piece of HTML without tags: its line breaks are blanks, and none where a line begins.
fn push_words(text: &mut String, piece: &str) {
    let words = piece.replace("\r\n", " ").replace(['\r', '\n'], " ");
    let is_begun = !text.is_empty() && !text.ends_with('\n');
    text.push_str(if is_begun { &words } else { words.trim_start() });
}

/// A plain text as a page of HTML.
pub(crate) fn in_html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines = escaped.replace("\r\n", "\n").replace('\n', "<br>\r\n");
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>\r\n<div class=\"PlainText\">{lines}</div>\r\n</body></html>"
    )
}

/// The named HTML entities that texts of the sandbox use.
pub(crate) fn unescaped(text: &str) -> String {
    [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// URL-safe letters of so many random bytes.
pub(crate) fn random(rng: &mut Rng, bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    rng.fill(&mut buffer);
    URL_SAFE_NO_PAD.encode(buffer)
}

/// The MIME type of a file name.
pub(crate) fn mime_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "md" => "text/markdown",
        "json" => "application/json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "zip" => "application/zip",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "one" => "application/msonenote",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_plain_and_short() {
        assert_eq!(preview("<html><body><p>Hello &amp; welcome</p><p>Ann</p></body></html>"), "Hello & welcome Ann");
        assert_eq!(preview(&"é".repeat(1000)).chars().count(), PREVIEW_MAX);
        assert_eq!(preview("<never closed"), "");
    }

    #[test]
    fn html_and_text_are_made_of_each_other() {
        let table = [
            (
                "<html><head><title>x</title></head><body><p>One &amp; two</p><div>three<br>four</div></body></html>",
                "One & two\r\nthree\r\nfour",
            ),
            ("<style>p { color: red }</style>plain", "plain"),
            ("no tags", "no tags"),
            ("cut <off", "cut"),
        ];
        for (html, text) in table {
            assert_eq!(plain(html), text, "{html}");
        }
        assert_eq!(plain(&in_html("a < b\n& c")), "a < b\r\n& c");
    }

    #[test]
    fn a_mime_type_follows_from_the_name() {
        assert_eq!(mime_type("Report.PNG"), "image/png");
        assert_eq!(mime_type("none"), "application/octet-stream");
    }
}
