//! What mail, calendar, contacts and To Do have in common: whose they are, ids, changes.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::GraphError;
use crate::objects::Person;
use crate::tenant::Tenant;
use crate::tenant::ids::{self, stamp};
use crate::tenant::store::{Entity, Properties};

/// Entities on a page of an Outlook list without `$top`.
pub(super) const PAGE: usize = 10;
/// The greatest `$top` of an Outlook list.
pub(super) const PAGE_MAX: usize = 1_000;

/// The owner of the content in the path.
pub(super) fn owner(tenant: &Tenant, call: &Call<'_>) -> Person {
    tenant.person(call.user())
}

/// A new entity in an Outlook collection.
pub(super) fn create<'t>(tenant: &'t mut Tenant, path: &str, kind: &'static str, properties: Properties) -> &'t Entity {
    let id = ids::outlook(&mut tenant.rng);
    tenant.store.create(path, kind, id, Value::Object(properties))
}

/// Changes an entity, then what follows from the change.
///
/// # Errors
/// 404 where it does not exist, 412 where the client knows another version.
pub(super) fn change<'t>(
    tenant: &'t mut Tenant,
    call: &Call<'_>,
    (path, id): (&str, &str),
    change: impl FnOnce(&mut Properties),
) -> Result<&'t Entity, GraphError> {
    call.check_version(call.find(tenant, path, id)?)?;
    let now = stamp(call.request.now);
    let entity = tenant.store.get_mut(path, id).ok_or_else(|| call.not_found(id))?;
    change(&mut entity.properties);
    if entity.properties.contains_key("lastModifiedDateTime") {
        entity.properties.insert("lastModifiedDateTime".to_owned(), json!(now));
    }
    Ok(entity)
}

/// `users('…')/` and the rest, for `@odata.context`.
pub(super) fn context(call: &Call<'_>, rest: &str) -> String {
    format!("users('{}')/{rest}", call.user())
}

/// A required text of a body.
///
/// # Errors
/// 400 where it is missing or empty.
pub(super) fn required<'p>(properties: &'p Properties, name: &str) -> Result<&'p str, GraphError> {
    let text = properties.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    text.ok_or_else(|| invalid(&format!("The property '{name}' is required when creating the entity.")))
}

/// A parameter of an action's body, whatever the case of its first letter.
pub(super) fn parameter<'p>(properties: &'p Properties, name: &str) -> Option<&'p Value> {
    properties
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// Refuses parameters of an action that it does not have.
///
/// # Errors
/// 400 for the first one.
pub(super) fn only(properties: &Properties, known: &[&str]) -> Result<(), GraphError> {
    let is_known = |name: &String| name.starts_with('@') || known.iter().any(|known| known.eq_ignore_ascii_case(name));
    match properties.keys().find(|name| !is_known(name)) {
        Some(name) => {
            let message =
                format!("The parameter '{name}' in the request payload is not a valid parameter for the operation.");
            Err(GraphError::new(StatusCode::BAD_REQUEST, "RequestBodyRead", message))
        }
        None => Ok(()),
    }
}

/// 400 in Outlook's words.
pub(super) fn invalid(message: &str) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidRequest", message)
}
