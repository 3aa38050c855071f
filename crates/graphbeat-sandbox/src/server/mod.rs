//! The two listeners: HTTPS, and plain HTTP, which also ends `CONNECT` for the hosts of Microsoft.

mod encoding;
mod hosts;
mod reply;
mod service;
mod stream;
mod tls;
mod visit;

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use crate::world::World;
pub(crate) use hosts::is_microsoft_host;
use reply::Payload;
pub(crate) use reply::Reply;
use service::{Broken, Origin};
use stream::Abortable;
pub(crate) use tls::acceptor;

/// How many connections are served at once; further ones wait.
const CONNECTIONS_MAX: usize = 8_192;
/// How many requests of one HTTP/2 connection are served at once.
const STREAMS_MAX: u32 = 1_000;
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// Also how long an idle HTTP/1 connection is kept.
const HEADER_TIME_MAX: Duration = Duration::from_secs(120);
/// How long requests under way may take once the sandbox stops.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(2);
/// How long to wait where the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The running listeners.
#[derive(Debug)]
pub(crate) struct Server {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct Shared {
    world: Arc<World>,
    tls: TlsAcceptor,
    stop: CancellationToken,
    tasks: TaskTracker,
    places: Arc<Semaphore>,
}

/// How a listener's connections begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Tls,
    Plain,
}

impl Server {
    /// Begins to serve both listeners.
    pub(crate) fn start(world: Arc<World>, tls: TlsAcceptor, https: TcpListener, http: TcpListener) -> Self {
        let shared = Shared::new(world, tls);
        let (stop, tasks) = (shared.stop.clone(), shared.tasks.clone());
        tasks.spawn(accept(shared.clone(), https, Door::Tls));
        tasks.spawn(accept(shared, http, Door::Plain));
        Self { stop, tasks }
    }

    /// Stops taking connections, lets requests under way end, and waits for all of them.
    pub(crate) async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Connections see it and end: nothing outlives the sandbox for long.
        self.stop.cancel();
    }
}

async fn accept(shared: Shared, listener: TcpListener, door: Door) {
    loop {
        let accepted = async {
            let place = Arc::clone(&shared.places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = accepted => accepted,
        };
        let Ok(place) = place else { return };
        match accepted {
            Ok((stream, peer)) => {
                let connection = shared.clone();
                shared.tasks.spawn(async move {
                    connection.run(stream, peer, door).await;
                    drop(place);
                });
            }
            Err(error) => {
                debug!(error = %error, "could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

impl Shared {
    /// A server with no connections yet.
    pub(crate) fn new(world: Arc<World>, tls: TlsAcceptor) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        Self { world, tls, stop, tasks, places: Arc::new(Semaphore::new(CONNECTIONS_MAX)) }
    }

    /// Serves one connection of plain HTTP that comes by no listener.
    pub(crate) async fn serve_plain<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) {
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.serve(stream, Origin { peer, scheme: "http", abort: Arc::default() }).await;
    }

    async fn run(self, stream: TcpStream, peer: SocketAddr, door: Door) {
        // Answers are small and waited for: they must not wait for more to send.
        let _ = stream.set_nodelay(true);
        let abort = Arc::new(AtomicBool::new(false));
        let stream = Abortable::new(stream, Arc::clone(&abort));
        match door {
            Door::Plain => self.serve(stream, Origin { peer, scheme: "http", abort }).await,
            Door::Tls => self.serve_tls(stream, Origin { peer, scheme: "https", abort }).await,
        }
    }

    async fn serve_tls<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S, origin: Origin) {
        match tokio::time::timeout(HANDSHAKE_TIME_MAX, self.tls.accept(stream)).await {
            Ok(Ok(stream)) => self.serve(stream, origin).await,
            Ok(Err(error)) => debug!(error = %error, "a TLS handshake failed"),
            Err(_) => debug!("a TLS handshake took too long"),
        }
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S, origin: Origin) {
        let mut builder = Builder::new(Tracked(self.tasks.clone()));
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME_MAX);
        builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS_MAX);
        let stop = self.stop.clone();
        let service = service_fn(move |request| {
            let (shared, origin) = (self.clone(), origin.clone());
            async move { shared.answer(request, origin).await }
        });
        let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::time::timeout(SHUTDOWN_TIME_MAX, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            debug!(error = %error, "a connection ended early");
        }
    }

    async fn answer(self, request: Request<Incoming>, origin: Origin) -> Result<Response<Payload>, Broken> {
        if request.method() == Method::CONNECT {
            return Ok(self.connect(request, origin));
        }
        service::serve(self.world, origin, request).await
    }

    /// Ends a tunnel to a host of Microsoft here; others are refused.
    fn connect(self, request: Request<Incoming>, origin: Origin) -> Response<Payload> {
        let mut response = Response::new(Payload::empty());
        let host = request.uri().host().unwrap_or_default();
        if origin.scheme != "http" || !is_microsoft_host(host) {
            *response.status_mut() = StatusCode::FORBIDDEN;
            return response;
        }
        let tasks = self.tasks.clone();
        tasks.spawn(async move {
            match hyper::upgrade::on(request).await {
                Ok(tunnel) => self.serve_tls(TokioIo::new(tunnel), Origin { scheme: "https", ..origin }).await,
                Err(error) => debug!(error = %error, "a tunnel did not open"),
            }
        });
        response
    }
}

/// Runs the tasks of HTTP/2 connections where they are waited for.
#[derive(Clone, Debug)]
struct Tracked(TaskTracker);

impl<F> hyper::rt::Executor<F> for Tracked
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        self.0.spawn(future);
    }
}
