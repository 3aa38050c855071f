//! Planner: plans of Microsoft 365 groups, their buckets and tasks.
//!
//! Whoever changes something says in `If-Match` which version he knows, as in the real service. A
//! signed-in user reaches the plans of the groups that he is a member of; what is deleted is gone.

mod task_details;

use graphbeat_base::Rng;
use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::objects::text;
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties, object};

const PLANS: &str = "planner/plans";
const DETAILS: &str = "planner/details";
const BUCKETS: &str = "planner/buckets";
const TASKS: &str = "planner/tasks";
/// Bytes of an id: 28 letters.
const ID_BYTES: usize = 21;
/// Plans of one group.
const PLANS_MAX: usize = 200;
/// Buckets of one plan.
const BUCKETS_MAX: usize = 200;
/// Tasks of one plan.
const TASKS_MAX: usize = 9_000;

/// The routes of Planner.
pub(super) const ROUTES: &[Route] = &[
    Route::get("planner.my-tasks.list", "/users/{user}/planner/tasks", my_tasks).of(Service::Planner),
    Route::get("planner.my-plans.list", "/users/{user}/planner/plans", my_plans).of(Service::Planner),
    Route::get("planner.plans.list", "/groups/{group}/planner/plans", group_plans).of(Service::Planner),
    Route::post("planner.plans.create", "/planner/plans", create_plan).of(Service::Planner),
    Route::get("planner.plans.get", "/planner/plans/{plan}", get_plan).of(Service::Planner),
    Route::delete("planner.plans.delete", "/planner/plans/{plan}", delete_plan).of(Service::Planner),
    Route::get("planner.details.get", "/planner/plans/{plan}/details", details).of(Service::Planner),
    Route::get("planner.buckets.list", "/planner/plans/{plan}/buckets", plan_buckets).of(Service::Planner),
    Route::get("planner.tasks.list", "/planner/plans/{plan}/tasks", plan_tasks).of(Service::Planner),
    Route::post("planner.buckets.create", "/planner/buckets", create_bucket).of(Service::Planner),
    Route::get("planner.buckets.get", "/planner/buckets/{bucket}", get_bucket)
        .of(Service::Planner)
        .like("GET /planner/plans/{plan}/buckets"),
    Route::delete("planner.buckets.delete", "/planner/buckets/{bucket}", delete_bucket).of(Service::Planner),
    Route::post("planner.tasks.create", "/planner/tasks", create_task).of(Service::Planner),
    Route::get("planner.tasks.get", "/planner/tasks/{task}", get_task)
        .of(Service::Planner)
        .like("GET /planner/plans/{plan}/tasks"),
    Route::get("planner.task-details.get", "/planner/tasks/{task}/details", task_details::get)
        .of(Service::Planner)
        .like("GET /planner/plans/{plan}/details"),
    Route::patch("planner.task-details.update", "/planner/tasks/{task}/details", task_details::update)
        .of(Service::Planner)
        .like("PATCH /planner/tasks/{task}"),
    Route::patch("planner.tasks.update", "/planner/tasks/{task}", update_task).of(Service::Planner),
    Route::delete("planner.tasks.delete", "/planner/tasks/{task}", delete_task).of(Service::Planner),
];

/// A plan with its details, in a group.
pub(crate) fn put_plan(tenant: &mut Tenant, group: &str, title: &str, (by, at): (&Value, &str)) -> String {
    let id = fresh_id(&mut tenant.rng);
    let url = format!("https://graph.microsoft.com/v1.0/groups/{group}");
    let plan = json!({
        "createdDateTime": at, "owner": group, "title": title, "createdBy": by,
        "container": {"containerId": group, "type": "group", "url": url},
    });
    tenant.store.create(PLANS, "plannerPlan", id.clone(), plan);
    let categories: Properties = (1..=25).map(|number| (format!("category{number}"), Value::Null)).collect();
    let details = json!({"sharedWith": {}, "categoryDescriptions": categories});
    tenant.store.create(DETAILS, "plannerPlanDetails", id.clone(), details);
    id
}

/// A bucket of a plan.
pub(crate) fn put_bucket(tenant: &mut Tenant, plan: &str, name: &str) -> String {
    let id = fresh_id(&mut tenant.rng);
    let hint = order_hint(tenant);
    let bucket = json!({"name": name, "planId": plan, "orderHint": hint});
    tenant.store.create(BUCKETS, "plannerBucket", id.clone(), bucket);
    id
}

/// A task; `given` needs `planId` and `title`.
pub(crate) fn put_task(tenant: &mut Tenant, given: Properties, (by, at): (&Value, &str)) -> String {
    let id = fresh_id(&mut tenant.rng);
    let hint = order_hint(tenant);
    let mut task = object(json!({
        "planId": null, "bucketId": null, "title": null, "orderHint": hint, "assigneePriority": "", "percentComplete": 0,
        "startDateTime": null, "createdDateTime": at, "dueDateTime": null, "hasDescription": false, "previewType": "automatic",
        "completedDateTime": null, "completedBy": null, "referenceCount": 0, "checklistItemCount": 0,
        "activeChecklistItemCount": 0, "conversationThreadId": null, "priority": 5, "createdBy": by,
        "appliedCategories": {}, "assignments": {},
    }));
    task.extend(given);
    tenant.store.create(TASKS, "plannerTask", id.clone(), Value::Object(task));
    id
}

fn order_hint(tenant: &mut Tenant) -> String {
    format!("85{}P", text::random(&mut tenant.rng, 12))
}

fn actor(call: &Call<'_>) -> Value {
    let application = json!({"displayName": null, "id": call.caller.app_id});
    json!({"user": {"displayName": null, "id": call.caller.user_id}, "application": application})
}

/// An id that no command line takes for an option.
fn fresh_id(rng: &mut Rng) -> String {
    let id = text::random(rng, ID_BYTES);
    id.strip_prefix('-').map_or_else(|| id.clone(), |rest| format!("A{rest}"))
}

fn invalid(message: &str) -> GraphError {
    GraphError::invalid(Service::Planner, message)
}

fn too_many(code: &str) -> GraphError {
    GraphError::new(StatusCode::FORBIDDEN, code, "The limit of the number of items is reached.")
}

/// Refuses a signed-in user who is no member of the group.
fn check_member(tenant: &Tenant, call: &Call<'_>, group: &str) -> Result<(), GraphError> {
    let is_member =
        |user: uuid::Uuid| tenant.store.get(&format!("groups/{group}/members"), &user.to_string()).is_some();
    if call.caller.user_id.is_none_or(is_member) { Ok(()) } else { Err(GraphError::denied(Service::Planner)) }
}

/// The plan of an id that the caller may reach.
fn plan<'t>(tenant: &'t Tenant, call: &Call<'_>, id: &str) -> Result<&'t Entity, GraphError> {
    let plan = call.find(tenant, PLANS, id)?;
    check_member(tenant, call, plan.text("owner"))?;
    Ok(plan)
}

/// A bucket or task of a plan that the caller may reach.
fn part<'t>(tenant: &'t Tenant, call: &Call<'_>, path: &str, id: &str) -> Result<&'t Entity, GraphError> {
    let part = call.find(tenant, path, id)?;
    plan(tenant, call, part.text("planId"))?;
    Ok(part)
}

/// 412 where the client names no version or another one.
fn check_version(call: &Call<'_>, entity: &Entity) -> Result<(), GraphError> {
    match call.header("if-match") {
        None => Err(GraphError::changed_meanwhile(Service::Planner)),
        Some(_) => call.check_version(entity),
    }
}

fn my_tasks(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let is_mine = |task: &&Entity| task.get("assignments").get(call.user()).is_some();
    let context = call.context_of_user("planner/tasks");
    call.list(tenant.store.list(TASKS).filter(is_mine), &List::new("plannerTask", context))
}

fn my_plans(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let is_mine = |plan: &&Entity| check_member(tenant, call, plan.text("owner")).is_ok();
    let context = call.context_of_user("planner/plans");
    call.list(tenant.store.list(PLANS).filter(is_mine), &List::new("plannerPlan", context))
}

fn group_plans(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let group = tenant.store.get("groups", call.parameter("group"));
    let group = group.ok_or_else(|| call.not_found(call.parameter("group")))?.id();
    check_member(tenant, call, group)?;
    let plans = tenant.store.list(PLANS).filter(|plan| plan.text("owner") == group);
    call.list(plans, &List::new("plannerPlan", format!("groups('{group}')/planner/plans")))
}

fn get_plan(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(plan(tenant, call, call.parameter("plan"))?, PLANS)
}

fn details(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = plan(tenant, call, call.parameter("plan"))?.id();
    call.entity(call.find(tenant, DETAILS, id)?, &format!("planner/plans('{id}')/details"))
}

fn plan_buckets(tenant: &Tenant, call: &Call<'_>) -> Answer {
    parts_of_plan(tenant, call, (BUCKETS, "plannerBucket", "buckets"))
}

fn plan_tasks(tenant: &Tenant, call: &Call<'_>) -> Answer {
    parts_of_plan(tenant, call, (TASKS, "plannerTask", "tasks"))
}

fn parts_of_plan(tenant: &Tenant, call: &Call<'_>, (path, kind, name): (&str, &'static str, &str)) -> Answer {
    let id = plan(tenant, call, call.parameter("plan"))?.id();
    let parts = tenant.store.list(path).filter(|part| part.text("planId") == id);
    call.list(parts, &List::new(kind, format!("planner/plans('{id}')/{name}")))
}

/// The group that a new plan's body names: by its container, or by the older `owner`.
fn wanted_group(body: &Properties) -> Option<&str> {
    let container = body.get("container").unwrap_or(&Value::Null);
    let by_url = || container["url"].as_str().and_then(|url| url.split("/groups/").nth(1));
    let by_owner = || body.get("owner").and_then(Value::as_str);
    container["containerId"].as_str().or_else(by_url).or_else(by_owner)
}

fn create_plan(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("plannerPlan")?;
    let title = required(&body, "title")?.to_owned();
    let wanted = wanted_group(&body).ok_or_else(|| invalid("The container of the plan is missing."))?;
    let group = tenant.store.get("groups", wanted).ok_or_else(|| call.not_found(wanted))?;
    let is_unified = group.get("groupTypes").as_array().is_some_and(|types| types.iter().any(|it| it == "Unified"));
    if !is_unified {
        return Err(invalid("The container of a plan must be a Microsoft 365 group."));
    }
    let group = group.id().to_owned();
    check_member(tenant, call, &group)?;
    if tenant.store.list(PLANS).filter(|plan| plan.text("owner") == group).count() >= PLANS_MAX {
        return Err(too_many("MaximumPlannerPlans"));
    }
    let id = put_plan(tenant, &group, &title, (&actor(call), &stamp(call.request.now)));
    call.created(call.find(tenant, PLANS, &id)?, PLANS)
}

fn required<'b>(body: &'b Properties, name: &str) -> Result<&'b str, GraphError> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| invalid(&format!("The required property '{name}' is missing.")))
}

fn delete_plan(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let known = plan(tenant, call, call.parameter("plan"))?;
    check_version(call, known)?;
    let id = known.id().to_owned();
    for path in [BUCKETS, TASKS] {
        purge_where(tenant, path, ("planId", &id));
    }
    tenant.store.purge(DETAILS, &id);
    tenant.store.purge(PLANS, &id);
    Ok(GraphResponse::no_content())
}

fn purge_where(tenant: &mut Tenant, path: &str, (property, value): (&str, &str)) {
    let matching = tenant.store.list(path).filter(|part| part.text(property) == value);
    for id in matching.map(|part| part.id().to_owned()).collect::<Vec<_>>() {
        tenant.store.purge(path, &id);
    }
}

/// The plan that a new part belongs to, with room for one more.
fn plan_with_room(
    tenant: &Tenant,
    call: &Call<'_>,
    body: &Properties,
    (path, most, code): (&str, usize, &str),
) -> Result<String, GraphError> {
    let id = plan(tenant, call, required(body, "planId")?)?.id();
    let is_full = tenant.store.list(path).filter(|part| part.text("planId") == id).count() >= most;
    if is_full { Err(too_many(code)) } else { Ok(id.to_owned()) }
}

fn create_bucket(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("plannerBucket")?;
    let plan = plan_with_room(tenant, call, &body, (BUCKETS, BUCKETS_MAX, "MaximumBucketsInProject"))?;
    let id = put_bucket(tenant, &plan, required(&body, "name")?);
    call.created(call.find(tenant, BUCKETS, &id)?, BUCKETS)
}

fn get_bucket(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(part(tenant, call, BUCKETS, call.parameter("bucket"))?, BUCKETS)
}

fn delete_bucket(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let bucket = part(tenant, call, BUCKETS, call.parameter("bucket"))?;
    check_version(call, bucket)?;
    let id = bucket.id().to_owned();
    purge_where(tenant, TASKS, ("bucketId", &id));
    tenant.store.purge(BUCKETS, &id);
    Ok(GraphResponse::no_content())
}

/// What a client may set, with everything else left out.
fn settable(tenant: &Tenant, body: Properties, plan: &str) -> Result<Properties, GraphError> {
    const SETTABLE: &[&str] = &[
        "planId",
        "bucketId",
        "title",
        "orderHint",
        "assigneePriority",
        "percentComplete",
        "startDateTime",
        "dueDateTime",
        "conversationThreadId",
        "priority",
        "appliedCategories",
        "assignments",
    ];
    if let Some(bucket) = body.get("bucketId").and_then(Value::as_str) {
        let belongs = tenant.store.get(BUCKETS, bucket).is_some_and(|known| known.text("planId") == plan);
        if !belongs {
            return Err(invalid("The bucket does not belong to the plan of the task."));
        }
    }
    let percent = body.get("percentComplete").map_or(Some(0), Value::as_i64);
    if !percent.is_some_and(|percent| (0..=100).contains(&percent)) {
        return Err(invalid("The value of 'percentComplete' must be between 0 and 100."));
    }
    Ok(body.into_iter().filter(|(name, _)| SETTABLE.contains(&name.as_str())).collect())
}

fn create_task(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("plannerTask")?;
    required(&body, "title")?;
    let plan = plan_with_room(tenant, call, &body, (TASKS, TASKS_MAX, "MaximumTasksInProject"))?;
    let given = settable(tenant, body, &plan)?;
    let id = put_task(tenant, given, (&actor(call), &stamp(call.request.now)));
    call.created(call.find(tenant, TASKS, &id)?, TASKS)
}

fn get_task(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(part(tenant, call, TASKS, call.parameter("task"))?, TASKS)
}

fn update_task(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let known = part(tenant, call, TASKS, call.parameter("task"))?;
    check_version(call, known)?;
    let (id, plan) = (known.id().to_owned(), known.text("planId").to_owned());
    let mut changes = settable(tenant, call.body("plannerTask")?, &plan)?;
    changes.shift_remove("planId");
    if changes.get("percentComplete").is_some_and(|percent| percent == 100) {
        changes.insert("completedDateTime".to_owned(), json!(stamp(call.request.now)));
        changes.insert("completedBy".to_owned(), actor(call));
    }
    let changed = tenant.store.patch(TASKS, &id, changes).ok_or_else(|| call.not_found(&id))?;
    let wants_it = call.header("prefer").is_some_and(|prefer| prefer.contains("return=representation"));
    if wants_it { call.entity(changed, TASKS) } else { Ok(GraphResponse::no_content()) }
}

fn delete_task(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let task = part(tenant, call, TASKS, call.parameter("task"))?;
    check_version(call, task)?;
    let id = task.id().to_owned();
    tenant.store.purge(TASKS, &id);
    Ok(GraphResponse::no_content())
}
