//! Permissions of items, sharing links, previews.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::outlook::only;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::{context, downloads, drive_id, invalid, item, on_item};
use crate::objects::{files, place, text};
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties};

/// The owner's permission, which every item has and nobody takes away.
const OWNER: &str = "owner";
/// Permissions of one item.
const PERMISSIONS_MAX: usize = 1_000;

pub(super) const ROUTES: &[&[Route]] = &[
    on_item!(get, "files.permissions.list", "/permissions", list, "GET /me/drive/items/{item}/permissions"),
    on_item!(get, "files.permissions.get", "/permissions/{permission}", get, "GET /me/drive/items/{item}/permissions"),
    on_item!(
        delete,
        "files.permissions.delete",
        "/permissions/{permission}",
        delete,
        "DELETE /me/drive/items/{item}/permissions/{permission}"
    ),
    on_item!(post, "files.link.create", "/createLink", create_link, "POST /me/drive/items/{item}/createLink"),
    on_item!(ask, "files.preview.create", "/preview", preview, "POST /me/drive/items/{item}/preview"),
];

/// All permissions of an item, the owner's first.
fn all(tenant: &Tenant, call: &Call<'_>) -> Result<(String, Vec<Entity>), GraphError> {
    let drive = drive_id(call);
    let id = item(tenant, call, &drive)?.id().to_owned();
    let mut all = Vec::new();
    if let Some(owner) = place::owner_of(&drive) {
        let mut permission = Properties::new();
        permission.insert("id".to_owned(), json!(OWNER));
        permission.extend(files::owner_permission(&tenant.person(&owner)));
        all.push(Entity::loose("permission", 0, Value::Object(permission)));
    }
    all.extend(tenant.store.list(&place::permissions(&drive, &id)).cloned());
    Ok((format!("{}('{id}')/permissions", context(&drive)), all))
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (context, all) = all(tenant, call)?;
    call.list(all.iter(), &List::new("permission", context))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (context, all) = all(tenant, call)?;
    let wanted = call.parameter("permission");
    call.entity(
        all.iter().find(|permission| permission.id() == wanted).ok_or_else(|| call.not_found(wanted))?,
        &context,
    )
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let id = item(tenant, call, &drive)?.id().to_owned();
    let (path, wanted) = (place::permissions(&drive, &id), call.parameter("permission"));
    if wanted == OWNER {
        return Err(GraphError::denied(Service::Drive));
    }
    call.find(tenant, &path, wanted)?;
    tenant.store.purge(&path, wanted);
    Ok(GraphResponse::no_content())
}

fn create_link(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(
        &body,
        &[
            "type",
            "scope",
            "password",
            "expirationDateTime",
            "retainInheritedPermissions",
            "message",
            "recipients",
            "sendNotification",
        ],
    )?;
    let word = |name: &str, known: &[&str], default: &str| -> Result<String, GraphError> {
        let given = body.get(name).map_or(Some(default), Value::as_str);
        let given = given
            .filter(|given| known.contains(given))
            .ok_or_else(|| invalid(&format!("The value of '{name}' is not supported.")))?;
        Ok(given.to_owned())
    };
    let (kind, scope) = (
        word("type", &["view", "edit", "embed"], "view")?,
        word("scope", &["anonymous", "organization", "users"], "organization")?,
    );
    let drive = drive_id(call);
    let item = item(tenant, call, &drive)?;
    let (id, url) = (item.id().to_owned(), item.text("webUrl").to_owned());
    let (path, context) = (place::permissions(&drive, &id), format!("{}('{id}')/permissions", context(&drive)));
    let same = tenant
        .store
        .list(&path)
        .find(|known| known.get("link")["type"] == *kind && known.get("link")["scope"] == *scope);
    if let Some(known) = same {
        return call.entity(known, &context);
    }
    if tenant.store.count(&path) >= PERMISSIONS_MAX {
        return Err(invalid("The item has too many permissions."));
    }
    let link = files::link_permission(&mut tenant.rng, &kind, &scope, &url);
    let permission_id = text::random(&mut tenant.rng, 18);
    let made = tenant.store.create(&path, "permission", permission_id, Value::Object(link));
    call.created(made, &context)
}

fn preview(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let drive = drive_id(call);
    let item = item(tenant, call, &drive)?;
    if item.get("file").is_null() {
        return Err(invalid("Only files have a preview."));
    }
    let url = downloads::address(tenant, call, &drive, item.id());
    let info = json!({"getUrl": url, "postParameters": null, "postUrl": null});
    let mut answer = call.value(info, "microsoft.graph.itemPreviewInfo")?;
    answer.status = StatusCode::OK;
    Ok(answer)
}
