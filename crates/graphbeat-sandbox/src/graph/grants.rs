//! What applications are granted: app roles of Microsoft Graph, and scopes consented for users. Both are the
//! state that signing in uses, so that the next token shows every change.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use super::service_principals::{derived, find, graph_principal};
use crate::identity::{Application, Permission, PermissionKind, permissions};
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties};

const ASSIGNMENT: &str = "appRoleAssignment";
const GRANT: &str = "oAuth2PermissionGrant";
/// Assignments and grants that `$expand` shows.
const EXPANDED_MAX: usize = 1_000;
/// The longest list of scopes.
const SCOPE_MAX: usize = 20_000;
/// Users that may consent to one application by themselves.
pub(crate) const CONSENTS_MAX: usize = 10_000;

/// The routes of grants.
pub(super) const ROUTES: &[Route] = &[
    Route::get("identity.role-assignments.list", "/servicePrincipals/{principal}/appRoleAssignments", assignments),
    Route::post("identity.role-assignments.create", "/servicePrincipals/{principal}/appRoleAssignments", assign),
    Route::delete(
        "identity.role-assignments.delete",
        "/servicePrincipals/{principal}/appRoleAssignments/{assignment}",
        unassign,
    ),
    Route::get("identity.roles-assigned.list", "/servicePrincipals/{principal}/appRoleAssignedTo", assigned)
        .like("GET /servicePrincipals/{principal}/appRoleAssignments"),
    Route::post("identity.roles-assigned.create", "/servicePrincipals/{principal}/appRoleAssignedTo", assign)
        .like("POST /servicePrincipals/{principal}/appRoleAssignments"),
    Route::delete(
        "identity.roles-assigned.delete",
        "/servicePrincipals/{principal}/appRoleAssignedTo/{assignment}",
        unassign,
    )
    .like("DELETE /servicePrincipals/{principal}/appRoleAssignments/{assignment}"),
    Route::get("identity.grants.list", "/oauth2PermissionGrants", grants),
    Route::get("identity.grants.get", "/oauth2PermissionGrants/{grant}", get_grant).like("GET /oauth2PermissionGrants"),
    Route::post("identity.grants.create", "/oauth2PermissionGrants", create_grant),
    Route::patch("identity.grants.update", "/oauth2PermissionGrants/{grant}", update_grant)
        .like("POST /oauth2PermissionGrants"),
    Route::delete("identity.grants.delete", "/oauth2PermissionGrants/{grant}", delete_grant),
    Route::get("identity.principal-grants.list", "/servicePrincipals/{principal}/oauth2PermissionGrants", grants_of)
        .like("GET /oauth2PermissionGrants"),
];

/// The applications that can be granted anything.
fn principals(tenant: &Tenant) -> impl Iterator<Item = &Application> {
    tenant.identity.applications.iter().filter(|it| !it.deleted && it.has_principal)
}

fn assignment(tenant: &Tenant, application: &Application, permission: &Permission) -> Value {
    let id = application.service_principal_id;
    json!({
        "id": derived(tenant, &format!("{id}/{}", permission.id)), "deletedDateTime": null, "appRoleId": permission.id,
        "createdDateTime": stamp(application.created), "principalDisplayName": application.display_name, "principalId": id,
        "principalType": "ServicePrincipal", "resourceDisplayName": "Microsoft Graph", "resourceId": graph_principal(tenant),
    })
}

fn assignments_of(tenant: &Tenant, application: &Application) -> Vec<Value> {
    let is_granted = |it: &&Permission| {
        it.kind == PermissionKind::Application && application.application_permissions.contains(it.value)
    };
    permissions().iter().filter(is_granted).map(|permission| assignment(tenant, application, permission)).collect()
}

fn loose(kind: &'static str, values: Vec<Value>) -> impl Iterator<Item = Entity> {
    (1..).zip(values).map(move |(order, value)| Entity::loose(kind, order, value))
}

/// What `$expand` shows of a service principal: its roles of Graph, who has its own, and consents.
pub(super) fn expanded(tenant: &Tenant, id: &str, name: &str) -> Option<Value> {
    let application = principals(tenant).find(|it| it.service_principal_id.to_string() == id);
    let mut shown = match name {
        "appRoleAssignments" => application.map(|it| assignments_of(tenant, it)).unwrap_or_default(),
        "appRoleAssignedTo" if id == graph_principal(tenant) => {
            principals(tenant).flat_map(|it| assignments_of(tenant, it)).collect()
        }
        "oauth2PermissionGrants" => application.map(|it| all_of(tenant, it)).unwrap_or_default(),
        "appRoleAssignedTo" | "owners" => Vec::new(),
        _ => return None,
    };
    shown.truncate(EXPANDED_MAX);
    Some(Value::Array(shown))
}

fn assignments(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let context = format!("servicePrincipals('{}')/appRoleAssignments", call.parameter("principal"));
    let list = List::new(ASSIGNMENT, context);
    // Microsoft Graph is granted nothing.
    if call.parameter("principal") == graph_principal(tenant) {
        return call.list(std::iter::empty::<Entity>(), &list);
    }
    let application = &tenant.identity.applications[find(tenant, call)?];
    call.list(loose(ASSIGNMENT, assignments_of(tenant, application)), &list)
}

/// Who was granted the roles of a principal: only Microsoft Graph has any.
fn assigned(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("principal");
    let all: Vec<Value> = if id == graph_principal(tenant) {
        principals(tenant).flat_map(|application| assignments_of(tenant, application)).collect()
    } else {
        find(tenant, call).map(|_| Vec::new())?
    };
    call.list(loose(ASSIGNMENT, all), &List::new(ASSIGNMENT, format!("servicePrincipals('{id}')/appRoleAssignedTo")))
}

fn required<'b>(call: &Call<'_>, body: &'b Properties, name: &str, kind: &str) -> Result<&'b str, GraphError> {
    let missing = || {
        GraphError::invalid(call.service(), format!("A value is required for property '{name}' of resource '{kind}'."))
    };
    body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(missing)
}

/// The place of the application with this service principal.
fn principal_at(tenant: &Tenant, call: &Call<'_>, id: &str) -> Result<usize, GraphError> {
    let is_it = |it: &Application| !it.deleted && it.has_principal && it.service_principal_id.to_string() == id;
    tenant.identity.applications.iter().position(is_it).ok_or_else(|| call.not_found(id))
}

fn assign(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body(ASSIGNMENT)?;
    let text = |name| required(call, &body, name, "AppRoleAssignment");
    let (principal, resource, role) = (text("principalId")?, text("resourceId")?, text("appRoleId")?);
    let at = principal_at(tenant, call, principal)?;
    let known = permissions().iter().find(|it| it.kind == PermissionKind::Application && it.id.to_string() == role);
    let known = known
        .filter(|_| resource == graph_principal(tenant))
        .ok_or_else(|| GraphError::invalid(call.service(), "Permission being assigned was not found on application"))?;
    if !tenant.identity.applications[at].application_permissions.insert(known.value.to_owned()) {
        return Err(GraphError::invalid(call.service(), "Permission being assigned already exists on the object"));
    }
    let shown = assignment(tenant, &tenant.identity.applications[at], known);
    let context = call.route.pattern.rsplit('/').next().unwrap_or_default();
    call.created(
        &Entity::loose(ASSIGNMENT, 1, shown),
        &format!("servicePrincipals('{}')/{context}", call.parameter("principal")),
    )
}

fn unassign(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("assignment");
    let found = tenant.identity.applications.iter().enumerate().find_map(|(at, application)| {
        let is_it = |it: &&Permission| {
            application.application_permissions.contains(it.value)
                && derived(tenant, &format!("{}/{}", application.service_principal_id, it.id)) == id
        };
        let living = !application.deleted && application.has_principal;
        living.then(|| permissions().iter().find(is_it).map(|it| (at, it.value)))?
    });
    let (at, value) = found.ok_or_else(|| call.not_found(id))?;
    tenant.identity.applications[at].application_permissions.remove(value);
    Ok(GraphResponse::no_content())
}

/// Whose consent a grant is: everybody's, or one user's.
type Whose = Option<Uuid>;

fn grant_id(tenant: &Tenant, application: &Application, whose: Whose) -> String {
    let user = whose.map(|user| format!("/{user}")).unwrap_or_default();
    tenant.signature(&format!("grant/{}{user}", application.client_id))
}

fn grant(tenant: &Tenant, application: &Application, whose: Whose) -> Value {
    let scopes = whose.map_or(Some(&application.delegated), |user| application.consents.get(&user));
    let scope = scopes.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    json!({
        "id": grant_id(tenant, application, whose), "clientId": application.service_principal_id,
        "consentType": if whose.is_some() { "Principal" } else { "AllPrincipals" },
        "principalId": whose, "resourceId": graph_principal(tenant), "scope": scope,
    })
}

/// Whose grants an application has.
fn granters(application: &Application) -> impl Iterator<Item = Whose> {
    let everybody = (!application.delegated.is_empty()).then_some(None);
    everybody.into_iter().chain(application.consents.keys().map(|user| Some(*user)))
}

fn all_of(tenant: &Tenant, application: &Application) -> Vec<Value> {
    granters(application).map(|whose| grant(tenant, application, whose)).collect()
}

fn grants(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let all = principals(tenant).flat_map(|it| all_of(tenant, it)).collect();
    call.list(loose(GRANT, all), &List::new(GRANT, "oauth2PermissionGrants"))
}

fn grants_of(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let list = List::new(GRANT, format!("servicePrincipals('{}')/oauth2PermissionGrants", call.parameter("principal")));
    if call.parameter("principal") == graph_principal(tenant) {
        return call.list(std::iter::empty::<Entity>(), &list);
    }
    let application = &tenant.identity.applications[find(tenant, call)?];
    call.list(loose(GRANT, all_of(tenant, application)), &list)
}

/// The place of the application whose grant the path names, and whose it is.
fn granted_at(tenant: &Tenant, call: &Call<'_>) -> Result<(usize, Whose), GraphError> {
    let id = call.parameter("grant");
    let living = tenant.identity.applications.iter().enumerate().filter(|(_, it)| !it.deleted && it.has_principal);
    let mut all = living.flat_map(|(at, it)| granters(it).map(move |whose| (at, it, whose)));
    let found = all.find(|(_, it, whose)| grant_id(tenant, it, *whose) == id);
    found.map(|(at, _, whose)| (at, whose)).ok_or_else(|| call.not_found(id))
}

fn get_grant(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (at, whose) = granted_at(tenant, call)?;
    let shown = grant(tenant, &tenant.identity.applications[at], whose);
    call.entity(&Entity::loose(GRANT, 1, shown), "oauth2PermissionGrants")
}

/// The scopes of a body.
fn scopes(call: &Call<'_>, body: &Properties) -> Result<BTreeSet<String>, GraphError> {
    let text = required(call, body, "scope", "OAuth2PermissionGrant")?;
    let known = |scope: &&str| {
        permissions().iter().any(|it| it.kind == PermissionKind::Delegated && it.value.eq_ignore_ascii_case(scope))
    };
    match text.split_whitespace().find(|scope| !known(scope)) {
        _ if text.len() > SCOPE_MAX => Err(GraphError::invalid(call.service(), "The scope is too long.")),
        Some(scope) => {
            let message = format!("The scope '{scope}' does not exist on the resource application.");
            Err(GraphError::invalid(call.service(), message))
        }
        None => Ok(text.split_whitespace().map(str::to_owned).collect()),
    }
}

fn create_grant(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body(GRANT)?;
    let text = |name| required(call, &body, name, "OAuth2PermissionGrant");
    let (client, kind, resource) = (text("clientId")?, text("consentType")?, text("resourceId")?);
    let at = principal_at(tenant, call, client)?;
    if resource != graph_principal(tenant) {
        return Err(call.not_found(resource));
    }
    let user = body.get("principalId").and_then(Value::as_str);
    let whose = match (kind, user.and_then(|user| user.parse().ok()).and_then(|user| tenant.user(user))) {
        ("AllPrincipals", None) if user.is_none() => None,
        ("Principal", Some(user)) => Some(user.id),
        _ => {
            let message = "Invalid value specified for property 'consentType' or 'principalId' of resource 'OAuth2PermissionGrant'.";
            return Err(GraphError::invalid(call.service(), message));
        }
    };
    let scopes = scopes(call, &body)?;
    let application = &mut tenant.identity.applications[at];
    if granters(application).any(|it| it == whose) {
        return Err(GraphError::new(StatusCode::CONFLICT, "Request_BadRequest", "Permission entry already exists."));
    }
    if application.consents.len() >= CONSENTS_MAX {
        return Err(GraphError::invalid(call.service(), "The application has too many grants."));
    }
    set(application, whose, scopes);
    let shown = grant(tenant, &tenant.identity.applications[at], whose);
    call.created(&Entity::loose(GRANT, 1, shown), "oauth2PermissionGrants")
}

fn update_grant(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let ((at, whose), body) = (granted_at(tenant, call)?, call.body(GRANT)?);
    set(&mut tenant.identity.applications[at], whose, scopes(call, &body)?);
    Ok(GraphResponse::no_content())
}

fn delete_grant(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (at, whose) = granted_at(tenant, call)?;
    set(&mut tenant.identity.applications[at], whose, BTreeSet::new());
    Ok(GraphResponse::no_content())
}

/// Replaces what is consented; nothing at all is no grant.
fn set(application: &mut Application, whose: Whose, scopes: BTreeSet<String>) {
    match whose {
        None => application.delegated = scopes,
        Some(user) if scopes.is_empty() => {
            application.consents.remove(&user);
        }
        Some(user) => {
            application.consents.insert(user, scopes);
        }
    }
}
