//! Defender, secure score and identity protection: lists, and hunting queries without a table behind them.

use serde_json::{Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::list::List;
use super::route::{Answer, Gate, Route};
use crate::tenant::Tenant;

/// Collection, type.
const KINDS: &[(&str, &str)] = &[
    ("security/alerts_v2", "security.alert"),
    ("security/incidents", "security.incident"),
    ("security/secureScores", "secureScore"),
    ("security/secureScoreControlProfiles", "secureScoreControlProfile"),
    ("security/attackSimulation/simulations", "simulation"),
    ("identityProtection/riskyUsers", "riskyUser"),
    ("identityProtection/riskDetections", "riskDetection"),
];
/// The tables that a hunting query may begin with; the sandbox has no rows in them.
const TABLES: &[&str] =
    &["AlertInfo", "DeviceEvents", "DeviceProcessEvents", "EmailEvents", "IdentityLogonEvents", "CloudAppEvents"];
/// Letters that a hunting query may have.
const QUERY_MAX: usize = 10_000;

const fn read(name: &'static str, pattern: &'static str) -> Route {
    Route::get(name, pattern, list).of(Service::Security).behind(Gate::AdministratorRole)
}

/// The routes of security.
pub(super) const ROUTES: &[Route] = &[
    read("security.alerts.list", "/security/alerts_v2"),
    read("security.incidents.list", "/security/incidents"),
    read("security.scores.list", "/security/secureScores"),
    read("security.score-controls.list", "/security/secureScoreControlProfiles"),
    read("security.simulations.list", "/security/attackSimulation/simulations"),
    read("security.risky-users.list", "/identityProtection/riskyUsers"),
    read("security.risk-detections.list", "/identityProtection/riskDetections"),
    Route::ask("security.hunting.run", "/security/runHuntingQuery", hunt)
        .of(Service::Security)
        .behind(Gate::AdministratorRole),
];

fn list(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let path = call.route.pattern.trim_start_matches('/');
    let kind = KINDS.iter().find(|(known, _)| *known == path).map_or("entity", |(_, kind)| *kind);
    call.list(tenant.store.list(path), &List::new(kind, path))
}

fn hunt(_: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let query = ["Query", "query"].iter().find_map(|name| body.get(*name)).and_then(Value::as_str);
    let query = query.filter(|query| !query.trim().is_empty() && query.len() <= QUERY_MAX);
    let query = query.ok_or_else(|| GraphError::invalid(call.service(), "The query is missing or too long."))?;
    let table = query.trim().split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    if !TABLES.contains(&table) {
        let message = format!("Failed to resolve table or column expression named '{table}'.");
        return Err(GraphError::invalid(call.service(), message));
    }
    let schema = json!([{"name": "Timestamp", "type": "DateTime"}, {"name": "ReportId", "type": "String"}]);
    call.value(json!({"schema": schema, "results": []}), "microsoft.graph.security.huntingQueryResults")
}
