//! Free and busy times, and times for a meeting.

use std::borrow::Cow;

use graphbeat_base::{SignedDuration, Timestamp};
use http::StatusCode;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::body;
use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::outlook::{self, only, parameter};
use super::super::route::{Answer, Route};
use super::series::{self, Span};
use crate::objects::{calendar, mail, place, zone};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties, Store, object};

/// Schedules of one question, intervals of one answer, suggestions of one search.
const SCHEDULES_MAX: usize = 20;
const INTERVALS_MAX: i64 = 1_000;
const SUGGESTIONS_MAX: usize = 20;

pub(super) const ROUTES: &[Route] = &[
    Route::ask("calendar.schedule.get", "/users/{user}/calendar/getSchedule", get_schedule).of(Service::Outlook),
    Route::ask("calendar.meeting-times.find", "/users/{user}/findMeetingTimes", find_meeting_times)
        .of(Service::Outlook),
];

/// The times that a question about schedules asks for.
struct Window {
    start: Timestamp,
    end: Timestamp,
    step: SignedDuration,
}

fn get_schedule(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["schedules", "startTime", "endTime", "availabilityViewInterval"])?;
    let window = window(&body)?;
    let schedules = parameter(&body, "schedules").and_then(Value::as_array);
    let schedules = schedules.filter(|all| all.len() <= SCHEDULES_MAX && all.iter().all(Value::is_string));
    let schedules = schedules
        .ok_or_else(|| outlook::invalid("The parameter 'Schedules' is not a list of at most 20 addresses."))?;
    let now = call.request.now;
    let answers: Vec<Value> = schedules
        .iter()
        .filter_map(Value::as_str)
        .map(|address| schedule_of(tenant, (address, now), &window))
        .collect();
    call.value(json!({"value": answers}), "Collection(microsoft.graph.scheduleInformation)")
}

fn window(body: &Properties) -> Result<Window, GraphError> {
    let refuse = |message: &str| GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidParameter", message);
    let moment = |name: &str| parameter(body, name).and_then(zone::moment);
    let (Some(start), Some(end)) = (moment("startTime"), moment("endTime")) else {
        return Err(refuse("The parameters 'StartTime' and 'EndTime' are required and hold a time and its zone."));
    };
    let minutes = match parameter(body, "availabilityViewInterval") {
        None => 30,
        Some(given) => given
            .as_i64()
            .filter(|minutes| (5..=1440).contains(minutes))
            .ok_or_else(|| refuse("The parameter 'AvailabilityViewInterval' is not between 5 and 1440."))?,
    };
    let step = SignedDuration::from_mins(minutes);
    let length = end.duration_since(start);
    if !length.is_positive() || length > SignedDuration::from_mins(minutes * INTERVALS_MAX) {
        return Err(refuse("The time window is too long or ends before it starts."));
    }
    Ok(Window { start, end, step })
}

fn schedule_of(tenant: &Tenant, (address, now): (&str, Timestamp), window: &Window) -> Value {
    let user = tenant.user_id(address).filter(|user| tenant.has_services(user, now));
    let Some(user) = user else {
        let error = json!({"message": "Unable to resolve the mailbox.", "responseCode": "ErrorMailRecipientNotFound"});
        return json!({"scheduleId": address, "error": error});
    };
    let events = events_of(&tenant.store, user, Span { start: window.start, end: window.end });
    let items: Vec<Value> =
        events.iter().filter(|event| overlaps(event, window.start, window.end)).map(|event| item(event)).collect();
    let hours = tenant
        .store
        .get(&place::mailbox_settings(user), "settings")
        .map(|settings| settings.get("workingHours").clone());
    json!({
        "scheduleId": address,
        "availabilityView": availability(&events, window),
        "scheduleItems": items,
        "workingHours": hours.unwrap_or_else(|| mail::settings().get("workingHours").cloned().unwrap_or_default()),
    })
}

fn events_of<'s>(store: &'s Store, user: &str, span: Span) -> Vec<Cow<'s, Entity>> {
    let calendars = store.list(&place::calendars(user)).filter(|calendar| calendar.is("isDefaultCalendar"));
    let paths = calendars.map(|calendar| place::events(user, calendar.id()));
    paths.flat_map(|path| series::held(store, &path, span).collect::<Vec<_>>()).collect()
}

fn overlaps(event: &Entity, from: Timestamp, until: Timestamp) -> bool {
    calendar::span(&event.properties).is_some_and(|(start, end)| start < until && end > from)
}

fn item(event: &Entity) -> Value {
    let mut item = object(json!({"status": event.get("showAs"), "start": event.get("start"), "end": event.get("end")}));
    let is_private = event.text("sensitivity") == "private";
    item.insert("isPrivate".to_owned(), json!(is_private));
    if !is_private {
        item.insert("subject".to_owned(), event.get("subject").clone());
        item.insert("location".to_owned(), event.get("location")["displayName"].clone());
    }
    Value::Object(item)
}

/// One digit for each interval: 0 free, 1 tentative, 2 busy, 3 out of office, 4 working elsewhere.
fn availability(events: &[Cow<'_, Entity>], window: &Window) -> String {
    let mut view = String::new();
    let mut at = window.start;
    while at < window.end {
        let Ok(next) = at.checked_add(window.step) else { break };
        let digits = events.iter().filter(|event| overlaps(event, at, next)).map(|event| digit(event.text("showAs")));
        view.push(digits.max().unwrap_or('0'));
        at = next;
    }
    view
}

fn digit(show_as: &str) -> char {
    match show_as {
        "tentative" => '1',
        "busy" => '2',
        "oof" => '3',
        "workingElsewhere" => '4',
        _ => '0',
    }
}

fn find_meeting_times(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = if call.request.body.is_empty() { Properties::new() } else { call.json()? };
    only(
        &body,
        &[
            "attendees",
            "isOrganizerOptional",
            "locationConstraint",
            "maxCandidates",
            "meetingDuration",
            "minimumAttendeePercentage",
            "returnSuggestionReasons",
            "timeConstraint",
        ],
    )?;
    let attendees = parameter(&body, "attendees").cloned().unwrap_or_else(|| json!([]));
    body::check("event", &object(json!({"attendees": attendees})))?;
    let length = match parameter(&body, "meetingDuration") {
        None => SignedDuration::from_mins(30),
        Some(given) => duration(given).ok_or_else(|| {
            outlook::invalid("The parameter 'MeetingDuration' is not an ISO 8601 duration of at most a day.")
        })?,
    };
    let wanted =
        parameter(&body, "maxCandidates").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
    let now = call.request.now;
    let end = now.checked_add(SignedDuration::from_hours(8 * 24)).unwrap_or(now);
    let events = events_of(&tenant.store, call.user(), Span { start: now, end });
    let slots = free_slots(&events, call.request.now, length, wanted.unwrap_or(SUGGESTIONS_MAX).min(SUGGESTIONS_MAX));
    let suggestions: Vec<Value> =
        (1_u32..).zip(&slots).map(|(order, slot)| suggestion(order, *slot, &attendees)).collect();
    let reason = if suggestions.is_empty() { "Unknown" } else { "" };
    call.value(
        json!({"emptySuggestionsReason": reason, "meetingTimeSuggestions": suggestions}),
        "microsoft.graph.meetingTimeSuggestionsResult",
    )
}

fn duration(given: &Value) -> Option<SignedDuration> {
    let span: jiff::Span = given.as_str()?.parse().ok()?;
    let length = SignedDuration::try_from(span).ok()?;
    (length.is_positive() && length <= SignedDuration::from_hours(24)).then_some(length)
}

/// Free spans in working hours of the next week.
fn free_slots(
    events: &[Cow<'_, Entity>],
    now: Timestamp,
    length: SignedDuration,
    wanted: usize,
) -> Vec<(Timestamp, Timestamp)> {
    let step = SignedDuration::from_mins(30);
    let first = now.as_second().div_euclid(1800).saturating_add(1).saturating_mul(1800);
    let starts = std::iter::successors(Timestamp::from_second(first).ok(), |at| at.checked_add(step).ok());
    let slots = starts.take(7 * 48).filter_map(|start| Some((start, start.checked_add(length).ok()?)));
    let works = |at: Timestamp| (9..17).contains(&TimeZone::UTC.to_datetime(at).hour());
    slots
        .filter(|(start, end)| works(*start) && !events.iter().any(|event| overlaps(event, *start, *end)))
        .take(wanted)
        .collect()
}

fn suggestion(order: u32, (start, end): (Timestamp, Timestamp), attendees: &Value) -> Value {
    let availability: Vec<Value> = attendees
        .as_array()
        .into_iter()
        .flatten()
        .map(|attendee| json!({"availability": "unknown", "attendee": attendee}))
        .collect();
    json!({
        "confidence": 100.0,
        "order": order,
        "organizerAvailability": "free",
        "suggestionReason": "Suggested because it is one of the nearest times when all attendees are available.",
        "meetingTimeSlot": {"start": zone::in_utc(start), "end": zone::in_utc(end)},
        "attendeeAvailability": availability,
        "locations": [],
    })
}
