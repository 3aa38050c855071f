//! Changes of users: profile, creation, deletion, licences, open extensions.

use graphbeat_base::{SignedDuration, Timestamp};
use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::error::GraphError;
use super::list::List;
use super::render::Rendering;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use super::users::SHOWN;
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties};

/// Extensions that one user may have.
const EXTENSIONS_MAX: usize = 200;

/// How long mailbox and drive are in the making after a user's first licence.
const PROVISIONING: SignedDuration = SignedDuration::from_mins(10);

/// The changing routes of users.
pub(super) const ROUTES: &[Route] = &[
    Route::post("users.users.create", "/users", create),
    Route::patch("users.users.update", "/users/{user}", update),
    Route::delete("users.users.delete", "/users/{user}", delete),
    Route::post("users.license.assign", "/users/{user}/assignLicense", assign_license),
    Route::post("users.sessions.revoke", "/users/{user}/revokeSignInSessions", revoke_sessions),
    Route::get("users.extensions.list", "/users/{user}/extensions", extensions),
    Route::get("users.extensions.get", "/users/{user}/extensions/{extension}", extension).like("GET /me/extensions"),
    Route::post("users.extensions.create", "/users/{user}/extensions", create_extension),
    Route::patch("users.extensions.update", "/users/{user}/extensions/{extension}", update_extension)
        .like("POST /me/extensions"),
    Route::delete("users.extensions.delete", "/users/{user}/extensions/{extension}", delete_extension),
];

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let mut body = call.body("user")?;
    for name in ["accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile"] {
        if body.get(name).is_none_or(Value::is_null) {
            return Err(GraphError::invalid(
                call.service(),
                format!("A value is required for property '{name}' of resource 'User'."),
            ));
        }
    }
    let password = body.shift_remove("passwordProfile");
    let address = body.get("userPrincipalName").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !address.to_lowercase().ends_with(&format!("@{}", tenant.domain)) {
        return Err(GraphError::invalid(
            call.service(),
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.",
        ));
    }
    if tenant.user_id(&address).is_some() {
        return Err(GraphError::invalid(
            call.service(),
            "Another object with the same value for property userPrincipalName already exists.",
        ));
    }
    let mut properties = json!({"businessPhones": [], "assignedLicenses": [], "userType": "Member", "_roles": [], "_provisioned": false,
        "createdDateTime": stamp(call.request.now)});
    for name in [
        "displayName",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
    ] {
        properties[name] = Value::Null;
    }
    let mut properties = crate::tenant::store::object(properties);
    properties.extend(body);
    let id = tenant.add_user(properties).id().to_owned();
    set_password(tenant, &id, password.as_ref(), call.request.now);
    let user = call.find(tenant, "users", &id)?;
    call.entity_with(StatusCode::CREATED, user, "users", &Rendering::showing(SHOWN))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let mut body = call.body("user")?;
    let password = body.shift_remove("passwordProfile");
    if let Some(name) = ["id", "assignedLicenses", "createdDateTime"].iter().find(|name| body.contains_key(**name)) {
        return Err(GraphError::invalid(call.service(), format!("Property '{name}' is read-only and cannot be set.")));
    }
    tenant.update_user(call.user(), body);
    set_password(tenant, call.user(), password.as_ref(), call.request.now);
    Ok(GraphResponse::no_content())
}

/// Takes a `passwordProfile` over into what the sign-in page asks for.
fn set_password(tenant: &mut Tenant, user: &str, profile: Option<&Value>, now: Timestamp) {
    let (Some(profile), Ok(id)) = (profile, user.parse()) else { return };
    let sign_in = tenant.identity.sign_ins.entry(id).or_default();
    if let Some(password) = profile["password"].as_str() {
        sign_in.set_password(password, now);
    }
    if let Some(change) = profile["forceChangePasswordNextSignIn"].as_bool() {
        sign_in.password_expired = change;
    }
}

fn revoke_sessions(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.user().parse().map_err(|_| call.not_found(call.user()))?;
    tenant.identity.sign_ins.entry(id).or_default().revoke(call.request.now);
    call.value(Value::Bool(true), "Edm.Boolean")
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    tenant.delete_user(call.user(), call.request.now);
    Ok(GraphResponse::no_content())
}

fn assign_license(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let known = |sku: &Value| tenant.store.list("subscribedSkus").any(|entity| entity.get("skuId") == sku);
    let added = body.get("addLicenses").and_then(Value::as_array).cloned().unwrap_or_default();
    let removed = body.get("removeLicenses").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(unknown) = added.iter().map(|license| &license["skuId"]).chain(&removed).find(|sku| !known(sku)) {
        return Err(GraphError::invalid(
            call.service(),
            format!("License {unknown} does not correspond to a valid company License."),
        ));
    }
    let user = tenant.store.get_mut("users", call.user()).ok_or_else(|| call.not_found(call.user()))?;
    let mut licenses = user.get("assignedLicenses").as_array().cloned().unwrap_or_default();
    licenses.retain(|license| {
        !removed.contains(&license["skuId"]) && !added.iter().any(|new| new["skuId"] == license["skuId"])
    });
    licenses.extend(added.iter().map(|license| json!({"disabledPlans": license.get("disabledPlans").unwrap_or(&json!([])), "skuId": license["skuId"]})));
    let is_new = user.get("assignedLicenses").as_array().is_none_or(Vec::is_empty) && !licenses.is_empty();
    if is_new && user.get("_provisioned") != &Value::Bool(true) {
        let ready = call.request.now.checked_add(PROVISIONING).unwrap_or(call.request.now);
        user.properties.insert("_provisioned".to_owned(), Value::String(stamp(ready)));
    }
    user.properties.insert("assignedLicenses".to_owned(), Value::Array(licenses));
    call.entity_with(StatusCode::OK, user, "users", &Rendering::showing(SHOWN))
}

fn extensions(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let list = List::new("openTypeExtension", call.context_of_user("extensions")).rendered(Rendering::typed());
    call.list(tenant.store.list(&call.user_path("extensions")), &list)
}

fn extension(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let entity = call.find(tenant, &call.user_path("extensions"), call.parameter("extension"))?;
    call.entity_with(StatusCode::OK, entity, &call.context_of_user("extensions"), &Rendering::typed())
}

fn create_extension(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = open_properties(call)?;
    let name = body.get("extensionName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name
        .ok_or_else(|| GraphError::invalid(call.service(), "A value is required for property 'extensionName'."))?
        .to_owned();
    let path = call.user_path("extensions");
    if tenant.store.get(&path, &name).is_some() {
        return Err(GraphError::new(
            StatusCode::CONFLICT,
            "Request_BadRequest",
            format!("An extension already exists with given id {name}."),
        ));
    }
    if tenant.store.count(&path) >= EXTENSIONS_MAX {
        return Err(GraphError::invalid(call.service(), "The number of extensions of the object is exceeded."));
    }
    let entity = tenant.store.create(&path, "openTypeExtension", name, Value::Object(body));
    call.entity_with(StatusCode::CREATED, entity, &call.context_of_user("extensions"), &Rendering::typed())
}

fn update_extension(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = open_properties(call)?;
    let id = call.parameter("extension");
    tenant.store.patch(&call.user_path("extensions"), id, body).ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}

fn delete_extension(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let id = call.parameter("extension");
    let gone: Option<Entity> = tenant.store.purge(&call.user_path("extensions"), id);
    gone.ok_or_else(|| call.not_found(id))?;
    Ok(GraphResponse::no_content())
}

/// An open extension's body: any properties, no annotations, none of the sandbox's own.
fn open_properties(call: &Call<'_>) -> Result<Properties, GraphError> {
    Ok(call.body("openTypeExtension")?.into_iter().filter(|(name, _)| !name.starts_with('_')).collect())
}
