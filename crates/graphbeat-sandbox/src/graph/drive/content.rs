//! The content of files: downloading and small uploads.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::names::{self, Conflict};
use super::{actor, base, downloads, drive_id, free_name, invalid, item, items, on_item};
use crate::objects::{files, place, tree};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

pub(super) const ROUTES: &[&[Route]] = &[
    on_item!(get, "files.content.get", "/content", download, "GET /me/drive/items/{item}/content"),
    on_item!(put, ["files.uploads.update", root "files.uploads.update", special "files.uploads.update", path "files.uploads.create"], "/content", upload, "PUT /me/drive/items/{item}:/{path}:/content"),
];

fn download(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let item = item(tenant, call, &drive)?;
    if item.get("file").is_null() {
        return Err(invalid("The item has no content."));
    }
    Ok(GraphResponse::found(&downloads::address(tenant, call, &drive, item.id())))
}

fn upload(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let word = call.query.other("@microsoft.graph.conflictBehavior");
    let conflict = Conflict::read(word, Conflict::Replace)?;
    let target = target(tenant, call, &drive)?;
    let by = actor(tenant, call);
    let (status, id) = write(tenant, call, &drive, (target, conflict, by, call.request.body.clone()))?;
    items::answer(tenant, call, status, (&drive, &id))
}

/// Where content goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// An existing file, by its id.
    File(String),
    /// A new name in a folder; folders on the way that do not exist yet are to be made.
    New { folder: String, missing: Vec<String>, name: String },
}

/// What the path of an upload names.
pub(super) fn target(tenant: &Tenant, call: &Call<'_>, drive: &str) -> Result<Target, GraphError> {
    let base = base(tenant, call, drive)?;
    let path = names::checked_path(call.parameter("path"))?;
    if let Some(found) = tree::at_path(&tenant.store, drive, base, &path) {
        return match found.get("file").is_null() {
            true => Err(invalid("A folder has no content: name a file.")),
            false => {
                call.check_version(found)?;
                Ok(Target::File(found.id().to_owned()))
            }
        };
    }
    let (above, name) = names::split(&path);
    let mut at: &Entity = base;
    let mut missing = Vec::new();
    for part in above.split('/').filter(|part| !part.is_empty()) {
        match tree::child_named(&tenant.store, drive, at.id(), part).filter(|_| missing.is_empty()) {
            Some(found) => at = found,
            None => missing.push(part.to_owned()),
        }
    }
    if at.get("folder").is_null() {
        return Err(invalid("The item is not a folder."));
    }
    items::check_place(tenant, drive, at.id(), &path)?;
    Ok(Target::New { folder: at.id().to_owned(), missing, name: name.to_owned() })
}

/// Writes content: a new version of a file, or a new file. The status and the item's id.
pub(super) fn write(
    tenant: &mut Tenant,
    call: &Call<'_>,
    drive: &str,
    (target, conflict, by, bytes): (Target, Conflict, Value, Bytes),
) -> Result<(StatusCode, String), GraphError> {
    let now = call.request.now;
    let (folder, name) = match target {
        Target::File(id) if conflict == Conflict::Replace => {
            tree::write(&mut tenant.store, drive, &id, bytes, &by, now);
            return Ok((StatusCode::OK, id));
        }
        Target::File(id) => {
            let file = call.find(tenant, &place::items(drive), &id)?;
            let (folder, name) = (file.text("_parent").to_owned(), file.text("name").to_owned());
            let name = free_name(tenant, drive, &folder, (&name, conflict))?;
            (folder, name)
        }
        Target::New { folder, missing, name } => {
            let made = |folder: String, name: String| {
                let item = files::folder(&name, by.clone(), now);
                tree::put(&mut tenant.store, &mut tenant.rng, drive, &folder, item, None)
            };
            (missing.into_iter().fold(folder, made), name)
        }
    };
    let file = files::file(&name, &bytes, by, now);
    let id = tree::put(&mut tenant.store, &mut tenant.rng, drive, &folder, file, Some(bytes));
    Ok((StatusCode::CREATED, id))
}
