//! Users: who is in the tenant, who manages whom, what they belong to.

use serde_json::{Value, json};

use super::call::Call;
use super::error::GraphError;
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// What Graph shows of a user without `$select`.
pub(super) const SHOWN: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// The reading routes of users.
pub(super) const ROUTES: &[Route] = &[
    Route::get("users.users.list", "/users", list),
    Route::get("users.users.count", "/users/$count", count),
    Route::get("users.users.delta", "/users/delta", delta),
    Route::get("users.users.get", "/users/{user}", get),
    Route::get("users.manager.get", "/users/{user}/manager", manager),
    Route::get("users.direct-reports.list", "/users/{user}/directReports", direct_reports),
    Route::get("users.member-of.list", "/users/{user}/memberOf", member_of),
    Route::get("users.transitive-member-of.list", "/users/{user}/transitiveMemberOf", member_of),
    Route::get("users.member-of.groups", "/users/{user}/memberOf/microsoft.graph.group", member_groups_only)
        .like("GET /me/memberOf"),
    Route::get(
        "users.transitive-member-of.groups",
        "/users/{user}/transitiveMemberOf/microsoft.graph.group",
        member_groups_only,
    )
    .like("GET /me/transitiveMemberOf"),
    Route::get(
        "users.transitive-member-of.roles",
        "/users/{user}/transitiveMemberOf/microsoft.graph.directoryRole",
        roles_only,
    )
    .like("GET /me/transitiveMemberOf"),
    Route::get("users.member-of.roles", "/users/{user}/memberOf/microsoft.graph.directoryRole", roles_only)
        .like("GET /me/memberOf"),
    Route::get("users.owned-objects.list", "/users/{user}/ownedObjects", owned_objects),
    Route::ask("users.member-groups.get", "/users/{user}/getMemberGroups", member_groups),
    Route::get("users.licenses.list", "/users/{user}/licenseDetails", licenses),
    Route::get("users.photo.get", "/users/{user}/photo", photo),
    Route::get("users.photo-content.get", "/users/{user}/photo/$value", photo_content),
    Route::get("users.settings.get", "/users/{user}/settings", settings),
    Route::get("identity.methods.list", "/users/{user}/authentication/methods", methods),
];

fn users() -> List<'static> {
    List::new("user", "users").rendered(Rendering::showing(SHOWN))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list("users"), &users())
}

fn count(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.count(tenant.store.list("users"), &users())
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.delta(tenant, "users", &users(), &|_| true)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let user = call.find(tenant, "users", call.user())?;
    let expand = |user: &Entity, name: &str| {
        let manager = tenant.store.get("users", user.text("_manager"))?;
        (name == "manager").then(|| json!({"@odata.type": "#microsoft.graph.user", "id": manager.id(), "displayName": manager.get("displayName")}))
    };
    let rendering = Rendering { default: Some(SHOWN), expansion: Some(&expand), ..Rendering::default() };
    call.entity_with(http::StatusCode::OK, user, "users", &rendering)
}

fn manager(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let user = call.find(tenant, "users", call.user())?;
    let manager = tenant.store.get("users", user.text("_manager")).ok_or_else(|| call.not_found("manager"))?;
    let rendering = Rendering { default: Some(SHOWN), ..Rendering::typed() };
    call.entity_with(http::StatusCode::OK, manager, "directoryObjects", &rendering)
}

/// A list of directory objects of several types.
fn objects(shown: Option<&'static [&'static str]>) -> List<'static> {
    List::new("directoryObject", "directoryObjects").rendered(Rendering { default: shown, ..Rendering::typed() })
}

fn direct_reports(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let reports = tenant.store.list("users").filter(|user| user.text("_manager") == call.user());
    call.list(reports, &objects(Some(SHOWN)))
}

/// Groups do not nest here, so direct and transitive memberships are the same.
fn member_of(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let user = call.find(tenant, "users", call.user())?;
    let roles = user.get("_roles").as_array().map_or(&[][..], Vec::as_slice);
    let held = tenant.store.list("directoryRoles").filter(|role| roles.contains(role.get("roleTemplateId")));
    call.list(held.chain(groups_of(tenant, call.user())), &objects(None))
}

fn roles_only(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let user = call.find(tenant, "users", call.user())?;
    let roles = user.get("_roles").as_array().map_or(&[][..], Vec::as_slice);
    let held = tenant.store.list("directoryRoles").filter(|role| roles.contains(role.get("roleTemplateId")));
    call.list(held, &List::new("directoryRole", "directoryRoles"))
}

fn member_groups_only(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(groups_of(tenant, call.user()), &List::new("group", "groups"))
}

fn groups_of<'t>(tenant: &'t Tenant, user: &'t str) -> impl Iterator<Item = &'t Entity> {
    tenant
        .store
        .list("groups")
        .filter(move |group| tenant.store.get(&format!("groups/{}/members", group.id()), user).is_some())
}

fn owned_objects(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let owns = |group: &&Entity| tenant.store.get(&format!("groups/{}/owners", group.id()), call.user()).is_some();
    call.list(tenant.store.list("groups").filter(owns), &objects(None))
}

fn member_groups(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let only_security = match body.get("securityEnabledOnly") {
        Some(Value::Bool(only)) => *only,
        None => false,
        Some(_) => {
            return Err(GraphError::invalid(call.service(), "Invalid value specified for 'securityEnabledOnly'."));
        }
    };
    let groups = groups_of(tenant, call.user()).filter(|group| !only_security || group.is("securityEnabled"));
    let ids: Vec<&str> = groups.map(Entity::id).collect();
    call.value(json!({"value": ids}), "Collection(Edm.String)")
}

fn licenses(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let user = call.find(tenant, "users", call.user())?;
    let assigned = user.get("assignedLicenses").as_array().map_or(&[][..], Vec::as_slice);
    let holds = |sku: &&Entity| assigned.iter().any(|license| license.get("skuId") == Some(sku.get("skuId")));
    let details = |sku: &Entity| json!({"id": &tenant.signature(&format!("{}/{}", call.user(), sku.id()))[..32], "skuId": sku.get("skuId"), "skuPartNumber": sku.get("skuPartNumber"), "servicePlans": sku.get("servicePlans")});
    let all: Vec<Entity> = tenant
        .store
        .list("subscribedSkus")
        .filter(holds)
        .map(|sku| Entity::loose("licenseDetails", sku.order, details(sku)))
        .collect();
    call.list(all.iter(), &List::new("licenseDetails", call.context_of_user("licenseDetails")))
}

fn photo(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(find_photo(tenant, call)?, &call.context_of_user("photo"))
}

fn photo_content(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let photo = find_photo(tenant, call)?;
    let content = photo.content.clone().unwrap_or_default();
    Ok(GraphResponse::bytes(http::StatusCode::OK, "image/jpeg", content))
}

fn find_photo<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    let message = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.";
    let missing = || GraphError::new(http::StatusCode::NOT_FOUND, "ImageNotFound", message);
    tenant.store.list(&call.user_path("photo")).next().ok_or_else(missing)
}

fn settings(_: &Tenant, call: &Call<'_>) -> Answer {
    let settings = json!({
        "id": call.user(), "contributionToContentDiscoveryDisabled": false,
        "contributionToContentDiscoveryAsOrganizationDisabled": false,
    });
    call.entity(&Entity::loose("userSettings", 1, settings), &call.context_of_user("settings"))
}

fn methods(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let user = call.find(tenant, "users", call.user())?;
    let password = json!({"id": "28c10230-6103-485e-b985-444c60001490", "password": null, "createdDateTime": user.get("createdDateTime")});
    let all = [Entity::loose("passwordAuthenticationMethod", 1, password)];
    let list = List::new("passwordAuthenticationMethod", call.context_of_user("authentication/methods"))
        .rendered(Rendering::typed());
    call.list(all.iter(), &list)
}
