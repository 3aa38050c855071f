//! Calendars: groups of them, events, views of a time span, free and busy times, rooms.
//!
//! A deleted event lies in the mailbox's Deleted Items, where Graph does not show it; the dump does.
//! A series lies in its calendar as the master; views and `instances` show its occurrences.

mod calendars;
mod events;
mod responses;
mod rooms;
mod schedule;
mod series;
mod views;

use std::borrow::Cow;

use serde_json::json;

use super::call::Call;
use super::error::GraphError;
use super::route::Route;
use crate::objects::place;
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties, Store};

/// The routes of calendars.
pub(super) const ROUTES: &[&[Route]] =
    &[calendars::ROUTES, events::ROUTES, responses::ROUTES, views::ROUTES, schedule::ROUTES, rooms::ROUTES];

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

/// Where an event lies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    /// The collection of its calendar.
    path: String,
    id: String,
    /// Whether it is an occurrence of a series, which lies nowhere by itself.
    is_occurrence: bool,
}

impl Found {
    /// The collection in which what an event has of its own lies, and its id there.
    fn place(&self) -> (String, String) {
        let path = series::master_of(&self.id)
            .filter(|_| self.is_occurrence)
            .map_or_else(|| self.path.clone(), |master| place::exceptions(&self.path, master));
        (path, self.id.clone())
    }
}

/// The event of the path and where it lies.
fn event<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<(Found, Cow<'t, Entity>), GraphError> {
    let id = call.parameter("event");
    let calendars: Vec<String> = match call.parameter("calendar") {
        "" => tenant.store.list(&place::calendars(call.user())).map(|calendar| calendar.id().to_owned()).collect(),
        _ => vec![calendar_id(tenant, call)?],
    };
    let found = calendars.iter().find_map(|calendar| {
        let path = place::events(call.user(), calendar);
        let whole = tenant.store.get(&path, id).map(|event| (false, Cow::Borrowed(event)));
        let part = || series::occurrence(&tenant.store, &path, id).map(|event| (true, Cow::Owned(event)));
        let (is_occurrence, event) = whole.or_else(part)?;
        Some((Found { path, id: id.to_owned(), is_occurrence }, event))
    });
    found.ok_or_else(|| call.not_found(id))
}

/// Sets properties of an event or of one occurrence.
fn set(tenant: &mut Tenant, call: &Call<'_>, found: &Found, mut own: Properties) {
    own.insert("lastModifiedDateTime".to_owned(), json!(stamp(call.request.now)));
    if found.is_occurrence {
        series::change(&mut tenant.store, &found.path, &found.id, own);
    } else {
        tenant.store.patch(&found.path, &found.id, own);
    }
}
