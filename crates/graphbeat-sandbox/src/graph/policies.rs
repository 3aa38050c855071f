//! The directory's policies: those that there is one of, and those that are listed.

use super::call::{Call, empty_list};
use super::list::List;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;

/// Policies of an application's credentials are read by whoever reads those of tokens.
const OF_APPLICATIONS: &str = "GET /policies/activityBasedTimeoutPolicies";

/// Policies of a type of another name than the path's.
const OTHER_KINDS: [(&str, &str); 1] = [("defaultAppManagementPolicy", "tenantAppManagementPolicy")];

const fn single(name: &'static str, pattern: &'static str) -> Route {
    Route::get(name, pattern, policy).behind(Gate::AdministratorRole)
}

const fn listed(name: &'static str, pattern: &'static str) -> Route {
    Route::get(name, pattern, list).behind(Gate::AdministratorRole)
}

/// The routes of policies.
pub(super) const ROUTES: &[Route] = &[
    single("identity.authorization-policy.get", "/policies/authorizationPolicy"),
    single("identity.security-defaults.get", "/policies/identitySecurityDefaultsEnforcementPolicy"),
    single("identity.methods-policy.get", "/policies/authenticationMethodsPolicy"),
    single("identity.consent-requests-policy.get", "/policies/adminConsentRequestPolicy"),
    single("identity.flows-policy.get", "/policies/authenticationFlowsPolicy"),
    single("identity.cross-tenant-policy.get", "/policies/crossTenantAccessPolicy"),
    single("identity.device-policy.get", "/policies/deviceRegistrationPolicy"),
    single("identity.default-app-policy.get", "/policies/defaultAppManagementPolicy").like(OF_APPLICATIONS),
    listed("identity.app-policies.list", "/policies/appManagementPolicies").like(OF_APPLICATIONS),
    listed("identity.strength-policies.list", "/policies/authenticationStrengthPolicies"),
    listed("identity.rollout-policies.list", "/policies/featureRolloutPolicies"),
    listed("identity.role-policies.list", "/policies/roleManagementPolicies"),
    listed("identity.access-policies.list", "/policies/conditionalAccessPolicies")
        .like("GET /identity/conditionalAccess/policies"),
];

/// A policy that there is one of.
fn policy(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let name = last_segment(call);
    let kind = OTHER_KINDS.iter().find(|(known, _)| *known == name).map_or(name, |(_, kind)| *kind);
    match tenant.store.list("policies").find(|policy| policy.kind == kind) {
        Some(policy) => call.entity(policy, &format!("policies/{name}")),
        None => empty_list(call, "policies"),
    }
}

/// Policies of which there may be many; where the sandbox has none of a kind, its list is empty.
fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let name = last_segment(call);
    let (path, kind) = match name {
        "appManagementPolicies" => ("policies/appManagementPolicies", "appManagementPolicy"),
        "authenticationStrengthPolicies" => ("policies/authenticationStrengthPolicies", "authenticationStrengthPolicy"),
        "conditionalAccessPolicies" => ("identity/conditionalAccess/policies", "conditionalAccessPolicy"),
        "featureRolloutPolicies" => ("policies/featureRolloutPolicies", "featureRolloutPolicy"),
        _ => ("policies/roleManagementPolicies", "unifiedRoleManagementPolicy"),
    };
    call.list(tenant.store.list(path), &List::new(kind, format!("policies/{name}")))
}

fn last_segment(call: &Call<'_>) -> &'static str {
    call.route.pattern.rsplit('/').next().unwrap_or_default()
}
