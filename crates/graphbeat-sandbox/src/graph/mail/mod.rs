//! Mail: folders, messages, sending, attachments, rules and settings of a mailbox.
//!
//! A message that is purged (`permanentDelete`) is gone from every view and from the dump. The real
//! Exchange keeps it in the hidden Purges folder until the retention time is over, where no client of
//! Graph reaches it; the sandbox has no such folder.

pub(super) mod attachments;
mod folders;
mod messages;
mod removal;
mod rules;
mod sending;
mod settings;
pub(super) mod uploads;

use http::StatusCode;
use serde_json::json;

use super::call::Call;
use super::error::GraphError;
use super::outlook;
use super::route::Route;
use crate::objects::place;
use crate::tenant::Tenant;
use crate::tenant::ids;
use crate::tenant::store::{Entity, Store, object};

/// The routes of mail.
pub(super) const ROUTES: &[&[Route]] = &[
    folders::ROUTES,
    messages::ROUTES,
    removal::ROUTES,
    sending::ROUTES,
    attachments::ROUTES,
    uploads::ROUTES,
    rules::ROUTES,
    settings::ROUTES,
];

/// Where a message lies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    folder: String,
    id: String,
}

impl Found {
    fn path(&self, user: &str) -> String {
        place::messages(user, &self.folder)
    }
}

/// The folder that a well-known name or an id names.
fn folder<'t>(tenant: &'t Tenant, call: &Call<'_>, key: &str) -> Result<&'t Entity, GraphError> {
    let path = place::mail_folders(call.user());
    if let Some(folder) = tenant.store.get(&path, key) {
        return Ok(folder);
    }
    well_known(&tenant.store, call.user(), &key.to_lowercase()).ok_or_else(|| call.not_found(key))
}

/// The well-known folder of a name.
fn well_known<'s>(store: &'s Store, user: &str, name: &str) -> Option<&'s Entity> {
    store.list(&place::mail_folders(user)).find(|folder| folder.text("_wellKnown") == name)
}

/// The id of a well-known folder; every filled mailbox has them all.
fn well_known_id(store: &Store, user: &str, name: &str) -> String {
    well_known(store, user, name).map(|folder| folder.id().to_owned()).unwrap_or_default()
}

/// The message of the path, wherever it lies.
fn message<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<(Found, &'t Entity), GraphError> {
    let id = call.parameter("message");
    let within = call.parameter("folder");
    let user = call.user();
    let folders: Vec<String> = match within {
        "" => tenant.store.list(&place::mail_folders(user)).map(|folder| folder.id().to_owned()).collect(),
        key => vec![folder(tenant, call, key)?.id().to_owned()],
    };
    let found = folders.into_iter().find_map(|folder| {
        let entity = tenant.store.get(&place::messages(user, &folder), id)?;
        Some((Found { folder, id: id.to_owned() }, entity))
    });
    found.ok_or_else(|| call.not_found(id))
}

/// Whether a folder is another one or lies in it.
fn is_within(store: &Store, user: &str, folder: &str, other: &str) -> bool {
    /// Folders in folders.
    const DEPTH_MAX: usize = 64;
    let path = place::mail_folders(user);
    let parent = |id: &String| store.get(&path, id).map(|folder| folder.text("parentFolderId").to_owned());
    std::iter::successors(Some(folder.to_owned()), parent).take(DEPTH_MAX).any(|id| id == other)
}

/// Sets the counters of a folder after a change in it.
pub(crate) fn recount(store: &mut Store, user: &str, folder: &str) {
    let path = place::mail_folders(user);
    let (mut total, mut unread) = (0_u32, 0_u32);
    for message in store.list(&place::messages(user, folder)) {
        total += 1;
        unread += u32::from(!message.is("isRead"));
    }
    let children =
        store.list(&path).filter(|child| child.text("parentFolderId") == folder && !child.is("isHidden")).count();
    let counters = json!({"childFolderCount": children, "totalItemCount": total, "unreadItemCount": unread});
    store.patch(&path, folder, object(counters));
}

/// Puts a message into another folder, under a new id where the client did not ask for lasting ones
/// (`Prefer: IdType="ImmutableId"`); its new id.
fn shift(tenant: &mut Tenant, call: &Call<'_>, from: &Found, to: &str) -> Option<String> {
    let user = call.user();
    let (old, new) = (from.path(user), place::messages(user, to));
    let lasting = call.header("prefer").is_some_and(|prefer| prefer.to_ascii_lowercase().contains("immutableid"));
    let id = if lasting { from.id.clone() } else { ids::outlook(&mut tenant.rng) };
    let mut entity = tenant.store.remove(&old, &from.id)?;
    copy_attachments(&mut tenant.store, (&old, &from.id), (&new, &id));
    tenant.store.remove_below(&format!("{old}/{}", from.id));
    entity.properties.insert("parentFolderId".to_owned(), json!(to));
    entity.properties.insert("lastModifiedDateTime".to_owned(), json!(ids::stamp(call.request.now)));
    tenant.store.create(&new, "message", id.clone(), entity.properties.into());
    recount(&mut tenant.store, user, &from.folder);
    recount(&mut tenant.store, user, to);
    Some(id)
}

/// Attachments go with their message.
fn copy_attachments(store: &mut Store, (from, id): (&str, &str), (to, new_id): (&str, &str)) {
    let attachments: Vec<Entity> = store.list(&place::attachments(from, id)).cloned().collect();
    for attachment in attachments {
        let kept = attachment.id().to_owned();
        store.create(&place::attachments(to, new_id), attachment.kind, kept, attachment.properties.into());
    }
}

/// 409: the folder has one of this name.
fn name_taken() -> GraphError {
    GraphError::new(StatusCode::CONFLICT, "ErrorFolderExists", "A folder with the specified name already exists.")
}
