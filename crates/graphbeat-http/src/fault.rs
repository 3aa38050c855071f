//! What went wrong, in our words: by the step that failed, and by the types in the chain of causes.
//!
//! A text is compared only where the library keeps its type private; the tests of
//! [`crate::NetworkTransport`] bring each of them about.

use std::error::Error;
use std::io;

use graphbeat_base::{error_chain, plain_text};
use hyper_util::client::legacy;

use crate::{TransportError, TransportFault};

/// The longest chain of causes that is looked at.
const CAUSES_MAX: usize = 16;
/// The longest detail that is kept.
const DETAIL_CHARS_MAX: usize = 300;

/// A connection that could not be made: no request left.
#[derive(Debug, thiserror::Error)]
#[error("{}", fault.sentence())]
pub(crate) struct ConnectFailure {
    fault: TransportFault,
    source: Box<dyn Error + Send + Sync>,
}

impl ConnectFailure {
    pub(crate) fn new(fault: TransportFault, source: impl Error + Send + Sync + 'static) -> Self {
        Self { fault, source: Box::new(source) }
    }

    /// Whatever fails on the way to the proxy is the proxy's: its name, its port, its certificate.
    pub(crate) fn of_proxy(self) -> Self {
        Self { fault: TransportFault::Proxy, ..self }
    }
}

impl From<ConnectFailure> for TransportError {
    fn from(failure: ConnectFailure) -> Self {
        Self { fault: failure.fault, detail: detail(&*failure.source) }
    }
}

/// The failure of a TCP connection, the host's name included.
pub(crate) fn of_tcp(error: impl Error + Send + Sync + 'static) -> ConnectFailure {
    let is_dns = error.to_string() == "dns error";
    ConnectFailure::new(if is_dns { TransportFault::Dns } else { TransportFault::Connect }, error)
}

/// The failure of TLS; a connection that broke meanwhile is no matter of trust.
pub(crate) fn of_tls(error: io::Error) -> ConnectFailure {
    let is_tls = causes(&error).any(|cause| cause.is::<rustls::Error>());
    ConnectFailure::new(if is_tls { TransportFault::Tls } else { TransportFault::Connect }, error)
}

/// The error of a request until the answer's head was there.
pub(crate) fn head_error(error: &legacy::Error) -> TransportError {
    if let Some(failure) = causes(error).find_map(|cause| cause.downcast_ref::<ConnectFailure>()) {
        return TransportError { fault: failure.fault, detail: detail(&*failure.source) };
    }
    let is_unreadable = causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper::Error>())
        .any(|cause| cause.is_parse() || cause.is_parse_status());
    let fault = match is_unreadable {
        _ if error.is_connect() => TransportFault::Connect,
        true => TransportFault::Malformed,
        false => TransportFault::Reset,
    };
    let said: &dyn Error = error.source().unwrap_or(error);
    TransportError { fault, detail: detail(said) }
}

/// The error of an answer's body.
pub(crate) fn body_error(error: &(dyn Error + 'static)) -> TransportError {
    TransportError { fault: TransportFault::Malformed, detail: detail(error) }
}

/// The error itself and what caused it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| inner(*cause)).take(CAUSES_MAX)
}

/// The next cause. An `io::Error` that wraps another error names that one's source as its own,
/// and so would skip it.
fn inner<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => cause.source(),
    }
}

fn detail(error: &dyn Error) -> String {
    plain_text(&error_chain(error), DETAIL_CHARS_MAX)
}
