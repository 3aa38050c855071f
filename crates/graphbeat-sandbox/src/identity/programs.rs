//! Microsoft's own programs that sign users in: every tenant knows them without a registration of its own.

use graphbeat_base::Timestamp;
use uuid::Uuid;

use super::{Application, PermissionKind, permission_values};

/// A program under a client id of Microsoft's.
struct Program {
    client_id: Uuid,
    name: &'static str,
    /// What Microsoft consented to for it; `None` for one that every scope is consented for here.
    scopes: Option<&'static [&'static str]>,
}

/// What the command lines for Azure may do in the directory, as their real tokens say.
const OF_AZURE: &[&str] = &[
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read",
    "User.ReadWrite.All",
];

const PROGRAMS: [Program; 3] = [
    Program {
        client_id: Uuid::from_u128(0x04b0_7795_8ddb_461a_bbee_02f9_e1bf_7b46),
        name: "Microsoft Azure CLI",
        scopes: Some(OF_AZURE),
    },
    Program {
        client_id: Uuid::from_u128(0x1950_a258_227b_4e31_a9cf_7174_9594_5fc2),
        name: "Microsoft Azure PowerShell",
        scopes: Some(OF_AZURE),
    },
    Program {
        client_id: Uuid::from_u128(0x14d8_2eec_204b_4c2f_b7e8_296a_70da_b67e),
        name: "Microsoft Graph Command Line Tools",
        scopes: None,
    },
];

/// Them all as applications of a tenant.
pub(super) fn of_tenant(tenant_id: Uuid, now: Timestamp) -> impl Iterator<Item = Application> {
    PROGRAMS.iter().map(move |program| program.of_tenant(tenant_id, now))
}

impl Program {
    fn of_tenant(&self, tenant_id: Uuid, now: Timestamp) -> Application {
        let known = permission_values(PermissionKind::Delegated);
        let delegated = match self.scopes {
            Some(scopes) => scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            None => known,
        };
        // Ids that follow from the tenant's, so that its generator gives the rest as it always did.
        let (object_id, service_principal_id) = (mixed(tenant_id, self.client_id), mixed(self.client_id, tenant_id));
        let ids = (object_id, self.client_id, service_principal_id);
        let bare = Application::bare(ids, self.name, now);
        Application { first_party: true, public: true, delegated, ..bare }
    }
}

/// An id that follows from two others, in their order.
fn mixed(one: Uuid, other: Uuid) -> Uuid {
    let bits = one.as_u128().rotate_left(31) ^ other.as_u128();
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_they_may_do_is_known_to_graph() {
        let known = permission_values(PermissionKind::Delegated);
        for scope in OF_AZURE {
            assert!(known.contains(*scope), "{scope}");
        }
    }
}
