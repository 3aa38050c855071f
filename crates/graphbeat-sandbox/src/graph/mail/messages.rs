//! Messages: reading, drafting, changing.

use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::render::{Expansion, Rendering};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::outlook::{self, PAGE, PAGE_MAX, context, owner};
use super::{attachments, folder, message, recount, well_known_id};
use crate::objects::{mail, place, without};
use crate::tenant::Tenant;
use crate::tenant::ids;
use crate::tenant::store::{Entity, Properties};

const READ: &str = "GET /me/messages";
const WRITE: &str = "POST /me/messages";
const CHANGE: &str = "PATCH /me/messages/{message}";

pub(super) const ROUTES: &[Route] = &[
    Route::get("mail.messages.list", "/users/{user}/messages", list).of(Service::Outlook),
    Route::get("mail.messages.count", "/users/{user}/messages/$count", count).of(Service::Outlook).like(READ),
    Route::post("mail.drafts.create", "/users/{user}/messages", create).of(Service::Outlook),
    Route::get("mail.messages.get", "/users/{user}/messages/{message}", get).of(Service::Outlook).like(READ),
    Route::get("mail.messages.download", "/users/{user}/messages/{message}/$value", mime)
        .of(Service::Outlook)
        .like("GET /me/messages/{message}/attachments"),
    Route::patch("mail.drafts.update", "/users/{user}/messages/{message}", update).of(Service::Outlook),
    Route::get("mail.inbox.list", "/users/{user}/mailFolders/inbox/messages", list_folder)
        .of(Service::Outlook)
        .like(READ),
    Route::get("mail.inbox.delta", "/users/{user}/mailFolders/inbox/messages/delta()", delta)
        .of(Service::Outlook)
        .like(READ),
    Route::get("mail.folder-messages.list", "/users/{user}/mailFolders/{folder}/messages", list_folder)
        .of(Service::Outlook)
        .like(READ),
    Route::get("mail.folder-messages.count", "/users/{user}/mailFolders/{folder}/messages/$count", count_folder)
        .of(Service::Outlook)
        .like(READ),
    Route::get("mail.folder-messages.delta", "/users/{user}/mailFolders/{folder}/messages/delta()", delta)
        .of(Service::Outlook)
        .like(READ),
    Route::post("mail.folder-messages.create", "/users/{user}/mailFolders/{folder}/messages", create_in_folder)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get("mail.folder-messages.get", "/users/{user}/mailFolders/{folder}/messages/{message}", get)
        .of(Service::Outlook)
        .like(READ),
    Route::patch("mail.folder-messages.update", "/users/{user}/mailFolders/{folder}/messages/{message}", update)
        .of(Service::Outlook)
        .like(CHANGE),
];

/// What `Mail.ReadBasic` shows: no body, no preview.
const BASIC: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "internetMessageId",
    "subject",
    "importance",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
    "isRead",
    "isDraft",
    "webLink",
    "inferenceClassification",
    "sender",
    "from",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "flag",
];
/// Permissions that show whole messages.
const FULL: &[&str] = &["Mail.Read", "Mail.ReadWrite", "Mail.Read.Shared", "Mail.ReadWrite.Shared"];

fn rendering<'a>(call: &Call<'_>, expansion: Expansion<'a>) -> Rendering<'a> {
    let is_full = FULL.iter().any(|permission| call.caller.permissions.contains(*permission));
    let mut rendering = if is_full { Rendering::default() } else { Rendering::showing(BASIC) };
    rendering.expansion = Some(expansion);
    rendering
}

fn messages<'a>(call: &Call<'_>, expansion: Expansion<'a>) -> List<'a> {
    let list = List::new("message", context(call, "messages")).paged(PAGE, PAGE_MAX).newest_first("receivedDateTime");
    list.rendered(rendering(call, expansion))
}

/// `$expand=attachments`.
fn expand(tenant: &Tenant, user: &str, message: &Entity, name: &str) -> Option<Value> {
    let path = place::messages(user, message.text("parentFolderId"));
    (name == "attachments").then(|| attachments::shown(tenant, &path, message.id()))
}

/// Every message but those in Recoverable Items.
fn all<'t>(tenant: &'t Tenant, call: &Call<'_>) -> impl Iterator<Item = &'t Entity> + use<'t> {
    let user = call.user().to_owned();
    let folders = tenant.store.list(&place::mail_folders(&user));
    let folders = folders.filter(|folder| folder.text("_wellKnown") != "recoverableitemsdeletions");
    folders.flat_map(move |folder| tenant.store.list(&place::messages(&user, folder.id())))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(all(tenant, call), &messages(call, &|entity, name| expand(tenant, call.user(), entity, name)))
}

fn count(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.count(all(tenant, call), &messages(call, &|_, _| None))
}

/// The collection of the folder of the path; a path that spells the inbox out has no parameter for it.
fn folder_path(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let key = Some(call.parameter("folder")).filter(|key| !key.is_empty()).unwrap_or("inbox");
    Ok(place::messages(call.user(), folder(tenant, call, key)?.id()))
}

fn list_folder(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = folder_path(tenant, call)?;
    call.list(tenant.store.list(&path), &messages(call, &|entity, name| expand(tenant, call.user(), entity, name)))
}

fn count_folder(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.count(tenant.store.list(&folder_path(tenant, call)?), &messages(call, &|_, _| None))
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.delta(tenant, &folder_path(tenant, call)?, &messages(call, &|_, _| None), &|_| true)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (_, message) = message(tenant, call)?;
    let expansion = |entity: &Entity, name: &str| expand(tenant, call.user(), entity, name);
    call.entity_with(StatusCode::OK, message, &context(call, "messages"), &rendering(call, &expansion))
}

/// The message as MIME text.
fn mime(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (_, message) = message(tenant, call)?;
    let addresses = |name: &str| -> String {
        let list = message.get(name).as_array().into_iter().flatten();
        list.filter_map(|it| it["emailAddress"]["address"].as_str()).collect::<Vec<_>>().join(", ")
    };
    let is_html = message.get("body")["contentType"] == "html";
    let text = format!(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/{}; charset=utf-8\r\n\r\n{}\r\n",
        message.get("from")["emailAddress"]["address"].as_str().unwrap_or_default(),
        addresses("toRecipients"),
        message.text("subject").replace(['\r', '\n'], " "),
        message.text("sentDateTime"),
        message.text("internetMessageId"),
        if is_html { "html" } else { "plain" },
        message.get("body")["content"].as_str().unwrap_or_default(),
    );
    Ok(GraphResponse::bytes(StatusCode::OK, "text/plain", text.into_bytes().into()))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let drafts = well_known_id(&tenant.store, call.user(), "drafts");
    create_in(tenant, call, &drafts)
}

fn create_in_folder(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let folder = folder(tenant, call, call.parameter("folder"))?.id().to_owned();
    create_in(tenant, call, &folder)
}

fn create_in(tenant: &mut Tenant, call: &Call<'_>, folder: &str) -> Answer {
    let body = call.body("message")?;
    let id = put_draft(tenant, call, folder, &body)?;
    let path = place::messages(call.user(), folder);
    let own = call.address(&format!("/users/{}/messages/{id}", call.user()));
    Ok(call.created(call.find(tenant, &path, &id)?, &context(call, "messages"))?.with(LOCATION, &own))
}

/// A new draft in a folder, with its attachments; its id.
pub(super) fn put_draft(
    tenant: &mut Tenant,
    call: &Call<'_>,
    folder: &str,
    given: &Properties,
) -> Result<String, GraphError> {
    let (owner, now) = (owner(tenant, call), call.request.now);
    let mut draft = mail::draft(&mut tenant.rng, given, &owner, now);
    draft.insert("parentFolderId".to_owned(), json!(folder));
    let id = ids::outlook(&mut tenant.rng);
    let path = place::messages(call.user(), folder);
    tenant.store.create(&path, "message", id.clone(), Value::Object(draft));
    let attached = attach_all(tenant, call, (&path, &id), given);
    if attached.is_err() {
        tenant.store.purge(&path, &id);
    }
    recount(&mut tenant.store, call.user(), folder);
    attached.map(|()| id)
}

fn attach_all(tenant: &mut Tenant, call: &Call<'_>, place: (&str, &str), given: &Properties) -> Result<(), GraphError> {
    for attachment in given.get("attachments").and_then(Value::as_array).into_iter().flatten() {
        attachments::attach(tenant, call, place, attachment.as_object().unwrap_or(&Properties::new()))?;
    }
    Ok(())
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("message")?;
    let (found, known) = message(tenant, call)?;
    refuse_for_sent(known, &body)?;
    let path = found.path(call.user());
    let changes = without(body, mail::MESSAGE_READ_ONLY);
    outlook::change(tenant, call, (&path, &found.id), |message| {
        message.extend(changes);
        mail::settle(message);
    })?;
    recount(&mut tenant.store, call.user(), &found.folder);
    call.entity(call.find(tenant, &path, &found.id)?, &context(call, "messages"))
}

/// What cannot be changed once a message is sent.
fn refuse_for_sent(message: &Entity, changes: &Properties) -> Result<(), GraphError> {
    const OF_DRAFTS: &[&str] =
        &["body", "toRecipients", "ccRecipients", "bccRecipients", "from", "sender", "replyTo", "internetMessageId"];
    let refused = OF_DRAFTS.iter().find(|name| changes.contains_key(**name) && !message.is("isDraft"));
    match refused {
        Some(name) => {
            let message = format!("The property '{name}' can be changed on a draft only.");
            Err(GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidPropertySet", message))
        }
        None => Ok(()),
    }
}
