//! Directory-wide settings: made from a template, at most one of each.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::{Call, empty_list};
use super::error::GraphError;
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::tenant::Tenant;

const PATH: &str = "groupSettings";
const TEMPLATES: &str = "groupSettingTemplates";
const READS: &str = "GET /groupSettings";
const WRITES: &str = "POST /groupSettings";

/// The routes of settings.
pub(super) const ROUTES: &[Route] = &[
    Route::get("directory.group-settings.list", "/groupSettings", list),
    Route::get("directory.group-settings.get", "/groupSettings/{setting}", get).like(READS),
    Route::post("directory.group-settings.create", "/groupSettings", create),
    Route::patch("directory.group-settings.update", "/groupSettings/{setting}", update).like(WRITES),
    Route::delete("directory.group-settings.delete", "/groupSettings/{setting}", delete).like(WRITES),
    Route::get("directory.group-setting-templates.get", "/groupSettingTemplates/{template}", template)
        .like("GET /groupSettingTemplates"),
    Route::get("groups.settings.list", "/groups/{group}/settings", of_group).like(READS),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list(PATH), &List::new("groupSetting", PATH))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(call.find(tenant, PATH, call.parameter("setting"))?, PATH)
}

fn template(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(call.find(tenant, TEMPLATES, call.parameter("template"))?, TEMPLATES)
}

/// No group of the sandbox overrides the directory's settings.
fn of_group(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let group = call.find(tenant, "groups", call.parameter("group"))?;
    empty_list(call, &format!("groups('{}')/settings", group.id()))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("groupSetting")?;
    let template = body.get("templateId").and_then(Value::as_str).unwrap_or_default();
    let name = call.find(tenant, TEMPLATES, template)?.get("displayName").clone();
    if tenant.store.list(PATH).any(|setting| setting.text("templateId") == template) {
        let message =
            "A conflicting object with one or more of the specified property values is present in the directory.";
        return Err(GraphError::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message));
    }
    let values = body.get("values").cloned().unwrap_or_else(|| json!([]));
    let setting = json!({"displayName": name, "templateId": template, "values": values});
    let id = tenant.rng.uuid().to_string();
    call.created(tenant.store.create(PATH, "groupSetting", id, setting), PATH)
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (id, body) = (call.parameter("setting"), call.body("groupSetting")?);
    call.find(tenant, PATH, id)?;
    let values = body.into_iter().filter(|(name, _)| name == "values").collect();
    tenant.store.patch(PATH, id, values);
    Ok(GraphResponse::no_content())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("setting");
    tenant.store.remove(PATH, id).ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}
