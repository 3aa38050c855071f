//! The roles and scopes that an application publishes, as lists of their own.

use serde_json::Value;

use super::call::Call;
use super::list::List;
use super::route::{Answer, Route};
use super::{applications, service_principals};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// The routes of published permissions.
pub(super) const ROUTES: &[Route] = &[
    Route::get("identity.application-roles.list", "/applications/{application}/appRoles", of_application)
        .like("GET /applications"),
    Route::get("identity.application-roles.by-app-id", "/applications(appId={appId})/appRoles", of_application)
        .like("GET /applications"),
    Route::get("identity.principal-roles.list", "/servicePrincipals/{principal}/appRoles", roles_of_principal)
        .like("GET /servicePrincipals"),
    Route::get(
        "identity.principal-scopes.list",
        "/servicePrincipals/{principal}/oauth2PermissionScopes",
        scopes_of_principal,
    )
    .like("GET /servicePrincipals"),
];

fn of_application(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let at = applications::find(tenant, call)?;
    let shown = applications::shown(tenant, &tenant.identity.applications[at], at);
    list(call, shown.get("appRoles"), "appRole", format!("applications('{}')/appRoles", shown.id()))
}

fn roles_of_principal(tenant: &Tenant, call: &Call<'_>) -> Answer {
    of_principal(tenant, call, "appRoles", "appRole")
}

fn scopes_of_principal(tenant: &Tenant, call: &Call<'_>) -> Answer {
    of_principal(tenant, call, "oauth2PermissionScopes", "permissionScope")
}

fn of_principal(tenant: &Tenant, call: &Call<'_>, property: &str, kind: &'static str) -> Answer {
    let id = call.parameter("principal");
    let found = service_principals::all(tenant).find(|it| it.id() == id).ok_or_else(|| call.not_found(id))?;
    list(call, found.get(property), kind, format!("servicePrincipals('{id}')/{property}"))
}

fn list(call: &Call<'_>, published: &Value, kind: &'static str, context: String) -> Answer {
    let published = published.as_array().into_iter().flatten().zip(1_u64..);
    let entities = published.map(|(it, order)| Entity::loose(kind, order, it.clone()));
    call.list(entities, &List::new(kind, context).paged(999, 999))
}
