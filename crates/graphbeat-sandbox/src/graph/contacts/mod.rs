//! Contacts and their folders. The default folder is in no list, as in the real service; a deleted
//! contact lies in the mailbox's Deleted Items, where Graph does not show it; the dump does.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::outlook::{self, PAGE, PAGE_MAX, context, required};
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::objects::{contacts, place};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, object};

const READ: &str = "GET /me/contacts";
const READ_FOLDERS: &str = "GET /me/contactFolders";
const WRITE: &str = "POST /me/contacts";
const CHANGE: &str = "PATCH /me/contacts/{contact}";
const DELETE: &str = "DELETE /me/contacts/{contact}";
const WRITE_FOLDERS: &str = "POST /me/contactFolders";

/// The routes of contacts.
pub(super) const ROUTES: &[Route] = &[
    Route::get("contacts.contacts.list", "/users/{user}/contacts", list).of(Service::Outlook),
    Route::get("contacts.contacts.count", "/users/{user}/contacts/$count", count).of(Service::Outlook).like(READ),
    Route::get("contacts.contacts.delta", "/users/{user}/contacts/delta()", delta).of(Service::Outlook).like(READ),
    Route::post("contacts.contacts.create", "/users/{user}/contacts", create).of(Service::Outlook),
    Route::get("contacts.contacts.get", "/users/{user}/contacts/{contact}", get).of(Service::Outlook).like(READ),
    Route::patch("contacts.contacts.update", "/users/{user}/contacts/{contact}", update).of(Service::Outlook),
    Route::delete("contacts.contacts.delete", "/users/{user}/contacts/{contact}", delete).of(Service::Outlook),
    Route::post("contacts.contacts.purge", "/users/{user}/contacts/{contact}/permanentDelete", purge)
        .of(Service::Outlook)
        .like(DELETE),
    Route::get("contacts.folders.list", "/users/{user}/contactFolders", list_folders).of(Service::Outlook),
    Route::get("contacts.folders.delta", "/users/{user}/contactFolders/delta()", delta_folders)
        .of(Service::Outlook)
        .like(READ_FOLDERS),
    Route::post("contacts.folders.create", "/users/{user}/contactFolders", create_folder).of(Service::Outlook),
    Route::get("contacts.folders.get", "/users/{user}/contactFolders/{folder}", get_folder)
        .of(Service::Outlook)
        .like(READ_FOLDERS),
    Route::patch("contacts.folders.update", "/users/{user}/contactFolders/{folder}", update_folder)
        .of(Service::Outlook)
        .like(WRITE_FOLDERS),
    Route::delete("contacts.folders.delete", "/users/{user}/contactFolders/{folder}", delete_folder)
        .of(Service::Outlook),
    Route::post("contacts.folders.purge", "/users/{user}/contactFolders/{folder}/permanentDelete", purge_folder)
        .of(Service::Outlook)
        .like(WRITE_FOLDERS),
    Route::get("contacts.folder-contacts.list", "/users/{user}/contactFolders/{folder}/contacts", list)
        .of(Service::Outlook)
        .like(READ),
    Route::get("contacts.folder.delta", "/users/{user}/contactFolders/{folder}/contacts/delta()", delta)
        .of(Service::Outlook)
        .like(READ),
    Route::post("contacts.folder-contacts.create", "/users/{user}/contactFolders/{folder}/contacts", create)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get("contacts.folder-contacts.get", "/users/{user}/contactFolders/{folder}/contacts/{contact}", get)
        .of(Service::Outlook)
        .like(READ),
    Route::patch("contacts.folder-contacts.update", "/users/{user}/contactFolders/{folder}/contacts/{contact}", update)
        .of(Service::Outlook)
        .like(CHANGE),
    Route::delete(
        "contacts.folder-contacts.delete",
        "/users/{user}/contactFolders/{folder}/contacts/{contact}",
        delete,
    )
    .of(Service::Outlook)
    .like(DELETE),
    Route::post(
        "contacts.folder-contacts.purge",
        "/users/{user}/contactFolders/{folder}/contacts/{contact}/permanentDelete",
        purge,
    )
    .of(Service::Outlook)
    .like(DELETE),
];

fn contacts_list(call: &Call<'_>) -> List<'static> {
    List::new("contact", context(call, "contacts")).paged(PAGE, PAGE_MAX)
}

fn folders_list(call: &Call<'_>) -> List<'static> {
    List::new("contactFolder", context(call, "contactFolders")).paged(PAGE, PAGE_MAX)
}

/// The folder of the path, or the default one where the path names none.
fn folder<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    let (path, key) = (place::contact_folders(call.user()), call.parameter("folder"));
    if let Some(folder) = tenant.store.get(&path, key) {
        return Ok(folder);
    }
    let default = tenant.store.list(&path).find(|folder| folder.text("_wellKnown") == "contacts");
    default.filter(|_| key.is_empty() || key.eq_ignore_ascii_case("contacts")).ok_or_else(|| call.not_found(key))
}

/// The collection of the folder of the path.
fn collection(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    Ok(place::contacts(call.user(), folder(tenant, call)?.id()))
}

/// The collection that holds the contact of the path, and the contact.
fn contact<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<(String, &'t Entity), GraphError> {
    let id = call.parameter("contact");
    let paths: Vec<String> = match call.parameter("folder") {
        "" => {
            let folders = tenant.store.list(&place::contact_folders(call.user()));
            folders.map(|folder| place::contacts(call.user(), folder.id())).collect()
        }
        _ => vec![collection(tenant, call)?],
    };
    let found = paths.into_iter().find_map(|path| tenant.store.get(&path, id).map(|contact| (path, contact)));
    found.ok_or_else(|| call.not_found(id))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list(&collection(tenant, call)?), &contacts_list(call))
}

fn count(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.count(tenant.store.list(&collection(tenant, call)?), &contacts_list(call))
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.delta(tenant, &collection(tenant, call)?, &contacts_list(call), &|_| true)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (_, contact) = contact(tenant, call)?;
    call.entity(contact, &context(call, "contacts"))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("contact")?;
    let folder = folder(tenant, call)?.id().to_owned();
    let made = contacts::contact(&body, &folder, call.request.now);
    let created = outlook::create(tenant, &place::contacts(call.user(), &folder), "contact", made);
    call.created(created, &context(call, "contacts"))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let changes = contacts::changes(&call.body("contact")?);
    let (path, _) = contact(tenant, call)?;
    let changed = outlook::change(tenant, call, (&path, call.parameter("contact")), |contact| {
        contact.extend(changes);
        contacts::settle(contact);
    })?;
    call.entity(changed, &context(call, "contacts"))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, known) = contact(tenant, call)?;
    call.check_version(known)?;
    tenant.store.relocate(&path, call.parameter("contact"), &place::deleted_objects(call.user()));
    Ok(GraphResponse::no_content())
}

fn purge(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (path, _) = contact(tenant, call)?;
    tenant.store.purge(&path, call.parameter("contact"));
    Ok(GraphResponse::no_content())
}

fn list_folders(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let all = tenant.store.list(&place::contact_folders(call.user()));
    call.list(all.filter(|folder| folder.text("_wellKnown").is_empty()), &folders_list(call))
}

fn delta_folders(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.delta(tenant, &place::contact_folders(call.user()), &folders_list(call), &|folder| {
        folder.text("_wellKnown").is_empty()
    })
}

fn get_folder(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(folder(tenant, call)?, &context(call, "contactFolders"))
}

fn create_folder(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("contactFolder")?;
    let name = required(&body, "displayName")?;
    let path = place::contact_folders(call.user());
    refuse_taken(tenant, &path, name)?;
    let parent = tenant
        .store
        .list(&path)
        .find(|folder| folder.text("_wellKnown") == "contacts")
        .map(Entity::id)
        .unwrap_or_default();
    let made = object(json!({"parentFolderId": parent, "displayName": name}));
    let created = outlook::create(tenant, &path, "contactFolder", made);
    call.created(created, &context(call, "contactFolders"))
}

fn refuse_taken(tenant: &Tenant, path: &str, name: &str) -> Result<(), GraphError> {
    if !tenant.store.list(path).any(|folder| folder.text("displayName").eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let message = "A folder with the specified name already exists.";
    Err(GraphError::new(StatusCode::CONFLICT, "ErrorFolderExists", message))
}

fn update_folder(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("contactFolder")?;
    let name = required(&body, "displayName")?.to_owned();
    let id = removable(tenant, call)?;
    let path = place::contact_folders(call.user());
    let changed = outlook::change(tenant, call, (&path, &id), |folder| {
        folder.insert("displayName".to_owned(), Value::String(name));
    })?;
    call.entity(changed, &context(call, "contactFolders"))
}

/// The folder of the path, where it may go.
fn removable(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let found = folder(tenant, call)?;
    if found.text("_wellKnown").is_empty() {
        return Ok(found.id().to_owned());
    }
    let message = "Distinguished folders cannot be deleted.";
    Err(GraphError::new(StatusCode::FORBIDDEN, "ErrorDeleteDistinguishedFolder", message))
}

fn delete_folder(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = removable(tenant, call)?;
    tenant.store.relocate(&place::contact_folders(call.user()), &id, &place::deleted_objects(call.user()));
    Ok(GraphResponse::no_content())
}

fn purge_folder(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = removable(tenant, call)?;
    tenant.store.purge(&place::contact_folders(call.user()), &id);
    Ok(GraphResponse::no_content())
}
