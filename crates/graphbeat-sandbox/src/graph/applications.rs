//! Application registrations: reading and changing them, over the same state that signing in uses.

use graphbeat_base::Timestamp;
use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::credentials::{certificate, certificates, password};
use super::error::GraphError;
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::identity::Application;
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties, object};

/// Applications that the tenant takes.
const APPLICATIONS_MAX: usize = 1_000;

/// The routes of applications.
pub(super) const ROUTES: &[Route] = &[
    Route::get("identity.applications.list", "/applications", list),
    Route::get("identity.applications.get", "/applications/{application}", get).like("GET /applications"),
    Route::get("identity.applications.by-app-id", "/applications(appId={appId})", get),
    Route::post("identity.applications.create", "/applications", create),
    Route::patch("identity.applications.update", "/applications/{application}", update),
    Route::patch("identity.applications.update-by-app-id", "/applications(appId={appId})", update)
        .like("PATCH /applications/{application}"),
    Route::delete("identity.applications.delete", "/applications/{application}", delete),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let all: Vec<Entity> = tenant.identity.registrations().map(|(at, it)| shown(tenant, it, at)).collect();
    call.list(all.iter(), &List::new("application", "applications"))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let at = find(tenant, call)?;
    call.entity(&shown(tenant, &tenant.identity.applications[at], at), "applications")
}

/// The place of the application in the path, by object id or application id.
pub(super) fn find(tenant: &Tenant, call: &Call<'_>) -> Result<usize, GraphError> {
    let (object, client) = (call.parameter("application"), call.parameter("appId"));
    let is_it = |it: &Application| {
        it.object_id.to_string().eq_ignore_ascii_case(object) || it.client_id.to_string().eq_ignore_ascii_case(client)
    };
    let key = if object.is_empty() { client } else { object };
    let found = tenant.identity.registrations().find(|(_, it)| is_it(it));
    found.map(|(at, _)| at).ok_or_else(|| call.not_found(key))
}

/// The registration as Graph shows it: what is kept of it, and the credentials as they are.
pub(super) fn shown(tenant: &Tenant, application: &Application, at: usize) -> Entity {
    let id = application.object_id.to_string();
    let mut properties = object(json!({
        "id": id, "deletedDateTime": null, "appId": application.client_id, "applicationTemplateId": null,
        "disabledByMicrosoftStatus": null, "createdDateTime": stamp(application.created), "displayName": application.display_name,
        "description": null, "groupMembershipClaims": null, "identifierUris": [],
        "isFallbackPublicClient": application.public, "notes": null, "publisherDomain": tenant.domain,
        "signInAudience": "AzureADMyOrg", "tags": [], "tokenEncryptionKeyId": null, "addIns": [], "appRoles": [],
        "info": {"logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null, "termsOfServiceUrl": null},
        "publicClient": {"redirectUris": []}, "requiredResourceAccess": [], "spa": {"redirectUris": []},
        "web": {"homePageUrl": null, "logoutUrl": null, "redirectUris": [], "implicitGrantSettings": {"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false}},
    }));
    if let Some(kept) = tenant.store.get("applications", &id) {
        properties.extend(kept.properties.clone());
    }
    properties.insert("keyCredentials".to_owned(), application.certificates.iter().map(certificate).collect());
    properties.insert("passwordCredentials".to_owned(), application.secrets.iter().map(password).collect());
    Entity { kind: "application", properties, version: 1, order: at as u64 + 1, content: None }
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("application")?;
    let name = body.get("displayName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| {
        GraphError::invalid(call.service(), "A value is required for property 'displayName' of resource 'Application'.")
    })?;
    if tenant.identity.applications.len() >= APPLICATIONS_MAX {
        let message = "The directory object quota limit for the Tenant has been exceeded.";
        return Err(GraphError::new(StatusCode::FORBIDDEN, "Directory_QuotaExceeded", message));
    }
    let mut application = Application::new(&mut tenant.rng, name, call.request.now);
    application.has_principal = false;
    let (at, id) = (tenant.identity.applications.len(), application.object_id.to_string());
    tenant.identity.applications.push(application);
    if let Err(error) = change(tenant, at, body, call) {
        tenant.identity.applications.truncate(at);
        tenant.store.purge("applications", &id);
        return Err(error);
    }
    call.created(&shown(tenant, &tenant.identity.applications[at], at), "applications")
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let at = find(tenant, call)?;
    let body = call.body("application")?;
    change(tenant, at, body, call)?;
    Ok(GraphResponse::no_content())
}

/// Takes the properties of a body over: the identity's own ones there, the rest into the store.
fn change(tenant: &mut Tenant, at: usize, mut body: Properties, call: &Call<'_>) -> Result<(), GraphError> {
    if let Some(name) = ["appId", "passwordCredentials", "createdDateTime", "publisherDomain"]
        .iter()
        .find(|name| body.contains_key(**name))
    {
        return Err(GraphError::invalid(call.service(), format!("Property '{name}' is read-only and cannot be set.")));
    }
    let keys = body.shift_remove("keyCredentials");
    let kept = &tenant.identity.applications[at].certificates;
    let keys = keys.map(|keys| certificates(&keys, kept, &mut tenant.rng)).transpose()?;
    let application = &mut tenant.identity.applications[at];
    if let Some(keys) = keys {
        application.certificates = keys;
    }
    if let Some(Value::String(name)) = body.shift_remove("displayName") {
        application.display_name = name;
    }
    if let Some(public) = body.shift_remove("isFallbackPublicClient") {
        application.public = public == Value::Bool(true);
    }
    let id = application.object_id.to_string();
    if !body.is_empty() && tenant.store.patch("applications", &id, body.clone()).is_none() {
        tenant.store.create("applications", "application", id, Value::Object(body));
    }
    Ok(())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let at = find(tenant, call)?;
    bin(tenant, at, call.request.now);
    Ok(GraphResponse::no_content())
}

/// Puts a registration into the directory's bin.
pub(crate) fn bin(tenant: &mut Tenant, at: usize, now: Timestamp) {
    let mut entity = shown(tenant, &tenant.identity.applications[at], at);
    tenant.identity.applications[at].deleted = true;
    let id = entity.id().to_owned();
    tenant.store.purge("applications", &id);
    tenant.store.remove_below(&format!("applications/{id}"));
    for computed in ["keyCredentials", "passwordCredentials"] {
        entity.properties.shift_remove(computed);
    }
    tenant.store.create("applications", "application", id.clone(), Value::Object(entity.properties));
    tenant.delete_object("applications", &id, now);
}
