//! Users: who is in the tenant, who manages whom, what they belong to.

use super::call::Call;
use super::list::List;
use super::render::Rendering;
use super::route::{Answer, Route};
use crate::tenant::Tenant;

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

/// The routes of users.
pub(super) const ROUTES: &[Route] = &[
    Route::get("users.users.list", "/users", list),
    Route::get("users.users.count", "/users/$count", count),
    Route::get("users.users.delta", "/users/delta", delta),
    Route::get("users.user.get", "/users/{user}", get),
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
    call.entity_with(http::StatusCode::OK, user, "users", &Rendering::showing(SHOWN))
}
