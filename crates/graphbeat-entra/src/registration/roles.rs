//! Directory roles, and what their holders may consent to,
//! <https://learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent>.

use uuid::Uuid;

use super::{KnownPermission, PermissionKind};

/// A directory role that counts for registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DirectoryRole {
    /// May do everything.
    GlobalAdministrator,
    /// May consent to everything.
    PrivilegedRoleAdministrator,
    /// May register, and consent to everything but Graph's application permissions.
    ApplicationAdministrator,
    /// The same, without the application proxy.
    CloudApplicationAdministrator,
    /// May register where plain users may not.
    ApplicationDeveloper,
}

impl DirectoryRole {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::GlobalAdministrator,
        Self::PrivilegedRoleAdministrator,
        Self::ApplicationAdministrator,
        Self::CloudApplicationAdministrator,
        Self::ApplicationDeveloper,
    ];

    /// The id of its template, the same in every tenant.
    #[must_use]
    pub const fn template(self) -> Uuid {
        Uuid::from_u128(match self {
            Self::GlobalAdministrator => 0x62e9_0394_69f5_4237_9190_0121_7714_5e10,
            Self::PrivilegedRoleAdministrator => 0xe861_1ab8_c189_46e8_94e1_6021_3ab1_f814,
            Self::ApplicationAdministrator => 0x9b89_5d92_2cd3_44c7_9d02_a6ac_2d5e_a5c3,
            Self::CloudApplicationAdministrator => 0x158c_047a_c907_4556_b7ef_4465_51a6_b5f7,
            Self::ApplicationDeveloper => 0xcf1c_38e5_3621_4004_a7cb_8796_24dc_ed7c,
        })
    }

    /// The role of a template; `None` for one that does not count here.
    #[must_use]
    pub fn of_template(template: Uuid) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.template() == template)
    }

    /// Its name in the portal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "Global Administrator",
            Self::PrivilegedRoleAdministrator => "Privileged Role Administrator",
            Self::ApplicationAdministrator => "Application Administrator",
            Self::CloudApplicationAdministrator => "Cloud Application Administrator",
            Self::ApplicationDeveloper => "Application Developer",
        }
    }

    fn may_consent(self, permission: &KnownPermission) -> bool {
        match self {
            Self::GlobalAdministrator | Self::PrivilegedRoleAdministrator => true,
            Self::ApplicationAdministrator | Self::CloudApplicationAdministrator => {
                permission.kind == PermissionKind::Delegated
            }
            Self::ApplicationDeveloper => !permission.needs_admin,
        }
    }
}

/// Whether somebody with these roles may consent to a permission. Whether a user without any may consent to
/// the others is the tenant's own setting: it is taken to be Entra's default.
#[must_use]
pub fn may_consent(roles: &[DirectoryRole], permission: &KnownPermission) -> bool {
    !permission.needs_admin || roles.iter().any(|role| role.may_consent(permission))
}

#[cfg(test)]
mod tests {
    use super::super::known_permission;
    use super::*;

    #[test]
    fn an_application_administrator_may_consent_to_scopes_but_not_to_graph_s_roles() {
        use PermissionKind::{Application, Delegated};
        let known = |kind, name| known_permission(kind, name).expect("it is known");
        for (roles, permission, expected) in [
            (vec![], known(Delegated, "Mail.Read"), true),
            (vec![], known(Delegated, "Directory.Read.All"), false),
            (vec![], known(Application, "Mail.Read"), false),
            (vec![DirectoryRole::ApplicationDeveloper], known(Delegated, "Directory.Read.All"), false),
            (vec![DirectoryRole::CloudApplicationAdministrator], known(Delegated, "Directory.Read.All"), true),
            (vec![DirectoryRole::ApplicationAdministrator], known(Application, "Mail.Read"), false),
            (vec![DirectoryRole::PrivilegedRoleAdministrator], known(Application, "Mail.Read"), true),
            (vec![DirectoryRole::GlobalAdministrator], known(Application, "Mail.Read"), true),
        ] {
            assert_eq!(may_consent(&roles, permission), expected, "{roles:?} {}", permission.name);
        }
    }

    #[test]
    fn every_role_is_found_by_its_template() {
        for role in DirectoryRole::ALL {
            assert_eq!(DirectoryRole::of_template(role.template()), Some(role));
        }
        assert_eq!(DirectoryRole::of_template(Uuid::nil()), None);
    }
}
