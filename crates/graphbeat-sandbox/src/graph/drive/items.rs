//! Items: getting, making folders, renaming, moving.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::body;
use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::render::Rendering;
use super::super::route::{Answer, Route};
use super::names::{self, Conflict};
use super::{actor, context, drive_id, free_name, invalid, item, name_taken, on_item, shown};
use crate::objects::{files, place, tree};
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties};

/// Folders above an item.
const DEPTH_MAX: usize = 60;

pub(super) const ROUTES: &[&[Route]] = &[
    on_item!(get, ["files.items.get", root "files.root.get", special "files.documents.get", path "files.items.get"], "", get, "GET /me/drive/items/{item}"),
    on_item!(post, "files.folders.create", "/children", create_child, "POST /me/drive/root/children"),
    on_item!(patch, "files.folders.update", "", update, "PATCH /me/drive/items/{item}"),
];

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let item = item(tenant, call, &drive)?;
    let children = |item: &Entity, name: &str| -> Option<Value> {
        let children = tree::children(&tenant.store, &drive, item.id());
        (name == "children").then(|| children.map(|child| Value::Object(visible(child))).collect())
    };
    let rendering = Rendering { expansion: Some(&children), ..Rendering::default() };
    call.entity_with(StatusCode::OK, &shown(tenant, call, &drive, item), &context(&drive), &rendering)
}

fn visible(item: &Entity) -> Properties {
    let mut visible = item.properties.clone();
    visible.retain(|name, _| !name.starts_with('_'));
    visible
}

/// 201 with a new item.
pub(super) fn created(tenant: &Tenant, call: &Call<'_>, drive: &str, id: &str) -> Answer {
    answer(tenant, call, StatusCode::CREATED, (drive, id))
}

/// The answer with an item as it is now.
pub(super) fn answer(tenant: &Tenant, call: &Call<'_>, status: StatusCode, (drive, id): (&str, &str)) -> Answer {
    let item = call.find(tenant, &place::items(drive), id)?;
    call.entity_with(status, &shown(tenant, call, drive, item), &context(drive), &Rendering::default())
}

/// The folder of the path.
pub(super) fn folder<'t>(tenant: &'t Tenant, call: &Call<'_>, drive: &str) -> Result<&'t Entity, GraphError> {
    let folder = item(tenant, call, drive)?;
    if folder.get("folder").is_null() { Err(invalid("The item is not a folder.")) } else { Ok(folder) }
}

fn create_child(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let given = call.json()?;
    body::check("driveItem", &given)?;
    let conflict =
        Conflict::read(given.get("@microsoft.graph.conflictBehavior").and_then(Value::as_str), Conflict::Fail)?;
    let name = given.get("name").and_then(Value::as_str).ok_or_else(|| invalid("The property 'name' is required."))?;
    let drive = drive_id(call);
    let parent = folder(tenant, call, &drive)?.id().to_owned();
    check_place(tenant, &drive, &parent, names::checked(name)?)?;
    let name = free_name(tenant, &drive, &parent, (name, conflict))?;
    let (by, now) = (actor(tenant, call), call.request.now);
    let is_file = given.contains_key("file") && !given.contains_key("folder");
    let (made, bytes) = if is_file {
        (files::file(&name, b"", by, now), Some(bytes::Bytes::new()))
    } else {
        (files::folder(&name, by, now), None)
    };
    let id = tree::put(&mut tenant.store, &mut tenant.rng, &drive, &parent, made, bytes);
    created(tenant, call, &drive, &id)
}

/// Refuses a place that is too deep or whose path is too long.
pub(super) fn check_place(tenant: &Tenant, drive: &str, folder: &str, name: &str) -> Result<(), GraphError> {
    let above = tenant.store.get(&place::items(drive), folder);
    let path = above.map(|above| above.text("webUrl")).unwrap_or_default();
    let length = percent_encoding::percent_decode_str(path).decode_utf8_lossy().chars().count() + name.chars().count();
    if length > files::PATH_MAX || tree::depth(&tenant.store, drive, folder) > DEPTH_MAX {
        return Err(invalid("The path is too long."));
    }
    Ok(())
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let given = call.json()?;
    body::check("driveItem", &given)?;
    let drive = drive_id(call);
    let known = item(tenant, call, &drive)?;
    call.check_version(known)?;
    let (id, old_folder, old_name) =
        (known.id().to_owned(), known.text("_parent").to_owned(), known.text("name").to_owned());
    if old_folder.is_empty() && (given.contains_key("name") || given.contains_key("parentReference")) {
        return Err(invalid("The root folder cannot be renamed or moved."));
    }
    let folder = new_folder(tenant, call, (&drive, &id), &given)?.unwrap_or_else(|| old_folder.clone());
    let name = names::checked(given.get("name").and_then(Value::as_str).unwrap_or(&old_name))?.to_owned();
    if name != old_name || folder != old_folder {
        check_place(tenant, &drive, &folder, &name)?;
        let taken = tree::child_named(&tenant.store, &drive, &folder, &name);
        if taken.is_some_and(|taken| taken.id() != id) {
            return Err(name_taken());
        }
    }
    apply(tenant, call, (&drive, &id), &given);
    let Some(entity) = tenant.store.get_mut(&place::items(&drive), &id) else { return Err(call.not_found(&id)) };
    entity.properties.insert("name".to_owned(), Value::String(name));
    entity.properties.insert("_parent".to_owned(), json!(folder));
    tree::label(&mut tenant.store, &drive, &id);
    if folder != old_folder {
        tree::refresh(&mut tenant.store, &drive, &old_folder);
        tree::refresh(&mut tenant.store, &drive, &folder);
    }
    answer(tenant, call, StatusCode::OK, (&drive, &id))
}

/// What a change sets beside name and place.
fn apply(tenant: &mut Tenant, call: &Call<'_>, (drive, id): (&str, &str), given: &Properties) {
    let (by, at) = (actor(tenant, call), stamp(call.request.now));
    let Some(entity) = tenant.store.get_mut(&place::items(drive), id) else { return };
    if let Some(description) = given.get("description") {
        entity.properties.insert("description".to_owned(), description.clone());
    }
    entity.properties.insert("lastModifiedBy".to_owned(), by);
    tree::touch(&mut entity.properties, &at);
    if let Some(Value::Object(times)) = given.get("fileSystemInfo")
        && let Some(known) = entity.properties.get_mut("fileSystemInfo").and_then(Value::as_object_mut)
    {
        known.extend(times.clone());
    }
}

/// The folder that `parentReference` names.
fn new_folder(
    tenant: &Tenant,
    call: &Call<'_>,
    (drive, id): (&str, &str),
    given: &Properties,
) -> Result<Option<String>, GraphError> {
    let Some(reference) = given.get("parentReference").filter(|reference| !reference.is_null()) else {
        return Ok(None);
    };
    if reference["driveId"].as_str().is_some_and(|other| other != drive) {
        return Err(GraphError::new(
            StatusCode::NOT_IMPLEMENTED,
            "notSupported",
            "Items cannot be moved between drives by a PATCH.",
        ));
    }
    let folder = referenced(tenant, call, drive, reference)?;
    if folder.get("folder").is_null() || tree::is_inside(&tenant.store, drive, folder.id(), id) {
        return Err(invalid("The item cannot be moved there."));
    }
    Ok(Some(folder.id().to_owned()))
}

/// The item that a reference names, by id or by path.
pub(super) fn referenced<'t>(
    tenant: &'t Tenant,
    call: &Call<'_>,
    drive: &str,
    reference: &Value,
) -> Result<&'t Entity, GraphError> {
    let root = tree::root(&tenant.store, drive).ok_or_else(|| call.not_found(drive))?;
    match (reference["id"].as_str(), reference["path"].as_str()) {
        (Some("root"), _) => Ok(root),
        (Some(id), _) => call.find(tenant, &place::items(drive), id),
        (None, Some(path)) => {
            let inner = path.split_once("root:").map_or("", |(_, inner)| inner);
            let inner = percent_encoding::percent_decode_str(inner).decode_utf8_lossy();
            let inner = names::checked_path(&inner)?;
            tree::at_path(&tenant.store, drive, root, &inner).ok_or_else(|| call.not_found(path))
        }
        (None, None) => Err(invalid("The property 'parentReference' names no item.")),
    }
}
