//! Online meetings of the signed-in user. Graph lists none: one is found by its link alone. An
//! application needs an access policy that the sandbox's tenant does not have.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::odata::Query;
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties, object};

/// Meetings that a user may have.
const MEETINGS_MAX: usize = 1_000;

/// The routes of online meetings.
pub(super) const ROUTES: &[Route] = &[
    Route::get("meetings.meetings.find", "/users/{user}/onlineMeetings", find).of(Service::Teams),
    Route::post("meetings.meetings.new", "/users/{user}/onlineMeetings", create).of(Service::Teams),
    Route::post("meetings.meetings.create", "/users/{user}/onlineMeetings/createOrGet", create_or_get)
        .of(Service::Teams)
        .like("POST /me/onlineMeetings"),
    Route::get("meetings.meetings.get", "/users/{user}/onlineMeetings/{meeting}", get)
        .of(Service::Teams)
        .like("GET /me/onlineMeetings"),
    Route::patch("meetings.meetings.update", "/users/{user}/onlineMeetings/{meeting}", update)
        .of(Service::Teams)
        .like("POST /me/onlineMeetings"),
    Route::delete("meetings.meetings.delete", "/users/{user}/onlineMeetings/{meeting}", delete).of(Service::Teams),
];

/// 404 for an application: nobody made it an access policy.
fn check_policy(call: &Call<'_>) -> Result<(), GraphError> {
    if call.caller.user_id.is_some() {
        return Ok(());
    }
    let message = format!("No application access policy found for this app: {}.", call.caller.app_id);
    Err(GraphError::new(StatusCode::NOT_FOUND, "UnknownError", message))
}

fn path(call: &Call<'_>) -> String {
    call.user_path("onlineMeetings")
}

fn context(call: &Call<'_>) -> String {
    call.context_of_user("onlineMeetings")
}

fn find(tenant: &Tenant, call: &Call<'_>) -> Answer {
    check_policy(call)?;
    let link = call.query.filter.as_ref().and_then(|filter| filter.equal_to("joinWebUrl"));
    let link = link.ok_or_else(|| {
        GraphError::invalid(
            call.service(),
            "Filter expression expected - /onlineMeetings?$filter=JoinWebUrl eq '{joinWebUrl}'.",
        )
    })?;
    let found = tenant.store.list(&path(call)).find(|meeting| meeting.text("joinWebUrl") == link);
    let found = found.ok_or_else(|| call.not_found("onlineMeeting"))?;
    let unfiltered = Call { query: Query { filter: None, ..call.query.clone() }, ..call.at(&[]) };
    unfiltered.list(std::iter::once(found), &List::new("onlineMeeting", context(call)))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    check_policy(call)?;
    let body = call.body("onlineMeeting")?;
    make(tenant, call, body)
}

fn create_or_get(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    check_policy(call)?;
    let body = call.json()?;
    let wanted = body.get("externalId").and_then(Value::as_str).filter(|id| !id.is_empty());
    let wanted = wanted.ok_or_else(|| GraphError::invalid(call.service(), "The externalId is missing."))?;
    let known = tenant.store.list(&path(call)).find(|meeting| meeting.text("externalId") == wanted);
    if let Some(known) = known {
        return call.entity(known, &context(call));
    }
    // The action takes the chat's thread beside the meeting's own properties.
    let own = body.into_iter().filter(|(name, _)| name != "chatInfo").collect();
    super::body::check("onlineMeeting", &own)?;
    make(tenant, call, own)
}

fn make(tenant: &mut Tenant, call: &Call<'_>, body: Properties) -> Answer {
    if tenant.store.count(&path(call)) >= MEETINGS_MAX {
        let message = "The number of online meetings is exceeded.";
        return Err(GraphError::new(StatusCode::FORBIDDEN, "Forbidden", message));
    }
    let id = tenant.rng.uuid().to_string();
    let thread = format!("19:meeting_{}@thread.v2", tenant.rng.uuid().simple());
    let now = stamp(call.request.now);
    let organizer = tenant.person(call.user());
    let identity = json!({"user": {"id": organizer.id, "displayName": null}});
    let mut meeting = object(json!({
        "creationDateTime": now, "startDateTime": now, "endDateTime": now, "subject": null, "externalId": null,
        "joinWebUrl": format!("https://teams.microsoft.com/l/meetup-join/{}/0", thread.replace(':', "%3a").replace('@', "%40")),
        "chatInfo": {"threadId": thread, "messageId": "0", "replyChainMessageId": null},
        "participants": {"organizer": {"identity": identity, "upn": organizer.address, "role": "presenter"}, "attendees": []},
        "isBroadcast": false, "allowedPresenters": "everyone", "isEntryExitAnnounced": true,
    }));
    meeting.extend(body);
    let made = tenant.store.create(&path(call), "onlineMeeting", id, Value::Object(meeting));
    call.created(made, &context(call))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    check_policy(call)?;
    call.entity(found(tenant, call)?, &context(call))
}

fn found<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    call.find(tenant, &path(call), call.parameter("meeting"))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    check_policy(call)?;
    let body = call.body("onlineMeeting")?;
    if let Some(name) = ["joinWebUrl", "externalId", "creationDateTime"].iter().find(|name| body.contains_key(**name)) {
        return Err(GraphError::invalid(call.service(), format!("Property '{name}' is read-only and cannot be set.")));
    }
    let id = found(tenant, call)?.id().to_owned();
    let changed = tenant.store.patch(&path(call), &id, body).ok_or_else(|| call.not_found(&id))?;
    call.entity(changed, &context(call))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    check_policy(call)?;
    let id = found(tenant, call)?.id().to_owned();
    tenant.store.purge(&path(call), &id);
    Ok(GraphResponse::no_content())
}
