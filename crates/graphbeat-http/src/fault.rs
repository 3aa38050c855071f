//! Telling from the HTTP client's error what went wrong, by the types in its chain of causes.
//!
//! Texts are compared only where the library keeps its type private; the tests of
//! [`crate::NetworkTransport`] bring each of them about.

use std::error::Error;
use std::io;

use graphbeat_base::{error_chain, plain_text};

use crate::{TransportError, TransportFault};

/// The longest chain of causes that is looked at.
const CAUSES_MAX: usize = 16;
/// The longest detail that is kept.
const DETAIL_CHARS_MAX: usize = 300;

/// How far a request had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Until the answer's head was there.
    Head,
    /// While its body was read.
    Body,
}

/// The error of a request, in our words.
pub(crate) fn transport_error(error: reqwest::Error, phase: Phase) -> TransportError {
    let error = error.without_url();
    TransportError { fault: fault(&error, phase), detail: detail(&error) }
}

fn fault(error: &reqwest::Error, phase: Phase) -> TransportFault {
    match phase {
        // A connection that could not be made in time never carried the request.
        Phase::Head if error.is_connect() || error.is_builder() => connect_fault(error),
        _ if error.is_timeout() => TransportFault::Timeout,
        Phase::Head => head_fault(error),
        Phase::Body => TransportFault::Malformed,
    }
}

/// The outermost cause that says anything decides: a proxy's TLS trouble is the proxy's.
fn connect_fault(error: &reqwest::Error) -> TransportFault {
    causes(error).find_map(cause_of_connect).unwrap_or(TransportFault::Connect)
}

fn cause_of_connect(cause: &(dyn Error + 'static)) -> Option<TransportFault> {
    if cause.is::<rustls::Error>() {
        return Some(TransportFault::Tls);
    }
    let text = cause.to_string();
    if text == "dns error" || text == "error resolving DNS" || text == "error resolving for socks proxy" {
        return Some(TransportFault::Dns);
    }
    let of_proxy = ["tunnel error", "SOCKS error", "error connecting to socks proxy", "socks proxy destination"];
    of_proxy.iter().any(|start| text.starts_with(start)).then_some(TransportFault::Proxy)
}

fn head_fault(error: &reqwest::Error) -> TransportFault {
    let unreadable = causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(|cause| cause.is_parse() || cause.is_parse_status());
    if unreadable { TransportFault::Malformed } else { TransportFault::Reset }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| inner(*cause)).take(CAUSES_MAX)
}

/// The next cause. An `io::Error` that wraps another error names that one's source as its own,
/// and so would skip it.
fn inner<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}

fn detail(error: &reqwest::Error) -> String {
    let text = match error.source() {
        Some(source) => error_chain(source),
        None => error.to_string(),
    };
    plain_text(&text, DETAIL_CHARS_MAX)
}
