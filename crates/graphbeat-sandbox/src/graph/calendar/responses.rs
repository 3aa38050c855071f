//! Answers to meetings: accept, decline, cancel, forward, reminders.
//!
//! No invitations go out, so every event is its owner's own meeting: to answer it is refused as the real
//! service refuses an organizer. An event that somebody else organizes takes the answer.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::body;
use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::outlook::{self, only, parameter};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{Found, event, events, set};
use crate::objects::zone;
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Properties, object};

const CHANGE: &str = "PATCH /me/events/{event}";
/// People whom one request forwards a meeting to.
const RECIPIENTS_MAX: usize = 500;

pub(super) const ROUTES: &[Route] = &[
    Route::post("calendar.events.accept", "/users/{user}/events/{event}/accept", accept)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::post("calendar.events.accept-tentatively", "/users/{user}/events/{event}/tentativelyAccept", maybe)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::post("calendar.events.decline", "/users/{user}/events/{event}/decline", decline)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::post("calendar.events.cancel", "/users/{user}/events/{event}/cancel", cancel)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::post("calendar.events.forward", "/users/{user}/events/{event}/forward", forward)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::post("calendar.events.dismiss-reminder", "/users/{user}/events/{event}/dismissReminder", dismiss)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::post("calendar.events.snooze-reminder", "/users/{user}/events/{event}/snoozeReminder", snooze)
        .of(Service::Outlook)
        .like(CHANGE),
];

/// The parameters of an action; an empty body has none.
fn parameters(call: &Call<'_>, known: &[&str]) -> Result<Properties, GraphError> {
    let given = if call.request.body.is_empty() { Properties::new() } else { call.json()? };
    only(&given, known)?;
    Ok(given)
}

fn accepted() -> Answer {
    Ok(GraphResponse::empty(StatusCode::ACCEPTED))
}

fn accept(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    respond(tenant, call, "accepted")
}

fn maybe(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    respond(tenant, call, "tentativelyAccepted")
}

fn respond(tenant: &mut Tenant, call: &Call<'_>, response: &str) -> Answer {
    let found = invited(tenant, call)?;
    let answer = json!({"responseStatus": {"response": response, "time": stamp(call.request.now)}});
    set(tenant, call, &found, object(answer));
    accepted()
}

fn decline(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let found = invited(tenant, call)?;
    events::bin(tenant, call, &found);
    accepted()
}

/// The event of the path, where somebody else organizes it.
fn invited(tenant: &Tenant, call: &Call<'_>) -> Result<Found, GraphError> {
    let given = parameters(call, &["comment", "sendResponse", "proposedNewTime"])?;
    check(&given, "comment", Value::is_string)?;
    check(&given, "sendResponse", Value::is_boolean)?;
    let (found, event) = event(tenant, call)?;
    if event.is("isOrganizer") {
        return Err(outlook::invalid("You can't respond to this meeting because you're the meeting organizer."));
    }
    Ok(found)
}

fn check(given: &Properties, name: &str, fits: fn(&Value) -> bool) -> Result<(), GraphError> {
    match parameter(given, name) {
        Some(value) if !fits(value) => {
            let message = format!("Cannot convert the value of '{name}' to its expected type.");
            Err(GraphError::new(StatusCode::BAD_REQUEST, "RequestBodyRead", message))
        }
        _ => Ok(()),
    }
}

fn cancel(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let given = parameters(call, &["comment"])?;
    check(&given, "comment", Value::is_string)?;
    let (found, event) = event(tenant, call)?;
    if !event.is("isOrganizer") {
        return Err(outlook::invalid(
            "Your request can't be completed. You need to be an organizer to cancel a meeting.",
        ));
    }
    events::bin(tenant, call, &found);
    accepted()
}

fn forward(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let given = parameters(call, &["comment", "toRecipients"])?;
    check(&given, "comment", Value::is_string)?;
    let recipients = parameter(&given, "toRecipients").and_then(Value::as_array);
    let recipients = recipients.filter(|all| (1..=RECIPIENTS_MAX).contains(&all.len()));
    let recipients = recipients.ok_or_else(|| outlook::invalid("At least one recipient is required."))?.clone();
    body::check("message", &object(json!({"toRecipients": recipients})))?;
    let (found, event) = event(tenant, call)?;
    let invited = recipients.iter().map(|it| {
        json!({"emailAddress": it["emailAddress"], "type": "required", "status": {"response": "none", "time": "0001-01-01T00:00:00Z"}})
    });
    let attendees: Value = event.get("attendees").as_array().into_iter().flatten().cloned().chain(invited).collect();
    set(tenant, call, &found, object(json!({"attendees": attendees})));
    accepted()
}

fn dismiss(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    parameters(call, &[])?;
    let (found, _) = event(tenant, call)?;
    set(tenant, call, &found, object(json!({"isReminderOn": false})));
    Ok(GraphResponse::empty(StatusCode::OK))
}

/// The time is checked and nothing is kept of it: nobody is reminded here.
fn snooze(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let given = parameters(call, &["newReminderTime"])?;
    event(tenant, call)?;
    let time = parameter(&given, "newReminderTime").and_then(zone::moment);
    time.ok_or_else(|| outlook::invalid("The parameter 'NewReminderTime' is required and holds a time and its zone."))?;
    Ok(GraphResponse::empty(StatusCode::OK))
}
