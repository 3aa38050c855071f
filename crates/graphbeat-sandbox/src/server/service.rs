//! One request from its arrival to its answer: its body, its place in the log, and how its connection goes on.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use serde_json::json;

use super::encoding::{self, Unreadable};
use super::hosts::{is_local, is_served};
use super::reply::{Payload, Reply};
use super::visit::Visit;
use crate::control::{self, ControlRequest};
use crate::requests::{Place, Received, bounded};
use crate::world::{World, locked};

/// Graph's largest upload is a piece of 60 MiB.
const BODY_BYTES_MAX: usize = 60 * 1024 * 1024;
/// A body that takes longer to arrive is not waited for.
const BODY_TIME_MAX: Duration = Duration::from_secs(120);

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
    let is_proxied = parts.version < Version::HTTP_2 && parts.uri.authority().is_some();
    if is_proxied && !is_served(&host) {
        return control::not_served().into_response().ok_or(Broken);
    }
    if let Some(path) = control_path(&parts) {
        return serve_control(&world, &origin, (&parts, path), body).await;
    }
    let place = log_arrival(&world, &parts, &host);
    let reply = match read_body(body).await.and_then(|body| unpacked(&parts, body)) {
        Ok(body) => Visit::new(&world, &parts, &body, format!("{}://{host}", origin.scheme)).answer(place).await,
        Err(BodyProblem::Refused(status, code, message)) => {
            let (nothing, base_url) = (Bytes::new(), format!("{}://{host}", origin.scheme));
            Visit::new(&world, &parts, &nothing, base_url).graph_error(status, code, message)
        }
        // Half a request is none: nothing is served, and nobody reads an answer.
        Err(BodyProblem::BrokenOff) => return Err(Broken),
    };
    let status = reply.status.as_u16();
    let reply = if takes_gzip(&parts) { reply.compressed() } else { reply };
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

fn takes_gzip(parts: &Parts) -> bool {
    parts.headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"))
}

async fn serve_control(
    world: &World,
    origin: &Origin,
    (parts, path): (&Parts, &str),
    body: Incoming,
) -> Result<Response<Payload>, Broken> {
    let reply = if !origin.peer.ip().to_canonical().is_loopback() || !is_own_page(parts) {
        control::forbidden()
    } else {
        match read_body(body).await {
            Ok(body) => control::answer(world, ControlRequest { method: &parts.method, path, body: &body }),
            Err(BodyProblem::Refused(status, code, message)) => {
                Reply::json(status, &json!({"error": {"code": code, "message": message}}))
            }
            Err(BodyProblem::BrokenOff) => return Err(Broken),
        }
    };
    reply.into_response().ok_or(Broken)
}

/// The path after `/_sandbox`, where a request is for the control API.
fn control_path(parts: &Parts) -> Option<&str> {
    parts.uri.path().strip_prefix("/_sandbox").filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a control request names this machine: a page of the web, open in a browser here, must not
/// command the sandbox, be it by its own name for our address or across origins.
fn is_own_page(parts: &Parts) -> bool {
    let origin = parts.headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    let is_foreign = origin.is_some_and(|origin| !origin.split_once("://").is_some_and(|(_, host)| is_local(host)));
    is_served(&host_of(parts)) && !is_foreign
}

/// Why there is no body to serve.
enum BodyProblem {
    /// It is answered with this.
    Refused(StatusCode, &'static str, &'static str),
    /// The client broke off in the middle.
    BrokenOff,
}

const TOO_LONG: BodyProblem =
    BodyProblem::Refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The request body is too large.");
const TOO_SLOW: BodyProblem =
    BodyProblem::Refused(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "The request body took too long to arrive.");

const OTHER_ENCODING: BodyProblem = BodyProblem::Refused(
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    "UnsupportedMediaType",
    "The content encoding of the request is not supported.",
);
const DAMAGED: BodyProblem =
    BodyProblem::Refused(StatusCode::BAD_REQUEST, "BadRequest", "The request body is no gzip, as its encoding says.");

/// A body as it was before the client compressed it.
fn unpacked(parts: &Parts, body: Bytes) -> Result<Bytes, BodyProblem> {
    encoding::plain(&parts.headers, body, BODY_BYTES_MAX).map_err(|unreadable| match unreadable {
        Unreadable::Encoding => OTHER_ENCODING,
        Unreadable::Damaged => DAMAGED,
        Unreadable::TooLong => TOO_LONG,
    })
}

async fn read_body(body: Incoming) -> Result<Bytes, BodyProblem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match tokio::time::timeout(BODY_TIME_MAX, Limited::new(body, BODY_BYTES_MAX).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(TOO_LONG),
        Ok(Err(_)) => Err(BodyProblem::BrokenOff),
        Err(_) => Err(TOO_SLOW),
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
