//! Passwords of applications and of service principals: made by the service, shown once, good for signing in.

use graphbeat_base::Timestamp;
use serde_json::Value;

use super::call::Call;
use super::credentials::password;
use super::error::GraphError;
use super::response::GraphResponse;
use super::route::{Answer, Route};
use super::{applications, service_principals};
use crate::identity::AppSecret;
use crate::tenant::Tenant;

/// Life of a password without an end of its own.
const PASSWORD_LIFE_DAYS: i64 = 730;
/// Passwords that one object may have.
const PASSWORDS_MAX: usize = 100;
/// Who may change an application may change its service principal's passwords, too.
const ADDS: &str = "POST /applications/{application}/addPassword";
const REMOVES: &str = "POST /applications/{application}/removePassword";

/// The routes of passwords.
pub(super) const ROUTES: &[Route] = &[
    Route::post("identity.passwords.add", "/applications/{application}/addPassword", add),
    Route::post("identity.passwords.remove", "/applications/{application}/removePassword", remove),
    Route::post("identity.passwords.add-by-app-id", "/applications(appId={appId})/addPassword", add).like(ADDS),
    Route::post("identity.passwords.remove-by-app-id", "/applications(appId={appId})/removePassword", remove)
        .like(REMOVES),
    Route::post("identity.principal-passwords.add", "/servicePrincipals/{principal}/addPassword", add).like(ADDS),
    Route::post("identity.principal-passwords.remove", "/servicePrincipals/{principal}/removePassword", remove)
        .like(REMOVES),
];

/// The passwords of the object in the path.
fn passwords<'t>(tenant: &'t mut Tenant, call: &Call<'_>) -> Result<&'t mut Vec<AppSecret>, GraphError> {
    if call.parameter("principal").is_empty() {
        let at = applications::find(tenant, call)?;
        return Ok(&mut tenant.identity.applications[at].secrets);
    }
    let at = service_principals::find(tenant, call)?;
    Ok(&mut tenant.identity.applications[at].principal_secrets)
}

fn add(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let known = passwords(tenant, call)?.len();
    let (name, start, end) = wanted(call)?;
    if end <= start || known >= PASSWORDS_MAX {
        let message = "The credential lifetime or the number of credentials is not valid.";
        return Err(GraphError::invalid(call.service(), message));
    }
    let secret = AppSecret::new(&mut tenant.rng, name, start, end);
    let mut answer = password(&secret);
    answer["secretText"] = Value::String(secret.value.clone());
    passwords(tenant, call)?.push(secret);
    call.value(answer, "microsoft.graph.passwordCredential")
}

/// Name, beginning and end that the body asks for.
fn wanted(call: &Call<'_>) -> Result<(Option<String>, Timestamp, Timestamp), GraphError> {
    // A body is not needed: everything has a default.
    let body = if call.request.body.is_empty() { Default::default() } else { call.json()? };
    let wanted = body.get("passwordCredential").and_then(Value::as_object);
    let text = |name: &str| wanted.and_then(|wanted| wanted.get(name)).and_then(Value::as_str);
    let time = |name: &str, otherwise: Timestamp| {
        let invalid = || {
            let message = format!("Invalid value specified for property '{name}' of resource 'PasswordCredential'.");
            GraphError::invalid(call.service(), message)
        };
        text(name).map_or(Ok(otherwise), |text| text.parse().map_err(|_| invalid()))
    };
    let now = call.request.now;
    let life = jiff::SignedDuration::from_hours(24 * PASSWORD_LIFE_DAYS);
    let (start, end) = (time("startDateTime", now)?, time("endDateTime", now.checked_add(life).unwrap_or(now))?);
    Ok((text("displayName").map(str::to_owned), start, end))
}

fn remove(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let secrets = passwords(tenant, call)?;
    let body = call.json()?;
    let key = body.get("keyId").and_then(Value::as_str).unwrap_or_default();
    let before = secrets.len();
    secrets.retain(|secret| !secret.key_id.to_string().eq_ignore_ascii_case(key));
    if secrets.len() == before {
        return Err(GraphError::invalid(call.service(), format!("No password credential found with keyId '{key}'.")));
    }
    Ok(GraphResponse::no_content())
}
