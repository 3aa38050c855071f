//! Task lists.

use http::StatusCode;
use serde_json::Value;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::outlook::{self, context, required};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::list_id;
use crate::objects::{place, todo};
use crate::tenant::Tenant;

const READ: &str = "GET /me/todo/lists";
const WRITE: &str = "POST /me/todo/lists";

pub(super) const ROUTES: &[Route] = &[
    Route::get("todo.lists.list", "/users/{user}/todo/lists", list).of(Service::Outlook),
    Route::get("todo.lists.delta", "/users/{user}/todo/lists/delta()", delta).of(Service::Outlook),
    Route::post("todo.lists.create", "/users/{user}/todo/lists", create).of(Service::Outlook),
    Route::get("todo.lists.get", "/users/{user}/todo/lists/{list}", get).of(Service::Outlook).like(READ),
    Route::patch("todo.lists.update", "/users/{user}/todo/lists/{list}", update).of(Service::Outlook).like(WRITE),
    Route::delete("todo.lists.delete", "/users/{user}/todo/lists/{list}", delete).of(Service::Outlook),
];

fn lists(call: &Call<'_>) -> List<'static> {
    List::new("todoTaskList", context(call, "todo/lists"))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list(&place::task_lists(call.user())), &lists(call))
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.delta(tenant, &place::task_lists(call.user()), &lists(call), &|_| true)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = list_id(tenant, call)?;
    call.entity(call.find(tenant, &place::task_lists(call.user()), &id)?, &context(call, "todo/lists"))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("todoTaskList")?;
    let made = todo::list(required(&body, "displayName")?, "none");
    let created = outlook::create(tenant, &place::task_lists(call.user()), "todoTaskList", made);
    call.created(created, &context(call, "todo/lists"))
}

/// The list of the path, where a client may rename or delete it.
fn own_list(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let id = list_id(tenant, call)?;
    let list = call.find(tenant, &place::task_lists(call.user()), &id)?;
    if list.text("wellknownListName") == "none" {
        return Ok(id);
    }
    Err(GraphError::new(StatusCode::BAD_REQUEST, "invalidRequest", "Well-known lists cannot be renamed or deleted."))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("todoTaskList")?;
    let (id, name) = (own_list(tenant, call)?, required(&body, "displayName")?.to_owned());
    let changed = outlook::change(tenant, call, (&place::task_lists(call.user()), &id), |list| {
        list.insert("displayName".to_owned(), Value::String(name));
    })?;
    call.entity(changed, &context(call, "todo/lists"))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = own_list(tenant, call)?;
    tenant.store.purge(&place::task_lists(call.user()), &id);
    Ok(GraphResponse::no_content())
}
