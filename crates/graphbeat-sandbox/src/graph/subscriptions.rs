//! Change-notification subscriptions: listed, and ended. None can be made: the sandbox calls nobody.

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;

/// The routes of subscriptions.
pub(super) const ROUTES: &[Route] = &[
    // The list holds what the caller's own application made, so any token may ask for it.
    Route::get("subscriptions.subscriptions.list", "/subscriptions", list),
    Route::post("subscriptions.subscriptions.create", "/subscriptions", create),
    Route::delete("subscriptions.subscriptions.delete", "/subscriptions/{subscription}", delete).behind(Gate::AnyToken),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list("subscriptions"), &List::new("subscription", "subscriptions"))
}

fn create(_: &mut Tenant, call: &Call<'_>) -> Answer {
    call.body("subscription")?;
    let message =
        "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.";
    Err(GraphError::new(http::StatusCode::BAD_REQUEST, "ValidationError", message))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("subscription");
    tenant.store.purge("subscriptions", id).ok_or_else(|| GraphError::not_found(Service::Directory, id))?;
    Ok(GraphResponse::no_content())
}
