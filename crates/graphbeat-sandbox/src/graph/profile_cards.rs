//! What the tenant shows on profile cards besides the usual: one property of the directory each.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::GraphError;
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Properties;

const PATH: &str = "admin/people/profileCardProperties";
const KIND: &str = "profileCardProperty";
const READS: &str = "GET /admin/people/profileCardProperties";
const WRITES: &str = "POST /admin/people/profileCardProperties";
/// As many as the directory has properties for.
const PROPERTIES_MAX: usize = 50;

/// The routes of profile cards.
pub(super) const ROUTES: &[Route] = &[
    Route::get("directory.card-properties.list", "/admin/people/profileCardProperties", list)
        .behind(Gate::AdministratorRole),
    Route::get("directory.card-properties.get", "/admin/people/profileCardProperties/{property}", get)
        .like(READS)
        .behind(Gate::AdministratorRole),
    Route::post("directory.card-properties.create", "/admin/people/profileCardProperties", create)
        .behind(Gate::AdministratorRole),
    Route::patch("directory.card-properties.update", "/admin/people/profileCardProperties/{property}", update)
        .like(WRITES)
        .behind(Gate::AdministratorRole),
    Route::delete("directory.card-properties.delete", "/admin/people/profileCardProperties/{property}", delete)
        .like(WRITES)
        .behind(Gate::AdministratorRole),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list(PATH), &List::new(KIND, PATH))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(call.find(tenant, PATH, call.parameter("property"))?, PATH)
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body(KIND)?;
    let name = body.get("directoryPropertyName").and_then(Value::as_str).unwrap_or_default().to_owned();
    if name.is_empty() || tenant.store.count(PATH) >= PROPERTIES_MAX {
        return Err(GraphError::invalid(call.service(), "The directory property name is missing or not supported."));
    }
    if tenant.store.get(PATH, &name).is_some() {
        let message = "The property is on the profile card already.";
        return Err(GraphError::new(StatusCode::CONFLICT, "Conflict", message));
    }
    let annotations = annotations(&body);
    let shown = json!({"directoryPropertyName": name, "isVisible": true, "annotations": annotations});
    call.created(tenant.store.create(PATH, KIND, name, shown), PATH)
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (id, body) = (call.parameter("property"), call.body(KIND)?);
    call.find(tenant, PATH, id)?;
    let changes = Properties::from_iter([("annotations".to_owned(), annotations(&body))]);
    tenant.store.patch(PATH, id, changes);
    call.entity(call.find(tenant, PATH, id)?, PATH)
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("property");
    tenant.store.purge(PATH, id).ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}

fn annotations(body: &Properties) -> Value {
    body.get("annotations").filter(|it| !it.is_null()).cloned().unwrap_or_else(|| json!([]))
}
