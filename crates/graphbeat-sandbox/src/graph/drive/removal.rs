//! Deleting and purging items. What of OneNote lies in them goes with them.

use super::super::call::Call;
use super::super::error::Service;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{drive_id, invalid, item, on_item};
use crate::objects::tree::{self, Fate};
use crate::objects::{binder, place};
use crate::tenant::Tenant;

pub(super) const ROUTES: &[&[Route]] = &[
    on_item!(delete, "files.items.delete", "", delete, "DELETE /me/drive/items/{item}"),
    on_item!(post, "files.items.purge", "/permanentDelete", purge, "POST /drives/{drive}/items/{item}/permanentDelete"),
];

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    remove(tenant, call, Fate::Bin)
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    remove(tenant, call, Fate::Gone)
}

fn remove(tenant: &mut Tenant, call: &Call<'_>, fate: Fate) -> Answer {
    let drive = drive_id(call);
    let item = item(tenant, call, &drive)?;
    call.check_version(item)?;
    if item.text("_parent").is_empty() {
        return Err(invalid("The root folder cannot be deleted."));
    }
    let id = item.id().to_owned();
    let gone = tree::remove(&mut tenant.store, &drive, &id, fate);
    if let Some(user) = place::owner_of(&drive) {
        binder::follow(&mut tenant.store, &user, &gone, fate);
    }
    Ok(GraphResponse::no_content())
}
