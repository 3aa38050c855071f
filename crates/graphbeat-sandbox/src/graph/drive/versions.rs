//! Versions of files.

use serde_json::Value;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{actor, context, downloads, drive_id, item, on_item};
use crate::objects::{place, tree};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

pub(super) const ROUTES: &[&[Route]] = &[
    on_item!(get, "files.versions.list", "/versions", list, "GET /me/drive/items/{item}/versions"),
    on_item!(get, "files.versions.get", "/versions/{version}", get, "GET /me/drive/items/{item}/versions"),
    on_item!(
        get,
        "files.versions.download",
        "/versions/{version}/content",
        download,
        "GET /me/drive/items/{item}/content"
    ),
    on_item!(
        post,
        "files.versions.restore",
        "/versions/{version}/restoreVersion",
        restore,
        "PATCH /me/drive/items/{item}"
    ),
];

/// The drive, the file of the path and its versions' collection.
fn file(tenant: &Tenant, call: &Call<'_>) -> Result<(String, String, String), GraphError> {
    let drive = drive_id(call);
    let id = item(tenant, call, &drive)?.id().to_owned();
    let path = place::versions(&drive, &id);
    Ok((drive, id, path))
}

/// The newest first.
fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (drive, id, path) = file(tenant, call)?;
    let newest_first = (1..).zip(tenant.store.list(&path).rev());
    let versions: Vec<Entity> = newest_first.map(|(order, version)| Entity { order, ..version.clone() }).collect();
    let list = List::new("driveItemVersion", format!("{}('{id}')/versions", context(&drive)));
    call.list(versions.iter(), &list)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (drive, id, path) = file(tenant, call)?;
    let version = call.find(tenant, &path, call.parameter("version"))?;
    call.entity(version, &format!("{}('{id}')/versions", context(&drive)))
}

fn download(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (drive, id, path) = file(tenant, call)?;
    let version = call.find(tenant, &path, call.parameter("version"))?.id();
    Ok(GraphResponse::found(&downloads::version_address(tenant, call, (&drive, &id), version)))
}

/// The old content becomes the newest version.
fn restore(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (drive, id, path) = file(tenant, call)?;
    let bytes = call.find(tenant, &path, call.parameter("version"))?.content.clone().unwrap_or_default();
    let by: Value = actor(tenant, call);
    tree::write(&mut tenant.store, &drive, &id, bytes, &by, call.request.now);
    Ok(GraphResponse::no_content())
}
