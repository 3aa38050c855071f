//! Applications in the control API: what is granted to them, whether they are there, how long their
//! credentials hold.

use graphbeat_base::Timestamp;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ControlRequest, Refused, body};
use crate::graph::bin_application;
use crate::identity::Application;
use crate::server::Reply;
use crate::tenant::Tenant;
use crate::world::{World, write};

/// The longest name of a permission.
const PERMISSION_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantsBody {
    application: Option<Vec<String>>,
    delegated: Option<Vec<String>>,
}

/// `PUT grants/{client_id}`: what is granted; what is left out stays.
pub(super) fn grants(world: &World, request: ControlRequest<'_>, id: &str) -> Result<Reply, Refused> {
    let wanted: GrantsBody = body(request)?;
    for (field, names) in [("application", &wanted.application), ("delegated", &wanted.delegated)] {
        if let Some(name) = names.iter().flatten().find(|name| !is_permission_name(name)) {
            return Err(Refused::bad(format!("`{field}`: `{name}` is no permission's name, such as `Mail.Read`")));
        }
    }
    let unknown = || Refused::new(StatusCode::NOT_FOUND, format!("no application has the client id `{id}`"));
    let client_id: Uuid = id.parse().map_err(|_| unknown())?;
    let mut tenant = write(&world.tenant);
    let application = tenant.identity.application_mut(client_id).ok_or_else(unknown)?;
    if let Some(names) = wanted.application {
        application.application_permissions = names.into_iter().collect();
    }
    if let Some(names) = wanted.delegated {
        application.delegated = names.into_iter().collect();
        application.consents.clear();
    }
    let granted = json!({
        "application": application.application_permissions, "delegated": application.delegated,
        "users": application.consents,
    });
    Ok(Reply::json(StatusCode::OK, &granted))
}

fn is_permission_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= PERMISSION_MAX
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationBody {
    enabled: Option<bool>,
    deleted: Option<bool>,
    in_tenant: Option<bool>,
    service_principal: Option<bool>,
    secret_start: Option<Timestamp>,
    secret_end: Option<Timestamp>,
    certificate_start: Option<Timestamp>,
    certificate_end: Option<Timestamp>,
}

/// `PATCH apps/{client_id}`: the state of a registration; what is left out stays.
pub(super) fn application(world: &World, request: ControlRequest<'_>, id: &str) -> Result<Reply, Refused> {
    let wanted: ApplicationBody = body(request)?;
    let unknown = || Refused::new(StatusCode::NOT_FOUND, format!("no application has the client id `{id}`"));
    let client_id: Uuid = id.parse().map_err(|_| unknown())?;
    let mut tenant = write(&world.tenant);
    let at = tenant.identity.applications.iter().position(|it| it.client_id == client_id).ok_or_else(unknown)?;
    wanted.credentials(&mut tenant.identity.applications[at]);
    if let Some(enabled) = wanted.enabled {
        tenant.identity.applications[at].enabled = enabled;
    }
    match wanted.service_principal {
        Some(true) => tenant.identity.applications[at].has_principal = true,
        Some(false) => tenant.identity.applications[at].remove_principal(),
        None => {}
    }
    place(&mut tenant, at, (wanted.deleted, wanted.in_tenant), world.clock.now());
    Ok(Reply::json(StatusCode::OK, &shown(&tenant, &tenant.identity.applications[at])))
}

impl ApplicationBody {
    /// Moves the dates of all secrets and certificates.
    fn credentials(&self, application: &mut Application) {
        for secret in application.secrets.iter_mut().chain(&mut application.principal_secrets) {
            secret.start = self.secret_start.unwrap_or(secret.start);
            secret.end = self.secret_end.unwrap_or(secret.end);
        }
        for certificate in &mut application.certificates {
            certificate.start = self.certificate_start.unwrap_or(certificate.start);
            certificate.end = self.certificate_end.unwrap_or(certificate.end);
        }
    }
}

/// Deletes an application into the directory's bin or takes it out, or makes it one of another tenant.
fn place(tenant: &mut Tenant, at: usize, (deleted, in_tenant): (Option<bool>, Option<bool>), now: Timestamp) {
    let id = tenant.identity.applications[at].object_id.to_string();
    let is_gone = tenant.identity.applications[at].deleted;
    match deleted {
        Some(true) if !is_gone => bin_application(tenant, at, now),
        Some(false) if is_gone => {
            tenant.restore(&id);
        }
        _ => {}
    }
    // Away without a trace in this tenant's bin.
    let is_binned = tenant.store.get("directory/deletedItems", &id).is_some();
    if let Some(in_tenant) = in_tenant.filter(|_| !is_binned) {
        tenant.identity.applications[at].deleted = !in_tenant;
    }
}

fn shown(tenant: &Tenant, application: &Application) -> Value {
    let is_binned = tenant.store.get("directory/deletedItems", &application.object_id.to_string()).is_some();
    json!({
        "client_id": application.client_id,
        "enabled": application.enabled,
        "deleted": is_binned,
        "in_tenant": !application.deleted || is_binned,
        "service_principal": application.has_principal,
        "secret_end": application.secrets.iter().map(|it| it.end).max(),
        "certificate_end": application.certificates.iter().map(|it| it.end).max(),
    })
}
