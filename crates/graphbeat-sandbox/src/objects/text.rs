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
    fn a_mime_type_follows_from_the_name() {
        assert_eq!(mime_type("Report.PNG"), "image/png");
        assert_eq!(mime_type("none"), "application/octet-stream");
    }
}
