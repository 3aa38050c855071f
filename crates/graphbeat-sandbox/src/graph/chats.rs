//! Chats of users: who is in them, and what was said. A signed-in user reads his own only.

use serde_json::Value;

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::render::Rendering;
use super::route::{Answer, Route};
use super::teams::member_of;
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// The routes of chats.
pub(super) const ROUTES: &[Route] = &[
    Route::get("chats.chats.list", "/users/{user}/chats", list).of(Service::Teams),
    Route::get("chats.members.list", "/chats/{chat}/members", members).of(Service::Teams),
    Route::get("chats.messages.list", "/chats/{chat}/messages", messages).of(Service::Teams),
];

fn member_ids(chat: &Entity) -> impl Iterator<Item = &str> {
    chat.get("_members").as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let own = tenant.store.list("chats").filter(|chat| member_ids(chat).any(|id| id == call.user()));
    call.list(own, &List::new("chat", "chats").paged(20, 50))
}

/// The chat in the path, where the caller is in it.
fn chat<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Entity, GraphError> {
    let found = call.find(tenant, "chats", call.parameter("chat"))?;
    let caller = call.caller.user_id.map(|id| id.to_string());
    match caller {
        Some(user) if !member_ids(found).any(|id| id == user) => Err(GraphError::denied(call.service())),
        _ => Ok(found),
    }
}

fn members(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let chat = chat(tenant, call)?;
    let users = member_ids(chat).filter_map(|id| tenant.user_entity(id)).enumerate();
    let all: Vec<Entity> = users.map(|(at, user)| member_of(tenant, chat.id(), user, (at, true))).collect();
    let list = List::new("aadUserConversationMember", format!("chats('{}')/members", chat.id()));
    call.list(all.iter(), &list.rendered(Rendering::typed()))
}

fn messages(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let chat = chat(tenant, call)?;
    let list = List::new("chatMessage", format!("chats('{}')/messages", chat.id()));
    let list = list.paged(20, 50).newest_first("createdDateTime");
    call.list(tenant.store.list(&format!("chats/{}/messages", chat.id())), &list)
}
