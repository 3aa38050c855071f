//! Where a request goes, and where its answer leads: to a next page, or by a redirect.
//!
//! An answer that leads astray (to another host, in circles, to ever more pages) is a bad answer: it is
//! not followed, and the call says so.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use graphbeat_base::{CallPath, Timestamp};
use graphbeat_http::{Response, address};
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION, RANGE, USER_AGENT};
use http::{HeaderMap, Method, Uri};
use serde::Deserialize;
use url::Url;

use crate::hosts::has_no_user;
use crate::{Attempt, Compiled, DeltaBookmark, RenderError};

/// The most redirects of one read that are followed.
const REDIRECTS_MAX: usize = 3;
/// The most pages of one read that are followed, whatever the catalogue says.
const PAGES_MAX: u32 = 50;
/// The most pages of a delta query that are read in one go; the next one goes on from there.
const DELTA_PAGES_MAX: u32 = 20;
/// Of a download on another host so much is read: enough to see that it works.
const DOWNLOAD_RANGE: &str = "bytes=0-1048575";
/// The most bytes of all pages of one read together.
const PAGES_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One request of a try: the first, a next page, or a followed redirect.
pub(crate) struct Hop {
    pub(crate) uri: Uri,
    pub(crate) path: CallPath,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How far a try has come.
#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) pages: Vec<Bytes>,
    /// Where a delta query goes on the next time.
    pub(crate) bookmark: Option<DeltaBookmark>,
    redirects: usize,
}

/// Where an answer leads.
pub(crate) enum Lead {
    /// Nowhere: it is the last one; a delta query goes on at the bookmark another time.
    End(Option<DeltaBookmark>),
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
    #[serde(borrow, default, rename = "@odata.deltaLink")]
    delta: Option<Cow<'a, str>>,
}

/// The first request of a try.
pub(crate) fn first_hop(attempt: &Attempt<'_>, now: Timestamp) -> Result<Hop, RenderError> {
    let compiled = attempt.operation;
    let mut rendered = compiled.render(attempt.target, attempt.values, now)?;
    if let Some(bookmark) = attempt.bookmark {
        let mut url = url_of(&rendered.uri).ok_or(RenderError::Address)?;
        bookmark.apply(&mut url);
        rendered.uri = address(&url);
    }
    let mut headers = rendered.headers;
    headers.insert(AUTHORIZATION, attempt.bearer.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.extend(attempt.agent().map(|agent| (USER_AGENT, agent)));
    Ok(Hop { uri: rendered.uri, path: rendered.path, method: compiled.method.clone(), headers, body: rendered.body })
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
            Lead::End(bookmark) => {
                self.bookmark = bookmark;
                self.pages.push(body);
                None
            }
            Lead::Astray(..) => {
                self.pages.push(body);
                None
            }
        }
    }
}

/// Where a redirect of a read leads. A download on a host that the configuration names is read without the
/// token; on any other host its link is itself the answer.
fn redirect(attempt: &Attempt<'_>, hop: &Hop, response: &Response, walk: &Walk) -> Option<Lead> {
    if hop.method != Method::GET || walk.redirects >= REDIRECTS_MAX {
        return None;
    }
    let location = response.headers.get(LOCATION)?.to_str().ok()?;
    let here = url_of(&hop.uri)?;
    let url = here.join(location).ok().filter(has_no_user)?;
    let path = path_of(&url);
    let mut headers = hop.headers.clone();
    if url.origin() != here.origin() {
        if url.scheme() != here.scheme() || expects_json(attempt.operation) {
            return None;
        }
        if !attempt.target.content_hosts.admit(&attempt.target.graph_url, &url) {
            return Some(Lead::End(None));
        }
        headers = without_token(&headers);
        if attempt.must_equal.is_none() {
            headers.insert(RANGE, HeaderValue::from_static(DOWNLOAD_RANGE));
        }
    }
    Some(Lead::Redirect(Hop { uri: address(&url), path, method: Method::GET, headers, body: Bytes::new() }))
}

/// What another host may know: what graphbeat is, and nothing else.
pub(crate) fn without_token(headers: &HeaderMap) -> HeaderMap {
    headers.get(USER_AGENT).map(|agent| (USER_AGENT, agent.clone())).into_iter().collect()
}

/// The next page, where the catalogue wants it and Graph names one on the same origin.
fn next_page(attempt: &Attempt<'_>, hop: &Hop, response: &Response, read: usize) -> Lead {
    let operation = &attempt.operation.operation;
    let goes_on = hop.method == Method::GET && read + 1 < operation.pages.min(PAGES_MAX) as usize;
    if !goes_on && !operation.is_delta() {
        return Lead::End(None);
    }
    let Ok(page) = serde_json::from_slice::<Page<'_>>(&response.body) else { return Lead::End(None) };
    let link = page.next.as_deref().or(page.delta.as_deref()).filter(|_| operation.is_delta());
    let bookmark = || DeltaBookmark::of_link(link?, &attempt.target.graph_url);
    let pages_max = if operation.is_delta() { operation.pages.max(DELTA_PAGES_MAX) } else { operation.pages };
    let Some(next) = page.next.as_deref().filter(|_| hop.method == Method::GET) else { return Lead::End(bookmark()) };
    if read + 1 >= pages_max.min(PAGES_MAX) as usize {
        return Lead::End(bookmark());
    }
    let url = Url::parse(next).ok().filter(has_no_user);
    let here = url_of(&hop.uri);
    match url.filter(|url| here.as_ref().is_some_and(|here| url.origin() == here.origin())) {
        Some(url) => {
            let path = if url.path() == hop.uri.path() { hop.path.clone() } else { path_of(&url) };
            Lead::Page(Hop {
                uri: address(&url),
                path,
                method: Method::GET,
                headers: hop.headers.clone(),
                body: Bytes::new(),
            })
        }
        None => Lead::Astray("ForeignPage", "the next page is on another host and is not read"),
    }
}

/// An address, taken apart: only where an answer leads on.
fn url_of(uri: &Uri) -> Option<Url> {
    Url::parse(&uri.to_string()).ok()
}

/// A path that Graph named, as it is sent; a person's own site (`/personal/megan_contoso_com/`) is left out,
/// since its name is the person's address.
pub(crate) fn path_of(url: &Url) -> CallPath {
    let path = url.path();
    let Some((site, rest)) = path.strip_prefix("/personal/").and_then(|rest| rest.split_once('/')) else {
        return CallPath { template: Arc::from("{}"), ids: vec![Arc::from(path)] };
    };
    let hidden = if site.is_empty() { "" } else { "-" };
    CallPath { template: Arc::from("/personal/{}/{}"), ids: vec![Arc::from(hidden), Arc::from(rest)] }
}

/// Graph answers JSON except where the path asks for something else.
pub(crate) fn expects_json(compiled: &Compiled) -> bool {
    let path = &compiled.operation.path;
    let raw = ["/content", "/$value", "/$count"].iter().any(|ending| path.ends_with(ending));
    !(raw && compiled.method == Method::GET || path.starts_with("/reports/get"))
}
