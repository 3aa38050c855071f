//! Lists of items: children, search, delta, thumbnails.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::Service;
use super::super::list::List;
use super::super::route::{Answer, Route};
use super::{context, downloads, drive_id, item, items, on_item, shown};
use crate::objects::{files, place, tree};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

const PAGE: usize = 200;
const PAGE_MAX: usize = 5_000;
const SEARCH: &str = "GET /me/drive/root/search(q={q})";
const DELTA: &str = "GET /me/drive/root/delta()";

pub(super) const ROUTES: &[&[Route]] = &[
    on_item!(get, ["files.children.list", root "files.root-children.list", special "files.children.list", path "files.children.list"], "/children", children, "GET /me/drive/root/children"),
    on_item!(get, "files.thumbnails.list", "/thumbnails", thumbnails, "GET /me/drive/items/{item}/thumbnails"),
    on_item!(get, "files.root.delta", "/delta()", delta, "GET /me/drive/root/delta()"),
    on_item!(get, "files.documents.search", "/search(q={q})", search, "GET /me/drive/root/search(q={q})"),
    &[
        Route::get("files.documents.search", "/users/{user}/drive/search(q={q})", search)
            .of(Service::Drive)
            .like(SEARCH),
        Route::get("files.documents.search", "/drives/{drive}/search(q={q})", search).of(Service::Drive).like(SEARCH),
        Route::get("files.root.delta", "/users/{user}/drive/delta()", delta).of(Service::Drive).like(DELTA),
    ],
];

fn listed(drive: &str) -> List<'static> {
    List::new("driveItem", context(drive)).paged(PAGE, PAGE_MAX)
}

fn children(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let folder = items::folder(tenant, call, &drive)?;
    let children = tree::children(&tenant.store, &drive, folder.id());
    let shown: Vec<Entity> = children.map(|child| shown(tenant, call, &drive, child)).collect();
    call.list(shown.iter(), &listed(&drive))
}

fn search(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let from = item(tenant, call, &drive)?.id();
    let words = call.parameter("q").to_lowercase();
    let all = tenant.store.list(&place::items(&drive));
    let found =
        all.filter(|item| !item.text("_parent").is_empty() && item.text("name").to_lowercase().contains(&words));
    let found = found.filter(|item| tree::is_inside(&tenant.store, &drive, item.id(), from));
    let shown: Vec<Entity> = found.map(|item| shown(tenant, call, &drive, item)).collect();
    call.list(shown.iter(), &listed(&drive))
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let from = item(tenant, call, &drive)?.id();
    let keep = |item: &Entity| tree::is_inside(&tenant.store, &drive, item.id(), from);
    call.delta(tenant, &place::items(&drive), &listed(&drive), &keep)
}

/// Pictures have thumbnails: themselves.
fn thumbnails(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let item = item(tenant, call, &drive)?;
    let size = item.content.as_ref().and_then(|bytes| files::png_size(bytes));
    let sets: Vec<Value> = size
        .map(|(width, height)| {
            let url = downloads::address(tenant, call, &drive, item.id());
            let thumbnail = json!({"height": height, "url": url, "width": width});
            json!({"id": "0", "large": thumbnail, "medium": thumbnail, "small": thumbnail})
        })
        .into_iter()
        .collect();
    call.value(json!({"value": sets}), &format!("{}('{}')/thumbnails", context(&drive), item.id()))
}
