//! Notebooks, section groups and sections.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::route::{Answer, Route};
use super::{check_library, collection, context, invalid, shown};
use crate::objects::binder::Binder;
use crate::objects::onenote::{NOTEBOOK_NAME_MAX, SECTION_NAME_MAX, is_good_name};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

const READ_BOOKS: &str = "GET /me/onenote/notebooks";
const READ_SECTIONS: &str = "GET /me/onenote/sections";
const READ_GROUPS: &str = "GET /me/onenote/sectionGroups";
const WRITE_SECTIONS: &str = "POST /me/onenote/notebooks/{holder}/sections";
const WRITE_GROUPS: &str = "POST /me/onenote/notebooks/{holder}/sectionGroups";

pub(super) const ROUTES: &[Route] = &[
    Route::get("onenote.notebooks.list", "/users/{user}/onenote/notebooks", notebooks).of(Service::OneNote),
    Route::post("onenote.notebooks.create", "/users/{user}/onenote/notebooks", create_notebook).of(Service::OneNote),
    Route::get(
        "onenote.notebooks.recent",
        "/users/{user}/onenote/notebooks/getRecentNotebooks(includePersonalNotebooks={personal})",
        recent,
    )
    .of(Service::OneNote)
    .like(READ_BOOKS),
    Route::get("onenote.notebooks.get", "/users/{user}/onenote/notebooks/{notebook}", notebook)
        .of(Service::OneNote)
        .like(READ_BOOKS),
    Route::get("onenote.sections.list", "/users/{user}/onenote/sections", sections).of(Service::OneNote),
    Route::get("onenote.sections.get", "/users/{user}/onenote/sections/{section}", section)
        .of(Service::OneNote)
        .like(READ_SECTIONS),
    Route::get("onenote.section-groups.list", "/users/{user}/onenote/sectionGroups", groups).of(Service::OneNote),
    Route::get("onenote.section-groups.get", "/users/{user}/onenote/sectionGroups/{group}", group)
        .of(Service::OneNote)
        .like(READ_GROUPS),
    Route::get("onenote.notebook-sections.list", "/users/{user}/onenote/notebooks/{holder}/sections", sections)
        .of(Service::OneNote)
        .like(READ_SECTIONS),
    Route::post("onenote.sections.create", "/users/{user}/onenote/notebooks/{holder}/sections", create_section)
        .of(Service::OneNote),
    Route::get("onenote.notebook-groups.list", "/users/{user}/onenote/notebooks/{holder}/sectionGroups", groups)
        .of(Service::OneNote)
        .like(READ_GROUPS),
    Route::post(
        "onenote.section-groups.create",
        "/users/{user}/onenote/notebooks/{holder}/sectionGroups",
        create_group,
    )
    .of(Service::OneNote),
    Route::get("onenote.group-sections.list", "/users/{user}/onenote/sectionGroups/{holder}/sections", sections)
        .of(Service::OneNote)
        .like(READ_SECTIONS),
    Route::post(
        "onenote.group-sections.create",
        "/users/{user}/onenote/sectionGroups/{holder}/sections",
        create_section,
    )
    .of(Service::OneNote)
    .like(WRITE_SECTIONS),
    Route::get("onenote.group-groups.list", "/users/{user}/onenote/sectionGroups/{holder}/sectionGroups", groups)
        .of(Service::OneNote)
        .like(READ_GROUPS),
    Route::post(
        "onenote.group-groups.create",
        "/users/{user}/onenote/sectionGroups/{holder}/sectionGroups",
        create_group,
    )
    .of(Service::OneNote)
    .like(WRITE_GROUPS),
];

fn kind_of(kind: &str) -> &'static str {
    match kind {
        "notebooks" => "notebook",
        "sections" => "onenoteSection",
        _ => "sectionGroup",
    }
}

/// The objects of a kind, those of one holder where the path names it.
fn list(tenant: &Tenant, call: &Call<'_>, kind: &str) -> Answer {
    check_library(tenant, call)?;
    let holder = call.parameter("holder");
    if !holder.is_empty() {
        self::holder(tenant, call)?;
    }
    let all = tenant.store.list(&collection(call.user(), kind));
    let held = all.filter(|object| holder.is_empty() || object.text("_parent") == holder);
    let shown: Vec<Entity> = held.map(|object| shown(tenant, call, kind, object)).collect();
    call.list(shown.iter(), &List::new(kind_of(kind), context(call, kind)))
}

fn get(tenant: &Tenant, call: &Call<'_>, kind: &str, id: &str) -> Answer {
    let found = call.find(tenant, &collection(call.user(), kind), id)?;
    call.entity(&shown(tenant, call, kind, found), &context(call, kind))
}

/// The notebook or section group of the path, by its id.
fn holder<'c>(tenant: &Tenant, call: &'c Call<'_>) -> Result<&'c str, GraphError> {
    let id = call.parameter("holder");
    let kind = if call.route.pattern.contains("/notebooks/{holder}") { "notebooks" } else { "sectionGroups" };
    call.find(tenant, &collection(call.user(), kind), id)?;
    Ok(id)
}

fn notebooks(tenant: &Tenant, call: &Call<'_>) -> Answer {
    list(tenant, call, "notebooks")
}

fn sections(tenant: &Tenant, call: &Call<'_>) -> Answer {
    list(tenant, call, "sections")
}

fn groups(tenant: &Tenant, call: &Call<'_>) -> Answer {
    list(tenant, call, "sectionGroups")
}

fn notebook(tenant: &Tenant, call: &Call<'_>) -> Answer {
    get(tenant, call, "notebooks", call.parameter("notebook"))
}

fn section(tenant: &Tenant, call: &Call<'_>) -> Answer {
    get(tenant, call, "sections", call.parameter("section"))
}

fn group(tenant: &Tenant, call: &Call<'_>) -> Answer {
    get(tenant, call, "sectionGroups", call.parameter("group"))
}

fn recent(tenant: &Tenant, call: &Call<'_>) -> Answer {
    check_library(tenant, call)?;
    let all = tenant.store.list(&collection(call.user(), "notebooks"));
    let one = |notebook: &Entity| {
        let full = shown(tenant, call, "notebooks", notebook);
        json!({
            "displayName": full.get("displayName"), "lastAccessedTime": full.get("lastModifiedDateTime"),
            "links": full.get("links"), "sourceService": "OneDriveForBusiness",
        })
    };
    let recent: Vec<Value> = all.map(one).collect();
    call.value(json!({"value": recent}), "Collection(microsoft.graph.recentNotebook)")
}

/// The name in the body, where OneNote takes it and no sibling has it.
fn name(tenant: &Tenant, call: &Call<'_>, kind: &str, parent: &str) -> Result<String, GraphError> {
    let body = call.body(kind_of(kind))?;
    let name = body.get("displayName").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if !is_good_name(name) {
        return Err(invalid("20153", "The name is empty or contains invalid characters."));
    }
    let most = if kind == "notebooks" { NOTEBOOK_NAME_MAX } else { SECTION_NAME_MAX };
    if name.chars().count() > most {
        return Err(invalid("20155", "The name is too long."));
    }
    let mut siblings =
        tenant.store.list(&collection(call.user(), kind)).filter(|object| object.text("_parent") == parent);
    if siblings.any(|sibling| sibling.text("displayName").eq_ignore_ascii_case(name)) {
        return Err(GraphError::new(
            http::StatusCode::CONFLICT,
            "20117",
            "An item with this name already exists in this location.",
        ));
    }
    Ok(name.to_owned())
}

fn create_notebook(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let name = name(tenant, call, "notebooks", "")?;
    create(tenant, call, "notebooks", |binder| Some(binder.notebook(&name)))
}

fn create_section(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let parent = holder(tenant, call)?;
    let name = name(tenant, call, "sections", parent)?;
    create(tenant, call, "sections", |binder| binder.section(parent, &name))
}

fn create_group(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let parent = holder(tenant, call)?;
    let name = name(tenant, call, "sectionGroups", parent)?;
    create(tenant, call, "sectionGroups", |binder| binder.section_group(parent, &name))
}

fn create(
    tenant: &mut Tenant,
    call: &Call<'_>,
    kind: &str,
    make: impl FnOnce(&mut Binder<'_>) -> Option<String>,
) -> Answer {
    let owner = tenant.person(call.user());
    let mut binder = Binder { store: &mut tenant.store, rng: &mut tenant.rng, owner: &owner, at: call.request.now };
    let id = make(&mut binder).ok_or_else(|| call.not_found(kind))?;
    let made = call.find(tenant, &collection(call.user(), kind), &id)?;
    call.created(&shown(tenant, call, kind, made), &context(call, kind))
}
