//! The seeded directory: organization, licences, roles, people, groups, devices and sites.

mod fixed;
mod groups;
mod plans;
mod sites;
mod teams;
mod users;

use graphbeat_base::{SignedDuration, Timestamp};
use serde_json::json;

use super::Tenant;
use super::ids::stamp;

/// Built-in directory roles: template id, name, description.
pub(super) const ROLES: &[(&str, &str, &str)] = &[
    (
        "62e90394-69f5-4237-9190-012177145e10",
        "Global Administrator",
        "Can manage all aspects of Microsoft Entra ID and Microsoft services that use Microsoft Entra identities.",
    ),
    (
        "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        "Global Reader",
        "Can read everything that a Global Administrator can, but not update anything.",
    ),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader", "Can read sign-in and audit reports."),
    (
        "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",
        "Message Center Reader",
        "Can read messages and updates for their organization in Office 365 Message Center only.",
    ),
    (
        "f023fd81-a637-4b56-95fd-791ac0226033",
        "Service Support Administrator",
        "Can read service health information and manage support tickets.",
    ),
    (
        "fe930be7-5e62-47db-91af-98c3a49a38b1",
        "User Administrator",
        "Can manage all aspects of users and groups, including resetting passwords for limited admins.",
    ),
    (
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
        "Application Administrator",
        "Can create and manage all aspects of app registrations and enterprise apps.",
    ),
    (
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
        "Directory Readers",
        "Can read basic directory information. Commonly used to grant directory read access to applications and guests.",
    ),
];

/// The SKU of the developer subscription.
pub(crate) const DEVELOPER_SKU: &str = "c42b9cae-ea4f-4ab7-9717-81576235ccac";
/// Its part number.
pub(crate) const DEVELOPER_PART: &str = "DEVELOPERPACK_E5";

/// The SKU that a SKU id or part number names.
pub(super) fn license_of(key: &str) -> Option<&'static str> {
    (key.eq_ignore_ascii_case(DEVELOPER_SKU) || key.eq_ignore_ascii_case(DEVELOPER_PART)).then_some(DEVELOPER_SKU)
}

pub(crate) use self::groups::make_content as make_group_content;
pub(crate) use self::sites::make_columns;

/// Makes the directory of a new tenant.
pub(super) fn make(tenant: &mut Tenant, users: usize) {
    users::make(tenant, users);
    make_roles(tenant);
    fixed::make(tenant);
    groups::make(tenant);
    sites::make(tenant);
    teams::make(tenant);
    plans::make(tenant);
}

/// The roles as they are activated and as they are defined.
fn make_roles(tenant: &mut Tenant) {
    for (template, name, description) in ROLES {
        let id = tenant.rng.uuid().to_string();
        let role = json!({"deletedDateTime": null, "description": description, "displayName": name, "roleTemplateId": template});
        tenant.store.create("directoryRoles", "directoryRole", id, role);
        let definition = json!({
            "description": description, "displayName": name, "isBuiltIn": true, "isEnabled": true, "resourceScopes": ["/"],
            "templateId": template, "version": "1",
            "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/users/standard/read"], "condition": null}],
        });
        tenant.store.create(
            "roleManagement/directory/roleDefinitions",
            "unifiedRoleDefinition",
            (*template).to_owned(),
            definition,
        );
    }
}

/// A time some days before the tenant's beginning.
fn days_ago(tenant: &Tenant, days: i64) -> String {
    stamp(tenant.seeded_at.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN))
}
