//! To Do: lists, tasks, their steps and links. Graph has no purge for them: what is deleted is gone.

mod lists;
mod parts;
mod tasks;

use super::call::Call;
use super::error::GraphError;
use super::route::Route;
use crate::objects::place;
use crate::tenant::Tenant;

/// The routes of To Do.
pub(super) const ROUTES: &[&[Route]] = &[lists::ROUTES, tasks::ROUTES, parts::ROUTES];

/// The id of the list of the path; well-known names serve too.
fn list_id(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let (path, key) = (place::task_lists(call.user()), call.parameter("list"));
    let named = tenant.store.list(&path).find(|list| key != "none" && list.text("wellknownListName") == key);
    let found = tenant.store.get(&path, key).or(named);
    found.map(|list| list.id().to_owned()).ok_or_else(|| call.not_found(key))
}

/// The collection of the list of the path.
fn tasks_path(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    Ok(place::tasks(call.user(), &list_id(tenant, call)?))
}
