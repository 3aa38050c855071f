//! OneNote: notebooks, section groups, sections, pages. For signed-in users only: Microsoft ended
//! app-only access on 2025-03-31.
//!
//! A notebook is a folder in `Notebooks` of the user's drive and a section a file in it; they have no
//! call to delete them, their drive items are deleted. A deleted page lies in its notebook's bin, which
//! no client reaches, until the notebook or the section is purged.

mod books;
mod pages;

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::GraphError;
use super::route::Route;
use crate::objects::{binder, onenote, place};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties, object};

/// Items of a library above which OneNote refuses to search it.
const ITEMS_MAX: usize = 5_000;

/// The routes of OneNote.
pub(super) const ROUTES: &[&[Route]] = &[books::ROUTES, pages::ROUTES];

/// 400 with one of OneNote's codes.
fn invalid(code: &str, message: &str) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, code, message)
}

/// 403 10008 where the user's drive holds too many items to be searched for notes.
fn check_library(tenant: &Tenant, call: &Call<'_>) -> Result<(), GraphError> {
    let items = tenant.store.count(&place::items(&place::drive_of(call.user())));
    if items.max(binder::count(&tenant.store, call.user())) <= ITEMS_MAX {
        return Ok(());
    }
    let message = "One or more of the document libraries on the user or group's OneDrive contains more than 5,000 OneNote items (notebooks, sections, section groups) and cannot be queried using the API. Please make sure that none of the user's or group's document libraries contains more than 5,000 OneNote items.";
    Err(GraphError::new(StatusCode::FORBIDDEN, "10008", message))
}

/// The collection of a kind (`notebooks`, `sections` …).
fn collection(user: &str, kind: &str) -> String {
    format!("users/{user}/onenote/{kind}")
}

/// What follows `$metadata#`.
fn context(call: &Call<'_>, kind: &str) -> String {
    format!("users('{}')/onenote/{kind}", call.user())
}

/// An object as it is shown: with its addresses on the client's host and what it lies in.
fn shown(tenant: &Tenant, call: &Call<'_>, kind: &str, entity: &Entity) -> Entity {
    let base = call.address(&format!("/users/{}/onenote", call.user()));
    let items = place::items(&place::drive_of(call.user()));
    let holder = match kind {
        "pages" => tenant
            .store
            .get(&place::sections(call.user()), entity.text("_section"))
            .map_or("", |section| section.text("_item")),
        _ => entity.text("_item"),
    };
    let web_url = tenant.store.get(&items, holder).map_or("", |item| item.text("webUrl"));
    let mut shown = entity.clone();
    shown.properties.extend(onenote::links(kind, &base, entity.id(), web_url));
    shown.properties.extend(parents(tenant, call, kind, (entity, &base)));
    shown
}

/// `parentNotebook`, `parentSectionGroup`, `parentSection`.
fn parents(tenant: &Tenant, call: &Call<'_>, kind: &str, (entity, base): (&Entity, &str)) -> Properties {
    let short = |kind: &str, id: &str, name: &str| -> Value {
        let found = tenant.store.get(&collection(call.user(), kind), id);
        found.map_or(
            Value::Null,
            |found| json!({"id": id, name: found.get(name), "self": format!("{base}/{kind}/{id}")}),
        )
    };
    match kind {
        "notebooks" => Properties::new(),
        "pages" => object(json!({"parentSection": short("sections", entity.text("_section"), "displayName")})),
        _ => object(json!({
            "parentNotebook": short("notebooks", entity.text("_notebook"), "displayName"),
            "parentSectionGroup": short("sectionGroups", entity.text("_parent"), "displayName"),
        })),
    }
}
