//! Making a connection: TCP, the way through a proxy, TLS. Each step knows whose fault its failure is.

use std::error::Error;
use std::future::{Ready, ready};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Uri, header};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::proxy::{Proxies, Proxy, ProxyKind, with_authority};
use crate::fault::{ConnectFailure, of_tcp, of_tls};
use crate::{TransportFault, USER_AGENT};

/// Real time until a connection must stand, proxy and TLS included.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes connections. Clones share everything.
#[derive(Clone)]
pub(super) struct Connector(Arc<Ways>);

struct Ways {
    tcp: HttpConnector,
    tls: TlsConnector,
    proxies: Arc<Proxies>,
}

/// A connection that requests can be sent on.
pub(super) struct Link {
    stream: Stream,
    /// To a proxy that each request passes, and so must name its host.
    is_to_proxy: bool,
}

/// Bytes both ways, whatever is below.
trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

type Stream = Box<dyn Duplex>;

impl Connector {
    pub(super) fn new(tls: ClientConfig, proxies: Arc<Proxies>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self(Arc::new(Ways { tcp, tls: TlsConnector::from(Arc::new(tls)), proxies }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Link>;
    type Error = ConnectFailure;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let ways = Arc::clone(&self.0);
        Box::pin(async move {
            let proxy = ways.proxies.of(&target);
            let late = if proxy.is_some() { TransportFault::Proxy } else { TransportFault::Connect };
            let link = tokio::time::timeout(CONNECT_TIMEOUT, ways.link(&target, proxy.as_ref())).await;
            link.unwrap_or_else(|elapsed| Err(ConnectFailure::new(late, elapsed))).map(TokioIo::new)
        })
    }
}

impl Ways {
    async fn link(&self, target: &Uri, proxy: Option<&Proxy>) -> Result<Link, ConnectFailure> {
        let is_tls = target.scheme() == Some(&Scheme::HTTPS);
        let Some(proxy) = proxy else {
            let stream = self.tcp(target.clone()).await?;
            let stream = if is_tls { self.tls(target, stream).await? } else { stream };
            return Ok(Link { stream, is_to_proxy: false });
        };
        let stream = self.to_proxy(proxy).await.map_err(ConnectFailure::of_proxy)?;
        if proxy.kind == ProxyKind::Http && !is_tls {
            return Ok(Link { stream, is_to_proxy: true });
        }
        let stream = through(proxy, target, stream).await?;
        let stream = if is_tls { self.tls(target, stream).await? } else { stream };
        Ok(Link { stream, is_to_proxy: false })
    }

    async fn tcp(&self, to: Uri) -> Result<Stream, ConnectFailure> {
        let stream = self.tcp.clone().call(to).await.map_err(of_tcp)?;
        Ok(Box::new(stream.into_inner()))
    }

    async fn to_proxy(&self, proxy: &Proxy) -> Result<Stream, ConnectFailure> {
        let uri = proxy.uri();
        let stream = self.tcp(uri.clone()).await?;
        if uri.scheme() == Some(&Scheme::HTTPS) { self.tls(&uri, stream).await } else { Ok(stream) }
    }

    async fn tls(&self, peer: &Uri, stream: Stream) -> Result<Stream, ConnectFailure> {
        let host = peer.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name =
            ServerName::try_from(host.to_owned()).map_err(|error| ConnectFailure::new(TransportFault::Tls, error))?;
        let stream = self.tls.connect(name, stream).await.map_err(of_tls)?;
        Ok(Box::new(stream))
    }
}

/// Asks the proxy at the other end of `stream` for a way to `target`.
async fn through(proxy: &Proxy, target: &Uri, stream: Stream) -> Result<Stream, ConnectFailure> {
    let way = Given(Some(TokioIo::new(stream)));
    match proxy.kind {
        ProxyKind::Http => {
            let headers = HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(USER_AGENT))]);
            let mut tunnel = Tunnel::new(proxy.uri(), way).with_headers(headers);
            if let Some(authorization) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(authorization.clone());
            }
            opened(tunnel.call(target.clone()).await)
        }
        ProxyKind::Socks4 { local_names } => {
            let target = socks_target(target, local_names, SocketAddr::is_ipv4).await?;
            opened(SocksV4::new(proxy.uri(), way).call(target).await)
        }
        ProxyKind::Socks5 { local_names } => {
            let target = socks_target(target, local_names, |_| true).await?;
            let mut socks = SocksV5::new(proxy.uri(), way);
            if let Some((name, password)) = proxy.raw_auth() {
                socks = socks.with_auth(name.to_owned(), password.to_owned());
            }
            opened(socks.call(target).await)
        }
    }
}

fn opened<E>(way: Result<TokioIo<Stream>, E>) -> Result<Stream, ConnectFailure>
where
    E: Error + Send + Sync + 'static,
{
    way.map(TokioIo::into_inner).map_err(|error| ConnectFailure::new(TransportFault::Proxy, error))
}

/// The target with its port, and as an address where names are resolved here.
async fn socks_target(
    target: &Uri,
    local_names: bool,
    is_usable: fn(&SocketAddr) -> bool,
) -> Result<Uri, ConnectFailure> {
    let host = target.host().unwrap_or_default();
    let default_port = if target.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
    let port = target.port_u16().unwrap_or(default_port);
    let authority = if local_names {
        let unresolved = |error: io::Error| ConnectFailure::new(TransportFault::Dns, error);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let mut addresses = tokio::net::lookup_host((host, port)).await.map_err(unresolved)?;
        let no_address = || unresolved(io::Error::other("the name has no address that the proxy can use"));
        addresses.find(is_usable).ok_or_else(no_address)?.to_string()
    } else {
        format!("{host}:{port}")
    };
    with_authority(target, &authority)
        .ok_or_else(|| ConnectFailure::new(TransportFault::Connect, io::Error::other("the address cannot be used")))
}

/// Hands out the connection to the proxy, which stands already.
struct Given(Option<TokioIo<Stream>>);

impl Service<Uri> for Given {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::Error::other("the connection was used already")))
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.is_to_proxy)
    }
}

impl AsyncRead for Link {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
