//! Events.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::mail::{attachments, uploads};
use super::super::outlook::{self, PAGE, PAGE_MAX, context, owner};
use super::super::preferences::unknown_zone;
use super::super::render::Rendering;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{Found, calendar_id, event, series, set};
use crate::objects::{calendar, place, recurrence, zone};
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
    Route::get(
        "calendar.event-attachments.get",
        "/users/{user}/events/{event}/attachments/{attachment}",
        get_attachment,
    )
    .of(Service::Outlook)
    .like(READ),
    Route::get(
        "calendar.event-attachments.download",
        "/users/{user}/events/{event}/attachments/{attachment}/$value",
        attachment_value,
    )
    .of(Service::Outlook)
    .like(READ),
    Route::delete("calendar.event-attachments.delete", "/users/{user}/events/{event}/attachments/{attachment}", detach)
        .of(Service::Outlook)
        .like(WRITE),
    Route::post(
        "calendar.event-attachments.upload",
        "/users/{user}/events/{event}/attachments/createUploadSession",
        upload_attachment,
    )
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
    let (found, event) = event(tenant, call)?;
    let mut event = event.into_owned();
    if !event.get("recurrence").is_null() && call.query.select.iter().any(|name| name == "cancelledOccurrences") {
        let cancelled = series::cancelled(&event);
        event.properties.insert("cancelledOccurrences".to_owned(), cancelled);
    }
    let expansion = |master: &Entity, name: &str| match name {
        "exceptionOccurrences" => Some(shown(&series::exceptions(&tenant.store, &found.path, master))),
        "attachments" => {
            let (path, id) = found.place();
            Some(attachments::shown(tenant, &path, &id))
        }
        _ => None,
    };
    let rendering = Rendering { expansion: Some(&expansion), ..Rendering::default() };
    call.entity_with(StatusCode::OK, &event, &context(call, "events"), &rendering)
}

/// Events inside of another one, as `$expand` shows them.
fn shown(events: &[Entity]) -> Value {
    let visible = |event: &Entity| {
        let all = event.properties.iter().filter(|(name, _)| !name.starts_with('_'));
        Value::Object(all.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    events.iter().map(visible).collect()
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
    let mut made = calendar::event(&mut tenant.rng, &body, &owner, now);
    check_order(&made)?;
    check_recurrence(&mut made)?;
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
            if let Some(zone) = given["timeZone"].as_str().filter(|zone| zone::named(zone).is_none()) {
                return Err(unknown_zone(zone));
            }
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

/// Settles the recurrence of an event.
fn check_recurrence(event: &mut Properties) -> Result<(), GraphError> {
    if recurrence::settle(event) {
        return Ok(());
    }
    let message = "At least one property failed validation. The recurrence is incomplete or has no occurrence.";
    Err(GraphError::new(StatusCode::BAD_REQUEST, "ErrorPropertyValidationFailure", message))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("event")?;
    check_times(&body)?;
    let (found, known) = event(tenant, call)?;
    call.check_version(&known)?;
    let known = known.into_owned();
    let mut changed = known.properties.clone();
    changed.extend(calendar::event_changes(&body));
    if found.is_occurrence {
        return update_occurrence(tenant, call, &found, (&known, changed));
    }
    for (name, zone) in [("start", "originalStartTimeZone"), ("end", "originalEndTimeZone")] {
        if let Some(given) = body.get(name).and_then(|it| it["timeZone"].as_str()) {
            changed.insert(zone.to_owned(), json!(given));
        }
    }
    calendar::settle(&mut changed);
    check_order(&changed)?;
    check_recurrence(&mut changed)?;
    let is_other_series =
        ["start", "end", "recurrence"].iter().any(|name| changed.get(*name) != known.properties.get(*name));
    outlook::change(tenant, call, (&found.path, &found.id), |event| *event = changed)?;
    if is_other_series && !known.get("recurrence").is_null() {
        series::forget(&mut tenant.store, &found.path, &found.id);
    }
    call.entity(call.find(tenant, &found.path, &found.id)?, &context(call, "events"))
}

/// An occurrence that differs from its series is an exception.
fn update_occurrence(
    tenant: &mut Tenant,
    call: &Call<'_>,
    found: &Found,
    (known, mut changed): (&Entity, Properties),
) -> Answer {
    if changed.get("recurrence").is_some_and(|recurrence| !recurrence.is_null()) {
        return Err(outlook::invalid("The recurrence of a series cannot be set on one of its occurrences."));
    }
    calendar::settle(&mut changed);
    check_order(&changed)?;
    let own = changed.into_iter().filter(|(name, value)| name != "type" && known.get(name) != value).collect();
    set(tenant, call, found, own);
    let (_, changed) = event(tenant, call)?;
    call.entity(&changed, &context(call, "events"))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, known) = event(tenant, call)?;
    call.check_version(&known)?;
    bin(tenant, call, &found);
    Ok(GraphResponse::no_content())
}

/// Puts an event into Deleted Items; an occurrence leaves its series.
pub(super) fn bin(tenant: &mut Tenant, call: &Call<'_>, found: &Found) {
    let bin = place::deleted_objects(call.user());
    if found.is_occurrence {
        series::cancel(&mut tenant.store, &found.path, &found.id);
    } else if let Some(deleted) = tenant.store.relocate(&found.path, &found.id, &bin) {
        deleted.properties.insert("_deletedFrom".to_owned(), json!(found.path));
    }
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = event(tenant, call)?;
    if found.is_occurrence {
        series::cancel(&mut tenant.store, &found.path, &found.id);
    } else {
        tenant.store.purge(&found.path, &found.id);
    }
    Ok(GraphResponse::no_content())
}

/// Where the attachments of the event of the path lie; an occurrence without any shows its master's.
fn holder(tenant: &Tenant, call: &Call<'_>) -> Result<(String, String), GraphError> {
    let (found, _) = event(tenant, call)?;
    let (path, id) = found.place();
    match series::master_of(&id).filter(|_| found.is_occurrence) {
        Some(master) if tenant.store.count(&place::attachments(&path, &id)) == 0 => Ok((found.path, master.to_owned())),
        _ => Ok((path, id)),
    }
}

/// The same where something is to be attached: an occurrence becomes an exception.
fn own_holder(tenant: &mut Tenant, call: &Call<'_>) -> Result<(String, String), GraphError> {
    let (found, _) = event(tenant, call)?;
    if found.is_occurrence {
        series::change(&mut tenant.store, &found.path, &found.id, Properties::new());
    }
    Ok(found.place())
}

fn list_attachments(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (path, id) = holder(tenant, call)?;
    attachments::list_of(tenant, call, (&path, &id), "events/attachments")
}

fn get_attachment(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (path, id) = holder(tenant, call)?;
    attachments::get_of(tenant, call, (&path, &id), "events/attachments")
}

fn attachment_value(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (path, id) = holder(tenant, call)?;
    attachments::raw_of(tenant, call, (&path, &id))
}

fn attach(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, id) = own_holder(tenant, call)?;
    attachments::create_for(tenant, call, (&path, &id), "events/attachments")
}

fn upload_attachment(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, id) = own_holder(tenant, call)?;
    uploads::create_for(tenant, call, (&path, &id), "Events")
}

fn detach(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, id) = holder(tenant, call)?;
    attachments::delete_of(tenant, call, (&path, &id))
}
