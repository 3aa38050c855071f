//! The real network: one client for each proxy and set of roots, shared by all accounts.
//!
//! It neither follows redirects nor repeats: one request here is one request on the wire.

mod body;
mod onlooker;
mod settings;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use body::BODY_BYTES_MAX;
pub use onlooker::{SeenCertificate, TlsTrouble, reach, resolve, see_certificate};
pub use settings::{NetworkError, NetworkSettings, ProxyMode};

use crate::fault::{Phase, transport_error};
use crate::{Request, Response, Transport, TransportError, TransportFault, USER_AGENT};

/// Real time until a connection must stand, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept. Microsoft's front ends close theirs after about two minutes:
/// staying below keeps requests from leaving on a connection that is just being closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// Unused connections kept for one host.
const POOL_IDLE_PER_HOST_MAX: usize = 256;

/// Sends requests over the network. Clones share connections.
#[derive(Clone)]
pub struct NetworkTransport {
    client: reqwest::Client,
    only_by_proxy: bool,
}

impl NetworkTransport {
    /// A client of its own, with its own connections.
    ///
    /// # Errors
    /// [`NetworkError`] where the proxy's address or the extra roots cannot be used, or the system
    /// offers no TLS roots.
    pub fn new(settings: &NetworkSettings) -> Result<Self, NetworkError> {
        // Without a process-wide provider, which nobody here installs, reqwest's `rustls` feature
        // takes aws-lc-rs and the platform's verifier.
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Requests say it themselves; this is for the tunnel through a proxy.
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_max_idle_per_host(POOL_IDLE_PER_HOST_MAX)
            .tcp_nodelay(true)
            // One connection for all would be one task, and a token of some kilobytes is encoded anew
            // for each request in HTTP/2, since it must not be remembered.
            .http1_only()
            .gzip(true);
        let client = settings.apply(builder)?.build().map_err(|error| NetworkError::Client(error.without_url()))?;
        Ok(Self { client, only_by_proxy: matches!(settings.proxy, ProxyMode::Url(_)) })
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.timeout_mut() = Some(request.timeout);
        if !request.body.is_empty() {
            *outgoing.body_mut() = Some(request.body.into());
        }
        let mut answer = self.client.execute(outgoing).await.map_err(|error| self.head_error(error))?;
        let body = body::read(&mut answer).await?;
        let headers = std::mem::take(answer.headers_mut());
        Ok(Response { status: answer.status(), headers, body })
    }

    /// Where every connection goes to a proxy, one that cannot be made is the proxy's fault.
    fn head_error(&self, error: reqwest::Error) -> TransportError {
        let mut error = transport_error(error, Phase::Head);
        if self.only_by_proxy && error.fault == TransportFault::Connect {
            error.fault = TransportFault::Proxy;
        }
        error
    }
}

impl Transport for NetworkTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

impl fmt::Debug for NetworkTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkTransport").field("only_by_proxy", &self.only_by_proxy).finish_non_exhaustive()
    }
}
