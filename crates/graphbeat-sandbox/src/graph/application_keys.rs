//! An application's certificates, one by one: added and removed by whoever proves to hold one of them.

use serde_json::Value;

use super::applications::find;
use super::call::Call;
use super::credentials::{certificate, certificates};
use super::error::GraphError;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use crate::entra::proves_possession;
use crate::tenant::Tenant;

/// Any of these lets somebody change the keys of another application.
const CHANGES: [&str; 3] = ["Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All"];

/// The routes of keys. An application needs no permission for its own: the proof is what counts.
pub(super) const ROUTES: &[Route] = &[
    Route::post("identity.keys.add", "/applications/{application}/addKey", add).behind(Gate::AnyToken),
    Route::post("identity.keys.add-by-app-id", "/applications(appId={appId})/addKey", add).behind(Gate::AnyToken),
    Route::post("identity.keys.remove", "/applications/{application}/removeKey", remove).behind(Gate::AnyToken),
    Route::post("identity.keys.remove-by-app-id", "/applications(appId={appId})/removeKey", remove)
        .behind(Gate::AnyToken),
];

fn add(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (at, body) = proven(tenant, call)?;
    let keys = Value::Array(vec![body["keyCredential"].clone()]);
    let known = tenant.identity.applications[at].certificates.clone();
    let mut made = certificates(&keys, &known, &mut tenant.rng)?;
    let Some(made) = made.pop().filter(|made| !known.iter().any(|old| old.key_id == made.key_id)) else {
        return Err(GraphError::invalid(call.service(), "The key credential already exists."));
    };
    let shown = certificate(&made);
    tenant.identity.applications[at].certificates.push(made);
    call.value(shown, "microsoft.graph.keyCredential")
}

fn remove(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (at, body) = proven(tenant, call)?;
    let key = body["keyId"].as_str().unwrap_or_default();
    let certificates = &mut tenant.identity.applications[at].certificates;
    let before = certificates.len();
    certificates.retain(|certificate| !certificate.key_id.to_string().eq_ignore_ascii_case(key));
    if certificates.len() == before {
        return Err(GraphError::invalid(call.service(), "No credentials found to be removed."));
    }
    Ok(GraphResponse::no_content())
}

/// The application, and the body of whoever may change its keys and holds one of them.
fn proven(tenant: &Tenant, call: &Call<'_>) -> Result<(usize, Value), GraphError> {
    let at = find(tenant, call)?;
    let application = &tenant.identity.applications[at];
    let is_itself = call.caller.user_id.is_none() && call.caller.app_id == application.client_id;
    if !is_itself && !CHANGES.iter().any(|name| call.caller.permissions.contains(*name)) {
        return Err(GraphError::denied(call.service()));
    }
    let body = Value::Object(call.json()?.clone());
    let proof = body["proof"].as_str().unwrap_or_default();
    if !proves_possession(application, proof, call.request.now) {
        return Err(GraphError::new(
            http::StatusCode::UNAUTHORIZED,
            "Authentication_MissingOrMalformed",
            "Access Token missing or malformed.",
        ));
    }
    Ok((at, body))
}
