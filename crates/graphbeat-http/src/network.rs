//! The real network: one client for each proxy and set of roots, shared by all accounts.
//!
//! It neither follows redirects nor repeats: one request here is one request on the wire. (A kept
//! connection that turns out closed before a byte of the request was written is replaced by another.)

mod body;
mod connect;
mod onlooker;
mod proxy;
mod settings;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

pub use body::BODY_BYTES_MAX;
pub use onlooker::{SeenCertificate, TlsTrouble, reach, resolve, see_certificate};
pub use settings::{NetworkError, NetworkSettings, ProxyMode};

use crate::fault::head_error;
use crate::{Request, Response, Transport, TransportError, TransportFault};
use connect::Connector;
use proxy::Proxies;

/// How long an unused connection is kept. Microsoft's front ends close theirs after about two minutes:
/// staying below keeps requests from leaving on a connection that is just being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// Unused connections kept for one host.
const POOL_IDLE_PER_HOST_MAX: usize = 256;

/// Sends requests over the network. Clones share connections.
///
/// It speaks HTTP/1.1 only: one connection for all would be one task, and a token of some kilobytes is
/// encoded anew for each request in HTTP/2, since it must not be remembered.
#[derive(Clone)]
pub struct NetworkTransport {
    client: Client<Connector, Full<Bytes>>,
    proxies: Arc<Proxies>,
}

impl NetworkTransport {
    /// A client of its own, with its own connections.
    ///
    /// # Errors
    /// [`NetworkError`] where the proxy's address or the extra roots cannot be used, or the system
    /// offers no TLS roots.
    pub fn new(settings: &NetworkSettings) -> Result<Self, NetworkError> {
        let proxies = Arc::new(Proxies::new(&settings.proxy)?);
        let tls = tls::config(settings.extra_roots.as_deref())?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_max_idle_per_host(POOL_IDLE_PER_HOST_MAX)
            .build(Connector::new(tls, Arc::clone(&proxies)));
        Ok(Self { client, proxies })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let limit = request.timeout;
        tokio::time::timeout(limit, self.ask(request)).await.unwrap_or_else(|_| {
            let detail = format!("not within {} ms", limit.as_millis());
            Err(TransportError { fault: TransportFault::Timeout, detail })
        })
    }

    async fn ask(&self, request: Request) -> Result<Response, TransportError> {
        is_absolute(&request.uri)?;
        let says_length =
            request.body.is_empty() && matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
        let mut outgoing = http::Request::new(Full::new(request.body));
        *outgoing.method_mut() = request.method;
        *outgoing.headers_mut() = request.headers;
        outgoing.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if says_length {
            // Left out by the library; services answer 411 without it.
            outgoing.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(authorization) = self.proxies.authorization_of_request(&request.uri) {
            outgoing.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
        }
        *outgoing.uri_mut() = request.uri;
        let answer = self.client.request(outgoing).await.map_err(|error| head_error(&error))?;
        let (mut head, body) = answer.into_parts();
        let body = body::read(body).await?;
        let body = body::decompressed(&mut head.headers, body)?;
        Ok(Response { status: head.status, headers: head.headers, body })
    }
}

/// An address without host is one that could not be made: see [`crate::address`].
fn is_absolute(uri: &Uri) -> Result<(), TransportError> {
    match (uri.scheme(), uri.authority()) {
        (Some(_), Some(_)) => Ok(()),
        _ => {
            let detail = "the address names no host".to_owned();
            Err(TransportError { fault: TransportFault::Connect, detail })
        }
    }
}

impl Transport for NetworkTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

impl fmt::Debug for NetworkTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkTransport").finish_non_exhaustive()
    }
}
