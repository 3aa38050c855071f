//! Copying items. The sandbox copies at once; the answer and the monitor are those of the real service.

use http::StatusCode;
use http::header::LOCATION;
use serde_json::Value;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::outlook::only;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::names::{self, Conflict};
use super::{actor, downloads, drive_id, free_name, invalid, item, items, on_item};
use crate::objects::{files, place, tree};
use crate::tenant::Tenant;

/// Items of one copy.
const ITEMS_MAX: usize = 30_000;

pub(super) const ROUTES: &[&[Route]] =
    &[on_item!(post, "files.items.copy", "/copy", copy, "POST /me/drive/items/{item}/copy")];

fn copy(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["name", "parentReference", "childrenOnly", "includeAllVersionHistory"])?;
    let drive = drive_id(call);
    let source = item(tenant, call, &drive)?;
    let (id, name, parent) =
        (source.id().to_owned(), source.text("name").to_owned(), source.text("_parent").to_owned());
    let folder = match body.get("parentReference").filter(|reference| !reference.is_null()) {
        Some(reference) if reference["driveId"].as_str().is_none_or(|other| other == drive) => {
            items::referenced(tenant, call, &drive, reference)?.id().to_owned()
        }
        Some(_) => {
            return Err(GraphError::new(
                StatusCode::NOT_IMPLEMENTED,
                "notSupported",
                "Copies to another drive are not supported.",
            ));
        }
        None => parent,
    };
    if tree::is_inside(&tenant.store, &drive, &folder, &id) {
        return Err(invalid("An item cannot be copied into itself."));
    }
    let name = match body.get("name") {
        Some(given) => names::checked(given.as_str().unwrap_or_default())?.to_owned(),
        None => name,
    };
    let conflict = Conflict::read(call.query.other("@microsoft.graph.conflictBehavior"), Conflict::Fail)?;
    let name = free_name(tenant, &drive, &folder, (&name, conflict))?;
    items::check_place(tenant, &drive, &folder, &name)?;
    if tree::subtree(&tenant.store, &drive, &id).len() > ITEMS_MAX {
        return Err(invalid("The folder holds too many items to be copied."));
    }
    let made = copy_tree(tenant, call, &drive, (&id, &folder, &name));
    let monitor = downloads::copy_address(tenant, call, &drive, &made);
    Ok(GraphResponse::empty(StatusCode::ACCEPTED).with(LOCATION, &monitor))
}

/// Copies an item and what is below it; the copy's id.
fn copy_tree(tenant: &mut Tenant, call: &Call<'_>, drive: &str, (id, folder, name): (&str, &str, &str)) -> String {
    let (by, now): (Value, _) = (actor(tenant, call), call.request.now);
    let mut first = String::new();
    let mut waiting = vec![(id.to_owned(), folder.to_owned(), name.to_owned())];
    while let Some((id, folder, name)) = waiting.pop() {
        let Some(source) = tenant.store.get(&place::items(drive), &id) else { continue };
        let bytes = source.content.clone();
        let made = match &bytes {
            Some(bytes) => files::file(&name, bytes, by.clone(), now),
            None => files::folder(&name, by.clone(), now),
        };
        let copy = tree::put(&mut tenant.store, &mut tenant.rng, drive, &folder, made, bytes);
        let below = tree::children(&tenant.store, drive, &id)
            .map(|child| (child.id().to_owned(), copy.clone(), child.text("name").to_owned()));
        waiting.extend(below.collect::<Vec<_>>());
        if first.is_empty() {
            first = copy;
        }
    }
    first
}
