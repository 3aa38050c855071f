//! Attachments of messages and, by the same code, of events.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::body;
use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::render::{Rendering, etag};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::message;
use super::outlook::{self, context};
use crate::objects::{mail, place};
use crate::tenant::Tenant;
use crate::tenant::ids;
use crate::tenant::store::{Entity, Properties, object};

/// Bytes of an attachment without an upload session, and attachments of one item.
const BYTES_MAX: usize = 3 * 1024 * 1024;
pub(super) const COUNT_MAX: usize = 250;
const READ: &str = "GET /me/messages/{message}/attachments";
const WRITE: &str = "POST /me/messages/{message}/attachments";

pub(super) const ROUTES: &[Route] = &[
    Route::get("mail.attachments.list", "/users/{user}/messages/{message}/attachments", list).of(Service::Outlook),
    Route::post("mail.attachments.create", "/users/{user}/messages/{message}/attachments", create).of(Service::Outlook),
    Route::get("mail.attachments.get", "/users/{user}/messages/{message}/attachments/{attachment}", get)
        .of(Service::Outlook)
        .like(READ),
    Route::get("mail.attachments.download", "/users/{user}/messages/{message}/attachments/{attachment}/$value", raw)
        .of(Service::Outlook)
        .like(READ),
    Route::delete("mail.attachments.delete", "/users/{user}/messages/{message}/attachments/{attachment}", delete)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get(
        "mail.folder-attachments.list",
        "/users/{user}/mailFolders/{folder}/messages/{message}/attachments",
        list,
    )
    .of(Service::Outlook)
    .like(READ),
];

/// The list of an item's attachments.
pub(in crate::graph) fn list_of(tenant: &Tenant, call: &Call<'_>, (path, id): (&str, &str), rest: &str) -> Answer {
    let list = List::new("fileAttachment", context(call, rest)).rendered(Rendering::typed());
    call.list(tenant.store.list(&place::attachments(path, id)), &list)
}

/// A new attachment of an item, from the request's body.
pub(in crate::graph) fn create_for(
    tenant: &mut Tenant,
    call: &Call<'_>,
    (path, id): (&str, &str),
    rest: &str,
) -> Answer {
    let given = call.json()?;
    body::check("attachment", &given)?;
    let made = attach(tenant, call, (path, id), &given)?;
    mark(tenant, path, id);
    let entity = call.find(tenant, &place::attachments(path, id), &made)?;
    call.entity_with(StatusCode::CREATED, entity, &context(call, rest), &Rendering::typed())
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    list_of(tenant, call, (&found.path(call.user()), &found.id), "messages/attachments")
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    create_for(tenant, call, (&found.path(call.user()), &found.id), "messages/attachments")
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    get_of(tenant, call, (&found.path(call.user()), &found.id), "messages/attachments")
}

fn raw(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    raw_of(tenant, call, (&found.path(call.user()), &found.id))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    delete_of(tenant, call, (&found.path(call.user()), &found.id))
}

/// The attachment of the path, of an item.
pub(in crate::graph) fn get_of(tenant: &Tenant, call: &Call<'_>, (path, id): (&str, &str), rest: &str) -> Answer {
    let attachment = call.find(tenant, &place::attachments(path, id), call.parameter("attachment"))?;
    call.entity_with(StatusCode::OK, attachment, &context(call, rest), &Rendering::typed())
}

/// The bytes of the attachment of the path.
pub(in crate::graph) fn raw_of(tenant: &Tenant, call: &Call<'_>, (path, id): (&str, &str)) -> Answer {
    let attachment = call.find(tenant, &place::attachments(path, id), call.parameter("attachment"))?;
    let bytes = STANDARD.decode(attachment.text("contentBytes")).unwrap_or_default();
    Ok(GraphResponse::bytes(StatusCode::OK, attachment.text("contentType"), Bytes::from(bytes)))
}

/// Takes the attachment of the path away.
pub(in crate::graph) fn delete_of(tenant: &mut Tenant, call: &Call<'_>, (path, id): (&str, &str)) -> Answer {
    let attachments = place::attachments(path, id);
    call.find(tenant, &attachments, call.parameter("attachment"))?;
    tenant.store.purge(&attachments, call.parameter("attachment"));
    mark(tenant, path, id);
    Ok(GraphResponse::no_content())
}

/// Adds an attachment to an item; its id.
pub(super) fn attach(
    tenant: &mut Tenant,
    call: &Call<'_>,
    (path, id): (&str, &str),
    given: &Properties,
) -> Result<String, GraphError> {
    let attachments = place::attachments(path, id);
    if given.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(outlook::invalid("The property 'name' is required when creating the entity."));
    }
    let bytes = given.get("contentBytes").and_then(Value::as_str).unwrap_or_default();
    if STANDARD.decode(bytes).is_err() {
        return Err(GraphError::new(
            StatusCode::BAD_REQUEST,
            "RequestBodyRead",
            "Cannot convert the value of 'contentBytes' to the expected type 'Edm.Binary'.",
        ));
    }
    if bytes.len() / 4 * 3 > BYTES_MAX + 2 || tenant.store.count(&attachments) >= COUNT_MAX {
        let message = "The maximum request length supported is 4MB.";
        return Err(GraphError::new(StatusCode::PAYLOAD_TOO_LARGE, "ErrorMessageSizeExceeded", message));
    }
    Ok(add(tenant, call, (path, id), given))
}

/// Adds an attachment that is checked already; its id.
pub(super) fn add(tenant: &mut Tenant, call: &Call<'_>, (path, id): (&str, &str), given: &Properties) -> String {
    let attachments = place::attachments(path, id);
    let attachment_id = ids::outlook(&mut tenant.rng);
    let attachment = mail::attachment(given, call.request.now);
    tenant.store.create(&attachments, mail::attachment_kind(given), attachment_id.clone(), Value::Object(attachment));
    mark(tenant, path, id);
    attachment_id
}

/// Sets whether an item has attachments, after a change of them.
pub(super) fn mark(tenant: &mut Tenant, path: &str, id: &str) {
    let has = tenant.store.list(&place::attachments(path, id)).any(|attachment| !attachment.is("isInline"));
    tenant.store.patch(path, id, object(json!({"hasAttachments": has})));
}

/// The attachments of a message inside of it, as `$expand` shows them.
pub(in crate::graph) fn shown(tenant: &Tenant, path: &str, id: &str) -> Value {
    let one = |attachment: &Entity| {
        let mut shown = object(json!({
            "@odata.type": format!("#microsoft.graph.{}", attachment.kind), "@odata.mediaEtag": etag(attachment),
        }));
        shown.extend(attachment.properties.clone());
        Value::Object(shown)
    };
    tenant.store.list(&place::attachments(path, id)).map(one).collect()
}
