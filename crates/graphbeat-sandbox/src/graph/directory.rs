//! What belongs to the whole directory: licences in use, deleted objects, objects by id.

use std::collections::HashMap;

use serde_json::Value;

use super::call::Call;
use super::error::GraphError;
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Ids that `getByIds` takes.
const IDS_MAX: usize = 1_000;
/// Where deleted objects wait.
const DELETED: &str = "directory/deletedItems";

/// The routes of the directory.
pub(super) const ROUTES: &[Route] = &[
    Route::get("directory.deleted-users.list", "/directory/deletedItems/microsoft.graph.user", deleted_users)
        .behind(Gate::AdministratorRole),
    Route::get("directory.deleted-groups.list", "/directory/deletedItems/microsoft.graph.group", deleted_groups)
        .behind(Gate::AdministratorRole),
    Route::get(
        "directory.deleted-applications.list",
        "/directory/deletedItems/microsoft.graph.application",
        deleted_applications,
    )
    .like("GET /applications"),
    Route::get("directory.deleted-items.get", "/directory/deletedItems/{id}", get_deleted)
        .like("DELETE /directory/deletedItems/{id}")
        .behind(Gate::AdministratorRole),
    Route::delete("directory.deleted-items.purge", "/directory/deletedItems/{id}", purge)
        .behind(Gate::AdministratorRole),
    Route::post("directory.deleted-items.restore", "/directory/deletedItems/{id}/restore", restore)
        .like("DELETE /directory/deletedItems/{id}")
        .behind(Gate::AdministratorRole),
    Route::ask("directory.objects.get", "/directoryObjects/getByIds", by_ids),
];

fn deleted_users(tenant: &Tenant, call: &Call<'_>) -> Answer {
    deleted(tenant, call, "user")
}

fn deleted_groups(tenant: &Tenant, call: &Call<'_>) -> Answer {
    deleted(tenant, call, "group")
}

fn deleted_applications(tenant: &Tenant, call: &Call<'_>) -> Answer {
    deleted(tenant, call, "application")
}

fn deleted(tenant: &Tenant, call: &Call<'_>, kind: &'static str) -> Answer {
    let entities = tenant.store.list(DELETED).filter(|entity| entity.kind == kind);
    call.list(entities, &List::new(kind, format!("{kind}s")))
}

/// The permissions that reach deleted objects of a kind, beside those of the whole directory. One row of the
/// permission table is for all kinds.
const DELETED_KINDS: &[(&str, &[&str])] = &[
    ("user", &["User.DeleteRestore.All", "User.ReadWrite.All"]),
    ("group", &["Group.ReadWrite.All"]),
    ("administrativeUnit", &["AdministrativeUnit.ReadWrite.All"]),
    ("application", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
    ("servicePrincipal", &["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy"]),
];

/// A deleted object that the caller may reach.
fn find_deleted<'a>(tenant: &'a Tenant, call: &Call<'_>) -> Result<&'a Entity, GraphError> {
    let entity = call.find(tenant, DELETED, call.parameter("id"))?;
    let own = DELETED_KINDS.iter().find(|(kind, _)| *kind == entity.kind).map_or(&[][..], |(_, names)| *names);
    let mut opening = own.iter().chain(&["Directory.ReadWrite.All"]);
    if opening.any(|name| call.caller.permissions.contains(*name)) {
        Ok(entity)
    } else {
        Err(GraphError::denied(call.service()))
    }
}

fn get_deleted(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let entity = find_deleted(tenant, call)?;
    call.entity_with(http::StatusCode::OK, entity, "directoryObjects", &Rendering::typed())
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("id");
    find_deleted(tenant, call)?;
    tenant.purge_deleted(id).ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}

fn restore(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("id");
    find_deleted(tenant, call)?;
    let entity = tenant.restore(id).ok_or_else(|| call.not_found(id))?;
    call.entity_with(http::StatusCode::OK, &entity, "directoryObjects", &Rendering::typed())
}

fn by_ids(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let ids = body
        .get("ids")
        .and_then(Value::as_array)
        .ok_or_else(|| GraphError::invalid(call.service(), "The required parameter 'ids' is missing."))?;
    if ids.len() > IDS_MAX {
        return Err(GraphError::invalid(
            call.service(),
            format!("Too many identifiers: at most {IDS_MAX} are allowed."),
        ));
    }
    let types: Option<Vec<&str>> =
        body.get("types").and_then(Value::as_array).map(|types| types.iter().filter_map(Value::as_str).collect());
    let wanted: HashMap<&str, ()> = ids.iter().filter_map(Value::as_str).map(|id| (id, ())).collect();
    let found = wanted.keys().filter_map(|id| {
        let paths = ["users", "groups", "devices", "directory/administrativeUnits", "directoryRoles", "contacts"];
        paths.iter().find_map(|path| tenant.store.get(path, id))
    });
    let mut found: Vec<&Entity> =
        found.filter(|entity| types.as_ref().is_none_or(|types| types.contains(&entity.kind))).collect();
    found.sort_by_key(|entity| entity.order);
    let list = List::new("directoryObject", "directoryObjects").paged(IDS_MAX, IDS_MAX).rendered(Rendering::typed());
    call.list(found.into_iter(), &list)
}
