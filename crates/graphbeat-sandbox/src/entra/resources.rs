//! What tokens may be for beside Graph: the APIs of the tenant's own applications.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::identity::Application;
use crate::tenant::Tenant;

/// The resources that a scope may name: hosts that stand for Graph, and the tenant's APIs.
pub(super) struct Resources<'a> {
    tenant: Option<&'a Tenant>,
    pub(super) own_hosts: &'a [&'a str],
}

impl<'a> Resources<'a> {
    /// Those of a tenant.
    pub(super) fn of(tenant: &'a Tenant, own_hosts: &'a [&'a str]) -> Self {
        Self { tenant: Some(tenant), own_hosts }
    }

    /// The scopes that the API of this name has; `None` where there is none.
    pub(super) fn scopes(&self, name: &str) -> Option<BTreeSet<String>> {
        let tenant = self.tenant?;
        let has_name = |application: &&Application| {
            application.client_id.to_string().eq_ignore_ascii_case(name)
                || names(tenant, application).iter().any(|own| own.trim_end_matches('/').eq_ignore_ascii_case(name))
        };
        let api = tenant.identity.applications.iter().filter(|it| !it.deleted).find(has_name)?;
        let scopes = kept(tenant, api, "api").map(|api| &api["oauth2PermissionScopes"]).and_then(Value::as_array);
        Some(scopes.into_iter().flatten().filter_map(|scope| scope["value"].as_str()).map(str::to_owned).collect())
    }
}

#[cfg(test)]
impl<'a> Resources<'a> {
    /// Graph alone.
    pub(super) fn of_nobody(own_hosts: &'a [&'a str]) -> Self {
        Self { tenant: None, own_hosts }
    }
}

/// The names of an application's API: its identifier URIs.
pub(super) fn names(tenant: &Tenant, application: &Application) -> Vec<String> {
    let uris = kept(tenant, application, "identifierUris").and_then(Value::as_array);
    uris.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A property that the registration was given.
fn kept<'t>(tenant: &'t Tenant, application: &Application, name: &str) -> Option<&'t Value> {
    tenant.store.get("applications", &application.object_id.to_string()).map(|kept| kept.get(name))
}
