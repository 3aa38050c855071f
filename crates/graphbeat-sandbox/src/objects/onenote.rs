//! Notebooks, section groups, sections and pages, and the HTML of pages.

use graphbeat_base::Timestamp;
use serde_json::{Value, json};

use super::{Person, text};
use crate::tenant::ids::stamp;
use crate::tenant::store::{Properties, object};

/// A page without a `<title>`.
pub(crate) const UNTITLED: &str = "Untitled";
/// Letters of a notebook's name.
pub(crate) const NOTEBOOK_NAME_MAX: usize = 128;
/// Letters of a section's or section group's name.
pub(crate) const SECTION_NAME_MAX: usize = 50;

/// A new notebook. Addresses are set when it is shown: they depend on the client's host.
pub(crate) fn notebook(name: &str, owner: &Person, at: Timestamp) -> Properties {
    let mut notebook = hierarchy(name, owner, at);
    notebook.extend(object(json!({"isDefault": false, "userRole": "Owner", "isShared": false})));
    notebook
}

/// A new section.
pub(crate) fn section(name: &str, owner: &Person, at: Timestamp) -> Properties {
    let mut section = hierarchy(name, owner, at);
    section.insert("isDefault".to_owned(), json!(false));
    section
}

/// A new section group.
pub(crate) fn section_group(name: &str, owner: &Person, at: Timestamp) -> Properties {
    hierarchy(name, owner, at)
}

fn hierarchy(name: &str, owner: &Person, at: Timestamp) -> Properties {
    let by = json!({"user": {"id": owner.id, "displayName": owner.name}});
    object(json!({
        "createdDateTime": stamp(at), "displayName": name, "lastModifiedDateTime": stamp(at), "createdBy": by,
        "lastModifiedBy": by,
    }))
}

/// A new page of a section, from its HTML.
pub(crate) fn page(html: &str, app_id: &str, at: Timestamp) -> Properties {
    object(json!({
        "createdDateTime": stamp(at), "title": title(html), "createdByAppId": app_id, "lastModifiedDateTime": stamp(at),
        "level": 0, "order": 0, "userTags": [],
    }))
}

/// The text of `<title>`.
pub(crate) fn title(html: &str) -> String {
    let found = between(html, "title").map(|inner| text::unescaped(inner.trim())).filter(|title| !title.is_empty());
    found.unwrap_or_else(|| UNTITLED.to_owned())
}

/// A page's HTML in the form in which OneNote gives it back.
pub(crate) fn stored(html: &str, at: Timestamp) -> String {
    let body = between(html, "body").unwrap_or_else(|| if html.contains("<html") { "" } else { html });
    let title = title(html).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<html lang=\"en-US\">\n\t<head>\n\t\t<title>{title}</title>\n\t\t<meta http-equiv=\"Content-Type\" \
         content=\"text/html; charset=utf-8\" />\n\t\t<meta name=\"created\" content=\"{}\" />\n\t</head>\n\t<body \
         data-absolute-enabled=\"true\" style=\"font-family:Calibri;font-size:11pt\">\n\t\t<div \
         style=\"position:absolute;left:48px;top:120px;width:624px\">{}</div>\n\t</body>\n</html>\n",
        stamp(at),
        body.trim()
    )
}

/// A page's HTML after one command of a PATCH; `None` where the command has no target in the page.
pub(crate) fn changed(html: &str, action: &str, target: &str, content: &str) -> Option<String> {
    if target == "title" {
        let old = between(html, "title")?;
        return Some(html.replacen(&format!("<title>{old}</title>"), &format!("<title>{content}</title>"), 1));
    }
    let (start, end) =
        if target == "body" { body_span(html)? } else { element_span(html, target.trim_start_matches('#'))? };
    let inner = &html[start..end];
    let changed = match action {
        "replace" => content.to_owned(),
        "prepend" => format!("{content}{inner}"),
        "append" | "insert" => format!("{inner}{content}"),
        _ => return None,
    };
    Some(format!("{}{changed}{}", &html[..start], &html[end..]))
}

/// What stands between the tags of the first element of this name.
fn between<'h>(html: &'h str, name: &str) -> Option<&'h str> {
    // Lower-casing ASCII letters alone keeps every byte's place.
    let lower = html.to_ascii_lowercase();
    let open = lower.find(&format!("<{name}"))?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find(&format!("</{name}"))?;
    html.get(start..end)
}

/// The inside of the page's outline: the first `div` of the body.
fn body_span(html: &str) -> Option<(usize, usize)> {
    let open = html.find("<div")?;
    let start = open + html[open..].find('>')? + 1;
    let end = html.rfind("</div>").filter(|end| *end >= start)?;
    Some((start, end))
}

/// The inside of the element whose `id` or `data-id` this is.
fn element_span(html: &str, id: &str) -> Option<(usize, usize)> {
    let at = html.find(&format!("id=\"{id}\""))?;
    let open = html[..at].rfind('<')?;
    let name = html[open + 1..].split([' ', '>', '\n', '\t']).next()?;
    let start = at + html[at..].find('>')? + 1;
    let end = start + html[start..].find(&format!("</{name}"))?;
    Some((start, end))
}

/// Whether OneNote takes this name.
pub(crate) fn is_good_name(name: &str) -> bool {
    const FORBIDDEN: &[char] = &['?', '*', '\\', '/', ':', '<', '>', '|', '\'', '"', '&', '#', '%', '~', '{', '}'];
    !name.trim().is_empty() && !name.chars().any(|letter| letter.is_control() || FORBIDDEN.contains(&letter))
}

/// The addresses of a hierarchy object on a client's host: `self` first.
pub(crate) fn links(kind: &str, base: &str, id: &str, web_url: &str) -> Properties {
    let own = format!("{base}/{kind}/{id}");
    let mut links = object(json!({"self": own}));
    match kind {
        "pages" => links.extend(object(json!({"contentUrl": format!("{own}/content")}))),
        "sections" => links.extend(object(json!({"pagesUrl": format!("{own}/pages")}))),
        _ => links.extend(object(
            json!({"sectionsUrl": format!("{own}/sections"), "sectionGroupsUrl": format!("{own}/sectionGroups")}),
        )),
    }
    if kind != "sectionGroups" {
        let client = format!("onenote:{web_url}");
        let addresses: Value = json!({"oneNoteClientUrl": {"href": client}, "oneNoteWebUrl": {"href": web_url}});
        links.insert("links".to_owned(), addresses);
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-11-24T12:00:00Z";

    #[test]
    fn the_title_comes_from_the_html() {
        assert_eq!(title("<html><head><TITLE>A &amp; B</TITLE></head></html>"), "A & B");
        assert_eq!(title("<p>no title</p>"), UNTITLED);
        assert_eq!(title("<title>İİİ"), UNTITLED);
    }

    #[test]
    fn a_page_takes_commands() {
        let html = stored(
            "<html><head><title>T</title></head><body><p id=\"x\">one</p></body></html>",
            AT.parse().expect("a time"),
        );
        let appended = changed(&html, "append", "body", "<p>two</p>").expect("a body");
        assert!(appended.contains("<p id=\"x\">one</p><p>two</p>"), "{appended}");
        let replaced = changed(&appended, "replace", "#x", "uno").expect("the element");
        assert!(replaced.contains("<p id=\"x\">uno</p>"));
        assert_eq!(title(&changed(&html, "replace", "title", "New").expect("a title")), "New");
        assert_eq!(changed(&html, "append", "#nothing", ""), None);
        assert_eq!(changed(&html, "explode", "body", ""), None);
    }
}
