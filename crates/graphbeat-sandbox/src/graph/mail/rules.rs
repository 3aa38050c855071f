//! Rules of the inbox. They are kept and answered, not applied.

use serde_json::Value;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::outlook::{self, context, required};
use super::{folder, well_known_id};
use crate::objects::{mail, place, without};
use crate::tenant::Tenant;

const READ: &str = "GET /me/mailFolders/inbox/messageRules";
const WRITE: &str = "POST /me/mailFolders/inbox/messageRules";
/// Rules of one mailbox.
const RULES_MAX: usize = 500;

pub(super) const ROUTES: &[Route] = &[
    Route::get("mail.rules.list", "/users/{user}/mailFolders/{folder}/messageRules", list)
        .of(Service::Outlook)
        .like(READ),
    Route::post("mail.rules.create", "/users/{user}/mailFolders/{folder}/messageRules", create)
        .of(Service::Outlook)
        .like(WRITE),
    Route::get("mail.rules.get", "/users/{user}/mailFolders/{folder}/messageRules/{rule}", get)
        .of(Service::Outlook)
        .like(READ),
    Route::patch("mail.rules.update", "/users/{user}/mailFolders/{folder}/messageRules/{rule}", update)
        .of(Service::Outlook)
        .like(WRITE),
    Route::delete("mail.rules.delete", "/users/{user}/mailFolders/{folder}/messageRules/{rule}", delete)
        .of(Service::Outlook)
        .like(WRITE),
];

const CONTEXT: &str = "mailFolders('inbox')/messageRules";

/// Only the inbox has rules.
fn rules(tenant: &Tenant, call: &Call<'_>) -> Result<String, GraphError> {
    let named = folder(tenant, call, call.parameter("folder"))?.id();
    if named == well_known_id(&tenant.store, call.user(), "inbox") {
        Ok(place::rules(call.user()))
    } else {
        Err(outlook::invalid("Rules are supported in the Inbox only."))
    }
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = rules(tenant, call)?;
    call.list(tenant.store.list(&path), &List::new("messageRule", context(call, CONTEXT)))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(call.find(tenant, &rules(tenant, call)?, call.parameter("rule"))?, &context(call, CONTEXT))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = rules(tenant, call)?;
    let body = call.body("messageRule")?;
    required(&body, "displayName")?;
    if body.get("actions").and_then(Value::as_object).is_none_or(serde_json::Map::is_empty) {
        return Err(outlook::invalid("A rule needs at least one action."));
    }
    if tenant.store.count(&path) >= RULES_MAX {
        return Err(outlook::invalid("The mailbox has too many rules."));
    }
    let created = outlook::create(tenant, &path, "messageRule", mail::rule(&body));
    call.created(created, &context(call, CONTEXT))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = rules(tenant, call)?;
    let changes = without(call.body("messageRule")?, &["id", "hasError"]);
    let changed = outlook::change(tenant, call, (&path, call.parameter("rule")), |rule| rule.extend(changes))?;
    call.entity(changed, &context(call, CONTEXT))
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = rules(tenant, call)?;
    call.find(tenant, &path, call.parameter("rule"))?;
    tenant.store.purge(&path, call.parameter("rule"));
    Ok(GraphResponse::no_content())
}
