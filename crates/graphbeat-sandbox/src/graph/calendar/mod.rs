//! Calendars: groups of them, events, views of a time span, free and busy times, rooms.
//!
//! A deleted event lies in the mailbox's Deleted Items, where Graph does not show it; the dump does.
//! Series are kept as their master: a view shows the first occurrence only.

mod calendars;
mod events;
mod rooms;
mod schedule;
mod views;

use super::call::Call;
use super::error::GraphError;
use super::route::Route;
use crate::objects::place;
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Store};

/// The routes of calendars.
pub(super) const ROUTES: &[&[Route]] =
    &[calendars::ROUTES, events::ROUTES, views::ROUTES, schedule::ROUTES, rooms::ROUTES];

/// The default calendar of a user.
fn default_calendar<'s>(store: &'s Store, user: &str) -> Option<&'s Entity> {
    store.list(&place::calendars(user)).find(|calendar| calendar.is("isDefaultCalendar"))
}

/// The id of the calendar of the path, or of the default one where the path names none.
fn calendar_id(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let calendar = match call.parameter("calendar") {
        "" => default_calendar(&tenant.store, call.user()).ok_or_else(|| call.not_found("calendar"))?,
        id => call.find(tenant, &place::calendars(call.user()), id)?,
    };
    Ok(calendar.id().to_owned())
}

/// The event of the path and the collection that it lies in.
fn event<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<(String, &'t Entity), GraphError> {
    let id = call.parameter("event");
    let calendars: Vec<String> = match call.parameter("calendar") {
        "" => tenant.store.list(&place::calendars(call.user())).map(|calendar| calendar.id().to_owned()).collect(),
        _ => vec![calendar_id(tenant, call)?],
    };
    let found = calendars.iter().find_map(|calendar| {
        let path = place::events(call.user(), calendar);
        let event = tenant.store.get(&path, id)?;
        Some((path, event))
    });
    found.ok_or_else(|| call.not_found(id))
}
