//! Owners of groups, applications and service principals, and what asks for memberships of any object.

use serde_json::{Value, json};

use super::call::{Call, referenced_id};
use super::error::GraphError;
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use super::users::SHOWN;
use super::{applications, service_principals};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Owners that one object has at most, as in the real service.
const OWNERS_MAX: usize = 100;
/// Ids that one check takes, as in the real service.
const CHECKED_MAX: usize = 20;
/// Who may ask for memberships.
const MEMBERSHIPS: &str = "POST /users/{user}/getMemberGroups";

/// The routes of owners and memberships.
pub(super) const ROUTES: &[Route] = &[
    Route::get("groups.owners.users", "/groups/{group}/owners/microsoft.graph.user", owners)
        .like("GET /groups/{group}/owners"),
    Route::post("groups.owners.add", "/groups/{group}/owners/$ref", add_owner),
    Route::delete("groups.owners.remove", "/groups/{group}/owners/{owner}/$ref", remove_owner),
    Route::get("identity.application-owners.list", "/applications/{application}/owners", owners),
    Route::post("identity.application-owners.add", "/applications/{application}/owners/$ref", add_owner),
    Route::delete(
        "identity.application-owners.remove",
        "/applications/{application}/owners/{owner}/$ref",
        remove_owner,
    ),
    Route::get("identity.principal-owners.list", "/servicePrincipals/{principal}/owners", owners),
    Route::post("identity.principal-owners.add", "/servicePrincipals/{principal}/owners/$ref", add_owner),
    Route::delete(
        "identity.principal-owners.remove",
        "/servicePrincipals/{principal}/owners/{owner}/$ref",
        remove_owner,
    ),
    Route::ask("directory.member-groups.get", "/directoryObjects/{object}/getMemberGroups", member_groups)
        .like(MEMBERSHIPS),
    Route::ask("directory.member-objects.get", "/directoryObjects/{object}/getMemberObjects", member_groups)
        .like(MEMBERSHIPS),
    Route::ask("directory.member-groups.check", "/directoryObjects/{object}/checkMemberGroups", check_groups)
        .like(MEMBERSHIPS),
    Route::ask("directory.member-objects.check", "/directoryObjects/{object}/checkMemberObjects", check_objects)
        .like(MEMBERSHIPS),
    Route::ask("groups.member-groups.get", "/groups/{group}/getMemberGroups", member_groups).like(MEMBERSHIPS),
    Route::ask("groups.member-groups.check", "/groups/{group}/checkMemberGroups", check_groups).like(MEMBERSHIPS),
    Route::ask("users.member-objects.get", "/users/{user}/getMemberObjects", member_groups).like(MEMBERSHIPS),
    Route::ask("users.member-groups.check", "/users/{user}/checkMemberGroups", check_groups).like(MEMBERSHIPS),
    Route::ask("users.member-objects.check", "/users/{user}/checkMemberObjects", check_objects).like(MEMBERSHIPS),
];

/// Where the owners of the object in the path are kept.
fn place(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let (group, principal) = (call.parameter("group"), call.parameter("principal"));
    if !group.is_empty() {
        return call.find(tenant, "groups", group).map(|group| format!("groups/{}/owners", group.id()));
    }
    if principal.is_empty() {
        let at = applications::find(tenant, call)?;
        return Ok(format!("applications/{}/owners", tenant.identity.applications[at].object_id));
    }
    match service_principals::all(tenant).find(|it| it.id() == principal) {
        Some(found) => Ok(format!("servicePrincipals/{}/owners", found.id())),
        None => Err(call.not_found(principal)),
    }
}

fn owners(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let found = tenant.store.list(&place(tenant, call)?).filter_map(|reference| {
        let mut owner = tenant.user_entity(reference.id())?.clone();
        // A page token names the place among the owners, not in the directory.
        owner.order = reference.order;
        Some(owner)
    });
    let owners: Vec<Entity> = found.collect();
    let list = List::new("directoryObject", "directoryObjects")
        .rendered(Rendering { default: Some(SHOWN), ..Rendering::typed() });
    call.list(owners.iter(), &list)
}

fn add_owner(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = place(tenant, call)?;
    let owner = referenced_id(&call.json()?)?;
    let id = tenant.user_id(&owner).map(str::to_owned).ok_or_else(|| call.not_found(&owner))?;
    if tenant.store.get(&path, &id).is_some() {
        let message =
            "One or more added object references already exist for the following modified properties: 'owners'.";
        return Err(GraphError::invalid(call.service(), message));
    }
    if tenant.store.count(&path) >= OWNERS_MAX {
        let message = "The directory object quota limit for the Principal has been exceeded.";
        return Err(GraphError::new(http::StatusCode::FORBIDDEN, "Directory_QuotaExceeded", message));
    }
    tenant.store.create(&path, "directoryObject", id, json!({}));
    Ok(GraphResponse::no_content())
}

fn remove_owner(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = place(tenant, call)?;
    let owner = call.parameter("owner");
    if tenant.store.get(&path, owner).is_none() {
        return Err(call.not_found(owner));
    }
    if path.starts_with("groups/") && tenant.store.count(&path) == 1 {
        let message = "The group must have at least one owner, hence this owner cannot be removed.";
        return Err(GraphError::invalid(call.service(), message));
    }
    tenant.store.remove(&path, owner);
    Ok(GraphResponse::no_content())
}

/// The object in the path, which has to be a user, a group or a service principal.
fn object<'c>(tenant: &Tenant, call: &'c Call<'_>) -> Result<&'c str, GraphError> {
    let id = ["object", "group", "user"].map(|name| call.parameter(name)).into_iter().find(|id| !id.is_empty());
    let id = id.unwrap_or_default();
    let is_known = tenant.user_entity(id).is_some()
        || tenant.store.get("groups", id).is_some()
        || service_principals::all(tenant).any(|it| it.id() == id);
    if is_known { Ok(id) } else { Err(call.not_found(id)) }
}

fn groups_of<'t>(tenant: &'t Tenant, id: &'t str) -> impl Iterator<Item = &'t Entity> {
    let holds = move |group: &&Entity| tenant.store.get(&format!("groups/{}/members", group.id()), id).is_some();
    tenant.store.list("groups").filter(holds)
}

fn member_groups(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let only_security = match call.json()?.get("securityEnabledOnly") {
        Some(Value::Bool(only)) => *only,
        None => false,
        Some(_) => {
            return Err(GraphError::invalid(call.service(), "Invalid value specified for 'securityEnabledOnly'."));
        }
    };
    let groups = groups_of(tenant, object(tenant, call)?);
    let ids: Vec<&str> = groups.filter(|group| !only_security || group.is("securityEnabled")).map(Entity::id).collect();
    call.value(json!({"value": ids}), "Collection(Edm.String)")
}

fn check_groups(tenant: &Tenant, call: &Call<'_>) -> Answer {
    check(tenant, call, "groupIds")
}

fn check_objects(tenant: &Tenant, call: &Call<'_>) -> Answer {
    check(tenant, call, "ids")
}

/// Which of the groups that the body names hold the object.
fn check(tenant: &Tenant, call: &Call<'_>, name: &str) -> Answer {
    let body = call.json()?;
    let wanted: Option<Vec<&str>> =
        body.get(name).and_then(Value::as_array).and_then(|ids| ids.iter().map(Value::as_str).collect());
    let wanted = wanted.filter(|ids| ids.len() <= CHECKED_MAX).ok_or_else(|| {
        let message = format!("Invalid value specified for '{name}': it takes up to {CHECKED_MAX} ids.");
        GraphError::invalid(call.service(), message)
    })?;
    let groups = groups_of(tenant, object(tenant, call)?);
    let ids: Vec<&str> = groups.map(Entity::id).filter(|id| wanted.contains(id)).collect();
    call.value(json!({"value": ids}), "Collection(Edm.String)")
}
