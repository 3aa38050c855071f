//! Moving, copying, deleting and purging messages.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::outlook::{self, context};
use super::{copy_attachments, folder, is_within, message, recount, shift, well_known_id};
use crate::objects::place;
use crate::tenant::Tenant;
use crate::tenant::ids;

const DELETE: &str = "DELETE /me/messages/{message}";
const PURGE: &str = "POST /me/messages/{message}/permanentDelete";

pub(super) const ROUTES: &[Route] = &[
    Route::delete("mail.messages.delete", "/users/{user}/messages/{message}", delete).of(Service::Outlook),
    Route::delete("mail.folder-messages.delete", "/users/{user}/mailFolders/{folder}/messages/{message}", delete)
        .of(Service::Outlook)
        .like(DELETE),
    Route::post("mail.messages.purge", "/users/{user}/messages/{message}/permanentDelete", purge).of(Service::Outlook),
    Route::post(
        "mail.folder-messages.purge",
        "/users/{user}/mailFolders/{folder}/messages/{message}/permanentDelete",
        purge,
    )
    .of(Service::Outlook)
    .like(PURGE),
    Route::post("mail.messages.move", "/users/{user}/messages/{message}/move", move_to).of(Service::Outlook),
    Route::post("mail.messages.copy", "/users/{user}/messages/{message}/copy", copy_to).of(Service::Outlook),
];

/// Into Deleted Items; what lies there already goes to Recoverable Items, and from there away.
fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, known) = message(tenant, call)?;
    call.check_version(known)?;
    let user = call.user();
    let deleted = well_known_id(&tenant.store, user, "deleteditems");
    let recoverable = well_known_id(&tenant.store, user, "recoverableitemsdeletions");
    if is_within(&tenant.store, user, &found.folder, &recoverable) {
        return purge(tenant, call);
    }
    let target = if is_within(&tenant.store, user, &found.folder, &deleted) { recoverable } else { deleted };
    shift(tenant, call, &found, &target);
    Ok(GraphResponse::no_content())
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    tenant.store.purge(&found.path(call.user()), &found.id);
    recount(&mut tenant.store, call.user(), &found.folder);
    Ok(GraphResponse::no_content())
}

/// The folder that `destinationId` names.
fn destination(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let body = call.json()?;
    outlook::only(&body, &["destinationId"])?;
    let key = outlook::parameter(&body, "destinationId").and_then(Value::as_str);
    let key = key.ok_or_else(|| outlook::invalid("The parameter 'DestinationId' is required."))?;
    Ok(folder(tenant, call, key)?.id().to_owned())
}

fn move_to(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    let target = destination(tenant, call)?;
    let id = shift(tenant, call, &found, &target).ok_or_else(|| call.not_found(&found.id))?;
    call.created(call.find(tenant, &place::messages(call.user(), &target), &id)?, &context(call, "messages"))
}

fn copy_to(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, known) = message(tenant, call)?;
    let mut copied = known.properties.clone();
    let target = destination(tenant, call)?;
    let (path, id) = (place::messages(call.user(), &target), ids::outlook(&mut tenant.rng));
    copied.insert("parentFolderId".to_owned(), json!(target));
    tenant.store.create(&path, "message", id.clone(), Value::Object(copied));
    copy_attachments(&mut tenant.store, (&found.path(call.user()), &found.id), (&path, &id));
    recount(&mut tenant.store, call.user(), &target);
    call.created(call.find(tenant, &path, &id)?, &context(call, "messages"))
}
