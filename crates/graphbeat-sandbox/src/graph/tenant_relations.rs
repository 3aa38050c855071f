//! What the tenant knows of other tenants: nothing, but that it is one itself.

use http::StatusCode;
use serde_json::json;

use super::call::{Call, empty_list};
use super::error::GraphError;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;

/// The routes about tenants, and of what comes from outside Microsoft 365.
pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "directory.tenant-information.by-domain",
        "/tenantRelationships/findTenantInformationByDomainName(domainName={domainName})",
        information,
    ),
    Route::get(
        "directory.tenant-information.by-id",
        "/tenantRelationships/findTenantInformationByTenantId(tenantId={tenantId})",
        information,
    ),
    Route::get(
        "directory.multi-tenant-organization.get",
        "/tenantRelationships/multiTenantOrganization",
        no_organization,
    )
    .behind(Gate::AdministratorRole),
    Route::get("search.connections.list", "/external/connections", connections),
];

fn information(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (domain, id) = (call.parameter("domainName"), call.parameter("tenantId"));
    let is_own = tenant.store.list("domains").any(|it| it.id().eq_ignore_ascii_case(domain))
        || tenant.id.to_string().eq_ignore_ascii_case(id);
    if !is_own {
        let key = if domain.is_empty() { id } else { domain };
        return Err(GraphError::new(
            StatusCode::NOT_FOUND,
            "Directory_ObjectNotFound",
            format!("Unable to retrieve tenant information: '{key}' was not found."),
        ));
    }
    let organization = tenant.store.list("organization").next();
    let name = organization.map(|it| it.text("displayName")).unwrap_or_default();
    let own = json!({
        "tenantId": tenant.id, "federationBrandName": null, "displayName": name, "defaultDomainName": tenant.domain,
    });
    call.value(own, "microsoft.graph.tenantInformation")
}

fn no_organization(_: &Tenant, _: &Call<'_>) -> Answer {
    let message = "The tenant is not part of a multitenant organization.";
    Err(GraphError::new(StatusCode::NOT_FOUND, "Directory_ObjectNotFound", message))
}

fn connections(_: &Tenant, call: &Call<'_>) -> Answer {
    empty_list(call, "external/connections")
}
