//! Groups: lists, members, owners, conversations, and their changes.

use http::StatusCode;
use serde_json::{Value, json};

use super::call::{Call, bound_ids, empty_list, referenced_id};
use super::error::{GraphError, Service};
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use super::users::SHOWN;
use crate::tenant::Tenant;
use crate::tenant::directory::make_group_content;
use crate::tenant::ids::stamp;
use crate::tenant::store::Entity;

/// Members that `$expand` shows, as in the real service.
const EXPANDED_MAX: usize = 20;
/// Members or owners that one change adds, as in the real service.
const BOUND_MAX: usize = 20;

/// The routes of groups.
pub(super) const ROUTES: &[Route] = &[
    Route::get("groups.groups.list", "/groups", list),
    Route::get("groups.groups.count", "/groups/$count", count).like("GET /groups"),
    Route::get("groups.groups.delta", "/groups/delta", delta),
    Route::get("groups.groups.get", "/groups/{group}", get),
    Route::post("groups.groups.create", "/groups", create),
    Route::patch("groups.groups.update", "/groups/{group}", update),
    Route::delete("groups.groups.delete", "/groups/{group}", delete),
    Route::get("groups.members.list", "/groups/{group}/members", members),
    Route::get("groups.members.users", "/groups/{group}/members/microsoft.graph.user", members)
        .like("GET /groups/{group}/members"),
    Route::get("groups.owners.list", "/groups/{group}/owners", owners),
    Route::post("groups.members.add", "/groups/{group}/members/$ref", add_member),
    Route::delete("groups.members.remove", "/groups/{group}/members/{member}/$ref", remove_member),
    Route::get("groups.threads.list", "/groups/{group}/threads", threads),
    Route::get("groups.events.list", "/groups/{group}/events", events),
    Route::get("groups.drive.get", "/groups/{group}/drive", drive).of(Service::Drive),
    Route::get("groups.drives.list", "/groups/{group}/drives", drives)
        .of(Service::Drive)
        .like("GET /groups/{group}/drive"),
];

fn groups() -> List<'static> {
    List::new("group", "groups")
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let expand = |group: &Entity, name: &str| expanded(tenant, group, name);
    let rendering = Rendering { expansion: Some(&expand), ..Rendering::default() };
    call.list(tenant.store.list("groups"), &groups().rendered(rendering))
}

/// The first members or owners of a group, for `$expand`.
fn expanded(tenant: &Tenant, group: &Entity, name: &str) -> Option<Value> {
    if !matches!(name, "members" | "owners") {
        return None;
    }
    let path = format!("groups/{}/{name}", group.id());
    let people = tenant.store.list(&path).filter_map(|reference| tenant.user_entity(reference.id()));
    let shown = |user: &Entity| {
        let mut shown = json!({"@odata.type": "#microsoft.graph.user"});
        for name in SHOWN {
            shown[*name] = user.get(name).clone();
        }
        shown
    };
    Some(people.take(EXPANDED_MAX).map(shown).collect())
}

fn count(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.count(tenant.store.list("groups"), &groups())
}

fn delta(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.delta(tenant, "groups", &groups(), &|_| true)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let expand = |group: &Entity, name: &str| expanded(tenant, group, name);
    let rendering = Rendering { expansion: Some(&expand), ..Rendering::default() };
    call.entity_with(StatusCode::OK, find(tenant, call)?, "groups", &rendering)
}

fn find<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    call.find(tenant, "groups", call.parameter("group"))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("group")?;
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        if body.get(name).is_none_or(Value::is_null) {
            return Err(GraphError::invalid(
                call.service(),
                format!("A value is required for property '{name}' of resource 'Group'."),
            ));
        }
    }
    let is_unified =
        body.get("groupTypes").and_then(Value::as_array).is_some_and(|types| types.iter().any(|it| it == "Unified"));
    if body.get("mailEnabled") == Some(&Value::Bool(true)) && !is_unified {
        return Err(GraphError::invalid(
            call.service(),
            "The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.",
        ));
    }
    let now = stamp(call.request.now);
    let mail = is_unified
        .then(|| format!("{}@{}", body.get("mailNickname").and_then(Value::as_str).unwrap_or_default(), tenant.domain));
    let mut properties = crate::tenant::store::object(json!({
        "deletedDateTime": null, "classification": null, "createdDateTime": now, "description": null, "groupTypes": [], "mail": mail,
        "membershipRule": null, "preferredLanguage": null, "proxyAddresses": [], "renewedDateTime": now,
        "resourceProvisioningOptions": [], "theme": null, "visibility": null,
    }));
    properties.extend(body);
    let id = tenant.rng.uuid().to_string();
    bind_people(tenant, call, &id)?;
    if is_unified {
        let name = properties.get("displayName").and_then(Value::as_str).unwrap_or_default();
        make_group_content(tenant, &id, name, &now);
    }
    let group = tenant.store.create("groups", "group", id, Value::Object(properties));
    call.created(group, "groups")
}

/// The owners and members that a new group's body names; a signed-in maker owns it.
fn bind_people(tenant: &mut Tenant, call: &Call<'_>, group: &str) -> Result<(), GraphError> {
    let body = call.json()?;
    let (mut owners, members) = (bound_ids(&body, "owners"), bound_ids(&body, "members"));
    owners.extend(call.caller.user_id.filter(|_| owners.is_empty()).map(|id| id.to_string()));
    add_people(tenant, call, group, [("owners", owners), ("members", members)])
}

/// Adds users to relations of a group, all or none.
fn add_people(
    tenant: &mut Tenant,
    call: &Call<'_>,
    group: &str,
    relations: [(&str, Vec<String>); 2],
) -> Result<(), GraphError> {
    for (relation, ids) in &relations {
        if let Some(unknown) = ids.iter().find(|id| tenant.user_entity(id).is_none()) {
            return Err(call.not_found(unknown));
        }
        if ids.iter().any(|id| tenant.store.get(&format!("groups/{group}/{relation}"), id).is_some()) {
            return Err(already_there(call, relation));
        }
    }
    for (relation, ids) in relations {
        for id in ids {
            tenant.store.create(&format!("groups/{group}/{relation}"), "directoryObject", id, json!({}));
        }
    }
    Ok(())
}

fn already_there(call: &Call<'_>, relation: &str) -> GraphError {
    let message = format!(
        "One or more added object references already exist for the following modified properties: '{relation}'."
    );
    GraphError::invalid(call.service(), message)
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("group")?;
    let id = find(tenant, call)?.id().to_owned();
    let raw = call.json()?;
    let added = ["owners", "members"].map(|relation| (relation, bound_ids(&raw, relation)));
    if added.iter().any(|(_, ids)| ids.len() > BOUND_MAX) {
        let message = format!("The request exceeds the limit of {BOUND_MAX} references in one request.");
        return Err(GraphError::invalid(call.service(), message));
    }
    add_people(tenant, call, &id, added)?;
    tenant.store.patch("groups", &id, body);
    Ok(GraphResponse::no_content())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("group");
    tenant.delete_object("groups", id, call.request.now).ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}

fn members(tenant: &Tenant, call: &Call<'_>) -> Answer {
    people(tenant, call, "members")
}

fn owners(tenant: &Tenant, call: &Call<'_>) -> Answer {
    people(tenant, call, "owners")
}

fn people(tenant: &Tenant, call: &Call<'_>, relation: &str) -> Answer {
    let group = find(tenant, call)?;
    let path = format!("groups/{}/{relation}", group.id());
    let found = tenant.store.list(&path).filter_map(|reference| {
        // A page token names the place in the membership, not in the directory.
        let mut object =
            ["users", "groups", "devices"].iter().find_map(|path| tenant.store.get(path, reference.id()))?.clone();
        object.order = reference.order;
        Some(object)
    });
    let list = List::new("directoryObject", "directoryObjects")
        .rendered(Rendering { default: Some(SHOWN), ..Rendering::typed() });
    call.list(found, &list)
}

fn add_member(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let group = find(tenant, call)?.id().to_owned();
    let member = referenced_id(&call.json()?)?;
    let id = tenant
        .user_id(&member)
        .map(str::to_owned)
        .or_else(|| tenant.store.get("groups", &member).map(|it| it.id().to_owned()));
    let id = id.ok_or_else(|| call.not_found(&member))?;
    let path = format!("groups/{group}/members");
    if tenant.store.get(&path, &id).is_some() {
        return Err(already_there(call, "members"));
    }
    tenant.store.create(&path, "directoryObject", id, json!({}));
    Ok(GraphResponse::no_content())
}

fn remove_member(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let group = find(tenant, call)?.id().to_owned();
    let member = call.parameter("member");
    tenant.store.remove(&format!("groups/{group}/members"), member).ok_or_else(|| call.not_found(member))?;
    Ok(GraphResponse::no_content())
}

fn threads(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let group = find_unified(tenant, call)?;
    let list = List::new("conversationThread", format!("groups('{}')/threads", group.id()));
    call.list(tenant.store.list(&format!("groups/{}/threads", group.id())), &list)
}

fn events(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let group = find_unified(tenant, call)?;
    empty_list(call, &format!("groups('{}')/events", group.id()))
}

/// A Microsoft 365 group: only such a one has conversations and a calendar.
fn find_unified<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    let group = find(tenant, call)?;
    let is_unified = group.get("groupTypes").as_array().is_some_and(|types| types.iter().any(|it| it == "Unified"));
    let missing = || {
        GraphError::new(
            StatusCode::NOT_FOUND,
            "ErrorGroupsAccessDenied",
            "User does not have permissions to execute this action.",
        )
    };
    is_unified.then_some(group).ok_or_else(missing)
}

fn drives(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let own = tenant.store.get("drives", call.parameter("drive"));
    call.list(own.into_iter(), &List::new("drive", "drives"))
}

fn drive(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let group = find(tenant, call)?;
    let drive = tenant
        .store
        .list("drives")
        .find(|drive| drive.text("_group") == group.id())
        .ok_or_else(|| call.not_found(group.id()))?;
    call.entity(drive, "drives")
}
