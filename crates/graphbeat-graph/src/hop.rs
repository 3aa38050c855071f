//! Where a request goes, and where its answer leads: to a next page, or by a redirect.
//!
//! An answer that leads astray (to another host, in circles, to ever more pages) is a bad answer: it is
//! not followed, and the call says so.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use graphbeat_base::{CallPath, Timestamp};
use graphbeat_http::{Response, USER_AGENT_DECORATED};
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION, USER_AGENT};
use http::{HeaderMap, Method};
use serde::Deserialize;
use url::Url;

use crate::{Attempt, Compiled, RenderError};

/// The most redirects of one read that are followed.
const REDIRECTS_MAX: usize = 3;
/// The most pages of one read that are followed, whatever the catalogue says.
const PAGES_MAX: u32 = 50;
/// The most bytes of all pages of one read together.
const PAGES_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One request of a try: the first, a next page, or a followed redirect.
pub(crate) struct Hop {
    pub(crate) url: Url,
    pub(crate) path: CallPath,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How far a try has come.
#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) pages: Vec<Bytes>,
    redirects: usize,
}

/// Where an answer leads.
pub(crate) enum Lead {
    /// Nowhere: it is the last one.
    End,
    /// To the next page.
    Page(Hop),
    /// Elsewhere, to the answer itself.
    Redirect(Hop),
    /// Where nobody should go; a code, and why in words.
    Astray(&'static str, &'static str),
}

/// Just what paging needs to know; reading it proves that the whole answer is JSON.
#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(borrow, default, rename = "@odata.nextLink")]
    next: Option<Cow<'a, str>>,
}

/// The first request of a try.
pub(crate) fn first_hop(attempt: &Attempt<'_>, now: Timestamp) -> Result<Hop, RenderError> {
    let compiled = attempt.operation;
    let rendered = compiled.render(attempt.target, attempt.values, now)?;
    let mut headers = rendered.headers;
    headers.insert(AUTHORIZATION, attempt.bearer.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if &*compiled.operation.bucket == "sharepoint-onedrive" {
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_DECORATED));
    }
    Ok(Hop { url: rendered.url, path: rendered.path, method: compiled.method.clone(), headers, body: rendered.body })
}

/// Where a good answer leads.
pub(crate) fn lead(attempt: &Attempt<'_>, hop: &Hop, response: &Response, walk: &Walk) -> Lead {
    if response.status.is_redirection() {
        return redirect(attempt, hop, response, walk)
            .unwrap_or(Lead::Astray("Redirected", "the answer leads elsewhere and is not followed"));
    }
    let bytes: usize = walk.pages.iter().map(Bytes::len).sum();
    if bytes + response.body.len() > PAGES_BYTES_MAX {
        return Lead::Astray("TooLarge", "the pages of the answer are larger than graphbeat reads");
    }
    next_page(attempt, hop, response, walk.pages.len())
}

impl Walk {
    /// The next request; none where the answer was the last one.
    pub(crate) fn take(&mut self, lead: Lead, body: Bytes) -> Option<Hop> {
        match lead {
            Lead::Redirect(hop) => {
                self.redirects += 1;
                Some(hop)
            }
            Lead::Page(hop) => {
                self.pages.push(body);
                Some(hop)
            }
            Lead::End | Lead::Astray(..) => {
                self.pages.push(body);
                None
            }
        }
    }
}

/// Where a redirect of a read leads. The link to a download on another host is itself the answer: nothing
/// is ever sent to a host that the configuration does not name.
fn redirect(attempt: &Attempt<'_>, hop: &Hop, response: &Response, walk: &Walk) -> Option<Lead> {
    if hop.method != Method::GET || walk.redirects >= REDIRECTS_MAX {
        return None;
    }
    let location = response.headers.get(LOCATION)?.to_str().ok()?;
    let url = hop.url.join(location).ok().filter(has_no_user)?;
    if url.origin() != hop.url.origin() {
        let is_download = url.scheme() == hop.url.scheme() && !expects_json(attempt.operation);
        return is_download.then_some(Lead::End);
    }
    let path = path_of(&url);
    Some(Lead::Redirect(Hop { url, path, method: Method::GET, headers: hop.headers.clone(), body: Bytes::new() }))
}

/// The next page, where the catalogue wants it and Graph names one on the same origin.
fn next_page(attempt: &Attempt<'_>, hop: &Hop, response: &Response, read: usize) -> Lead {
    let pages_max = attempt.operation.operation.pages.min(PAGES_MAX) as usize;
    if read + 1 >= pages_max || hop.method != Method::GET {
        return Lead::End;
    }
    let Ok(Page { next: Some(next) }) = serde_json::from_slice::<Page<'_>>(&response.body) else { return Lead::End };
    let url = Url::parse(&next).ok().filter(has_no_user);
    match url.filter(|url| url.origin() == hop.url.origin()) {
        Some(url) => {
            let path = if url.path() == hop.url.path() { hop.path.clone() } else { path_of(&url) };
            Lead::Page(Hop { url, path, method: Method::GET, headers: hop.headers.clone(), body: Bytes::new() })
        }
        None => Lead::Astray("ForeignPage", "the next page is on another host and is not read"),
    }
}

/// A user in an address would replace the token.
fn has_no_user(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

fn path_of(url: &Url) -> CallPath {
    CallPath { template: Arc::from("{}"), ids: vec![Arc::from(url.path())] }
}

/// Graph answers JSON except where the path asks for something else.
pub(crate) fn expects_json(compiled: &Compiled) -> bool {
    let path = &compiled.operation.path;
    let raw = ["/content", "/$value", "/$count"].iter().any(|ending| path.ends_with(ending));
    !(raw && compiled.method == Method::GET || path.starts_with("/reports/get"))
}
