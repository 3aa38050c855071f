//! Settings of a mailbox: its own, categories, overrides of the focused inbox, time zones, mail tips.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::{Call, empty_list};
use super::super::error::{GraphError, Service};
use super::super::list::List;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::outlook::{self, context, only, parameter, required};
use crate::objects::{place, without, zone};
use crate::tenant::Tenant;
use crate::tenant::store::object;

/// Categories of one mailbox, and addresses of one question for tips.
const CATEGORIES_MAX: usize = 1_000;
const ADDRESSES_MAX: usize = 100;
const READ_CATEGORIES: &str = "GET /me/outlook/masterCategories";
const WRITE_CATEGORIES: &str = "POST /me/outlook/masterCategories";

pub(super) const ROUTES: &[Route] = &[
    Route::get("mail.settings.get", "/users/{user}/mailboxSettings", settings).of(Service::Outlook),
    Route::patch("mail.settings.update", "/users/{user}/mailboxSettings", update_settings)
        .of(Service::Outlook)
        .like(WRITE_CATEGORIES),
    Route::get("mail.categories.list", "/users/{user}/outlook/masterCategories", categories).of(Service::Outlook),
    Route::post("mail.categories.create", "/users/{user}/outlook/masterCategories", create_category)
        .of(Service::Outlook),
    Route::get("mail.categories.get", "/users/{user}/outlook/masterCategories/{category}", category)
        .of(Service::Outlook)
        .like(READ_CATEGORIES),
    Route::patch("mail.categories.update", "/users/{user}/outlook/masterCategories/{category}", update_category)
        .of(Service::Outlook)
        .like(WRITE_CATEGORIES),
    Route::delete("mail.categories.delete", "/users/{user}/outlook/masterCategories/{category}", delete_category)
        .of(Service::Outlook),
    Route::get("mail.time-zones.list", "/users/{user}/outlook/supportedTimeZones()", time_zones).of(Service::Outlook),
    Route::get("mail.languages.list", "/users/{user}/outlook/supportedLanguages()", languages)
        .of(Service::Outlook)
        .like("GET /me/outlook/supportedTimeZones()"),
    Route::get("mail.overrides.list", "/users/{user}/inferenceClassification/overrides", overrides)
        .of(Service::Outlook),
    Route::ask("mail.tips.get", "/users/{user}/getMailTips", mail_tips).of(Service::Outlook),
];

const CONTEXT: &str = "outlook/masterCategories";

fn settings(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let settings = call.find(tenant, &place::mailbox_settings(call.user()), "settings")?;
    let shown = without(settings.properties.clone(), &["id"]);
    call.value(Value::Object(shown), &context(call, "mailboxSettings"))
}

fn update_settings(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let changes = without(call.body("mailboxSettings")?, &["archiveFolder", "userPurpose"]);
    let path = place::mailbox_settings(call.user());
    let known = tenant.store.get_mut(&path, "settings").ok_or_else(|| call.not_found("settings"))?;
    for (name, value) in changes {
        match (known.properties.get_mut(&name).and_then(Value::as_object_mut), value) {
            (Some(old), Value::Object(new)) => old.extend(new),
            (_, value) => {
                known.properties.insert(name, value);
            }
        }
    }
    settings(tenant, call)
}

fn categories(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let list = List::new("outlookCategory", context(call, CONTEXT));
    call.list(tenant.store.list(&place::categories(call.user())), &list)
}

fn category(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.entity(
        call.find(tenant, &place::categories(call.user()), call.parameter("category"))?,
        &context(call, CONTEXT),
    )
}

fn create_category(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("outlookCategory")?;
    let (path, name) = (place::categories(call.user()), required(&body, "displayName")?.to_owned());
    let is_taken = tenant.store.list(&path).any(|known| known.text("displayName").eq_ignore_ascii_case(&name));
    if is_taken || tenant.store.count(&path) >= CATEGORIES_MAX {
        let message = format!("A category named '{name}' already exists.");
        return Err(GraphError::new(StatusCode::CONFLICT, "CategoryNameDuplicate", message));
    }
    let color = body.get("color").cloned().unwrap_or_else(|| json!("none"));
    let id = tenant.rng.uuid().to_string();
    let made = tenant.store.create(&path, "outlookCategory", id, json!({"displayName": name, "color": color}));
    call.created(made, &context(call, CONTEXT))
}

fn update_category(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    // The name of a category is fixed: only its colour changes.
    let changes = without(call.body("outlookCategory")?, &["id", "displayName"]);
    let place = (place::categories(call.user()), call.parameter("category"));
    let changed = outlook::change(tenant, call, (&place.0, place.1), |category| category.extend(changes))?;
    call.entity(changed, &context(call, CONTEXT))
}

fn delete_category(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let path = place::categories(call.user());
    call.find(tenant, &path, call.parameter("category"))?;
    tenant.store.purge(&path, call.parameter("category"));
    Ok(GraphResponse::no_content())
}

fn time_zones(_: &Tenant, call: &Call<'_>) -> Answer {
    let zones: Vec<Value> =
        zone::ZONES.iter().map(|(alias, _, display)| json!({"alias": alias, "displayName": display})).collect();
    call.value(json!({"value": zones}), "Collection(microsoft.graph.timeZoneInformation)")
}

fn languages(_: &Tenant, call: &Call<'_>) -> Answer {
    let known = [
        ("en-US", "English (United States)"),
        ("de-DE", "German (Germany)"),
        ("fr-FR", "French (France)"),
        ("zh-CN", "Chinese (China)"),
    ];
    let languages: Vec<Value> =
        known.iter().map(|(locale, name)| json!({"locale": locale, "displayName": name})).collect();
    call.value(json!({"value": languages}), "Collection(microsoft.graph.localeInfo)")
}

fn overrides(_: &Tenant, call: &Call<'_>) -> Answer {
    empty_list(call, &context(call, "inferenceClassification/overrides"))
}

fn mail_tips(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    only(&body, &["emailAddresses", "mailTipsOptions"])?;
    let addresses = parameter(&body, "emailAddresses").and_then(Value::as_array);
    let addresses = addresses.ok_or_else(|| outlook::invalid("The parameter 'EmailAddresses' is required."))?;
    if addresses.len() > ADDRESSES_MAX || addresses.iter().any(|address| !address.is_string()) {
        return Err(outlook::invalid("The parameter 'EmailAddresses' is not a list of at most 100 addresses."));
    }
    let tips: Vec<Value> = addresses.iter().filter_map(Value::as_str).map(|address| tips_of(tenant, address)).collect();
    call.value(json!({"value": tips}), "Collection(microsoft.graph.mailTips)")
}

fn tips_of(tenant: &Tenant, address: &str) -> Value {
    let user = tenant.user_id(address).map(|user| tenant.person(user));
    let Some(user) = user else {
        let error = json!({"message": "The address could not be resolved.", "code": "RecipientNotFound"});
        return Value::Object(object(json!({"emailAddress": {"name": "", "address": address}, "error": error})));
    };
    json!({
        "emailAddress": {"name": user.name, "address": user.address},
        "automaticReplies": {"message": ""},
        "mailboxFull": false,
        "customMailTip": "",
        "externalMemberCount": 0,
        "totalMemberCount": 1,
        "deliveryRestricted": false,
        "isModerated": false,
        "maxMessageSize": 37_748_736,
        "recipientScope": "internal",
    })
}
