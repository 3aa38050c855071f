//! Federated credentials of applications: whose tokens stand for them.

use serde_json::{Value, json};

use super::applications::find;
use super::call::Call;
use super::error::GraphError;
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use crate::entra::EXCHANGE_AUDIENCE;
use crate::identity::FederatedCredential;
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties};

/// How many an application may have.
const CREDENTIALS_MAX: usize = 20;
/// The longest name, issuer, subject or description.
const TEXT_MAX: usize = 600;
const KIND: &str = "federatedIdentityCredential";
const ONE: &str = "/applications/{application}/federatedIdentityCredentials/{credential}";

/// The routes of federated credentials.
pub(super) const ROUTES: &[Route] = &[
    Route::get("identity.federated-credentials.list", "/applications/{application}/federatedIdentityCredentials", list),
    Route::post(
        "identity.federated-credentials.create",
        "/applications/{application}/federatedIdentityCredentials",
        create,
    )
    .like("POST /applications/{application}/addPassword"),
    Route::get("identity.federated-credentials.get", ONE, get)
        .like("GET /applications/{application}/federatedIdentityCredentials"),
    Route::patch("identity.federated-credentials.update", ONE, update)
        .like("POST /applications/{application}/addPassword"),
    Route::delete("identity.federated-credentials.delete", ONE, delete)
        .like("POST /applications/{application}/addPassword"),
];

fn context(call: &Call<'_>) -> String {
    format!("applications('{}')/federatedIdentityCredentials", call.parameter("application"))
}

fn shown(credential: &FederatedCredential, at: usize) -> Entity {
    let value = json!({
        "id": credential.id, "name": credential.name, "issuer": credential.issuer, "subject": credential.subject,
        "description": credential.description, "audiences": credential.audiences,
    });
    Entity::loose(KIND, at as u64 + 1, value)
}

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let application = &tenant.identity.applications[find(tenant, call)?];
    let all: Vec<Entity> = application.federated.iter().enumerate().map(|(at, it)| shown(it, at)).collect();
    call.list(all.iter(), &List::new(KIND, context(call)))
}

/// The places of the application and of its credential, by id or name.
fn place(tenant: &Tenant, call: &Call<'_>) -> Result<(usize, usize), GraphError> {
    let (at, key) = (find(tenant, call)?, call.parameter("credential"));
    let is_it = |it: &FederatedCredential| it.id.to_string().eq_ignore_ascii_case(key) || it.name == key;
    let found = tenant.identity.applications[at].federated.iter().position(is_it);
    Ok((at, found.ok_or_else(|| call.not_found(key))?))
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (at, credential) = place(tenant, call)?;
    call.entity(&shown(&tenant.identity.applications[at].federated[credential], credential), &context(call))
}

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (at, body) = (find(tenant, call)?, call.body(KIND)?);
    let required = |name: &'static str| {
        let missing = || {
            GraphError::invalid(
                call.service(),
                format!("A value is required for property '{name}' of resource 'FederatedIdentityCredential'."),
            )
        };
        text(&body, name).ok_or_else(missing)
    };
    let credential = FederatedCredential {
        id: tenant.rng.uuid(),
        name: required("name")?,
        issuer: required("issuer")?,
        subject: required("subject")?,
        audiences: audiences(&body).unwrap_or_else(|| vec![EXCHANGE_AUDIENCE.to_owned()]),
        description: text(&body, "description"),
    };
    let kept = &mut tenant.identity.applications[at].federated;
    let is_same = |it: &FederatedCredential| {
        it.name == credential.name || (it.issuer == credential.issuer && it.subject == credential.subject)
    };
    if kept.len() >= CREDENTIALS_MAX || kept.iter().any(is_same) {
        return Err(GraphError::invalid(
            call.service(),
            "FederatedIdentityCredential with this name, or this issuer and subject, already exists, or there are too many.",
        ));
    }
    kept.push(credential);
    let last = kept.len() - 1;
    call.created(&shown(&kept[last], last), &context(call))
}

fn update(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let ((at, credential), body) = (place(tenant, call)?, call.body(KIND)?);
    let kept = &mut tenant.identity.applications[at].federated[credential];
    // Clients send back what they read: the same name changes nothing.
    if text(&body, "name").is_some_and(|name| name != kept.name) {
        let message = "Property 'name' is read-only and cannot be set.";
        return Err(GraphError::invalid(call.service(), message));
    }
    kept.issuer = text(&body, "issuer").unwrap_or_else(|| kept.issuer.clone());
    kept.subject = text(&body, "subject").unwrap_or_else(|| kept.subject.clone());
    kept.audiences = audiences(&body).unwrap_or_else(|| kept.audiences.clone());
    if body.contains_key("description") {
        kept.description = text(&body, "description");
    }
    Ok(GraphResponse::no_content())
}

fn delete(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (at, credential) = place(tenant, call)?;
    tenant.identity.applications[at].federated.remove(credential);
    Ok(GraphResponse::no_content())
}

fn text(body: &Properties, name: &str) -> Option<String> {
    let text = body.get(name).and_then(Value::as_str)?;
    (!text.is_empty() && text.len() <= TEXT_MAX).then(|| text.to_owned())
}

fn audiences(body: &Properties) -> Option<Vec<String>> {
    let all = body.get("audiences").and_then(Value::as_array)?;
    Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
