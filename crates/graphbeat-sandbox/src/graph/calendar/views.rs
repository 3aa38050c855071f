//! Events of a time span: views, their delta, reminders.

use std::borrow::Cow;

use graphbeat_base::SignedDuration;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::outlook;
use super::super::route::{Answer, Route};
use super::events::events;
use super::series::{self, Span};
use super::{calendar_id, event};
use crate::objects::{calendar, place, zone};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

const READ: &str = "GET /me/calendarView";
/// Days of one view.
const DAYS_MAX: i64 = 1_825;
/// Events of one view.
const EVENTS_MAX: usize = 20_000;

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.view.list", "/users/{user}/calendarView", view).of(Service::Outlook),
    Route::get("calendar.view.delta", "/users/{user}/calendarView/delta()", delta).of(Service::Outlook),
    Route::get("calendar.default-view.list", "/users/{user}/calendar/calendarView", view)
        .of(Service::Outlook)
        .like(READ),
    Route::get("calendar.calendar-view.list", "/users/{user}/calendars/{calendar}/calendarView", view)
        .of(Service::Outlook)
        .like(READ),
    Route::get("calendar.instances.list", "/users/{user}/events/{event}/instances", instances)
        .of(Service::Outlook)
        .like(READ),
    Route::get("calendar.default-instances.list", "/users/{user}/calendar/events/{event}/instances", instances)
        .of(Service::Outlook)
        .like(READ),
    Route::get(
        "calendar.calendar-instances.list",
        "/users/{user}/calendars/{calendar}/events/{event}/instances",
        instances,
    )
    .of(Service::Outlook)
    .like(READ),
    Route::get(
        "calendar.reminders.list",
        "/users/{user}/reminderView(StartDateTime={StartDateTime},EndDateTime={EndDateTime})",
        reminders,
    )
    .of(Service::Outlook),
];

fn span_of_query(call: &Call<'_>) -> Result<Span, GraphError> {
    match (call.query.other("startDateTime"), call.query.other("endDateTime")) {
        (Some(start), Some(end)) => span(start, end),
        _ => {
            let message = "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.";
            Err(GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidParameter", message))
        }
    }
}

fn span(start: &str, end: &str) -> Result<Span, GraphError> {
    let refuse = |message: &str| GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidParameter", message);
    // `+` of an offset arrives as a blank where the client did not escape it.
    let moment = |text: &str| zone::moment(&json!({"dateTime": text.trim().replace(' ', "+"), "timeZone": "UTC"}));
    let (Some(start), Some(end)) = (moment(start), moment(end)) else {
        return Err(refuse("The time window is not valid: StartDateTime and EndDateTime are ISO 8601 times."));
    };
    let length = end.duration_since(start);
    if length.is_negative() || length > SignedDuration::from_hours(DAYS_MAX * 24) {
        return Err(refuse("The requested time window is too long or ends before it starts."));
    }
    Ok(Span { start, end })
}

/// The collections of events that the path is about: of one calendar, or of all.
fn collections(tenant: &Tenant, call: &Call<'_>) -> Result<Vec<String>, GraphError> {
    if call.parameter("calendar").is_empty() && !call.route.pattern.contains("/calendar/") {
        let calendars = tenant.store.list(&place::calendars(call.user()));
        return Ok(calendars.map(|calendar| place::events(call.user(), calendar.id())).collect());
    }
    Ok(vec![place::events(call.user(), &calendar_id(tenant, call)?)])
}

/// A view is sorted by the start.
fn view(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let span = span_of_query(call)?;
    let paths = collections(tenant, call)?;
    let mut held: Vec<Cow<'_, Entity>> =
        paths.iter().flat_map(|path| series::held(&tenant.store, path, span)).take(EVENTS_MAX).collect();
    held.sort_by_cached_key(|event| calendar::span(&event.properties).map(|(start, _)| start));
    call.list(held.into_iter(), &events(call, "calendarView").arranged())
}

/// The occurrences of a series in a span.
fn instances(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let span = span_of_query(call)?;
    let (found, master) = event(tenant, call)?;
    if master.get("recurrence").is_null() {
        return Err(outlook::invalid("The event is not the master of a series."));
    }
    let mut held = series::occurrences(&tenant.store, &found.path, &master, span);
    held.truncate(EVENTS_MAX);
    held.sort_by_cached_key(|event| calendar::span(&event.properties).map(|(start, _)| start));
    call.list(held.into_iter(), &events(call, "events").arranged())
}

/// Changes name a series by its master.
fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = place::events(call.user(), &calendar_id(tenant, call)?);
    let is_next = call.query.delta_token.is_some() || call.query.skip_token.is_some();
    // The span is part of the link, as the query string goes along.
    let span = if is_next { span_of_query(call).ok() } else { Some(span_of_query(call)?) };
    let keep = |event: &Entity| {
        span.is_none_or(|span| match event.get("recurrence") {
            Value::Null => span.holds(&event.properties),
            _ => !series::occurrences(&tenant.store, &path, event, span).is_empty(),
        })
    };
    call.delta(tenant, &path, &events(call, "calendarView"), &keep)
}

fn reminders(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let span = span(call.parameter("StartDateTime"), call.parameter("EndDateTime"))?;
    let paths = collections(tenant, call)?;
    let held = paths.iter().flat_map(|path| series::held(&tenant.store, path, span)).take(EVENTS_MAX);
    let reminders: Vec<Value> = held.filter(|event| event.is("isReminderOn")).filter_map(|it| reminder(&it)).collect();
    call.value(json!({"value": reminders}), "Collection(microsoft.graph.reminder)")
}

fn reminder(event: &Entity) -> Option<Value> {
    let (start, _) = calendar::span(&event.properties)?;
    let minutes = event.get("reminderMinutesBeforeStart").as_i64().unwrap_or(15);
    let fires = start.checked_sub(SignedDuration::from_mins(minutes)).ok()?;
    Some(json!({
        "eventId": event.id(),
        "changeKey": crate::tenant::ids::change_key(event.version),
        "eventSubject": event.get("subject"),
        "eventStartTime": event.get("start"),
        "eventEndTime": event.get("end"),
        "eventLocation": event.get("location"),
        "eventWebLink": event.get("webLink"),
        "reminderFireTime": zone::in_utc(fires),
    }))
}
