//! Teams, their channels, members, apps and messages. A team lives as long as its group does; a
//! signed-in user sees into those that he belongs to.

use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::render::{Expansion, Rendering};
use super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// What a list of the user's own teams shows of each.
const JOINED: &[&str] = &[
    "id",
    "createdDateTime",
    "displayName",
    "description",
    "internalId",
    "classification",
    "specialization",
    "visibility",
    "webUrl",
    "isArchived",
    "tenantId",
];

const fn read(name: &'static str, pattern: &'static str, handler: fn(&Tenant, &Call<'_>) -> Answer) -> Route {
    Route::get(name, pattern, handler).of(Service::Teams)
}

/// The routes of teams.
pub(super) const ROUTES: &[Route] = &[
    read("teams.joined.list", "/users/{user}/joinedTeams", joined),
    read("teams.associated.list", "/users/{user}/teamwork/associatedTeams", associated),
    read("teams.user-apps.list", "/users/{user}/teamwork/installedApps", user_apps),
    read("teams.teams.list", "/teams", list),
    read("teams.teams.get", "/teams/{team}", get),
    read("teams.channels.list", "/teams/{team}/channels", channels),
    read("teams.channels.get", "/teams/{team}/channels/{channel}", channel).like("GET /teams/{team}/channels"),
    read("teams.primary-channel.get", "/teams/{team}/primaryChannel", primary_channel),
    read("teams.members.list", "/teams/{team}/members", members),
    read("teams.tabs.list", "/teams/{team}/channels/{channel}/tabs", tabs),
    read("teams.messages.list", "/teams/{team}/channels/{channel}/messages", messages),
    read("teams.installed-apps.list", "/teams/{team}/installedApps", installed_apps),
    read("teams.catalog-apps.list", "/appCatalogs/teamsApps", catalog_apps),
];

/// The teams whose groups exist.
fn living(tenant: &Tenant) -> impl Iterator<Item = &Entity> {
    tenant.store.list("teams").filter(|team| tenant.store.get("groups", team.id()).is_some())
}

fn is_member(tenant: &Tenant, team: &str, user: &str) -> bool {
    let holds = |part: &str| tenant.store.get(&format!("groups/{team}/{part}"), user).is_some();
    holds("members") || holds("owners")
}

/// The team in the path, where the caller may look into it.
fn team<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    let id = call.parameter("team");
    let found = living(tenant).find(|team| team.id() == id);
    let found = found.ok_or_else(|| {
        GraphError::new(http::StatusCode::NOT_FOUND, "NotFound", format!("No team found with Group Id {id}"))
    })?;
    match call.caller.user_id {
        Some(user) if !is_member(tenant, id, &user.to_string()) => Err(GraphError::denied(call.service())),
        _ => Ok(found),
    }
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(living(tenant), &List::new("team", "teams"))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(team(tenant, call)?, "teams")
}

fn joined(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let own = living(tenant).filter(|team| is_member(tenant, team.id(), call.user()));
    let list = List::new("team", "teams").rendered(Rendering::showing(JOINED));
    call.list(own, &list)
}

fn associated(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let own = living(tenant).filter(|team| is_member(tenant, team.id(), call.user()));
    let own = own.map(|team| {
        let shown = json!({"id": team.id(), "tenantId": team.get("tenantId"), "displayName": team.get("displayName")});
        Entity::loose("associatedTeamInfo", team.order, shown)
    });
    call.list(own, &List::new("associatedTeamInfo", call.context_of_user("teamwork/associatedTeams")))
}

fn user_apps(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let app = tenant.store.list("appCatalogs/teamsApps").next();
    let own = app.into_iter().map(|app| {
        let id = tenant.signature(&format!("{}##{}", call.user(), app.id()));
        Entity::loose("userScopeTeamsAppInstallation", 1, json!({"id": id, "_app": app.id()}))
    });
    let list = List::new("userScopeTeamsAppInstallation", call.context_of_user("teamwork/installedApps"));
    let expand = |installed: &Entity, name: &str| expand_app(tenant, installed, name);
    call.list(own, &list.rendered(with_apps(&expand)))
}

fn installed_apps(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = team(tenant, call)?.id();
    let list = List::new("teamsAppInstallation", format!("teams('{id}')/installedApps"));
    let expand = |installed: &Entity, name: &str| expand_app(tenant, installed, name);
    let list = list.rendered(with_apps(&expand));
    call.list(tenant.store.list(&format!("teams/{id}/installedApps")), &list)
}

fn with_apps<'a>(expansion: Expansion<'a>) -> Rendering<'a> {
    Rendering { expansion: Some(expansion), ..Rendering::default() }
}

fn expand_app(tenant: &Tenant, installed: &Entity, name: &str) -> Option<Value> {
    let app = tenant.store.get("appCatalogs/teamsApps", installed.text("_app"))?;
    (name == "teamsApp").then(|| Value::Object(app.properties.clone()))
}

fn channels(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = team(tenant, call)?.id();
    call.list(
        tenant.store.list(&format!("teams/{id}/channels")),
        &List::new("channel", format!("teams('{id}')/channels")),
    )
}

/// The path of the channel in the request, once it is known to exist.
fn channel_path(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let path = format!("teams/{}/channels", team(tenant, call)?.id());
    let channel = call.find(tenant, &path, call.parameter("channel"))?;
    Ok(format!("{path}/{}", channel.id()))
}

fn channel(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = team(tenant, call)?.id();
    let found = call.find(tenant, &format!("teams/{id}/channels"), call.parameter("channel"))?;
    call.entity(found, &format!("teams('{id}')/channels"))
}

fn primary_channel(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = team(tenant, call)?.id();
    let general = tenant.store.list(&format!("teams/{id}/channels")).next();
    call.entity(general.ok_or_else(|| call.not_found("primaryChannel"))?, &format!("teams('{id}')/primaryChannel"))
}

fn tabs(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = channel_path(tenant, call)?;
    call.list(tenant.store.list(&format!("{path}/tabs")), &List::new("teamsTab", format!("{}/tabs", context(call))))
}

fn messages(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = channel_path(tenant, call)?;
    let list = List::new("chatMessage", format!("{}/messages", context(call)));
    let list = list.paged(20, 50).newest_first("createdDateTime");
    call.list(tenant.store.list(&format!("{path}/messages")), &list)
}

fn context(call: &Call<'_>) -> String {
    format!("teams('{}')/channels('{}')", call.parameter("team"), call.parameter("channel"))
}

fn members(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let id = team(tenant, call)?.id();
    let owners = |user: &str| tenant.store.get(&format!("groups/{id}/owners"), user).is_some();
    let all: Vec<Entity> = tenant
        .store
        .list(&format!("groups/{id}/members"))
        .filter_map(|member| tenant.user_entity(member.id()))
        .enumerate()
        .map(|(at, user)| member_of(tenant, id, user, (at, owners(user.id()))))
        .collect();
    let list = List::new("aadUserConversationMember", format!("teams('{id}')/members"));
    call.list(all.iter(), &list.rendered(Rendering::typed()))
}

/// A user as a member of a team or a chat.
pub(super) fn member_of(tenant: &Tenant, place: &str, user: &Entity, (at, owns): (usize, bool)) -> Entity {
    let roles = if owns { json!(["owner"]) } else { json!([]) };
    let shown = json!({
        "id": tenant.signature(&format!("{place}##{}", user.id())), "roles": roles, "displayName": user.get("displayName"),
        "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z", "userId": user.id(), "email": user.get("mail"), "tenantId": tenant.id,
    });
    Entity::loose("aadUserConversationMember", at as u64 + 1, shown)
}

fn catalog_apps(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(tenant.store.list("appCatalogs/teamsApps"), &List::new("teamsApp", "appCatalogs/teamsApps"))
}
