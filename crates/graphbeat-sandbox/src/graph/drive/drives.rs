//! The drives themselves.

use super::super::call::{Call, empty_list};
use super::super::error::Service;
use super::super::list::List;
use super::super::route::{Answer, Route};
use super::{drive_id, shown};
use crate::objects::place;
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Files that a list of recent ones shows.
const RECENT_MAX: usize = 100;

pub(super) const ROUTES: &[&[Route]] = &[&[
    Route::get("files.drive.get", "/users/{user}/drive", get).of(Service::Drive),
    Route::get("files.drives.list", "/users/{user}/drives", list).of(Service::Drive),
    Route::get("files.drives.get", "/drives/{drive}", get).of(Service::Drive).like("GET /me/drive"),
    Route::get("files.shared.list", "/users/{user}/drive/sharedWithMe()", shared).of(Service::Drive),
    Route::get("files.recent.list", "/users/{user}/drive/recent()", recent).of(Service::Drive),
]];

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(call.find(tenant, place::DRIVES, &drive_id(call))?, "drives")
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.get(place::DRIVES, &drive_id(call)).into_iter(), &List::new("drive", "drives"))
}

/// Nobody shares anything in the seeded tenant.
fn shared(_: &Tenant, call: &Call<'_>) -> Answer {
    empty_list(call, "Collection(microsoft.graph.driveItem)")
}

fn recent(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let files = tenant.store.list(&place::items(&drive)).filter(|item| !item.get("file").is_null());
    let mut files: Vec<&Entity> = files.collect();
    files.sort_by(|one, other| other.text("lastModifiedDateTime").cmp(one.text("lastModifiedDateTime")));
    let numbered = (1..).zip(files.into_iter().take(RECENT_MAX));
    let shown: Vec<Entity> =
        numbered.map(|(order, file)| Entity { order, ..shown(tenant, call, &drive, file) }).collect();
    call.list(shown.iter(), &List::new("driveItem", "Collection(microsoft.graph.driveItem)"))
}
