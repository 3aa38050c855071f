//! Service principals: one for each application and Microsoft Graph's own, with what is granted.

use serde_json::{Value, json};

use super::call::Call;
use super::list::List;
use super::route::{Answer, Route};
use crate::identity::{Application, Permission, PermissionKind, permissions};
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::Entity;

/// Microsoft Graph's application id.
const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";
/// The tenant that owns Microsoft's applications.
const MICROSOFT_TENANT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// The routes of service principals and grants.
pub(super) const ROUTES: &[Route] = &[
    Route::get("identity.service-principals.list", "/servicePrincipals", list),
    Route::get("identity.service-principals.get", "/servicePrincipals/{principal}", get).like("GET /servicePrincipals"),
    Route::get("identity.service-principals.by-app-id", "/servicePrincipals(appId={appId})", get)
        .like("GET /servicePrincipals"),
    Route::get("identity.role-assignments.list", "/servicePrincipals/{principal}/appRoleAssignments", role_assignments),
    Route::get("identity.grants.list", "/oauth2PermissionGrants", grants),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(all(tenant), &List::new("servicePrincipal", "servicePrincipals"))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (id, app_id) = (call.parameter("principal"), call.parameter("appId"));
    let found = all(tenant).find(|it| it.id() == id || it.text("appId").eq_ignore_ascii_case(app_id));
    call.entity(&found.ok_or_else(|| call.not_found(if id.is_empty() { app_id } else { id }))?, "servicePrincipals")
}

/// Those of the tenant's own applications, then Microsoft Graph's, each made when it is asked for.
pub(super) fn all(tenant: &Tenant) -> impl Iterator<Item = Entity> {
    let own = tenant.identity.applications.iter().filter(|it| !it.deleted).enumerate();
    let own = own.map(|(at, it)| Entity::loose("servicePrincipal", at as u64 + 1, of_application(tenant, it)));
    own.chain(std::iter::once_with(|| Entity::loose("servicePrincipal", u64::MAX, of_graph(tenant))))
}

fn of_application(tenant: &Tenant, application: &Application) -> Value {
    json!({
        "id": application.service_principal_id, "deletedDateTime": null, "accountEnabled": application.enabled, "alternativeNames": [],
        "appDisplayName": application.display_name, "appDescription": null, "appId": application.client_id,
        "appOwnerOrganizationId": tenant.id, "appRoleAssignmentRequired": false,
        "disabledByMicrosoftStatus": null, "displayName": application.display_name, "homepage": null, "loginUrl": null,
        "notes": null, "replyUrls": [], "servicePrincipalNames": [application.client_id], "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg", "tags": ["WindowsAzureActiveDirectoryIntegratedApp"], "appRoles": [],
        "keyCredentials": [], "passwordCredentials": [], "oauth2PermissionScopes": [],
    })
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
fn graph_principal(tenant: &Tenant) -> String {
    derived(tenant, "graph")
}

/// A UUID that follows from the tenant and a text.
fn derived(tenant: &Tenant, text: &str) -> String {
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

fn role_assignments(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("principal");
    let application =
        tenant.identity.applications.iter().find(|it| !it.deleted && it.service_principal_id.to_string() == id);
    let application = application.ok_or_else(|| call.not_found(id))?;
    let granted = permissions()
        .iter()
        .filter(|it| it.kind == PermissionKind::Application && application.application_permissions.contains(it.value));
    let all: Vec<Entity> = granted.enumerate().map(|(at, permission)| {
        let shown = json!({
            "id": derived(tenant, &format!("{id}/{}", permission.id)), "deletedDateTime": null, "appRoleId": permission.id,
            "createdDateTime": stamp(application.created), "principalDisplayName": application.display_name, "principalId": id,
            "principalType": "ServicePrincipal", "resourceDisplayName": "Microsoft Graph", "resourceId": graph_principal(tenant),
        });
        Entity::loose("appRoleAssignment", at as u64 + 1, shown)
    }).collect();
    call.list(all.iter(), &List::new("appRoleAssignment", format!("servicePrincipals('{id}')/appRoleAssignments")))
}

fn grants(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let consented = tenant.identity.applications.iter().filter(|it| !it.deleted && !it.delegated.is_empty());
    let all: Vec<Entity> = consented.enumerate().map(|(at, it)| {
        let scope = it.delegated.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let shown = json!({
            "id": tenant.signature(&format!("grant/{}", it.client_id)), "clientId": it.service_principal_id, "consentType": "AllPrincipals",
            "principalId": null, "resourceId": graph_principal(tenant), "scope": scope,
        });
        Entity::loose("oAuth2PermissionGrant", at as u64 + 1, shown)
    }).collect();
    call.list(all.iter(), &List::new("oAuth2PermissionGrant", "oauth2PermissionGrants"))
}
