//! The port: a request goes in, an answer or a classified failure comes out.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode, Uri};
use url::Url;

/// A request, ready to leave.
#[derive(Clone, Debug)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// Where to, absolute; its query is sent but never kept.
    pub uri: Uri,
    /// Headers; `Authorization` is marked sensitive by whoever sets it.
    pub headers: HeaderMap,
    /// The body, empty for none.
    pub body: Bytes,
    /// Real time until the whole answer must be there.
    pub timeout: Duration,
}

/// An address in the form that a request takes. One that cannot be (a URL without host) is an empty one,
/// which the transport refuses as [`TransportFault::Connect`].
#[must_use]
pub fn address(url: &Url) -> Uri {
    Uri::try_from(url.as_str()).unwrap_or_default()
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed, at most the transport's bound.
    pub body: Bytes,
}

/// How a request failed without a whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportFault {
    /// The host's name has no address.
    Dns,
    /// Nobody listens, or the network cannot reach the host.
    Connect,
    /// The proxy could not be reached or refused.
    Proxy,
    /// The certificate is not trusted, expired, or for another name; or TLS could not be agreed on.
    Tls,
    /// The time was over.
    Timeout,
    /// The connection broke after the request had left.
    Reset,
    /// The answer was no HTTP, broke off in its body, or could not be decompressed.
    Malformed,
    /// The answer was larger than the bound.
    TooLarge,
    /// The request did not leave, because it could not be noted in the flight file.
    NotNoted,
}

/// A request that got no whole answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({detail})", fault.sentence())]
pub struct TransportError {
    /// How it failed.
    pub fault: TransportFault,
    /// What the library said, without URL.
    pub detail: String,
}

impl TransportFault {
    /// The code in the ledger.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dns => "Dns",
            Self::Connect => "Connect",
            Self::Proxy => "Proxy",
            Self::Tls => "Tls",
            Self::Timeout => "Timeout",
            Self::Reset => "Reset",
            Self::Malformed => "Malformed",
            Self::TooLarge => "TooLarge",
            Self::NotNoted => "NotNoted",
        }
    }

    /// What happened, in words.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Dns => "the host's name could not be resolved",
            Self::Connect => "the host could not be reached",
            Self::Proxy => "the proxy could not be used",
            Self::Tls => "no trusted TLS connection could be made",
            Self::Timeout => "no answer came in time",
            Self::Reset => "the connection broke before the answer came",
            Self::Malformed => "the answer could not be read",
            Self::TooLarge => "the answer was larger than graphbeat reads",
            Self::NotNoted => "the request was held back because it could not be noted",
        }
    }

    /// Whether the request cannot have reached the service.
    #[must_use]
    pub const fn never_arrived(self) -> bool {
        matches!(self, Self::Dns | Self::Connect | Self::Proxy | Self::Tls | Self::NotNoted)
    }
}

/// Sends requests. The adapters are the real network and, for simulation, a program in the same process.
pub trait Transport: Send + Sync {
    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// [`TransportError`] where no whole answer came.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}
