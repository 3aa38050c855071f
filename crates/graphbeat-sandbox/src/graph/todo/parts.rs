//! What hangs on a task: steps and links.

use serde_json::Value;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::outlook::{self, context, required};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::tasks_path;
use crate::objects::{todo, without};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties};

/// The collection of a kind of part and its type.
pub(super) const KINDS: &[(&str, &str)] = &[("checklistItems", STEP), ("linkedResources", LINK)];

const STEP: &str = "checklistItem";
const LINK: &str = "linkedResource";
const READ: &str = "GET /me/todo/lists/{list}/tasks";
const CHANGE: &str = "PATCH /me/todo/lists/{list}/tasks/{task}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("todo.checklist-items.list", "/users/{user}/todo/lists/{list}/tasks/{task}/checklistItems", steps)
        .of(Service::Outlook)
        .like(READ),
    Route::post(
        "todo.checklist-items.create",
        "/users/{user}/todo/lists/{list}/tasks/{task}/checklistItems",
        create_step,
    )
    .of(Service::Outlook),
    Route::get("todo.checklist-items.get", "/users/{user}/todo/lists/{list}/tasks/{task}/checklistItems/{part}", step)
        .of(Service::Outlook)
        .like(READ),
    Route::patch(
        "todo.checklist-items.update",
        "/users/{user}/todo/lists/{list}/tasks/{task}/checklistItems/{part}",
        update_step,
    )
    .of(Service::Outlook)
    .like(CHANGE),
    Route::delete(
        "todo.checklist-items.delete",
        "/users/{user}/todo/lists/{list}/tasks/{task}/checklistItems/{part}",
        delete_step,
    )
    .of(Service::Outlook)
    .like(CHANGE),
    Route::get("todo.linked-resources.list", "/users/{user}/todo/lists/{list}/tasks/{task}/linkedResources", links)
        .of(Service::Outlook)
        .like(READ),
    Route::post(
        "todo.linked-resources.create",
        "/users/{user}/todo/lists/{list}/tasks/{task}/linkedResources",
        create_link,
    )
    .of(Service::Outlook),
    Route::get(
        "todo.linked-resources.get",
        "/users/{user}/todo/lists/{list}/tasks/{task}/linkedResources/{part}",
        link,
    )
    .of(Service::Outlook)
    .like(READ),
    Route::patch(
        "todo.linked-resources.update",
        "/users/{user}/todo/lists/{list}/tasks/{task}/linkedResources/{part}",
        update_link,
    )
    .of(Service::Outlook)
    .like(CHANGE),
    Route::delete(
        "todo.linked-resources.delete",
        "/users/{user}/todo/lists/{list}/tasks/{task}/linkedResources/{part}",
        delete_link,
    )
    .of(Service::Outlook)
    .like(CHANGE),
];

/// `$expand` of a task's parts.
pub(super) fn shown(tenant: &Tenant, tasks: &str, task: &Entity, name: &str) -> Option<Value> {
    KINDS.iter().any(|(known, _)| *known == name).then(|| {
        let parts = tenant.store.list(&format!("{tasks}/{}/{name}", task.id()));
        parts.map(|part| Value::Object(part.properties.clone())).collect()
    })
}

/// Adds a part to a collection; its id.
pub(super) fn add(
    tenant: &mut Tenant,
    call: &Call<'_>,
    path: &str,
    (kind, given): (&'static str, &Properties),
) -> String {
    let made = if kind == STEP { todo::checklist_item(given, call.request.now) } else { todo::linked_resource(given) };
    let id = tenant.rng.uuid().to_string();
    tenant.store.create(path, kind, id.clone(), Value::Object(made));
    id
}

/// The collection of the task of the path.
/// The context of a task's parts.
fn context_of(call: &Call<'_>, name: &str) -> String {
    let (list, task) = (call.parameter("list"), call.parameter("task"));
    context(call, &format!("todo/lists('{list}')/tasks('{task}')/{name}"))
}

fn collection(tenant: &Tenant, call: &Call<'_>, name: &str) -> Result<String, GraphError> {
    let tasks = tasks_path(tenant, call)?;
    let task = call.find(tenant, &tasks, call.parameter("task"))?.id();
    Ok(format!("{tasks}/{task}/{name}"))
}

fn list(tenant: &Tenant, call: &Call<'_>, name: &str, kind: &'static str) -> Answer {
    let path = collection(tenant, call, name)?;
    call.list(tenant.store.list(&path), &List::new(kind, context_of(call, name)))
}

fn get(tenant: &Tenant, call: &Call<'_>, name: &str) -> Answer {
    let path = collection(tenant, call, name)?;
    call.entity(call.find(tenant, &path, call.parameter("part"))?, &context_of(call, name))
}

fn create(tenant: &mut Tenant, call: &Call<'_>, name: &str, kind: &'static str) -> Answer {
    let body = call.body(kind)?;
    required(&body, "displayName")?;
    let path = collection(tenant, call, name)?;
    let id = add(tenant, call, &path, (kind, &body));
    call.created(call.find(tenant, &path, &id)?, &context_of(call, name))
}

fn update(tenant: &mut Tenant, call: &Call<'_>, name: &str, kind: &'static str) -> Answer {
    let changes = without(call.body(kind)?, &["id", "createdDateTime"]);
    let (path, now) = (collection(tenant, call, name)?, call.request.now);
    let changed = outlook::change(tenant, call, (&path, call.parameter("part")), |part| {
        part.extend(changes);
        if kind == STEP {
            todo::settle_checklist_item(part, now);
        }
    })?;
    call.entity(changed, &context_of(call, name))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>, name: &str) -> Answer {
    let path = collection(tenant, call, name)?;
    call.find(tenant, &path, call.parameter("part"))?;
    tenant.store.purge(&path, call.parameter("part"));
    Ok(GraphResponse::no_content())
}

fn steps(tenant: &Tenant, call: &Call<'_>) -> Answer {
    list(tenant, call, "checklistItems", STEP)
}

fn step(tenant: &Tenant, call: &Call<'_>) -> Answer {
    get(tenant, call, "checklistItems")
}

fn create_step(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    create(tenant, call, "checklistItems", STEP)
}

fn update_step(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    update(tenant, call, "checklistItems", STEP)
}

fn delete_step(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    delete(tenant, call, "checklistItems")
}

fn links(tenant: &Tenant, call: &Call<'_>) -> Answer {
    list(tenant, call, "linkedResources", LINK)
}

fn link(tenant: &Tenant, call: &Call<'_>) -> Answer {
    get(tenant, call, "linkedResources")
}

fn create_link(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    create(tenant, call, "linkedResources", LINK)
}

fn update_link(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    update(tenant, call, "linkedResources", LINK)
}

fn delete_link(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    delete(tenant, call, "linkedResources")
}
