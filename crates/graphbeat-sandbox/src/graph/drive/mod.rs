//! Drives: items by id and by path, their content, versions and permissions, uploads, copies.
//!
//! Content is served from addresses that carry a signature instead of a token, as the real service
//! redirects to. A deleted item lies in the first stage of the recycle bin: in the dump, not in Graph;
//! a purged one is gone at once. The real service may hold a purged item for retention policies, out of
//! any client's reach.

mod content;
mod copies;
mod downloads;
mod drives;
mod items;
mod listing;
mod names;
mod permissions;
mod removal;
mod uploads;
mod versions;

use http::StatusCode;
use serde_json::{Value, json};

pub(super) use self::uploads::read_range;
use super::call::Call;
use super::error::GraphError;
use super::route::Route;
use crate::objects::{files, place, tree};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// One action on an item, under every address that an item has: through the drive of a user, a site or a
/// group and through the drive's id; the root, an item by id, and both with a path from there.
///
/// The names of the root, of special folders and of paths may differ from the item's own.
macro_rules! on_item {
    ($make:ident, [$item:literal, root $root:literal, special $special:literal, path $path:literal], $suffix:literal, $handler:path, $like:literal) => {
        &[
            on_item!(@row $make, $root, concat!("/users/{user}/drive/root", $suffix), $handler, $like),
            on_item!(@row $make, $item, concat!("/users/{user}/drive/items/{item}", $suffix), $handler, $like),
            on_item!(@row $make, $special, concat!("/users/{user}/drive/special/{special}", $suffix), $handler, $like),
            on_item!(@row $make, $path, on_item!(@path "/users/{user}/drive/root:/{path}", $suffix), $handler, $like),
            on_item!(@row $make, $path, on_item!(@path "/users/{user}/drive/items/{item}:/{path}", $suffix), $handler, $like),
            on_item!(@row $make, $root, concat!("/drives/{drive}/root", $suffix), $handler, $like),
            on_item!(@row $make, $item, concat!("/drives/{drive}/items/{item}", $suffix), $handler, $like),
            on_item!(@row $make, $path, on_item!(@path "/drives/{drive}/root:/{path}", $suffix), $handler, $like),
            on_item!(@row $make, $path, on_item!(@path "/drives/{drive}/items/{item}:/{path}", $suffix), $handler, $like),
            on_item!(@row $make, $root, concat!("/sites/{site}/drive/root", $suffix), $handler, $like),
            on_item!(@row $make, $item, concat!("/sites/{site}/drive/items/{item}", $suffix), $handler, $like),
            on_item!(@row $make, $path, on_item!(@path "/sites/{site}/drive/root:/{path}", $suffix), $handler, $like),
            on_item!(@row $make, $root, concat!("/groups/{group}/drive/root", $suffix), $handler, $like),
            on_item!(@row $make, $item, concat!("/groups/{group}/drive/items/{item}", $suffix), $handler, $like),
            on_item!(@row $make, $path, on_item!(@path "/groups/{group}/drive/root:/{path}", $suffix), $handler, $like),
        ]
    };
    ($make:ident, $name:literal, $suffix:literal, $handler:path, $like:literal) => {
        on_item!($make, [$name, root $name, special $name, path $name], $suffix, $handler, $like)
    };
    (@row $make:ident, $name:literal, $pattern:expr, $handler:path, $like:literal) => {
        Route::$make($name, $pattern, $handler).of(Service::Drive).like($like)
    };
    (@path $base:literal, "") => { $base };
    (@path $base:literal, $suffix:literal) => { concat!($base, ":", $suffix) };
}
use on_item;

/// The routes of drives.
pub(super) const ROUTES: &[&[&[Route]]] = &[
    drives::ROUTES,
    items::ROUTES,
    listing::ROUTES,
    removal::ROUTES,
    content::ROUTES,
    versions::ROUTES,
    permissions::ROUTES,
    copies::ROUTES,
    uploads::ROUTES,
    downloads::ROUTES,
];

/// The id of the drive in the path.
fn drive_id(call: &Call<'_>) -> String {
    match call.parameter("drive") {
        "" => place::drive_of(call.user()),
        drive => drive.to_owned(),
    }
}

/// The item that the path starts from: the root, one by id, or a special folder.
fn base<'t>(tenant: &'t Tenant, call: &Call<'_>, drive: &str) -> Result<&'t Entity, GraphError> {
    let root = tree::root(&tenant.store, drive).ok_or_else(|| call.not_found(drive))?;
    match (call.parameter("item"), call.parameter("special")) {
        ("" | "root", "") => Ok(root),
        ("", special) => {
            let mut folders = tree::children(&tenant.store, drive, root.id());
            let is_it = |item: &&Entity| {
                item.get("specialFolder")["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(special))
            };
            folders.find(is_it).ok_or_else(|| call.not_found(special))
        }
        (id, _) => call.find(tenant, &place::items(drive), id),
    }
}

/// The item of the path.
fn item<'t>(tenant: &'t Tenant, call: &Call<'_>, drive: &str) -> Result<&'t Entity, GraphError> {
    let base = base(tenant, call, drive)?;
    let path = names::checked_path(call.parameter("path"))?;
    tree::at_path(&tenant.store, drive, base, &path).ok_or_else(|| call.not_found(&path))
}

/// An item as it is shown: a file with the address of its content.
fn shown(tenant: &Tenant, call: &Call<'_>, drive: &str, item: &Entity) -> Entity {
    let mut shown = item.clone();
    if !item.get("file").is_null() {
        let address = Value::String(downloads::address(tenant, call, drive, item.id()));
        shown.properties.insert("@microsoft.graph.downloadUrl".to_owned(), address);
    }
    shown
}

/// Who changes something, as an `identitySet`.
fn actor(tenant: &Tenant, call: &Call<'_>) -> Value {
    match call.caller.user_id {
        Some(user) => tenant.person(&user.to_string()).identity(),
        None => json!({"application": {"id": call.caller.app_id, "displayName": &*call.caller.application_name}}),
    }
}

/// What follows `$metadata#` for items of a drive.
fn context(drive: &str) -> String {
    format!("drives('{drive}')/items")
}

/// 400 in OneDrive's words.
fn invalid(message: &str) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, "invalidRequest", message)
}

/// 409: the folder has an item of this name.
fn name_taken() -> GraphError {
    GraphError::new(StatusCode::CONFLICT, "nameAlreadyExists", "The specified item name already exists.")
}

/// A copy of an item's name that is free in a folder, as the conflict behaviour wants it.
fn free_name(
    tenant: &Tenant,
    drive: &str,
    folder: &str,
    (name, conflict): (&str, names::Conflict),
) -> Result<String, GraphError> {
    /// Numbers that are tried.
    const NUMBERS_MAX: usize = 1_000;
    let is_free = |name: &String| tree::child_named(&tenant.store, drive, folder, name).is_none();
    let wanted = name.to_owned();
    match conflict {
        _ if is_free(&wanted) => Ok(wanted),
        names::Conflict::Rename => {
            (1..NUMBERS_MAX).map(|number| files::numbered(name, number)).find(is_free).ok_or_else(name_taken)
        }
        names::Conflict::Fail | names::Conflict::Replace => Err(name_taken()),
    }
}
