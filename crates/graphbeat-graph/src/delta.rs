//! Delta queries: where the last one ended, kept for the next one.
//!
//! Of the link that Graph gives only what is its own is kept: the token, in the query or as an argument
//! of `delta(…)`. Host and path are always those of the operation.

use graphbeat_catalog::Names;
use graphbeat_core::ErrorBody;
use url::Url;

use crate::hosts::has_no_user;

/// The longest bookmark that is kept; without one the next query starts over.
pub const DELTA_BOOKMARK_BYTES_MAX: usize = 8 * 1024;

/// How services say that they no longer know a token.
const STALE_CODES: [&str; 6] = [
    "resyncRequired",
    "syncStateNotFound",
    "syncStateInvalid",
    "resyncChangesApplyDifferences",
    "resyncChangesUploadDifferences",
    "Directory_ResyncRequired",
];

/// Where a delta query goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaBookmark(String);

impl DeltaBookmark {
    /// A bookmark as [`as_str`](Self::as_str) gave it; none where it cannot be one.
    #[must_use]
    pub fn try_new(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| (b'!'..=b'~').contains(&byte) && byte != b'#');
        let (argument, query) = split(text)?;
        let has_token = !argument.is_empty() || !query.is_empty();
        let is_argument = !argument.contains(['/', '?', '(', ')']);
        (text.len() <= DELTA_BOOKMARK_BYTES_MAX && is_plain && has_token && is_argument).then(|| Self(text.to_owned()))
    }

    /// The text that is kept: `(argument)query`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bookmark in a link; none where the link leads to another host or is no delta query.
    pub(crate) fn of_link(link: &str, graph: &Url) -> Option<Self> {
        let url = Url::parse(link).ok().filter(|url| has_no_user(url) && url.origin() == graph.origin())?;
        let last = url.path().rsplit('/').next()?;
        let name = last.strip_prefix("microsoft.graph.").unwrap_or(last).strip_prefix("delta")?;
        let argument = match name.strip_prefix('(') {
            Some(rest) => rest.strip_suffix(')')?,
            None if name.is_empty() => "",
            None => return None,
        };
        Self::try_new(&format!("({argument}){}", url.query().unwrap_or_default()))
    }

    /// Makes the operation's first address the one that goes on here.
    pub(crate) fn apply(&self, url: &mut Url) {
        let Some((argument, query)) = split(&self.0) else { return };
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        if !argument.is_empty() {
            let base = url.path().trim_end_matches("()").to_owned();
            url.set_path(&format!("{base}({argument})"));
        }
    }
}

fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('(')?.split_once(')')
}

/// Why an answer to a bookmark is no failure: the service wants the query to start over.
pub(crate) fn start_over(status: u16, error: &ErrorBody) -> Option<Names> {
    let is_stale = matches!(status, 400 | 410) || STALE_CODES.iter().any(|code| error.has_code(code));
    is_stale.then(|| Names {
        en: format!(
            "the service no longer takes the stored delta token ({status} {}): the query starts over",
            error.code().unwrap_or("without a code")
        ),
        zh_cn: format!("服务不再接受已保存的增量令牌（{status} {}）：重新开始查询", error.code().unwrap_or("无代码")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: &str, expected: Option<&str>) {
        let graph = Url::parse("https://graph.example").expect("a URL");
        let bookmark = DeltaBookmark::of_link(link, &graph);
        let went_on = bookmark.map(|bookmark| {
            let mut url = Url::parse("https://graph.example/v1.0/users/u1/drive/root/delta()?$top=10").expect("a URL");
            assert_eq!(DeltaBookmark::try_new(bookmark.as_str()).as_ref(), Some(&bookmark));
            bookmark.apply(&mut url);
            url.to_string()
        });
        assert_eq!(went_on.as_deref(), expected, "{link}");
    }

    #[test]
    fn a_link_goes_on_at_the_operation_s_own_address() {
        let here = "https://graph.example/v1.0/users/u1/drive/root/delta";
        check("https://graph.example/v1.0/users/delta?$deltatoken=a%20b", Some(&format!("{here}()?$deltatoken=a%20b")));
        check("https://graph.example/v1.0/x/delta(token='a1')", Some(&format!("{here}(token='a1')")));
        check(
            "https://graph.example/v1.0/x/microsoft.graph.delta()?$skiptoken=2",
            Some(&format!("{here}()?$skiptoken=2")),
        );
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_not_kept() {
        for link in [
            "https://evil.example/v1.0/users/delta?$deltatoken=a",
            "http://graph.example/v1.0/users/delta?$deltatoken=a",
            "https://a:b@graph.example/v1.0/users/delta?$deltatoken=a",
            "https://graph.example/v1.0/users?$deltatoken=a",
            "https://graph.example/v1.0/users/delta",
            "/v1.0/users/delta?$deltatoken=a",
            "",
        ] {
            check(link, None);
        }
        check(&format!("https://graph.example/v1.0/users/delta?$deltatoken={}", "a".repeat(9000)), None);
    }

    #[test]
    fn a_kept_text_that_was_tampered_with_is_none() {
        for text in ["", "?a=b", "()", "(a/../b)", "(a?b)", "()a b", "()a#b", "(a(b))"] {
            assert_eq!(DeltaBookmark::try_new(text), None, "{text}");
        }
    }
}
