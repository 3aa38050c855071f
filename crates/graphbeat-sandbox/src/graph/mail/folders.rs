//! Mail folders.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::outlook::{self, PAGE, PAGE_MAX, context, required};
use super::{folder, is_within, name_taken, recount, well_known_id};
use crate::objects::{mail, place};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Store};

const READ: &str = "GET /me/mailFolders";
const WRITE: &str = "POST /me/mailFolders";
/// Folders that one purge can take along.
const SUBTREE_MAX: usize = 10_000;

pub(super) const ROUTES: &[Route] = &[
    Route::get("mail.folders.list", "/users/{user}/mailFolders", list).of(Service::Outlook),
    Route::get("mail.folders.count", "/users/{user}/mailFolders/$count", count).of(Service::Outlook).like(READ),
    Route::get("mail.folders.delta", "/users/{user}/mailFolders/delta()", delta).of(Service::Outlook).like(READ),
    Route::post("mail.folders.create", "/users/{user}/mailFolders", create).of(Service::Outlook),
    Route::get("mail.folders.get", "/users/{user}/mailFolders/{folder}", get).of(Service::Outlook).like(READ),
    Route::patch("mail.folders.update", "/users/{user}/mailFolders/{folder}", update).of(Service::Outlook).like(WRITE),
    Route::delete("mail.folders.delete", "/users/{user}/mailFolders/{folder}", delete).of(Service::Outlook),
    Route::get("mail.child-folders.list", "/users/{user}/mailFolders/{folder}/childFolders", children)
        .of(Service::Outlook)
        .like(READ),
    Route::post("mail.child-folders.create", "/users/{user}/mailFolders/{folder}/childFolders", create_child)
        .of(Service::Outlook)
        .like(WRITE),
    Route::post("mail.folders.move", "/users/{user}/mailFolders/{folder}/move", move_to)
        .of(Service::Outlook)
        .like(WRITE),
    Route::post("mail.folders.purge", "/users/{user}/mailFolders/{folder}/permanentDelete", purge)
        .of(Service::Outlook)
        .like(WRITE),
];

fn folders(call: &Call<'_>) -> List<'static> {
    List::new("mailFolder", context(call, "mailFolders")).paged(PAGE, PAGE_MAX)
}

fn shown<'t>(
    tenant: &'t Tenant,
    call: &Call<'_>,
    parent: String,
) -> impl DoubleEndedIterator<Item = &'t Entity> + use<'t> {
    let with_hidden = call.query.other("includeHiddenFolders").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let all = tenant.store.list(&place::mail_folders(call.user()));
    all.filter(move |folder| folder.text("parentFolderId") == parent && (with_hidden || !folder.is("isHidden")))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let root = well_known_id(&tenant.store, call.user(), "msgfolderroot");
    call.list(shown(tenant, call, root), &folders(call))
}

fn count(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let root = well_known_id(&tenant.store, call.user(), "msgfolderroot");
    call.count(shown(tenant, call, root), &folders(call))
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.delta(tenant, &place::mail_folders(call.user()), &folders(call), &|folder| !folder.is("isHidden"))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let folder = folder(tenant, call, call.parameter("folder"))?;
    call.entity(folder, &context(call, "mailFolders"))
}

fn children(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let parent = folder(tenant, call, call.parameter("folder"))?.id().to_owned();
    call.list(shown(tenant, call, parent), &folders(call))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let root = well_known_id(&tenant.store, call.user(), "msgfolderroot");
    create_in(tenant, call, &root)
}

fn create_child(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let parent = folder(tenant, call, call.parameter("folder"))?.id().to_owned();
    create_in(tenant, call, &parent)
}

fn create_in(tenant: &mut Tenant, call: &Call<'_>, parent: &str) -> Answer {
    let body = call.body("mailFolder")?;
    let name = required(&body, "displayName")?;
    refuse_taken(&tenant.store, call, parent, name)?;
    let mut made = mail::folder(name, parent);
    for extra in ["isHidden", "singleValueExtendedProperties", "multiValueExtendedProperties"] {
        if let Some(value) = body.get(extra) {
            made.insert(extra.to_owned(), value.clone());
        }
    }
    let id = outlook::create(tenant, &place::mail_folders(call.user()), "mailFolder", made).id().to_owned();
    recount(&mut tenant.store, call.user(), parent);
    call.created(call.find(tenant, &place::mail_folders(call.user()), &id)?, &context(call, "mailFolders"))
}

fn refuse_taken(store: &Store, call: &Call<'_>, parent: &str, name: &str) -> Result<(), GraphError> {
    let name = name.to_lowercase();
    let mut siblings =
        store.list(&place::mail_folders(call.user())).filter(|folder| folder.text("parentFolderId") == parent);
    if siblings.any(|sibling| sibling.text("displayName").to_lowercase() == name) { Err(name_taken()) } else { Ok(()) }
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("mailFolder")?;
    let found = folder(tenant, call, call.parameter("folder"))?;
    let (id, parent, old) =
        (found.id().to_owned(), found.text("parentFolderId").to_owned(), found.text("displayName").to_lowercase());
    let name = body.get("displayName").and_then(Value::as_str).map(str::to_owned);
    if let Some(name) = &name {
        refuse_distinguished(found)?;
        if name.trim().is_empty() {
            return Err(outlook::invalid("The property 'displayName' cannot be empty."));
        }
        if name.to_lowercase() != old {
            refuse_taken(&tenant.store, call, &parent, name)?;
        }
    }
    let path = place::mail_folders(call.user());
    let changed = outlook::change(tenant, call, (&path, &id), |folder| {
        if let Some(name) = name {
            folder.insert("displayName".to_owned(), json!(name));
        }
    })?;
    call.entity(changed, &context(call, "mailFolders"))
}

/// Well-known folders keep their names and places.
fn refuse_distinguished(folder: &Entity) -> Result<(), GraphError> {
    if folder.text("_wellKnown").is_empty() {
        return Ok(());
    }
    let message = "Distinguished folders cannot be deleted.";
    Err(GraphError::new(StatusCode::FORBIDDEN, "ErrorDeleteDistinguishedFolder", message))
}

/// Into Deleted Items; what lies there already goes to Recoverable Items, and from there away.
fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let found = folder(tenant, call, call.parameter("folder"))?;
    refuse_distinguished(found)?;
    let (id, user) = (found.id().to_owned(), call.user());
    let deleted = well_known_id(&tenant.store, user, "deleteditems");
    let recoverable = well_known_id(&tenant.store, user, "recoverableitemsdeletions");
    if is_within(&tenant.store, user, &id, &recoverable) {
        return purge(tenant, call);
    }
    let target = if is_within(&tenant.store, user, &id, &deleted) { recoverable } else { deleted };
    reparent(tenant, call, &id, &target)?;
    Ok(GraphResponse::no_content())
}

fn move_to(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    outlook::only(&body, &["destinationId"])?;
    let found = folder(tenant, call, call.parameter("folder"))?;
    refuse_distinguished(found)?;
    let id = found.id().to_owned();
    let destination = outlook::parameter(&body, "destinationId").and_then(Value::as_str).unwrap_or_default();
    let target = folder(tenant, call, destination)?.id().to_owned();
    if is_within(&tenant.store, call.user(), &target, &id) {
        return Err(outlook::invalid("A folder cannot be moved into itself."));
    }
    reparent(tenant, call, &id, &target)?;
    call.created(call.find(tenant, &place::mail_folders(call.user()), &id)?, &context(call, "mailFolders"))
}

fn reparent(tenant: &mut Tenant, call: &Call<'_>, id: &str, target: &str) -> Result<(), GraphError> {
    let path = place::mail_folders(call.user());
    let old = call.find(tenant, &path, id)?.text("parentFolderId").to_owned();
    outlook::change(tenant, call, (&path, id), |folder| {
        folder.insert("parentFolderId".to_owned(), json!(target));
    })?;
    recount(&mut tenant.store, call.user(), &old);
    recount(&mut tenant.store, call.user(), target);
    Ok(())
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let found = folder(tenant, call, call.parameter("folder"))?;
    refuse_distinguished(found)?;
    let (id, parent, path) =
        (found.id().to_owned(), found.text("parentFolderId").to_owned(), place::mail_folders(call.user()));
    let mut gone = vec![id];
    let mut next = 0;
    while let Some(folder) = gone.get(next).cloned().filter(|_| next < SUBTREE_MAX) {
        let below = tenant.store.list(&path).filter(|child| child.text("parentFolderId") == folder);
        gone.extend(below.map(|child| child.id().to_owned()));
        next += 1;
    }
    for id in gone {
        tenant.store.purge(&path, &id);
    }
    recount(&mut tenant.store, call.user(), &parent);
    Ok(GraphResponse::no_content())
}
