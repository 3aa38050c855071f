//! Calendars and calendar groups.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::outlook::{self, PAGE, PAGE_MAX, context, owner, required};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{calendar_id, default_calendar};
use crate::objects::{calendar, place};
use crate::tenant::Tenant;
use crate::tenant::store::Store;

const READ: &str = "GET /me/calendars";
const READ_GROUPS: &str = "GET /me/calendarGroups";
const WRITE: &str = "POST /me/calendars";
const DELETE: &str = "DELETE /me/calendars/{calendar}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("calendar.default.get", "/users/{user}/calendar", get).of(Service::Outlook),
    Route::patch("calendar.default.update", "/users/{user}/calendar", update).of(Service::Outlook).like(WRITE),
    Route::get("calendar.calendars.list", "/users/{user}/calendars", list).of(Service::Outlook),
    Route::post("calendar.calendars.create", "/users/{user}/calendars", create).of(Service::Outlook),
    Route::get("calendar.calendars.get", "/users/{user}/calendars/{calendar}", get).of(Service::Outlook).like(READ),
    Route::patch("calendar.calendars.update", "/users/{user}/calendars/{calendar}", update)
        .of(Service::Outlook)
        .like(WRITE),
    Route::delete("calendar.calendars.delete", "/users/{user}/calendars/{calendar}", delete).of(Service::Outlook),
    Route::post("calendar.calendars.purge", "/users/{user}/calendars/{calendar}/permanentDelete", purge)
        .of(Service::Outlook)
        .like(DELETE),
    Route::get("calendar.groups.list", "/users/{user}/calendarGroups", list_groups).of(Service::Outlook),
    Route::post("calendar.groups.create", "/users/{user}/calendarGroups", create_group)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get("calendar.groups.get", "/users/{user}/calendarGroups/{group}", get_group)
        .of(Service::Outlook)
        .like(READ_GROUPS),
    Route::patch("calendar.groups.update", "/users/{user}/calendarGroups/{group}", update_group)
        .of(Service::Outlook)
        .like(WRITE),
    Route::delete("calendar.groups.delete", "/users/{user}/calendarGroups/{group}", delete_group)
        .of(Service::Outlook)
        .like(DELETE),
    Route::get("calendar.group-calendars.list", "/users/{user}/calendarGroups/{group}/calendars", list_of_group)
        .of(Service::Outlook)
        .like(READ),
    Route::post("calendar.group-calendars.create", "/users/{user}/calendarGroups/{group}/calendars", create_in_group)
        .of(Service::Outlook)
        .like(WRITE),
];

fn calendars(call: &Call<'_>) -> List<'static> {
    List::new("calendar", context(call, "calendars")).paged(PAGE, PAGE_MAX)
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list(&place::calendars(call.user())), &calendars(call))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = calendar_id(tenant, call)?;
    call.entity(call.find(tenant, &place::calendars(call.user()), &id)?, &context(call, "calendars"))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let group = default_calendar(&tenant.store, call.user()).map(|calendar| calendar.text("_group").to_owned());
    create_under(tenant, call, &group.unwrap_or_default())
}

fn create_in_group(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let group = call.find(tenant, &place::calendar_groups(call.user()), call.parameter("group"))?.id().to_owned();
    create_under(tenant, call, &group)
}

fn create_under(tenant: &mut Tenant, call: &Call<'_>, group: &str) -> Answer {
    let body = call.body("calendar")?;
    let name = required(&body, "name")?;
    refuse_taken(&tenant.store, &place::calendars(call.user()), name)?;
    let mut made = calendar::calendar(&body, &owner(tenant, call));
    made.insert("_group".to_owned(), json!(group));
    let created = outlook::create(tenant, &place::calendars(call.user()), "calendar", made);
    call.created(created, &context(call, "calendars"))
}

fn refuse_taken(store: &Store, path: &str, name: &str) -> Result<(), GraphError> {
    if !store.list(path).any(|known| known.text("name").eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let message = "A folder with the specified name already exists.";
    Err(GraphError::new(StatusCode::CONFLICT, "ErrorFolderExists", message))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let changes = calendar::calendar_changes(&call.body("calendar")?);
    let id = calendar_id(tenant, call)?;
    let changed = outlook::change(tenant, call, (&place::calendars(call.user()), &id), |known| known.extend(changes))?;
    call.entity(changed, &context(call, "calendars"))
}

/// The calendar of the path, where it may go.
fn removable(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let found = call.find(tenant, &place::calendars(call.user()), call.parameter("calendar"))?;
    if found.is("isDefaultCalendar") {
        let message = "Distinguished folders cannot be deleted.";
        return Err(GraphError::new(StatusCode::FORBIDDEN, "ErrorDeleteDistinguishedFolder", message));
    }
    Ok(found.id().to_owned())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = removable(tenant, call)?;
    tenant.store.relocate(&place::calendars(call.user()), &id, &place::deleted_objects(call.user()));
    Ok(GraphResponse::no_content())
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = removable(tenant, call)?;
    tenant.store.purge(&place::calendars(call.user()), &id);
    Ok(GraphResponse::no_content())
}

fn list_groups(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let list = List::new("calendarGroup", context(call, "calendarGroups")).paged(PAGE, PAGE_MAX);
    call.list(tenant.store.list(&place::calendar_groups(call.user())), &list)
}

fn get_group(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let group = call.find(tenant, &place::calendar_groups(call.user()), call.parameter("group"))?;
    call.entity(group, &context(call, "calendarGroups"))
}

fn create_group(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("calendarGroup")?;
    let (name, path) = (required(&body, "name")?, place::calendar_groups(call.user()));
    refuse_taken(&tenant.store, &path, name)?;
    let class_id = tenant.rng.uuid().to_string();
    let created = outlook::create(tenant, &path, "calendarGroup", calendar::calendar_group(name, &class_id));
    call.created(created, &context(call, "calendarGroups"))
}

fn update_group(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("calendarGroup")?;
    let name = required(&body, "name")?.to_owned();
    let path = place::calendar_groups(call.user());
    let changed = outlook::change(tenant, call, (&path, call.parameter("group")), |group| {
        group.insert("name".to_owned(), Value::String(name));
    })?;
    call.entity(changed, &context(call, "calendarGroups"))
}

fn delete_group(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = place::calendar_groups(call.user());
    let group = call.find(tenant, &path, call.parameter("group"))?.id().to_owned();
    if tenant.store.list(&place::calendars(call.user())).any(|calendar| calendar.text("_group") == group) {
        return Err(GraphError::new(
            StatusCode::BAD_REQUEST,
            "ErrorCalendarGroupIsNotEmpty",
            "The calendar group is not empty.",
        ));
    }
    tenant.store.purge(&path, &group);
    Ok(GraphResponse::no_content())
}

fn list_of_group(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let group = call.find(tenant, &place::calendar_groups(call.user()), call.parameter("group"))?.id();
    let all = tenant.store.list(&place::calendars(call.user()));
    call.list(all.filter(|calendar| calendar.text("_group") == group), &calendars(call))
}
