//! Directory roles given to users and taken away, through both of Graph's doors: assignments and members.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::{Call, referenced_id};
use super::error::GraphError;
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use super::users::SHOWN;
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

const ASSIGNMENTS: &str = "roleManagement/directory/roleAssignments";
const DEFINITIONS: &str = "roleManagement/directory/roleDefinitions";
/// Where a user's roles stand, as template ids.
const ROLES: &str = "_roles";
/// The characters of an assignment's id.
const ID_LENGTH: usize = 32;

/// The routes of role assignments and of roles' members.
pub(super) const ROUTES: &[Route] = &[
    Route::get("directory.role-assignments.list", "/roleManagement/directory/roleAssignments", list)
        .behind(Gate::AdministratorRole),
    Route::get("directory.role-assignments.get", "/roleManagement/directory/roleAssignments/{id}", get)
        .like("GET /roleManagement/directory/roleAssignments")
        .behind(Gate::AdministratorRole),
    Route::post("directory.role-assignments.create", "/roleManagement/directory/roleAssignments", create)
        .behind(Gate::AdministratorRole),
    Route::delete("directory.role-assignments.delete", "/roleManagement/directory/roleAssignments/{id}", delete)
        .behind(Gate::AdministratorRole),
    Route::get("directory.role-members.list", "/directoryRoles/{id}/members", members)
        .like("GET /directoryRoles")
        .behind(Gate::AdministratorRole),
    Route::post("directory.role-members.add", "/directoryRoles/{id}/members/$ref", add_member)
        .behind(Gate::AdministratorRole),
    Route::delete("directory.role-members.remove", "/directoryRoles/{id}/members/{member}/$ref", remove_member)
        .behind(Gate::AdministratorRole),
];

/// The template ids of a user's roles.
fn roles_of(user: &Entity) -> impl Iterator<Item = &str> {
    user.get(ROLES).as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Every assignment of the tenant: it has no state of its own, a user's roles are it.
fn all(tenant: &Tenant) -> impl Iterator<Item = Entity> {
    let pairs = tenant.store.list("users").flat_map(|user| roles_of(user).map(move |role| (user, role)));
    pairs.zip(1..).map(|((user, role), order)| assignment(tenant, user.id(), role, order))
}

fn assignment(tenant: &Tenant, user: &str, role: &str, order: u64) -> Entity {
    let id = tenant.signature(&format!("{role}/{user}"));
    let id = id.get(..ID_LENGTH).unwrap_or_default();
    let properties = json!({"id": id, "principalId": user, "directoryScopeId": "/", "roleDefinitionId": role});
    Entity::loose("unifiedRoleAssignment", order, properties)
}

fn find(tenant: &Tenant, call: &Call<'_>) -> Result<Entity, GraphError> {
    let id = call.parameter("id");
    all(tenant).find(|it| it.id() == id).ok_or_else(|| call.not_found(id))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let all: Vec<Entity> = all(tenant).collect();
    call.list(all.iter(), &List::new("unifiedRoleAssignment", ASSIGNMENTS))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(&find(tenant, call)?, ASSIGNMENTS)
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("unifiedRoleAssignment")?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (principal, role) = (text("principalId"), text("roleDefinitionId"));
    let invalid = |message: &str| GraphError::invalid(call.service(), message);
    if text("directoryScopeId") != "/" && text("appScopeId") != "/" {
        return Err(invalid("The 'directoryScopeId' is missing or names a scope that the directory does not have."));
    }
    if tenant.store.get(DEFINITIONS, role).is_none() {
        return Err(call.not_found(role));
    }
    let user = tenant.user_id(principal).map(str::to_owned).ok_or_else(|| call.not_found(principal))?;
    if !give(tenant, &user, role) {
        return Err(invalid(
            "A conflicting object with one or more of the specified property values is present in the directory.",
        ));
    }
    let made = assignment(tenant, &user, role, 1);
    call.entity_with(StatusCode::CREATED, &made, ASSIGNMENTS, &Rendering::default())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let found = find(tenant, call)?;
    take(tenant, found.text("principalId"), found.text("roleDefinitionId"));
    Ok(GraphResponse::no_content())
}

/// The template id of the role in the path.
fn template(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    call.find(tenant, "directoryRoles", call.parameter("id")).map(|role| role.text("roleTemplateId").to_owned())
}

fn members(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let template = template(tenant, call)?;
    let list = List::new("directoryObject", "directoryObjects")
        .rendered(Rendering { default: Some(SHOWN), ..Rendering::typed() });
    call.list(tenant.store.list("users").filter(|user| roles_of(user).any(|role| role == template)), &list)
}

fn add_member(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let template = template(tenant, call)?;
    let member = referenced_id(&call.json()?)?;
    let user = tenant.user_id(&member).map(str::to_owned).ok_or_else(|| call.not_found(&member))?;
    if !give(tenant, &user, &template) {
        let message =
            "One or more added object references already exist for the following modified properties: 'members'.";
        return Err(GraphError::invalid(call.service(), message));
    }
    Ok(GraphResponse::no_content())
}

fn remove_member(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let template = template(tenant, call)?;
    let member = call.parameter("member");
    if !take(tenant, member, &template) {
        return Err(call.not_found(member));
    }
    Ok(GraphResponse::no_content())
}

/// Gives a user a role; whether it is a new one.
fn give(tenant: &mut Tenant, user: &str, role: &str) -> bool {
    change(tenant, user, |roles| {
        let is_new = !roles.iter().any(|held| held == role);
        if is_new {
            roles.push(Value::from(role));
        }
        is_new
    })
}

/// Takes a role from a user; whether there was one.
fn take(tenant: &mut Tenant, user: &str, role: &str) -> bool {
    change(tenant, user, |roles| {
        let before = roles.len();
        roles.retain(|held| held != role);
        roles.len() < before
    })
}

fn change(tenant: &mut Tenant, user: &str, change: impl FnOnce(&mut Vec<Value>) -> bool) -> bool {
    let user = tenant.store.get_mut("users", user);
    let roles = user.map(|user| user.properties.entry(ROLES).or_insert_with(|| json!([])));
    roles.and_then(Value::as_array_mut).is_some_and(change)
}
