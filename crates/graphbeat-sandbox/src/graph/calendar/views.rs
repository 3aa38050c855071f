//! Events of a time span: views, their delta, reminders.

use graphbeat_base::{SignedDuration, Timestamp};
use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::route::{Answer, Route};
use super::calendar_id;
use super::events::{all, events};
use crate::objects::{calendar, place, zone};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

const READ: &str = "GET /me/calendarView";
/// Days of one view.
const DAYS_MAX: i64 = 1_825;

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.view.list", "/users/{user}/calendarView", view).of(Service::Outlook),
    Route::get("calendar.view.delta", "/users/{user}/calendarView/delta()", delta).of(Service::Outlook),
    Route::get("calendar.default-view.list", "/users/{user}/calendar/calendarView", view)
        .of(Service::Outlook)
        .like(READ),
    Route::get("calendar.calendar-view.list", "/users/{user}/calendars/{calendar}/calendarView", view)
        .of(Service::Outlook)
        .like(READ),
    Route::get(
        "calendar.reminders.list",
        "/users/{user}/reminderView(StartDateTime={StartDateTime},EndDateTime={EndDateTime})",
        reminders,
    )
    .of(Service::Outlook),
];

/// A time span that a view asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    fn holds(self, event: &Entity) -> bool {
        calendar::span(&event.properties).is_some_and(|(start, end)| start < self.end && end > self.start)
    }
}

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

/// A view is sorted by the start.
fn view(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let span = span_of_query(call)?;
    let mut held: Vec<&Entity> = match call.parameter("calendar") {
        "" if !call.route.pattern.contains("/calendar/") => {
            all(tenant, call).filter(|event| span.holds(event)).collect()
        }
        _ => {
            let path = place::events(call.user(), &calendar_id(tenant, call)?);
            tenant.store.list(&path).filter(|event| span.holds(event)).collect()
        }
    };
    held.sort_by_key(|event| calendar::span(&event.properties).map(|(start, _)| start));
    // The view's own order takes the place of the order of creation, by which pages go on.
    let numbered: Vec<Entity> = (1..).zip(held).map(|(order, event)| Entity { order, ..event.clone() }).collect();
    call.list(numbered.iter(), &events(call, "calendarView"))
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = place::events(call.user(), &calendar_id(tenant, call)?);
    if call.query.delta_token.is_some() || call.query.skip_token.is_some() {
        // The span is part of the link, as the query string goes along.
        let span = span_of_query(call).ok();
        return call
            .delta(tenant, &path, &events(call, "calendarView"), &|event| span.is_none_or(|span| span.holds(event)));
    }
    let span = span_of_query(call)?;
    call.delta(tenant, &path, &events(call, "calendarView"), &|event| span.holds(event))
}

fn reminders(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let span = span(call.parameter("StartDateTime"), call.parameter("EndDateTime"))?;
    let due = all(tenant, call).filter(|event| event.is("isReminderOn") && span.holds(event));
    let reminders: Vec<Value> = due.filter_map(reminder).collect();
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
