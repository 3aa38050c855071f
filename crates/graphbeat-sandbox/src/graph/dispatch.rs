//! From a request to its handler: token, route, permission, role, mailbox; in the order of the real
//! service, so that a test sees the error that the real one would give.

use std::sync::{PoisonError, RwLock};

use serde_json::Value;
use uuid::Uuid;

use super::call::Call;
use super::error::{GraphError, Service};
use super::path::{Segment, segments};
use super::permission::Accepted;
use super::route::{Answer, Found, Gate, Handler, Prepared, Route, RouteTable};
use super::{Caller, GraphRequest, GraphResponse, audit, batch, metadata, service_principals, sites};
use crate::objects::place::owner_of;
use crate::odata::Query;
use crate::tenant::Tenant;

/// Paths outside `/v1.0` that Graph's own answers point to; they carry a signature instead of a token.
pub(crate) const OPEN_PREFIXES: &[&str] = &["/_download/", "/_upload/", "/_attachment/"];

/// The most bytes of a body, but for a file's content.
const BODY_MAX: usize = 4 * 1024 * 1024;

/// Answers one request.
pub(crate) fn answer(tenant: &RwLock<Tenant>, request: &GraphRequest<'_>) -> GraphResponse {
    let answer = if request.body.len() > BODY_MAX && !is_content(request.path) {
        Err(GraphError::new(
            http::StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "Maximum request length exceeded.",
        ))
    } else if request.path.eq_ignore_ascii_case("/$batch") {
        batch::answer(tenant, request)
    } else {
        try_answer(tenant, request)
    };
    answer.unwrap_or_else(|error| error.response(request))
}

/// Whether a body of any length may be sent to a path: the bytes of a file.
fn is_content(path: &str) -> bool {
    OPEN_PREFIXES.iter().any(|prefix| path.starts_with(prefix))
        || path.ends_with("/content")
        || path.ends_with("/$value")
}

/// The name (`class.resource.action`) of the route that serves a path, for faults and throttling.
pub(crate) fn route_name(method: &http::Method, path: &str) -> Option<&'static str> {
    let segments = signed_in(segments(path)?, "me");
    match RouteTable::shared().find(method, &segments) {
        Found::Route(prepared, _) => Some(prepared.route.name),
        Found::OtherMethod | Found::Nothing => None,
    }
}

fn try_answer(tenant: &RwLock<Tenant>, request: &GraphRequest<'_>) -> Answer {
    let is_open = OPEN_PREFIXES.iter().any(|prefix| request.path.starts_with(prefix))
        || request.path.eq_ignore_ascii_case(metadata::PATH);
    let nobody = Caller {
        app_id: Uuid::nil(),
        application_name: "".into(),
        user_id: None,
        permissions: std::sync::Arc::default(),
    };
    let caller = match &request.caller {
        _ if is_open => &nobody,
        Ok(caller) => caller,
        Err(problem) => {
            return Err(GraphError::new(
                http::StatusCode::UNAUTHORIZED,
                "InvalidAuthenticationToken",
                problem.message(),
            ));
        }
    };
    let segments = own_segments(request, caller)?;
    let found = match RouteTable::shared().find(request.method, &segments) {
        Found::Route(prepared, parameters) => Found::Route(prepared, parameters),
        other => {
            by_object(tenant, &segments).map_or(other, |segments| RouteTable::shared().find(request.method, &segments))
        }
    };
    let (prepared, parameters) = match found {
        Found::Route(prepared, parameters) => (prepared, parameters),
        Found::OtherMethod => return Err(GraphError::method_not_allowed()),
        Found::Nothing => return Err(GraphError::unknown_segment(last_name(&segments))),
    };
    check_permission(prepared, caller)?;
    let query = Query::read(request.query).map_err(|error| GraphError::bad_request(error.to_string()))?;
    run(tenant, Call { request, caller, route: prepared.route, query, parameters }, prepared.accepted)
}

/// The path's segments with `/me` as the signed-in user.
fn own_segments(request: &GraphRequest<'_>, caller: &Caller) -> Result<Vec<Segment>, GraphError> {
    let segments = segments(request.path).ok_or_else(|| GraphError::bad_request("The request URI is not valid."))?;
    let is_me = matches!(segments.first(), Some(Segment::Plain(first)) if first.eq_ignore_ascii_case("me"));
    match (is_me, caller.user_id) {
        (false, _) => Ok(segments),
        (true, Some(user)) => Ok(signed_in(segments, &user.to_string())),
        (true, None) => Err(GraphError::bad_request("/me request is only valid with delegated authentication flow.")),
    }
}

fn signed_in(segments: Vec<Segment>, user: &str) -> Vec<Segment> {
    match segments.split_first() {
        Some((Segment::Plain(first), rest)) if first.eq_ignore_ascii_case("me") => {
            let own = [Segment::Plain("users".to_owned()), Segment::Plain(user.to_owned())];
            own.into_iter().chain(rest.iter().cloned()).collect()
        }
        _ => segments,
    }
}

/// A path that names an application or service principal by its application's id, as one with the object's id.
fn by_object(tenant: &RwLock<Tenant>, segments: &[Segment]) -> Option<Vec<Segment>> {
    let (Segment::Function(name, arguments), rest) = segments.split_first()? else { return None };
    let [(argument, app_id)] = arguments.as_slice() else { return None };
    if !argument.eq_ignore_ascii_case("appId") {
        return None;
    }
    let tenant = tenant.read().unwrap_or_else(PoisonError::into_inner);
    let id = service_principals::object_id(&tenant, name, app_id)?;
    let named = [Segment::Plain(name.clone()), Segment::Plain(id)];
    Some(named.into_iter().chain(rest.iter().cloned()).collect())
}

fn last_name(segments: &[Segment]) -> &str {
    segments
        .iter()
        .rev()
        .find_map(|segment| match segment {
            Segment::Plain(name) | Segment::Function(name, _) => Some(name.as_str()),
            Segment::Path(_) => None,
        })
        .unwrap_or_default()
}

fn check_permission(prepared: &Prepared, caller: &Caller) -> Result<(), GraphError> {
    let service = prepared.route.service;
    if prepared.route.gate == Gate::AnyToken {
        return Ok(());
    }
    // Microsoft ended app-only access to OneNote on 2025-03-31: such a token counts as none.
    if service == Service::OneNote && caller.user_id.is_none() {
        let message =
            "The request does not contain a valid authentication token. Application permissions are not supported.";
        return Err(GraphError::new(http::StatusCode::UNAUTHORIZED, "40001", message));
    }
    match prepared.accepted {
        Some(accepted) if accepted.admits(caller) => Ok(()),
        _ => Err(GraphError::denied(service)),
    }
}

fn run(tenant: &RwLock<Tenant>, mut call: Call<'_>, accepted: Option<&'static Accepted>) -> Answer {
    // A panic inside a handler would be a bug; the tenant's data stays readable all the same.
    let reading = tenant.read().unwrap_or_else(PoisonError::into_inner);
    settle_user(&reading, &mut call, accepted)?;
    let must_fill = !call.user().is_empty() && !reading.is_filled(call.user(), call.request.now);
    if let (Handler::Read(handler), false) = (call.route.handler, must_fill) {
        return handler(&reading, &call);
    }
    drop(reading);
    let mut writing = tenant.write().unwrap_or_else(PoisonError::into_inner);
    if must_fill {
        writing.fill(call.user(), call.request.now);
    }
    match call.route.handler {
        Handler::Read(handler) => handler(&writing, &call),
        Handler::Write(handler) => {
            let answer = handler(&mut writing, &call);
            if let Ok(response) = &answer {
                audit::note(&mut writing, &call, response);
            }
            answer
        }
    }
}

/// Resolves the user in the path and checks that the caller may reach him and that he has the service.
fn settle_user(tenant: &Tenant, call: &mut Call<'_>, accepted: Option<&'static Accepted>) -> Result<(), GraphError> {
    let route: &Route = call.route;
    let signed_in = call.caller.user_id.map(|id| id.to_string());
    if route.service == Service::Drive
        && let Some(holder) = ["site", "group"].into_iter().find(|name| !call.parameter(name).is_empty())
    {
        let drive = sites::library(tenant, call, holder)?.id().to_owned();
        call.parameters.push(("drive".to_owned(), drive));
    }
    // A drive named by its id is its owner's, as if the path began with the owner.
    if let Some(owner) = owner_of(call.parameter("drive")) {
        call.parameters.push(("user".to_owned(), owner));
    }
    if let Some(place) = call.parameters.iter().position(|(name, _)| name == "user") {
        let key = &call.parameters[place].1;
        let id = tenant.user_id(key).ok_or_else(|| no_user(route.service, key))?.to_owned();
        let is_other = signed_in.as_ref().is_some_and(|own| *own != id);
        if is_other && !reaches_others(route.service, call.caller, accepted) {
            return Err(GraphError::denied(route.service));
        }
        check_services(tenant, call, &id)?;
        call.parameters[place].1 = id;
    }
    match (route.gate, &signed_in) {
        (Gate::AdministratorRole, Some(own)) if !tenant.has_directory_role(own) => {
            Err(GraphError::denied(route.service))
        }
        _ => Ok(()),
    }
}

fn reaches_others(service: Service, caller: &Caller, accepted: Option<&'static Accepted>) -> bool {
    match service {
        Service::Directory | Service::Teams => accepted.is_some_and(|accepted| accepted.admits_to_others(caller)),
        // Mailboxes, drives and notebooks of others are closed to a signed-in user: nothing is shared here.
        _ => false,
    }
}

fn check_services(tenant: &Tenant, call: &Call<'_>, user_id: &str) -> Result<(), GraphError> {
    if tenant.has_services(user_id, call.request.now) {
        return Ok(());
    }
    match call.service() {
        Service::Outlook => Err(GraphError::no_mailbox()),
        Service::Drive => Err(GraphError::no_drive()),
        Service::OneNote => Err(GraphError::new(
            http::StatusCode::NOT_FOUND,
            "30108",
            "The OneDrive for Business for this user account cannot be retrieved.",
        )),
        _ => Ok(()),
    }
}

fn no_user(service: Service, key: &str) -> GraphError {
    match service {
        Service::Outlook => GraphError::new(
            http::StatusCode::NOT_FOUND,
            "ErrorInvalidUser",
            format!("The requested user '{key}' is invalid."),
        ),
        Service::Drive | Service::OneNote => GraphError::no_drive(),
        _ => GraphError::not_found(Service::Directory, key),
    }
}

/// The text of a JSON value, for messages.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
