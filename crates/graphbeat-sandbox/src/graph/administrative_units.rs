//! Changes of administrative units. A deleted one lies in the directory's bin.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::GraphError;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;
use crate::tenant::store::object;

const UNITS: &str = "directory/administrativeUnits";
const ONE: &str = "/directory/administrativeUnits/{id}";

/// The changing routes of administrative units.
pub(super) const ROUTES: &[Route] = &[
    Route::post("directory.administrative-units.create", "/directory/administrativeUnits", create)
        .behind(Gate::AdministratorRole),
    Route::patch("directory.administrative-units.update", ONE, update)
        .like("POST /directory/administrativeUnits")
        .behind(Gate::AdministratorRole),
    Route::delete("directory.administrative-units.delete", ONE, delete).behind(Gate::AdministratorRole),
];

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("administrativeUnit")?;
    if body.get("displayName").and_then(Value::as_str).is_none_or(str::is_empty) {
        let message = "A value is required for property 'displayName' of resource 'AdministrativeUnit'.";
        return Err(GraphError::invalid(call.service(), message));
    }
    let id = tenant.rng.uuid().to_string();
    let mut properties = object(json!({"deletedDateTime": null, "description": null, "visibility": null}));
    properties.extend(body);
    let unit = tenant.store.create(UNITS, "administrativeUnit", id, Value::Object(properties)).clone();
    call.entity_with(StatusCode::CREATED, &unit, UNITS, &Rendering::default())
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (body, id) = (call.body("administrativeUnit")?, call.parameter("id"));
    tenant.store.patch(UNITS, id, body).ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("id");
    tenant.delete_object(UNITS, id, call.request.now).ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}
