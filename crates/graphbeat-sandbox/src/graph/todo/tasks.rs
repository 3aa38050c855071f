//! Tasks.

use serde_json::Value;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::outlook::{self, context, required};
use super::super::render::{Expansion, Rendering};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{list_id, parts, tasks_path};
use crate::objects::{todo, zone};
use crate::tenant::Tenant;
use crate::tenant::store::Properties;

const READ: &str = "GET /me/todo/lists/{list}/tasks";

pub(super) const ROUTES: &[Route] = &[
    Route::get("todo.tasks.list", "/users/{user}/todo/lists/{list}/tasks", list).of(Service::Outlook),
    Route::get("todo.tasks.delta", "/users/{user}/todo/lists/{list}/tasks/delta()", delta)
        .of(Service::Outlook)
        .like(READ),
    Route::post("todo.tasks.create", "/users/{user}/todo/lists/{list}/tasks", create).of(Service::Outlook),
    Route::get("todo.tasks.get", "/users/{user}/todo/lists/{list}/tasks/{task}", get).of(Service::Outlook).like(READ),
    Route::patch("todo.tasks.update", "/users/{user}/todo/lists/{list}/tasks/{task}", update).of(Service::Outlook),
    Route::delete("todo.tasks.delete", "/users/{user}/todo/lists/{list}/tasks/{task}", delete).of(Service::Outlook),
];

fn tasks<'a>(call: &Call<'_>, list: &str, expansion: Expansion<'a>) -> List<'a> {
    let rendering = Rendering { expansion: Some(expansion), ..Rendering::default() };
    List::new("todoTask", context(call, &format!("todo/lists('{list}')/tasks"))).rendered(rendering)
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (id, path) = (list_id(tenant, call)?, tasks_path(tenant, call)?);
    call.list(tenant.store.list(&path), &tasks(call, &id, &|task, name| parts::shown(tenant, &path, task, name)))
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (id, path) = (list_id(tenant, call)?, tasks_path(tenant, call)?);
    call.delta(tenant, &path, &tasks(call, &id, &|_, _| None), &|_| true)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (id, path) = (list_id(tenant, call)?, tasks_path(tenant, call)?);
    let expansion = |task: &crate::tenant::store::Entity, name: &str| parts::shown(tenant, &path, task, name);
    let list = tasks(call, &id, &expansion);
    let task = call.find(tenant, &path, call.parameter("task"))?;
    call.entity_with(http::StatusCode::OK, task, &list.context, &list.rendering)
}

/// Times of a task that are no times are refused.
fn check_times(body: &Properties) -> Result<(), GraphError> {
    for name in ["dueDateTime", "startDateTime", "reminderDateTime", "completedDateTime"] {
        if body.get(name).is_some_and(|given| !given.is_null() && zone::moment(given).is_none()) {
            return Err(outlook::invalid(&format!("The value of '{name}' is not a time in a known time zone.")));
        }
    }
    Ok(())
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("todoTask")?;
    required(&body, "title")?;
    check_times(&body)?;
    let (id, path) = (list_id(tenant, call)?, tasks_path(tenant, call)?);
    let task = outlook::create(tenant, &path, "todoTask", todo::task(&body, call.request.now)).id().to_owned();
    for (name, kind) in parts::KINDS {
        for part in body.get(*name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
            parts::add(tenant, call, &format!("{path}/{task}/{name}"), (kind, part));
        }
    }
    let context = context(call, &format!("todo/lists('{id}')/tasks"));
    call.created(call.find(tenant, &path, &task)?, &context)
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("todoTask")?;
    check_times(&body)?;
    let (id, path, now) = (list_id(tenant, call)?, tasks_path(tenant, call)?, call.request.now);
    let changes = todo::changes(&body);
    let changed = outlook::change(tenant, call, (&path, call.parameter("task")), |task| {
        task.extend(changes);
        todo::settle(task, now);
    })?;
    call.entity(changed, &context(call, &format!("todo/lists('{id}')/tasks")))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = tasks_path(tenant, call)?;
    call.find(tenant, &path, call.parameter("task"))?;
    tenant.store.purge(&path, call.parameter("task"));
    Ok(GraphResponse::no_content())
}
