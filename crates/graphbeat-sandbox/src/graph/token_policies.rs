//! Policies over tokens and sign-ins that a fresh tenant has none of.

use super::call::Call;
use super::list::List;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;

/// Who may read one kind of them may read all.
const READS: &str = "GET /policies/activityBasedTimeoutPolicies";

const fn kind_of(name: &'static str, pattern: &'static str) -> Route {
    Route::get(name, pattern, list).like(READS).behind(Gate::AdministratorRole)
}

/// The routes of these policies.
pub(super) const ROUTES: &[Route] = &[
    kind_of("identity.timeout-policies.list", "/policies/activityBasedTimeoutPolicies"),
    kind_of("identity.claims-policies.list", "/policies/claimsMappingPolicies"),
    kind_of("identity.realm-policies.list", "/policies/homeRealmDiscoveryPolicies"),
    kind_of("identity.issuance-policies.list", "/policies/tokenIssuancePolicies"),
    kind_of("identity.lifetime-policies.list", "/policies/tokenLifetimePolicies"),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = call.route.pattern.trim_start_matches('/');
    call.list(tenant.store.list(path), &List::new("stsPolicy", path))
}
