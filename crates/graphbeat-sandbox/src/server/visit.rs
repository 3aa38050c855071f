//! One request on its way to the service that answers it: fault, limit, then Entra, Graph or a page.

mod elsewhere;

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use graphbeat_base::Timestamp;
use http::header::{CACHE_CONTROL, DATE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::reply::{Ending, Reply};
use super::service::{CLIENT_REQUEST_ID, client_request_id};
use crate::access;
use crate::entra::{self, Endpoint, EntraError, EntraRequest, Trace};
use crate::faults::{Fault, FaultKind, Target};
use crate::graph::{self, Caller, GraphRequest, GraphResponse, PartGate, TokenProblem};
use crate::requests::Place;
use crate::throttle::{Charge, Decision, Refused, Seat};
use crate::world::{World, locked, read};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const MS_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const RESOURCE_UNIT: HeaderName = HeaderName::from_static("x-ms-resource-unit");
const THROTTLE_PERCENTAGE: HeaderName = HeaderName::from_static("x-ms-throttle-limit-percentage");
const THROTTLE_SCOPE: HeaderName = HeaderName::from_static("x-ms-throttle-scope");
const THROTTLE_INFORMATION: HeaderName = HeaderName::from_static("x-ms-throttle-information");
/// The word of a challenge that a token with further claims answers.
const INSUFFICIENT_CLAIMS: &str = "insufficient_claims";
/// What a request is for.
#[derive(Clone, Copy, Debug)]
enum Route<'a> {
    Entra(Endpoint, &'a str),
    /// The path after the version.
    Graph(&'a str),
    /// Downloads, uploads and pages.
    Other,
}

/// What the limits gave to a request.
#[derive(Default)]
struct Admission<'a> {
    _seat: Option<TakenSeat<'a>>,
    resource_units: Option<u64>,
    fullness: Option<f64>,
}

/// A seat in a mailbox, free again when the request ends, however it ends.
struct TakenSeat<'a> {
    world: &'a World,
    seat: Seat,
}

impl Drop for TakenSeat<'_> {
    fn drop(&mut self) {
        locked(&self.world.limits).leave(&self.seat);
    }
}

/// One request with everything that its answer depends on.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    world: &'a World,
    parts: &'a Parts,
    body: &'a Bytes,
    base_url: String,
    path: Cow<'a, str>,
    trace: Trace,
}

impl<'a> Visit<'a> {
    /// A request that has arrived whole.
    pub(super) fn new(world: &'a World, parts: &'a Parts, body: &'a Bytes, base_url: String) -> Self {
        let trace_id = world.uuid();
        let correlation_id = client_request_id(parts).and_then(|id| id.parse().ok()).unwrap_or(trace_id);
        let trace = Trace { trace_id, correlation_id, now: world.clock.now() };
        Self { world, parts, body, base_url, path: single_slashes(parts.uri.path()), trace }
    }

    /// Answers it, and adds to the log who sent it.
    pub(super) async fn answer(&self, place: Place) -> Reply {
        let route = self.route();
        let caller = match route {
            Route::Graph(_) => access::caller(self.world, &self.parts.headers, self.trace.now),
            Route::Entra(..) | Route::Other => Err(TokenProblem::Missing),
        };
        if let Ok(caller) = &caller {
            locked(&self.world.requests).identify(place, caller.app_id, caller.user_id);
        }
        let fault = self.fault(route);
        let demand = caller.as_ref().err().and_then(|problem| problem.demand());
        // A request that is served has its place in the mailbox while it waits, too.
        let served = fault.as_ref().is_none_or(|fault| !fault.answers());
        let admission = match (route, &caller) {
            (Route::Graph(path), Ok(caller)) if served => self.admit(path, caller),
            _ => Ok(Admission::default()),
        };
        let admission = match admission {
            Ok(admission) => admission,
            Err(refused) => return self.with_ids(self.throttled(&refused, &caller), route),
        };
        if let Some(delay_ms) = fault.as_ref().and_then(|fault| fault.delay_ms) {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
        let mut reply = match &fault {
            Some(fault) => self.struck(fault, route, caller),
            None => self.route_answer(route, caller),
        };
        if matches!(route, Route::Entra(..)) {
            locked(&self.world.secrets).note(self.body, (&reply.headers, &reply.body));
        }
        if let Some(demand) = demand.filter(|_| reply.status == StatusCode::UNAUTHORIZED) {
            reply = reply.with_header(WWW_AUTHENTICATE, self.claims_challenge(&demand));
        }
        if let Some(units) = admission.resource_units {
            reply = reply.with_header(RESOURCE_UNIT, units.to_string());
        }
        if let Some(fullness) = admission.fullness {
            reply = reply.with_header(THROTTLE_PERCENTAGE, format!("{fullness:.2}"));
        }
        self.with_ids(reply, route)
    }

    fn route(&self) -> Route<'_> {
        if let Some((endpoint, tenant)) = Endpoint::of_path(&self.path) {
            return Route::Entra(endpoint, tenant);
        }
        match graph_path(&self.path) {
            Some(path) => Route::Graph(path),
            None => Route::Other,
        }
    }

    /// The fault that strikes this request, if one does.
    fn fault(&self, route: Route<'_>) -> Option<Fault> {
        let mut book = locked(&self.world.faults);
        if book.faults().is_empty() {
            return None;
        }
        let operation = match route {
            Route::Entra(endpoint, _) => endpoint.operation(self.body),
            Route::Graph(path) => graph::route_name(&self.parts.method, path),
            Route::Other => None,
        };
        book.strike(&Target { method: &self.parts.method, path: &self.path, operation, now: self.trace.now })
    }

    fn struck(&self, fault: &Fault, route: Route<'_>, caller: Result<Caller, TokenProblem>) -> Reply {
        let reply = match fault.kind {
            FaultKind::Reset => return Reply::reset(),
            FaultKind::Truncate => {
                let mut reply = self.route_answer(route, caller);
                // Of an empty body there is no half: the whole answer is lost.
                reply.ending = if reply.body.is_empty() { Ending::Reset } else { Ending::Half };
                reply
            }
            FaultKind::Text => {
                let body =
                    fault.body.clone().unwrap_or_else(|| "<html><body>Service Unavailable</body></html>".to_owned());
                Reply::html(fault.status().unwrap_or(StatusCode::OK), body)
            }
            FaultKind::Status => match fault.status() {
                None => self.route_answer(route, caller),
                Some(status) => self.fault_status(fault, status, route),
            },
        };
        match fault.retry_after_s {
            Some(seconds) => reply.with_header(RETRY_AFTER, seconds.to_string()),
            None => reply,
        }
    }

    fn fault_status(&self, fault: &Fault, status: StatusCode, route: Route<'_>) -> Reply {
        if let Some(body) = &fault.body {
            return Reply::new(status, "application/json; charset=utf-8", body.clone());
        }
        match route {
            Route::Entra(..) => EntraError::of_fault(fault.code.as_deref(), status).reply(&self.trace),
            Route::Graph(_) if fault.code.as_deref() == Some(INSUFFICIENT_CLAIMS) => {
                let revoked = TokenProblem::Revoked(self.trace.now);
                let reply = self.graph_error(status, default_code(status), revoked.message());
                let demand = revoked.demand().unwrap_or_default();
                reply.with_header(WWW_AUTHENTICATE, self.claims_challenge(&demand))
            }
            Route::Graph(_) | Route::Other => {
                let code = fault.code.as_deref().unwrap_or_else(|| default_code(status));
                self.graph_error(
                    status,
                    code,
                    status.canonical_reason().unwrap_or("The sandbox was told to answer so."),
                )
            }
        }
    }

    fn route_answer(&self, route: Route<'_>, caller: Result<Caller, TokenProblem>) -> Reply {
        match route {
            Route::Entra(endpoint, tenant) => {
                let request = EntraRequest {
                    method: &self.parts.method,
                    query: self.parts.uri.query(),
                    headers: &self.parts.headers,
                    body: self.body,
                    base_url: &self.base_url,
                    trace: self.trace,
                };
                entra::answer(self.world, &request, endpoint, tenant)
            }
            Route::Graph(path) => Reply::from(graph::answer(&self.world.tenant, &self.graph_request(path, caller))),
            Route::Other => self.other_answer(),
        }
    }

    /// Lets a request past the limits, with its seat in the mailbox and its cost.
    fn admit(&self, path: &str, caller: &Caller) -> Result<Admission<'a>, Refused> {
        let (method, query) = (&self.parts.method, self.parts.uri.query());
        let charge = Charge { method, path, query, caller, now: self.trace.now };
        let mut limits = locked(&self.world.limits);
        match limits.charge(&charge) {
            Decision::Refuse(refused) => Err(refused),
            Decision::Pass { resource_units, fullness } => {
                let seat = limits.enter(&charge)?.map(|seat| TakenSeat { world: self.world, seat });
                Ok(Admission { _seat: seat, resource_units, fullness })
            }
        }
    }

    fn throttled(&self, refused: &Refused, caller: &Result<Caller, TokenProblem>) -> Reply {
        let mut reply = self.graph_error(StatusCode::TOO_MANY_REQUESTS, refused.code(), &refused.message);
        if let (Some(scope), Ok(caller)) = (refused.scope, caller) {
            let tenant = read(&self.world.tenant).id;
            reply = reply
                .with_header(THROTTLE_SCOPE, format!("{scope}/{}/{tenant}", caller.app_id))
                .with_header(THROTTLE_INFORMATION, refused.information);
        }
        match refused.retry_after_s {
            Some(seconds) => reply.with_header(RETRY_AFTER, seconds.to_string()),
            None => reply,
        }
    }

    fn graph_request<'b>(&'b self, path: &'b str, caller: Result<Caller, TokenProblem>) -> GraphRequest<'b> {
        GraphRequest {
            method: &self.parts.method,
            path,
            query: self.parts.uri.query(),
            headers: &self.parts.headers,
            body: self.body,
            caller,
            base_url: &self.base_url,
            now: self.trace.now,
            request_id: self.trace.trace_id,
            gate: Some(self),
        }
    }

    fn other_answer(&self) -> Reply {
        let request = self.graph_request(&self.path, Err(TokenProblem::Missing));
        if let Some(response) = graph::answer_unversioned(&self.world.tenant, &request) {
            return Reply::from(response);
        }
        if let Some(reply) = self.elsewhere() {
            return reply;
        }
        match self.path.as_ref() {
            "/" => Reply::new(
                StatusCode::OK,
                "text/plain; charset=utf-8",
                "A sandbox of Entra ID and Microsoft Graph. Devices sign in at /devicelogin.\n",
            ),
            "/oidc/userinfo" => self.user_info(),
            path => {
                let segment = path.trim_start_matches('/').split('/').next().unwrap_or_default();
                self.graph_error(StatusCode::BAD_REQUEST, "BadRequest", &format!("Invalid version: {segment}"))
            }
        }
    }

    /// Who a user's token speaks for, as OpenID Connect has it.
    fn user_info(&self) -> Reply {
        let caller = access::caller(self.world, &self.parts.headers, self.trace.now);
        let card = caller.ok().and_then(|it| it.user_id).and_then(|id| read(&self.world.tenant).user(id));
        match card {
            Some(card) => Reply::json(
                StatusCode::OK,
                &json!({ "sub": card.id, "name": card.display_name, "email": card.upn, "preferred_username": card.upn }),
            ),
            None => {
                let message = TokenProblem::Missing.message();
                self.graph_error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
            }
        }
    }

    pub(super) fn graph_error(&self, status: StatusCode, code: &str, message: &str) -> Reply {
        let date = self.trace.now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let body = json!({
            "error": {
                "code": code,
                "message": message,
                "innerError": {
                    "date": date,
                    "request-id": self.trace.trace_id,
                    "client-request-id": self.trace.correlation_id,
                },
            },
        });
        Reply::json(status, &body)
    }

    /// Where a client without a good token is sent.
    fn challenge(&self) -> String {
        format!(
            "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
            self.base_url
        )
    }

    /// What a client must ask its next token for.
    fn claims_challenge(&self, claims: &str) -> String {
        format!("{}, error=\"{INSUFFICIENT_CLAIMS}\", claims=\"{}\"", self.challenge(), STANDARD.encode(claims))
    }

    /// Adds what every answer carries.
    fn with_ids(&self, mut reply: Reply, route: Route<'_>) -> Reply {
        let id = header_of(self.trace.trace_id);
        let client_id = client_request_id(self.parts).and_then(|id| HeaderValue::from_str(&id).ok());
        if matches!(route, Route::Entra(..)) {
            reply.headers.insert(MS_REQUEST_ID, id);
            reply.headers.extend(client_id.map(|client_id| (CLIENT_REQUEST_ID, client_id)));
        } else {
            reply.headers.insert(CLIENT_REQUEST_ID, client_id.unwrap_or_else(|| id.clone()));
            reply.headers.insert(REQUEST_ID, id);
            if reply.status == StatusCode::UNAUTHORIZED
                && let Ok(challenge) = HeaderValue::from_str(&self.challenge())
            {
                reply.headers.entry(WWW_AUTHENTICATE).or_insert(challenge);
            }
            reply.headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
        }
        reply.headers.extend(http_date(self.trace.now).map(|date| (DATE, date)));
        reply
    }
}

impl PartGate for Visit<'_> {
    /// A part of a batch meets the faults and limits of a request by itself. Nothing can break or hold
    /// back a part alone: there a reset is a 503, and delays are left out.
    fn hold(&self, part: &GraphRequest<'_>) -> Option<GraphResponse> {
        let path = format!("/v1.0{}", part.path);
        let operation = graph::route_name(part.method, part.path);
        let target = Target { method: part.method, path: &path, operation, now: self.trace.now };
        let fault = locked(&self.world.faults).strike(&target).filter(Fault::answers);
        let reply = match (fault, &part.caller) {
            (Some(fault), _) if matches!(fault.kind, FaultKind::Reset | FaultKind::Truncate) => {
                self.graph_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "The part was lost.")
            }
            (Some(fault), caller) => self.struck(&fault, Route::Graph(part.path), caller.clone()),
            (None, Ok(caller)) => {
                let charge = Charge { method: part.method, path: part.path, query: part.query, caller, now: part.now };
                match locked(&self.world.limits).charge(&charge) {
                    Decision::Refuse(refused) => self.throttled(&refused, &part.caller),
                    Decision::Pass { .. } => return None,
                }
            }
            (None, Err(_)) => return None,
        };
        Some(GraphResponse { status: reply.status, headers: reply.headers, body: reply.body, obeys: "" })
    }
}

impl From<GraphResponse> for Reply {
    fn from(response: GraphResponse) -> Self {
        Self { status: response.status, headers: response.headers, body: response.body, ending: Ending::Whole }
    }
}

fn header_of(id: Uuid) -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn http_date(now: Timestamp) -> Option<HeaderValue> {
    HeaderValue::from_str(&now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

/// A path in which slashes do not repeat.
fn single_slashes(path: &str) -> Cow<'_, str> {
    if !path.contains("//") {
        return Cow::Borrowed(path);
    }
    let mut single = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !single.ends_with('/') {
            single.push(letter);
        }
    }
    Cow::Owned(single)
}

/// The part of a path after Graph's version and its one alias of the tenant.
fn graph_path(path: &str) -> Option<&str> {
    let (version, _) = path.strip_prefix('/')?.split_once('/').unwrap_or((path.strip_prefix('/')?, ""));
    if !version.eq_ignore_ascii_case("v1.0") && !version.eq_ignore_ascii_case("beta") {
        return None;
    }
    let rest = path.get(version.len() + 1..).unwrap_or_default();
    const ALIAS: &str = "/myorganization";
    match rest.get(..ALIAS.len()) {
        Some(start) if start.eq_ignore_ascii_case(ALIAS) => rest.get(ALIAS.len()..),
        _ => Some(rest),
    }
}

fn default_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "BadRequest",
        401 => "InvalidAuthenticationToken",
        403 => "Authorization_RequestDenied",
        404 => "ResourceNotFound",
        409 => "Conflict",
        412 => "PreconditionFailed",
        429 => "TooManyRequests",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        507 => "InsufficientStorage",
        _ => "InternalServerError",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_and_the_alias_are_taken_off_a_path() {
        for (path, expected) in [
            ("/v1.0/users", Some("/users")),
            ("/V1.0/me", Some("/me")),
            ("/beta/me", Some("/me")),
            ("/v1.0/myorganization/applications", Some("/applications")),
            ("/v1.0", Some("")),
            ("/v2.0/me", None),
            ("/contoso/oauth2", None),
        ] {
            assert_eq!(graph_path(path), expected, "{path}");
        }
        assert_eq!(single_slashes("/v1.0//users///x"), "/v1.0/users/x");
    }
}
