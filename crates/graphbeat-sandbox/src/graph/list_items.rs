//! SharePoint lists and their items: making, changing and removing them. What is deleted goes to the
//! site's recycle bin, which the dump shows and Graph v1.0 cannot empty.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use super::sites::{fields, find, find_list};
use crate::tenant::Tenant;
use crate::tenant::directory::make_columns;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties};

/// The routes of lists' changes and of items.
pub(super) const ROUTES: &[Route] = &[
    Route::post("sharepoint.lists.create", "/sites/{site}/lists", create_list).of(Service::SharePoint),
    Route::delete("sharepoint.lists.delete", "/sites/{site}/lists/{list}", delete_list)
        .of(Service::SharePoint)
        .like("POST /sites/{site}/lists"),
    Route::get("sharepoint.list-items.list", "/sites/{site}/lists/{list}/items", items).of(Service::SharePoint),
    Route::get("sharepoint.list-items.get", "/sites/{site}/lists/{list}/items/{item}", item)
        .of(Service::SharePoint)
        .like("GET /sites/{site}/lists/{list}/items"),
    Route::post("sharepoint.list-items.create", "/sites/{site}/lists/{list}/items", create_item)
        .of(Service::SharePoint),
    Route::patch("sharepoint.list-items.update", "/sites/{site}/lists/{list}/items/{item}/fields", update_fields)
        .of(Service::SharePoint),
    Route::delete("sharepoint.list-items.delete", "/sites/{site}/lists/{list}/items/{item}", delete_item)
        .of(Service::SharePoint),
];

fn create_list(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let site = find(tenant, call)?.id().to_owned();
    let mut body = call.body("list")?;
    let name = body.get("displayName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| GraphError::invalid(call.service(), "The list's displayName is missing."))?.to_owned();
    let path = format!("sites/{site}/lists");
    if tenant.store.list(&path).any(|list| list.text("displayName").eq_ignore_ascii_case(&name)) {
        return Err(GraphError::new(
            StatusCode::CONFLICT,
            "nameAlreadyExists",
            "A list with this name already exists.",
        ));
    }
    body.shift_remove("columns");
    let (now, id) = (stamp(call.request.now), tenant.rng.uuid().to_string());
    let mut properties = crate::tenant::store::object(json!({
        "createdDateTime": now, "description": "", "lastModifiedDateTime": now, "name": name,
        "webUrl": format!("https://contoso.sharepoint.com/Lists/{}", name.replace(' ', "%20")), "parentReference": {"siteId": site},
        "list": {"contentTypesEnabled": false, "hidden": false, "template": "genericList"},
    }));
    properties.extend(body);
    tenant.store.create(&path, "list", id.clone(), Value::Object(properties));
    make_columns(tenant, &site, &id);
    call.created(call.find(tenant, &path, &id)?, &format!("sites('{}')/lists", call.parameter("site")))
}

fn delete_list(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (site, list) = find_list(tenant, call)?;
    let (site, list) = (site.id().to_owned(), list.id().to_owned());
    tenant.store.relocate(&format!("sites/{site}/lists"), &list, &format!("sites/{site}/recycleBin"));
    Ok(GraphResponse::no_content())
}

/// The path of the items of the list in the request.
fn items_path(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let (site, list) = find_list(tenant, call)?;
    Ok(format!("sites/{}/lists/{}/items", site.id(), list.id()))
}

fn context(call: &Call<'_>) -> String {
    format!("sites('{}')/lists('{}')/items", call.parameter("site"), call.parameter("list"))
}

fn with_fields(default: Option<&'static [&'static str]>) -> Rendering<'static> {
    Rendering { default, expansion: Some(&fields), ..Rendering::default() }
}

fn items(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = items_path(tenant, call)?;
    call.list(
        tenant.store.list(&path),
        &List::new("listItem", context(call)).paged(200, 999).rendered(with_fields(None)),
    )
}

fn item(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = items_path(tenant, call)?;
    let item = call.find(tenant, &path, call.parameter("item"))?;
    call.entity_with(StatusCode::OK, item, &context(call), &with_fields(None))
}

fn create_item(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = items_path(tenant, call)?;
    let body = call.body("listItem")?;
    let own = body.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let number = next_number(tenant, &path);
    let now = stamp(call.request.now);
    let properties = json!({
        "createdDateTime": now, "lastModifiedDateTime": now,
        "webUrl": format!("https://contoso.sharepoint.com/Lists/{}/{number}_.000", call.parameter("list")),
        "parentReference": {"siteId": call.parameter("site")}, "contentType": {"id": "0x0100", "name": "Item"}, "_fields": visible(own),
    });
    let item = tenant.store.create(&path, "listItem", number.to_string(), properties);
    call.entity_with(StatusCode::CREATED, item, &context(call), &with_fields(None))
}

fn update_fields(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = items_path(tenant, call)?;
    let changes = visible(call.body("fieldValueSet")?);
    let id = call.parameter("item");
    call.check_version(call.find(tenant, &path, id)?)?;
    let now = stamp(call.request.now);
    let item = tenant.store.get_mut(&path, id).ok_or_else(|| call.not_found(id))?;
    if let Some(Value::Object(own)) = item.properties.get_mut("_fields") {
        own.extend(changes);
    }
    item.properties.insert("lastModifiedDateTime".to_owned(), Value::String(now));
    let shown = fields(item, "fields").unwrap_or_default();
    call.entity(&Entity::loose("fieldValueSet", 1, shown), &format!("{}('{id}')/fields", context(call)))
}

fn delete_item(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = items_path(tenant, call)?;
    let (id, site) = (call.parameter("item"), find(tenant, call)?.id().to_owned());
    call.check_version(call.find(tenant, &path, id)?)?;
    let item = tenant.store.purge(&path, id).ok_or_else(|| call.not_found(id))?;
    let bin_id = tenant.rng.uuid().to_string();
    let mut properties = item.properties;
    properties.insert("_from".to_owned(), Value::String(path));
    tenant.store.create(&format!("sites/{site}/recycleBin"), "listItem", bin_id, Value::Object(properties));
    Ok(GraphResponse::no_content())
}

/// One more than the greatest number in the list.
fn next_number(tenant: &Tenant, path: &str) -> u64 {
    tenant.store.list(path).filter_map(|item| item.id().parse::<u64>().ok()).max().unwrap_or(0) + 1
}

/// Fields that Graph would show: none of the sandbox's own, no annotations.
fn visible(fields: Properties) -> Properties {
    fields.into_iter().filter(|(name, _)| !name.starts_with('_') && !name.contains('@')).collect()
}
