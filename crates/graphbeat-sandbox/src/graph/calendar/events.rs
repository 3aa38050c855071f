//! Events.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::mail::attachments;
use super::super::outlook::{self, PAGE, PAGE_MAX, context, owner};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{calendar_id, event};
use crate::objects::{calendar, place, zone};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties};

const READ: &str = "GET /me/events";
const WRITE: &str = "POST /me/events";
const CHANGE: &str = "PATCH /me/events/{event}";
const DELETE: &str = "DELETE /me/events/{event}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.events.list", "/users/{user}/events", list_all).of(Service::Outlook),
    Route::get("calendar.events.count", "/users/{user}/events/$count", count).of(Service::Outlook).like(READ),
    Route::post("calendar.events.create", "/users/{user}/events", create).of(Service::Outlook),
    Route::get("calendar.events.get", "/users/{user}/events/{event}", get).of(Service::Outlook).like(READ),
    Route::patch("calendar.events.update", "/users/{user}/events/{event}", update).of(Service::Outlook),
    Route::delete("calendar.events.delete", "/users/{user}/events/{event}", delete).of(Service::Outlook),
    Route::post("calendar.events.purge", "/users/{user}/events/{event}/permanentDelete", purge)
        .of(Service::Outlook)
        .like(DELETE),
    Route::get("calendar.event-attachments.list", "/users/{user}/events/{event}/attachments", list_attachments)
        .of(Service::Outlook)
        .like(READ),
    Route::post("calendar.event-attachments.create", "/users/{user}/events/{event}/attachments", attach)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get("calendar.default-events.list", "/users/{user}/calendar/events", list).of(Service::Outlook).like(READ),
    Route::post("calendar.default-events.create", "/users/{user}/calendar/events", create)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get("calendar.default-events.get", "/users/{user}/calendar/events/{event}", get)
        .of(Service::Outlook)
        .like(READ),
    Route::patch("calendar.default-events.update", "/users/{user}/calendar/events/{event}", update)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::delete("calendar.default-events.delete", "/users/{user}/calendar/events/{event}", delete)
        .of(Service::Outlook)
        .like(DELETE),
    Route::get("calendar.calendar-events.list", "/users/{user}/calendars/{calendar}/events", list)
        .of(Service::Outlook)
        .like(READ),
    Route::post("calendar.calendar-events.create", "/users/{user}/calendars/{calendar}/events", create)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get("calendar.calendar-events.get", "/users/{user}/calendars/{calendar}/events/{event}", get)
        .of(Service::Outlook)
        .like(READ),
    Route::patch("calendar.calendar-events.update", "/users/{user}/calendars/{calendar}/events/{event}", update)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::delete("calendar.calendar-events.delete", "/users/{user}/calendars/{calendar}/events/{event}", delete)
        .of(Service::Outlook)
        .like(DELETE),
    Route::post(
        "calendar.calendar-events.purge",
        "/users/{user}/calendars/{calendar}/events/{event}/permanentDelete",
        purge,
    )
    .of(Service::Outlook)
    .like(DELETE),
];

pub(super) fn events(call: &Call<'_>, rest: &str) -> List<'static> {
    List::new("event", context(call, rest)).paged(PAGE, PAGE_MAX)
}

/// The events of every calendar.
pub(super) fn all<'t>(tenant: &'t Tenant, call: &Call<'_>) -> impl Iterator<Item = &'t Entity> + use<'t> {
    let user = call.user().to_owned();
    let calendars = tenant.store.list(&place::calendars(&user));
    calendars.flat_map(move |calendar| tenant.store.list(&place::events(&user, calendar.id())))
}

fn list_all(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(all(tenant, call), &events(call, "events"))
}

fn count(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.count(all(tenant, call), &events(call, "events"))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = place::events(call.user(), &calendar_id(tenant, call)?);
    call.list(tenant.store.list(&path), &events(call, "events"))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (_, event) = event(tenant, call)?;
    call.entity(event, &context(call, "events"))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("event")?;
    let path = place::events(call.user(), &calendar_id(tenant, call)?);
    check_times(&body)?;
    for name in ["start", "end"] {
        if body.get(name).is_none_or(Value::is_null) {
            let message = format!("The property '{name}' is required when creating the entity.");
            return Err(GraphError::new(StatusCode::BAD_REQUEST, "ErrorPropertyRequired", message));
        }
    }
    if let Some(known) = already_made(tenant, &path, &body) {
        return call.created(known, &context(call, "events"));
    }
    let (owner, now) = (owner(tenant, call), call.request.now);
    let made = calendar::event(&mut tenant.rng, &body, &owner, now);
    check_order(&made)?;
    let created = outlook::create(tenant, &path, "event", made);
    call.created(created, &context(call, "events"))
}

/// The event that an earlier try of the same request made, by its `transactionId`.
fn already_made<'t>(tenant: &'t Tenant, path: &str, body: &Properties) -> Option<&'t Entity> {
    let transaction = body.get("transactionId").and_then(Value::as_str)?;
    tenant.store.list(path).find(|event| event.text("transactionId") == transaction)
}

fn check_times(body: &Properties) -> Result<(), GraphError> {
    for name in ["start", "end"] {
        if let Some(given) = body.get(name).filter(|given| !given.is_null())
            && zone::moment(given).is_none()
        {
            let message = format!("The value of '{name}' is not a time in a known time zone.");
            return Err(GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidRequest", message));
        }
    }
    Ok(())
}

fn check_order(event: &Properties) -> Result<(), GraphError> {
    match calendar::span(event) {
        Some((start, end)) if start <= end => Ok(()),
        _ => {
            let message = "The start of the event must be before its end.";
            Err(GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidRequest", message))
        }
    }
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("event")?;
    check_times(&body)?;
    let (path, known) = event(tenant, call)?;
    let mut changed = known.properties.clone();
    changed.extend(calendar::event_changes(&body));
    calendar::settle(&mut changed);
    check_order(&changed)?;
    let entity = outlook::change(tenant, call, (&path, call.parameter("event")), |event| *event = changed)?;
    call.entity(entity, &context(call, "events"))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, known) = event(tenant, call)?;
    call.check_version(known)?;
    let bin = place::deleted_objects(call.user());
    if let Some(deleted) = tenant.store.relocate(&path, call.parameter("event"), &bin) {
        deleted.properties.insert("_deletedFrom".to_owned(), json!(path));
    }
    Ok(GraphResponse::no_content())
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, _) = event(tenant, call)?;
    tenant.store.purge(&path, call.parameter("event"));
    Ok(GraphResponse::no_content())
}

fn list_attachments(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (path, _) = event(tenant, call)?;
    attachments::list_of(tenant, call, (&path, call.parameter("event")), "events/attachments")
}

fn attach(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, _) = event(tenant, call)?;
    attachments::create_for(tenant, call, (&path, call.parameter("event")), "events/attachments")
}
