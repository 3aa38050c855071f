//! Collections that are only listed and read one by one: organization, domains, licences, roles,
//! devices, policies, service health, bookings.

use super::call::{Call, empty_list};
use super::error::Service;
use super::list::List;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;

/// Collection, type.
const KINDS: &[(&str, &str)] = &[
    ("organization", "organization"),
    ("domains", "domain"),
    ("directoryRoles", "directoryRole"),
    ("roleManagement/directory/roleDefinitions", "unifiedRoleDefinition"),
    ("directory/administrativeUnits", "administrativeUnit"),
    ("devices", "device"),
    ("contacts", "orgContact"),
    ("groupSettingTemplates", "groupSettingTemplate"),
    ("policies/permissionGrantPolicies", "permissionGrantPolicy"),
    ("identity/conditionalAccess/policies", "conditionalAccessPolicy"),
    ("identity/conditionalAccess/namedLocations", "namedLocation"),
    ("identityGovernance/termsOfUse/agreements", "agreement"),
    ("identityGovernance/accessReviews/definitions", "accessReviewScheduleDefinition"),
    ("identityGovernance/entitlementManagement/catalogs", "accessPackageCatalog"),
    ("admin/serviceAnnouncement/healthOverviews", "serviceHealth"),
    ("admin/serviceAnnouncement/issues", "serviceHealthIssue"),
    ("admin/serviceAnnouncement/messages", "serviceUpdateMessage"),
    ("solutions/bookingBusinesses", "bookingBusiness"),
];

/// The routes of these collections.
pub(super) const ROUTES: &[Route] = &[
    Route::get("directory.organization.get", "/organization", list),
    Route::get("directory.organization.read", "/organization/{id}", get).like("GET /organization"),
    Route::get("directory.domains.list", "/domains", list),
    Route::get("directory.domains.get", "/domains/{id}", get).like("GET /domains"),
    Route::get("directory.roles.list", "/directoryRoles", list).behind(Gate::AdministratorRole),
    Route::get("directory.roles.get", "/directoryRoles/{id}", get)
        .like("GET /directoryRoles")
        .behind(Gate::AdministratorRole),
    Route::get("directory.role-definitions.list", "/roleManagement/directory/roleDefinitions", list)
        .behind(Gate::AdministratorRole),
    Route::get("directory.administrative-units.list", "/directory/administrativeUnits", list),
    Route::get("directory.administrative-units.get", "/directory/administrativeUnits/{id}", get)
        .like("GET /directory/administrativeUnits"),
    Route::get("directory.devices.list", "/devices", list),
    Route::get("directory.devices.get", "/devices/{id}", get).like("GET /devices"),
    Route::get("directory.contacts.list", "/contacts", list),
    Route::get("directory.group-setting-templates.list", "/groupSettingTemplates", list),
    Route::get("identity.permission-grant-policies.list", "/policies/permissionGrantPolicies", list)
        .behind(Gate::AdministratorRole),
    Route::get("identity.conditional-access.list", "/identity/conditionalAccess/policies", list)
        .behind(Gate::AdministratorRole),
    Route::get("identity.named-locations.list", "/identity/conditionalAccess/namedLocations", list)
        .behind(Gate::AdministratorRole),
    Route::get("identity.providers.list", "/identity/identityProviders", none).behind(Gate::AdministratorRole),
    Route::get("identity.agreements.list", "/identityGovernance/termsOfUse/agreements", list)
        .behind(Gate::AdministratorRole),
    Route::get("identity.access-reviews.list", "/identityGovernance/accessReviews/definitions", list)
        .behind(Gate::AdministratorRole),
    Route::get("identity.access-catalogs.list", "/identityGovernance/entitlementManagement/catalogs", list)
        .behind(Gate::AdministratorRole),
    Route::get("service-health.overviews.list", "/admin/serviceAnnouncement/healthOverviews", list)
        .of(Service::Health)
        .behind(Gate::AdministratorRole),
    Route::get("service-health.issues.list", "/admin/serviceAnnouncement/issues", list)
        .of(Service::Health)
        .behind(Gate::AdministratorRole),
    Route::get("service-health.messages.list", "/admin/serviceAnnouncement/messages", list)
        .of(Service::Health)
        .behind(Gate::AdministratorRole),
    Route::get("intune.devices.list", "/deviceManagement/managedDevices", none).behind(Gate::AdministratorRole),
    Route::get("intune.apps.list", "/deviceAppManagement/mobileApps", none).behind(Gate::AdministratorRole),
    Route::get("bookings.businesses.list", "/solutions/bookingBusinesses", list).of(Service::Outlook),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = collection(call);
    let kind = KINDS.iter().find(|(known, _)| *known == path).map_or("entity", |(_, kind)| *kind);
    call.list(tenant.store.list(path), &List::new(kind, path))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = collection(call);
    call.entity(call.find(tenant, path, call.parameter("id"))?, path)
}

fn none(_: &Tenant, call: &Call<'_>) -> Answer {
    empty_list(call, collection(call))
}

/// The route's own path without `{id}`.
fn collection(call: &Call<'_>) -> &'static str {
    let path = call.route.pattern.trim_start_matches('/');
    path.strip_suffix("/{id}").unwrap_or(path)
}
