//! What a task says at length: its description, checklist and references. They are kept with the task.

use serde_json::{Value, json};

use super::{TASKS, check_version, part};
use crate::graph::call::Call;
use crate::graph::response::GraphResponse;
use crate::graph::route::Answer;
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties, object};

/// Where a task keeps them.
const KEPT: &str = "_details";
const KIND: &str = "plannerTaskDetails";

/// The details of a task, with its id and version.
fn of_task(task: &Entity) -> Entity {
    let mut properties = object(json!({
        "id": task.id(), "description": "", "previewType": "automatic", "references": {}, "checklist": {},
    }));
    properties.extend(task.get(KEPT).as_object().cloned().unwrap_or_default());
    Entity { kind: KIND, properties, version: task.version, order: task.order, content: None }
}

fn context(task: &Entity) -> String {
    format!("planner/tasks('{}')/details", task.id())
}

pub(super) fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let task = part(tenant, call, TASKS, call.parameter("task"))?;
    call.entity(&of_task(task), &context(task))
}

pub(super) fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let task = part(tenant, call, TASKS, call.parameter("task"))?;
    let known = of_task(task);
    check_version(call, &known)?;
    let (id, body) = (task.id().to_owned(), call.body(KIND)?);
    let mut details: Properties = known.properties.into_iter().filter(|(name, _)| name != "id").collect();
    details.extend(body.into_iter().filter(|(name, _)| name != "id"));
    let has_description = details.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let changes =
        object(json!({ KEPT: details, "hasDescription": has_description, "previewType": details["previewType"] }));
    let changed = tenant.store.patch(TASKS, &id, changes).ok_or_else(|| call.not_found(&id))?;
    let wants_it = call.header("prefer").is_some_and(|prefer| prefer.contains("return=representation"));
    if wants_it { call.entity(&of_task(changed), &context(changed)) } else { Ok(GraphResponse::no_content()) }
}
