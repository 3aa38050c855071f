//! The logs of the directory: who signed in, and what was changed through Graph.
//!
//! As in the real v1.0, the sign-ins are those of people: a token by refresh or of an application by
//! itself is none of them.

use serde_json::Value;

use super::call::Call;
use super::list::List;
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use crate::tenant::{Change, Tenant};

/// The routes of the logs.
pub(super) const ROUTES: &[Route] = &[
    Route::get("audit.sign-ins.list", "/auditLogs/signIns", sign_ins).behind(Gate::AdministratorRole),
    Route::get("audit.directory-changes.list", "/auditLogs/directoryAudits", changes).behind(Gate::AdministratorRole),
    Route::get("audit.provisioning.list", "/auditLogs/provisioning", provisioning).behind(Gate::AdministratorRole),
];

/// Route, activity, category, type of what is changed.
const ACTIVITIES: &[(&str, &str, &str, &str)] = &[
    ("users.users.create", "Add user", "UserManagement", "User"),
    ("users.users.update", "Update user", "UserManagement", "User"),
    ("users.users.delete", "Delete user", "UserManagement", "User"),
    ("users.license.assign", "Change user license", "UserManagement", "User"),
    ("groups.groups.create", "Add group", "GroupManagement", "Group"),
    ("groups.groups.update", "Update group", "GroupManagement", "Group"),
    ("groups.groups.delete", "Delete group", "GroupManagement", "Group"),
    ("groups.members.add", "Add member to group", "GroupManagement", "Group"),
    ("groups.members.remove", "Remove member from group", "GroupManagement", "Group"),
    ("identity.applications.create", "Add application", "ApplicationManagement", "Application"),
    ("identity.applications.update", "Update application", "ApplicationManagement", "Application"),
    ("identity.applications.update-by-app-id", "Update application", "ApplicationManagement", "Application"),
    ("identity.applications.delete", "Delete application", "ApplicationManagement", "Application"),
    (
        "identity.passwords.add",
        "Update application – Certificates and secrets management",
        "ApplicationManagement",
        "Application",
    ),
    (
        "identity.passwords.remove",
        "Update application – Certificates and secrets management",
        "ApplicationManagement",
        "Application",
    ),
    (
        "identity.principal-passwords.add",
        "Add service principal credentials",
        "ApplicationManagement",
        "ServicePrincipal",
    ),
    (
        "identity.principal-passwords.remove",
        "Remove service principal credentials",
        "ApplicationManagement",
        "ServicePrincipal",
    ),
    ("identity.service-principals.create", "Add service principal", "ApplicationManagement", "ServicePrincipal"),
    ("identity.service-principals.update", "Update service principal", "ApplicationManagement", "ServicePrincipal"),
    ("identity.service-principals.delete", "Remove service principal", "ApplicationManagement", "ServicePrincipal"),
    (
        "identity.role-assignments.create",
        "Add app role assignment to service principal",
        "ApplicationManagement",
        "ServicePrincipal",
    ),
    (
        "identity.roles-assigned.create",
        "Add app role assignment to service principal",
        "ApplicationManagement",
        "ServicePrincipal",
    ),
    (
        "identity.role-assignments.delete",
        "Remove app role assignment from service principal",
        "ApplicationManagement",
        "ServicePrincipal",
    ),
    ("identity.grants.create", "Add delegated permission grant", "ApplicationManagement", "ServicePrincipal"),
    ("identity.grants.delete", "Remove delegated permission grant", "ApplicationManagement", "ServicePrincipal"),
    ("users.sessions.revoke", "Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "User"),
    ("directory.deleted-items.purge", "Hard delete object", "DirectoryManagement", "Other"),
    ("directory.deleted-items.restore", "Restore object", "DirectoryManagement", "Other"),
];

fn sign_ins(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let list = List::new("signIn", "auditLogs/signIns").paged(1_000, 1_000).newest_first("createdDateTime");
    call.list(tenant.store.list("auditLogs/signIns"), &list)
}

fn changes(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let list = List::new("directoryAudit", "auditLogs/directoryAudits").paged(1_000, 1_000);
    call.list(tenant.store.list("auditLogs/directoryAudits"), &list.newest_first("activityDateTime"))
}

fn provisioning(tenant: &Tenant, call: &Call<'_>) -> Answer {
    call.list(
        tenant.store.list("auditLogs/provisioning"),
        &List::new("provisioningObjectSummary", "auditLogs/provisioning"),
    )
}

/// Notes a change of the directory that has just succeeded.
pub(super) fn note(tenant: &mut Tenant, call: &Call<'_>, response: &GraphResponse) {
    let Some((_, activity, category, kind)) = ACTIVITIES.iter().find(|(route, ..)| *route == call.route.name) else {
        return;
    };
    let named = ["user", "group", "application", "principal", "id"].into_iter().map(|name| call.parameter(name));
    let named = named.filter(|id| !id.is_empty()).map(str::to_owned).next();
    let target = named.or_else(|| made(response)).unwrap_or_default();
    tenant.note_change(&Change {
        activity,
        category,
        kind,
        target: &target,
        app_id: call.caller.app_id,
        user_id: call.caller.user_id,
        request_id: call.request.request_id,
        now: call.request.now,
    });
}

/// The id of what a create has answered with.
fn made(response: &GraphResponse) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    body.get("id").and_then(Value::as_str).map(str::to_owned)
}
