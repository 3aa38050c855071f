//! All routes, class by class.

use serde_json::{Value, json};

use super::route::Route;
use super::{
    administrative_units, application_keys, applications, audit, calendar, chats, contacts, directory, drive,
    federated_credentials, grants, group_settings, groups, invitations, licences, list_items, mail, meetings, metadata,
    onenote, passwords, people, plain, planner, policies, presence, profile_cards, published_permissions, relations,
    reports, role_assignments, search, security, service_principals, sites, subscriptions, teams, tenant_relations,
    todo, token_policies, user_changes, users, workbook,
};

/// Every class's rows; a new class adds its `ROUTES` here.
const CLASSES: &[&[Route]] = &[
    users::ROUTES,
    user_changes::ROUTES,
    groups::ROUTES,
    relations::ROUTES,
    directory::ROUTES,
    licences::ROUTES,
    plain::ROUTES,
    planner::ROUTES,
    people::ROUTES,
    presence::ROUTES,
    reports::ROUTES,
    search::ROUTES,
    sites::ROUTES,
    list_items::ROUTES,
    applications::ROUTES,
    application_keys::ROUTES,
    federated_credentials::ROUTES,
    service_principals::ROUTES,
    grants::ROUTES,
    subscriptions::ROUTES,
    contacts::ROUTES,
    audit::ROUTES,
    security::ROUTES,
    teams::ROUTES,
    chats::ROUTES,
    administrative_units::ROUTES,
    workbook::ROUTES,
    meetings::ROUTES,
    passwords::ROUTES,
    published_permissions::ROUTES,
    group_settings::ROUTES,
    invitations::ROUTES,
    tenant_relations::ROUTES,
    token_policies::ROUTES,
    policies::ROUTES,
    profile_cards::ROUTES,
    role_assignments::ROUTES,
    metadata::ROUTES,
];

/// Classes whose rows stand in several files.
const WIDE_CLASSES: &[&[&[Route]]] = &[mail::ROUTES, calendar::ROUTES, todo::ROUTES, onenote::ROUTES];

/// The route table for the control API: what is served, and which permissions open it.
pub(crate) fn listed() -> Value {
    routes().map(shown).collect()
}

fn shown(route: &Route) -> Value {
    let accepted = route.accepted().cloned().unwrap_or_default();
    json!({
        "operation": route.name, "method": route.method, "path": route.pattern, "service": format!("{:?}", route.service),
        "delegated": accepted.delegated, "application": accepted.application,
    })
}

/// Every route of the sandbox's Graph.
pub(super) fn routes() -> impl Iterator<Item = &'static Route> {
    let wide = WIDE_CLASSES.iter().copied().flatten();
    let drives = drive::ROUTES.iter().copied().flatten();
    CLASSES.iter().chain(wide).chain(drives).copied().flatten()
}
