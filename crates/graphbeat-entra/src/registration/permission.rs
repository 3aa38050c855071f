//! Graph's permissions: their ids, and who may consent to them.

use std::sync::LazyLock;

use uuid::Uuid;

/// Microsoft Graph's own application id, the same in every cloud.
pub(super) const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// The table, from Microsoft's public list of what Graph exposes.
const TABLE: &str = include_str!("../../data/permissions.csv");

/// Whose permission it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PermissionKind {
    /// A signed-in user's (`scp` of a token, "scope").
    Delegated,
    /// An application's own (`roles` of a token, "role").
    Application,
}

/// A permission that Graph knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPermission {
    /// `Mail.Read`.
    pub name: &'static str,
    /// Whose it is.
    pub kind: PermissionKind,
    /// Its id in registrations and grants.
    pub id: Uuid,
    /// Whether only an administrator may consent to it.
    pub needs_admin: bool,
    /// What Microsoft calls it, in English.
    pub title: &'static str,
}

/// Every permission of the table.
pub fn known_permissions() -> &'static [KnownPermission] {
    static KNOWN: LazyLock<Vec<KnownPermission>> =
        LazyLock::new(|| TABLE.lines().skip(1).filter_map(read_line).collect());
    &KNOWN
}

/// The permission of a name; `None` where the table does not know it.
#[must_use]
pub fn known_permission(kind: PermissionKind, name: &str) -> Option<&'static KnownPermission> {
    known_permissions().iter().find(|known| known.kind == kind && known.name == name)
}

/// The permission of an id; the kinds have ids of their own.
#[must_use]
pub fn permission_of_id(id: Uuid) -> Option<&'static KnownPermission> {
    known_permissions().iter().find(|known| known.id == id)
}

impl PermissionKind {
    /// The word of `requiredResourceAccess`.
    pub(super) const fn access_type(self) -> &'static str {
        match self {
            Self::Delegated => "Scope",
            Self::Application => "Role",
        }
    }
}

fn read_line(line: &'static str) -> Option<KnownPermission> {
    // The title is last: it may hold commas.
    let mut fields = line.splitn(5, ',');
    let kind = match fields.next()? {
        "delegated" => PermissionKind::Delegated,
        "application" => PermissionKind::Application,
        _ => return None,
    };
    let (name, id, consent) = (fields.next()?, fields.next()?, fields.next()?);
    Some(KnownPermission {
        name,
        kind,
        id: Uuid::try_parse(id).ok()?,
        needs_admin: consent == "admin",
        title: fields.next()?.trim_matches('"'),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_permission_with_an_id_of_its_own() {
        assert_eq!(known_permissions().len(), TABLE.lines().count() - 1);
        let ids: BTreeSet<Uuid> = known_permissions().iter().map(|known| known.id).collect();
        assert_eq!(ids.len(), known_permissions().len());
        for known in known_permissions() {
            assert_eq!(permission_of_id(known.id), Some(known));
            assert_eq!(known_permission(known.kind, known.name), Some(known));
            assert!(!known.title.is_empty());
        }
    }

    #[test]
    fn an_application_s_permissions_all_need_an_administrator() {
        let own = known_permissions().iter().filter(|known| known.kind == PermissionKind::Application);
        assert!(own.clone().count() > 100 && own.clone().all(|known| known.needs_admin));
        let user_read = known_permission(PermissionKind::Delegated, "User.Read").expect("it is known");
        assert_eq!(user_read.id.to_string(), "e1fe6dd8-ba31-4d61-89e7-88639da4683d");
        assert!(!user_read.needs_admin);
    }
}
