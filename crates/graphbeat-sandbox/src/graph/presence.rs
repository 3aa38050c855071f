//! Presence: a user's own choice, or what follows from the user.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Users that one request may ask about.
const IDS_MAX: usize = 650;
/// Availability with its default activity.
const STATES: &[(&str, &str)] = &[
    ("Available", "Available"),
    ("Busy", "Busy"),
    ("DoNotDisturb", "DoNotDisturb"),
    ("BeRightBack", "BeRightBack"),
    ("Away", "Away"),
    ("Offline", "OffWork"),
];

/// The routes of presence.
pub(super) const ROUTES: &[Route] = &[
    Route::get("presence.presence.get", "/users/{user}/presence", get).of(Service::Teams),
    Route::ask("presence.presences.get", "/communications/getPresencesByUserId", by_ids).of(Service::Teams),
    Route::post("presence.preferred.set", "/users/{user}/presence/setUserPreferredPresence", set).of(Service::Teams),
    Route::post("presence.preferred.clear", "/users/{user}/presence/clearUserPreferredPresence", clear)
        .of(Service::Teams),
    Route::post("presence.message.set", "/users/{user}/presence/setStatusMessage", set_message).of(Service::Teams),
];

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(&presence(tenant, call.user(), 1), &call.context_of_user("presence"))
}

fn by_ids(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let ids = body.get("ids").and_then(Value::as_array).filter(|ids| ids.len() <= IDS_MAX && !ids.is_empty());
    let ids =
        ids.ok_or_else(|| GraphError::invalid(call.service(), format!("'ids' must hold 1 to {IDS_MAX} user ids.")))?;
    let known = ids.iter().filter_map(Value::as_str).filter(|id| tenant.user_entity(id).is_some());
    let all: Vec<Entity> = known.enumerate().map(|(at, id)| presence(tenant, id, at as u64 + 1)).collect();
    call.list(all.iter(), &List::new("presence", "Collection(microsoft.graph.presence)").paged(IDS_MAX, IDS_MAX))
}

/// What Graph shows of a user's presence.
fn presence(tenant: &Tenant, user: &str, order: u64) -> Entity {
    let chosen = tenant.store.get("presence", user);
    let place = user.bytes().map(usize::from).sum::<usize>() % STATES.len();
    let (availability, activity) = STATES[place];
    let own = |name: &str| chosen.map(|it| it.get(name).clone()).filter(|value| !value.is_null());
    let shown = json!({
        "id": user, "availability": own("availability").unwrap_or_else(|| availability.into()),
        "activity": own("activity").unwrap_or_else(|| activity.into()), "statusMessage": own("statusMessage"),
        "outOfOfficeSettings": {"message": null, "isOutOfOffice": false},
    });
    Entity::loose("presence", order, shown)
}

fn set(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if !STATES
        .iter()
        .any(|(availability, activity)| *availability == text("availability") && *activity == text("activity"))
    {
        return Err(GraphError::invalid(call.service(), "The combination of availability and activity is not valid."));
    }
    change(tenant, call.user(), json!({"availability": text("availability"), "activity": text("activity")}));
    Ok(GraphResponse::empty(StatusCode::OK))
}

fn set_message(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let message = call.json()?.get("statusMessage").cloned().filter(Value::is_object);
    let message =
        message.ok_or_else(|| GraphError::invalid(call.service(), "The value of 'statusMessage' is missing."))?;
    let is_empty = message.pointer("/message/content").and_then(Value::as_str).unwrap_or_default().is_empty();
    change(tenant, call.user(), json!({"statusMessage": if is_empty { Value::Null } else { message }}));
    Ok(GraphResponse::empty(StatusCode::OK))
}

fn clear(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    change(tenant, call.user(), json!({"availability": null, "activity": null}));
    Ok(GraphResponse::empty(StatusCode::OK))
}

/// Keeps a user's choice; one without any choice leaves nothing behind.
fn change(tenant: &mut Tenant, user: &str, change: Value) {
    let mut kept = tenant.store.remove("presence", user).map(|entity| entity.properties).unwrap_or_default();
    kept.extend(crate::tenant::store::object(change));
    if kept.iter().any(|(name, value)| name != "id" && !value.is_null()) {
        tenant.store.create("presence", "presence", user.to_owned(), Value::Object(kept));
    }
}
