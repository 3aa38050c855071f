//! One request from its arrival to its answer: its body, its place in the log, and how its connection goes on.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderName, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use serde_json::json;

use super::reply::{Payload, Reply};
use super::visit::Visit;
use crate::control::{self, ControlRequest};
use crate::requests::{Place, Received, bounded};
use crate::world::{World, locked};

/// Graph's largest upload is a piece of 60 MiB.
const BODY_BYTES_MAX: usize = 60 * 1024 * 1024;

/// The client's own id of a request.
pub(super) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// The connection that a request came by.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) peer: SocketAddr,
    pub(crate) scheme: &'static str,
    /// Set where the connection is to end with a reset.
    pub(crate) abort: Arc<AtomicBool>,
}

/// The connection is to break instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox broke this connection")]
pub(crate) struct Broken;

/// Answers one request.
pub(crate) async fn serve(
    world: Arc<World>,
    origin: Origin,
    request: Request<Incoming>,
) -> Result<Response<Payload>, Broken> {
    let (parts, body) = request.into_parts();
    let host = host_of(&parts);
    if let Some(path) = parts.uri.path().strip_prefix("/_sandbox") {
        return Ok(serve_control(&world, &origin, (&parts, path), body).await);
    }
    let place = log_arrival(&world, &parts, &host);
    let reply = match read_body(body).await {
        Ok(body) => Visit::new(&world, &parts, &body, format!("{}://{host}", origin.scheme)).answer(place).await,
        Err(TooLong) => too_long(),
    };
    let status = reply.status.as_u16();
    match reply.into_response() {
        Some(response) => {
            locked(&world.requests).answer(place, status);
            Ok(response)
        }
        None => {
            origin.abort.store(parts.version < Version::HTTP_2, Ordering::Release);
            Err(Broken)
        }
    }
}

async fn serve_control(
    world: &World,
    origin: &Origin,
    (parts, path): (&Parts, &str),
    body: Incoming,
) -> Response<Payload> {
    let reply = if !origin.peer.ip().to_canonical().is_loopback() {
        control::forbidden()
    } else {
        match read_body(body).await {
            Ok(body) => control::answer(world, ControlRequest { method: &parts.method, path, body: &body }),
            Err(TooLong) => too_long(),
        }
    };
    reply.into_response().unwrap_or_else(|| Response::new(Payload::empty()))
}

/// A body above the bound, or one that broke off.
struct TooLong;

async fn read_body(body: Incoming) -> Result<Bytes, TooLong> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(TooLong),
        // The client broke off: nobody reads the answer.
        Err(_) => Ok(Bytes::new()),
    }
}

fn host_of(parts: &Parts) -> Arc<str> {
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let header = || parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = authority.or_else(header).unwrap_or("localhost");
    // A default port is left out of names that clients compare.
    host.strip_suffix(":443").unwrap_or(host).into()
}

fn log_arrival(world: &World, parts: &Parts, host: &Arc<str>) -> Place {
    let received = Received {
        time: world.clock.now(),
        method: parts.method.clone(),
        host: Arc::clone(host),
        path: bounded(parts.uri.path()),
        query: parts.uri.query().map(bounded),
        status: None,
        client_request_id: client_request_id(parts).map(|id| bounded(&id)),
        app_id: None,
        user_id: None,
    };
    locked(&world.requests).arrive(received)
}

/// The client's id of a request: a header, or in the query as some libraries send it.
pub(super) fn client_request_id(parts: &Parts) -> Option<Cow<'_, str>> {
    if let Some(id) = parts.headers.get(CLIENT_REQUEST_ID).and_then(|id| id.to_str().ok()) {
        return Some(Cow::Borrowed(id));
    }
    let query = parts.uri.query().filter(|query| query.contains("client-request-id="))?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "client-request-id")
        .map(|(_, id)| Cow::Owned(id.into_owned()))
}

fn too_long() -> Reply {
    let error = json!({ "error": { "code": "RequestEntityTooLarge", "message": "The request body is too large." } });
    Reply::json(StatusCode::PAYLOAD_TOO_LARGE, &error)
}
