//! Service principals: those of the tenant's applications and Microsoft Graph's own.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::credentials::password;
use super::error::GraphError;
use super::grants;
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::identity::{Application, Permission, PermissionKind, permissions};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties};

/// Microsoft Graph's application id.
const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";
/// The tenant that owns Microsoft's applications.
const MICROSOFT_TENANT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// What clients have set of service principals.
const KEPT: &str = "servicePrincipals";
/// Who makes a service principal may change it.
const CREATES: &str = "POST /servicePrincipals";

/// The routes of service principals.
pub(super) const ROUTES: &[Route] = &[
    Route::get("identity.service-principals.list", "/servicePrincipals", list),
    Route::get("identity.service-principals.get", "/servicePrincipals/{principal}", get).like("GET /servicePrincipals"),
    Route::get("identity.service-principals.by-app-id", "/servicePrincipals(appId={appId})", get)
        .like("GET /servicePrincipals"),
    Route::post("identity.service-principals.create", "/servicePrincipals", create),
    Route::patch("identity.service-principals.update", "/servicePrincipals/{principal}", update).like(CREATES),
    Route::delete("identity.service-principals.delete", "/servicePrincipals/{principal}", delete),
    Route::delete("identity.service-principals.delete-by-app-id", "/servicePrincipals(appId={appId})", delete)
        .like("DELETE /servicePrincipals/{principal}"),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let expand = |principal: &Entity, name: &str| grants::expanded(tenant, principal.id(), name);
    let rendering = Rendering { expansion: Some(&expand), ..Rendering::default() };
    call.list(all(tenant), &List::new("servicePrincipal", "servicePrincipals").rendered(rendering))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (id, app_id) = (call.parameter("principal"), call.parameter("appId"));
    let found = all(tenant).find(|it| it.id() == id || it.text("appId").eq_ignore_ascii_case(app_id));
    let found = found.ok_or_else(|| call.not_found(if id.is_empty() { app_id } else { id }))?;
    let expand = |principal: &Entity, name: &str| grants::expanded(tenant, principal.id(), name);
    let rendering = Rendering { expansion: Some(&expand), ..Rendering::default() };
    call.entity_with(StatusCode::OK, &found, "servicePrincipals", &rendering)
}

/// The object's id of the application, or of its service principal, with this application's id; an id that
/// nothing has stays as it is, and is not found.
pub(super) fn object_id(tenant: &Tenant, collection: &str, app_id: &str) -> Option<String> {
    let found = match collection {
        "servicePrincipals" => {
            all(tenant).find(|it| it.text("appId").eq_ignore_ascii_case(app_id)).map(|it| it.id().to_owned())
        }
        "applications" => {
            let is_it = |it: &Application| it.client_id.to_string().eq_ignore_ascii_case(app_id);
            tenant.identity.registrations().find(|(_, it)| is_it(it)).map(|(_, it)| it.object_id.to_string())
        }
        _ => return None,
    };
    Some(found.unwrap_or_else(|| app_id.to_owned()))
}

/// The place of the application whose service principal the path names.
pub(super) fn find(tenant: &Tenant, call: &Call<'_>) -> Result<usize, GraphError> {
    let (id, app_id) = (call.parameter("principal"), call.parameter("appId"));
    let is_it = |it: &Application| {
        it.service_principal_id.to_string().eq_ignore_ascii_case(id)
            || it.client_id.to_string().eq_ignore_ascii_case(app_id)
    };
    let living = |it: &Application| !it.deleted && it.has_principal && is_it(it);
    tenant
        .identity
        .applications
        .iter()
        .position(living)
        .ok_or_else(|| call.not_found(if id.is_empty() { app_id } else { id }))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let mut body = call.body("servicePrincipal")?;
    let app_id = body.shift_remove("appId");
    let app_id = app_id.as_ref().and_then(Value::as_str).unwrap_or_default();
    let is_it = |it: &Application| !it.deleted && it.client_id.to_string().eq_ignore_ascii_case(app_id);
    let at = tenant.identity.applications.iter().position(is_it).ok_or_else(|| {
        let message =
            format!("The appId '{app_id}' of the service principal does not reference a valid application object.");
        GraphError::invalid(call.service(), message)
    })?;
    if tenant.identity.applications[at].has_principal {
        let message = format!(
            "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
        );
        return Err(GraphError::new(StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue", message));
    }
    tenant.identity.applications[at].has_principal = true;
    keep(tenant, at, body);
    let shown = of_application(tenant, &tenant.identity.applications[at]);
    call.created(&Entity::loose("servicePrincipal", at as u64 + 1, shown), "servicePrincipals")
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (at, body) = (find(tenant, call)?, call.body("servicePrincipal")?);
    if body.contains_key("appId") {
        return Err(GraphError::invalid(call.service(), "Property 'appId' is read-only and cannot be set."));
    }
    keep(tenant, at, body);
    Ok(GraphResponse::no_content())
}

/// Takes properties over: whether it may sign in into the identity, the rest into the store.
fn keep(tenant: &mut Tenant, at: usize, mut body: Properties) {
    let application = &mut tenant.identity.applications[at];
    if let Some(enabled) = body.shift_remove("accountEnabled").as_ref().and_then(Value::as_bool) {
        application.enabled = enabled;
    }
    let id = application.service_principal_id.to_string();
    if !body.is_empty() && tenant.store.patch(KEPT, &id, body.clone()).is_none() {
        tenant.store.create(KEPT, "servicePrincipal", id, Value::Object(body));
    }
}

/// The application stays; what was granted to it goes.
fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let at = find(tenant, call)?;
    let application = &mut tenant.identity.applications[at];
    application.remove_principal();
    let id = application.service_principal_id.to_string();
    tenant.store.purge(KEPT, &id);
    tenant.store.remove_below(&format!("{KEPT}/{id}"));
    Ok(GraphResponse::no_content())
}

/// Those of the tenant's own applications, then Microsoft Graph's, each made when it is asked for.
pub(super) fn all(tenant: &Tenant) -> impl Iterator<Item = Entity> {
    let own = tenant.identity.applications.iter().filter(|it| !it.deleted && it.has_principal).enumerate();
    let own = own.map(|(at, it)| Entity::loose("servicePrincipal", at as u64 + 1, of_application(tenant, it)));
    own.chain(std::iter::once_with(|| Entity::loose("servicePrincipal", u64::MAX, of_graph(tenant))))
}

pub(super) fn of_application(tenant: &Tenant, application: &Application) -> Value {
    let mut shown = json!({
        "id": application.service_principal_id, "deletedDateTime": null, "accountEnabled": application.enabled, "alternativeNames": [],
        "appDisplayName": application.display_name, "appDescription": null, "appId": application.client_id,
        "appOwnerOrganizationId": if application.first_party { MICROSOFT_TENANT.to_owned() } else { tenant.id.to_string() },
        "appRoleAssignmentRequired": false,
        "disabledByMicrosoftStatus": null, "displayName": application.display_name, "homepage": null, "loginUrl": null,
        "notes": null, "replyUrls": [], "servicePrincipalNames": [application.client_id], "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg", "tags": ["WindowsAzureActiveDirectoryIntegratedApp"], "appRoles": [],
        "keyCredentials": [], "oauth2PermissionScopes": [],
        "passwordCredentials": application.principal_secrets.iter().map(password).collect::<Vec<_>>(),
    });
    if let Some(kept) = tenant.store.get(KEPT, &application.service_principal_id.to_string()) {
        kept.properties.iter().for_each(|(name, value)| shown[name] = value.clone());
    }
    shown
}

/// Microsoft Graph's own service principal, with everything that can be asked of it.
fn of_graph(tenant: &Tenant) -> Value {
    let of = |kind: PermissionKind| permissions().iter().filter(move |it| it.kind == kind);
    json!({
        "id": graph_principal(tenant), "deletedDateTime": null, "accountEnabled": true, "alternativeNames": [],
        "appDisplayName": "Microsoft Graph", "appDescription": null, "appId": GRAPH_APP_ID,
        "appOwnerOrganizationId": MICROSOFT_TENANT, "appRoleAssignmentRequired": false, "displayName": "Microsoft Graph",
        "homepage": null, "loginUrl": null, "notes": null, "replyUrls": [],
        "servicePrincipalNames": ["https://graph.microsoft.com", GRAPH_APP_ID], "servicePrincipalType": "Application",
        "signInAudience": "AzureADMultipleOrgs", "tags": [], "keyCredentials": [], "passwordCredentials": [],
        "appRoles": of(PermissionKind::Application).map(role).collect::<Vec<_>>(),
        "oauth2PermissionScopes": of(PermissionKind::Delegated).map(scope).collect::<Vec<_>>(),
    })
}

/// The object id of Microsoft Graph's service principal in this tenant.
pub(super) fn graph_principal(tenant: &Tenant) -> String {
    derived(tenant, "graph")
}

/// A UUID that follows from the tenant and a text.
pub(super) fn derived(tenant: &Tenant, text: &str) -> String {
    let digest = tenant.signature(text);
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digest.as_bytes().chunks(2)) {
        *byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

fn role(permission: &Permission) -> Value {
    json!({
        "allowedMemberTypes": ["Application"], "description": permission.display_name, "displayName": permission.display_name,
        "id": permission.id, "isEnabled": true, "origin": "Application", "value": permission.value,
    })
}

fn scope(permission: &Permission) -> Value {
    json!({
        "adminConsentDescription": permission.display_name, "adminConsentDisplayName": permission.display_name, "id": permission.id,
        "isEnabled": true, "type": if permission.admin_consent { "Admin" } else { "User" },
        "userConsentDescription": permission.display_name, "userConsentDisplayName": permission.display_name, "value": permission.value,
    })
}
