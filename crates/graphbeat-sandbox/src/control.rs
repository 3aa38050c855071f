//! The control API under `/_sandbox/`: what tests and the sandbox's owner change and look at.
//!
//! JSON, for peers on the loopback only. A body that makes no sense is answered with 400 and the field,
//! and changes nothing.

mod apps;
mod policies;
mod users;

use graphbeat_base::{SignedDuration, Timestamp};
use http::header::ALLOW;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::entra::{EXCHANGE_AUDIENCE, Refusal, Workload, approve, decline, find_user, issuer};
use crate::faults::Fault;
use crate::graph;
use crate::keys::KeyError;
use crate::server::Reply;
use crate::tenant::Stage;
use crate::world::{World, locked, read, write};

/// The farthest that one advance moves the clock.
const ADVANCE_S_MAX: f64 = 3_155_760_000.0;
/// How long an assertion of the test issuer is valid, unless told otherwise.
const ASSERTION_LIFE_S: u32 = 600;

/// A request to the control API; `path` begins after `/_sandbox`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ControlRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) body: &'a [u8],
}

/// Why a control request is refused.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    message: String,
    allow: Option<&'static str>,
}

impl Refused {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), allow: None }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    fn reply(&self) -> Reply {
        let code = match self.status {
            StatusCode::NOT_FOUND => "NotFound",
            StatusCode::METHOD_NOT_ALLOWED => "MethodNotAllowed",
            StatusCode::FORBIDDEN => "Forbidden",
            _ => "BadRequest",
        };
        let reply = Reply::json(self.status, &json!({ "error": { "code": code, "message": self.message } }));
        match self.allow {
            Some(allow) => reply.with_header(ALLOW, allow),
            None => reply,
        }
    }
}

/// Answers a request.
pub(crate) fn answer(world: &World, request: ControlRequest<'_>) -> Reply {
    let mut segments = request.path.trim_matches('/').split('/');
    let (first, second) = (segments.next().unwrap_or_default(), segments.next());
    let answered = match (segments.next(), first, second) {
        (None, "clock", None) => clock(world, request),
        (None, "clock", Some("advance")) => only(request, &Method::POST, "POST").and_then(|()| advance(world, request)),
        (None, "faults", None) => faults(world, request),
        (None, "grants", Some(id)) => {
            only(request, &Method::PUT, "PUT").and_then(|()| apps::grants(world, request, id))
        }
        (None, "apps", Some(id)) => {
            only(request, &Method::PATCH, "PATCH").and_then(|()| apps::application(world, request, id))
        }
        (None, "users", Some(id)) => {
            only(request, &Method::PATCH, "PATCH").and_then(|()| users::user(world, request, id))
        }
        (None, "policies", None) => policies::policies(world, request),
        (None, "device", None) => only(request, &Method::POST, "POST").and_then(|()| device(world, request)),
        (None, "assertions", None) => only(request, &Method::POST, "POST").and_then(|()| assertion(world, request)),
        (None, "reset", None) => only(request, &Method::POST, "POST").map(|()| reset(world)),
        (None, "state", None) => only(request, &Method::GET, "GET").map(|()| state(world)),
        (None, "subscription", None) => subscription(world, request),
        (None, "recycle-bins", Some("empty")) => {
            only(request, &Method::POST, "POST").and_then(|()| empty_bins(world, request))
        }
        (None, "routes", None) => only(request, &Method::GET, "GET").map(|()| routes()),
        (None, "requests", None) => only(request, &Method::GET, "GET").map(|()| requests(world)),
        (None, "secrets", None) => {
            only(request, &Method::GET, "GET").map(|()| Reply::json(StatusCode::OK, &*locked(&world.secrets)))
        }
        _ => Err(Refused::new(
            StatusCode::NOT_FOUND,
            "there is clock, clock/advance, faults, grants/{client_id}, apps/{client_id}, users/{id}, policies, subscription, recycle-bins/empty, device, assertions, reset, state, routes, requests and secrets",
        )),
    };
    answered.unwrap_or_else(|refused| refused.reply())
}

/// Refuses a peer that is not on this machine, and pages of other origins in a browser that is.
pub(crate) fn forbidden() -> Reply {
    Refused::new(StatusCode::FORBIDDEN, "the control API answers only to this machine").reply()
}

/// Refuses to be a proxy for a host that is not emulated.
pub(crate) fn not_served() -> Reply {
    Refused::new(StatusCode::FORBIDDEN, "the sandbox is a proxy for the hosts of Microsoft only").reply()
}

fn only(request: ControlRequest<'_>, method: &Method, allow: &'static str) -> Result<(), Refused> {
    if request.method == method { Ok(()) } else { Err(not_allowed(request, allow)) }
}

fn not_allowed(request: ControlRequest<'_>, allow: &'static str) -> Refused {
    let message = format!("`{}` takes {allow}, not {}", request.path.trim_matches('/'), request.method);
    Refused { allow: Some(allow), ..Refused::new(StatusCode::METHOD_NOT_ALLOWED, message) }
}

fn body<T: DeserializeOwned>(request: ControlRequest<'_>) -> Result<T, Refused> {
    serde_json::from_slice(request.body).map_err(|error| match bad_field::<T>(request.body) {
        Some((field, problem)) => Refused::bad(format!("`{field}`: {problem}")),
        None => Refused::bad(format!("the body makes no sense: {error}")),
    })
}

/// The first field that is refused even by itself: serde's message alone does not say which it was.
fn bad_field<T: DeserializeOwned>(body: &[u8]) -> Option<(String, String)> {
    let fields: Map<String, Value> = serde_json::from_slice(body).ok()?;
    fields.into_iter().find_map(|(name, value)| {
        let problem = T::deserialize(json!({ &name: value })).err()?.to_string();
        (!problem.starts_with("missing field")).then_some((name, problem))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    now: Option<Timestamp>,
    rate: Option<f64>,
}

fn clock(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    if request.method == Method::PUT {
        let wanted: ClockBody = body(request)?;
        if wanted.now.is_none() && wanted.rate.is_none() {
            return Err(Refused::bad("`now` or `rate` must be there"));
        }
        let (now, rate) =
            (wanted.now.unwrap_or_else(|| world.clock.now()), wanted.rate.unwrap_or_else(|| world.clock.rate()));
        world.clock.set(now, rate).map_err(|error| Refused::bad(format!("`rate`: {error}")))?;
    } else if request.method != Method::GET {
        return Err(not_allowed(request, "GET, PUT"));
    }
    Ok(clock_reply(world))
}

fn clock_reply(world: &World) -> Reply {
    let now = format!("{:.3}", world.clock.now());
    Reply::json(StatusCode::OK, &json!({ "now": now, "rate": world.clock.rate() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceBody {
    seconds: f64,
}

fn advance(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    let AdvanceBody { seconds } = body(request)?;
    if !(-ADVANCE_S_MAX..=ADVANCE_S_MAX).contains(&seconds) {
        return Err(Refused::bad(format!("`seconds` must lie within {ADVANCE_S_MAX} of now")));
    }
    let by = SignedDuration::try_from_secs_f64(seconds).map_err(|error| Refused::bad(format!("`seconds`: {error}")))?;
    world.clock.advance(by).map_err(|error| Refused::bad(format!("`seconds`: {error}")))?;
    Ok(clock_reply(world))
}

fn faults(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    if request.method == Method::PUT {
        let wanted = Fault::list_from_json(request.body).map_err(|error| Refused::bad(error.to_string()))?;
        locked(&world.faults).replace(wanted);
    } else if request.method != Method::GET {
        return Err(not_allowed(request, "GET, PUT"));
    }
    Ok(Reply::json(StatusCode::OK, &locked(&world.faults).faults()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionBody {
    ends: Option<Timestamp>,
    locked_out: Option<bool>,
}

/// The tenant's paid subscription: its end, and how it stands.
fn subscription(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    if request.method == Method::PUT {
        let wanted: SubscriptionBody = body(request)?;
        let subscription = &mut write(&world.tenant).subscription;
        subscription.ends = wanted.ends.unwrap_or(subscription.ends);
        subscription.is_locked_out = wanted.locked_out.unwrap_or(subscription.is_locked_out);
    } else if request.method != Method::GET {
        return Err(not_allowed(request, "GET, PUT"));
    }
    let (subscription, now) = (read(&world.tenant).subscription, world.clock.now());
    let answer = json!({
        "ends": subscription.ends, "locked_out": subscription.is_locked_out,
        "status": subscription.standing(now).name(), "next_change": subscription.next_change(now),
    });
    Ok(Reply::json(StatusCode::OK, &answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BinsBody {
    stage: u8,
}

fn empty_bins(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    let stage = match body::<BinsBody>(request)?.stage {
        1 => Stage::First,
        2 => Stage::Second,
        _ => return Err(Refused::bad("`stage` must be 1 or 2")),
    };
    let emptied = write(&world.tenant).empty_bins(stage);
    Ok(Reply::json(StatusCode::OK, &json!({ "emptied": emptied })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceBody {
    user_code: String,
    user_id: Option<String>,
    approve: bool,
}

fn device(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    let wanted: DeviceBody = body(request)?;
    let refuse = |refusal: Refusal| Refused::new(StatusCode::NOT_FOUND, refusal.to_string());
    if !wanted.approve {
        decline(world, &wanted.user_code).map_err(refuse)?;
        return Ok(Reply::json(StatusCode::OK, &json!({ "approved": false })));
    }
    let name = wanted.user_id.ok_or_else(|| Refused::bad("`user_id` must say who approves"))?;
    let user = find_user(world, &name).ok_or_else(|| refuse(Refusal::User))?;
    approve(world, &wanted.user_code, user.id).map_err(refuse)?;
    Ok(Reply::json(StatusCode::OK, &json!({ "approved": true, "user_id": user.id, "upn": user.upn })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssertionBody {
    subject: String,
    issuer: Option<String>,
    audience: Option<String>,
    seconds: Option<u32>,
}

/// A token of the test issuer, for an application with a federated credential.
fn assertion(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    let wanted: AssertionBody = body(request)?;
    let own = world.own_hosts.first().map(|host| issuer(host)).unwrap_or_default();
    let workload = Workload {
        issuer: wanted.issuer.unwrap_or(own),
        subject: wanted.subject,
        audience: wanted.audience.unwrap_or_else(|| EXCHANGE_AUDIENCE.to_owned()),
        life: SignedDuration::from_secs(i64::from(wanted.seconds.unwrap_or(ASSERTION_LIFE_S))),
    };
    let failed = |error: KeyError| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
    let token = workload.token(&world.signer, world.clock.now()).map_err(failed)?;
    let answer = json!({
        "issuer": workload.issuer, "subject": workload.subject, "audience": workload.audience, "assertion": token,
    });
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn reset(world: &World) -> Reply {
    world.reset();
    Reply::json(StatusCode::OK, &json!({}))
}

fn state(world: &World) -> Reply {
    let now = world.clock.now();
    if !read(&world.tenant).is_whole(now) {
        write(&world.tenant).fill_all(now);
    }
    let dump = read(&world.tenant).dump();
    Reply::new(StatusCode::OK, "application/json; charset=utf-8", dump)
}

/// What Graph serves here, for judges that walk all of it.
fn routes() -> Reply {
    Reply::json(StatusCode::OK, &graph::listed())
}

fn requests(world: &World) -> Reply {
    let page = locked(&world.requests).to_json();
    match page {
        Ok(page) => Reply::new(StatusCode::OK, "application/json; charset=utf-8", page),
        Err(error) => Refused::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).reply(),
    }
}
