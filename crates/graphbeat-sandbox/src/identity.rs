//! Applications, their credentials and consents, and how each user may sign in.

mod programs;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use aws_lc_rs::digest;
use graphbeat_base::{Rng, SignedDuration, Timestamp};
use uuid::Uuid;

use crate::standing::Policies;
pub(crate) use crate::standing::UserSignIn;

/// The longest life of the seeded credentials.
const CREDENTIAL_LIFE_DAYS: i64 = 180;

/// A permission of the Graph service principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    /// `Mail.Read`.
    pub(crate) value: &'static str,
    /// Its id among `appRoles` or `oauth2PermissionScopes`.
    pub(crate) id: Uuid,
    /// Whom it is for.
    pub(crate) kind: PermissionKind,
    /// Whether only an administrator may consent.
    pub(crate) admin_consent: bool,
    /// Microsoft's name for it.
    pub(crate) display_name: &'static str,
}

/// Whom a permission is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PermissionKind {
    /// A signed-in user's (`scp`).
    Delegated,
    /// An application's own (`roles`).
    Application,
}

/// Everything that signing in depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    /// The registrations, in the order of their making: `[0]` is confidential, `[1]` public. Then come
    /// Microsoft's own programs, and what is registered later.
    pub(crate) applications: Vec<Application>,
    /// How users may sign in; who is not in it may sign in plainly.
    pub(crate) sign_ins: HashMap<Uuid, UserSignIn>,
    /// What is demanded of everybody.
    pub(crate) policies: Policies,
}

/// An application registration together with its service principal in the tenant.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) object_id: Uuid,
    pub(crate) client_id: Uuid,
    pub(crate) service_principal_id: Uuid,
    /// Whether its service principal exists in the tenant: without one it is granted nothing.
    pub(crate) has_principal: bool,
    /// A program of Microsoft's: registered elsewhere, so the tenant has its service principal alone.
    pub(crate) first_party: bool,
    pub(crate) display_name: String,
    /// `isFallbackPublicClient`.
    pub(crate) public: bool,
    pub(crate) secrets: Vec<AppSecret>,
    /// Secrets of the service principal: they sign in as well.
    pub(crate) principal_secrets: Vec<AppSecret>,
    pub(crate) certificates: Vec<AppCertificate>,
    /// Whose tokens stand for the application.
    pub(crate) federated: Vec<FederatedCredential>,
    /// App roles granted by an administrator.
    pub(crate) application_permissions: BTreeSet<String>,
    /// Scopes consented for every user.
    pub(crate) delegated: BTreeSet<String>,
    /// Scopes that single users consented to for themselves.
    pub(crate) consents: BTreeMap<Uuid, BTreeSet<String>>,
    pub(crate) enabled: bool,
    pub(crate) deleted: bool,
    pub(crate) created: Timestamp,
}

/// A client secret.
#[derive(Clone, Debug)]
pub(crate) struct AppSecret {
    pub(crate) key_id: Uuid,
    pub(crate) display_name: Option<String>,
    /// Its first three characters, which Graph shows.
    pub(crate) hint: String,
    pub(crate) value: String,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// A certificate that an application may sign assertions with.
#[derive(Clone, Debug)]
pub(crate) struct AppCertificate {
    pub(crate) key_id: Uuid,
    pub(crate) display_name: Option<String>,
    pub(crate) der: Vec<u8>,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// A workload of another issuer that may act as an application.
#[derive(Clone, Debug)]
pub(crate) struct FederatedCredential {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) description: Option<String>,
}

impl Identity {
    /// The two applications that the ready line names, and Microsoft's own programs.
    pub(crate) fn seeded(rng: &mut Rng, tenant_id: Uuid, now: Timestamp) -> Self {
        let mut confidential = Application::new(rng, "Contoso Health Check", now);
        confidential.application_permissions = permission_values(PermissionKind::Application);
        let end = now.checked_add(SignedDuration::from_hours(24 * CREDENTIAL_LIFE_DAYS)).unwrap_or(Timestamp::MAX);
        confidential.secrets.push(AppSecret::new(rng, Some("sandbox".to_owned()), now, end));
        let mut public = Application::new(rng, "Contoso Command Line", now);
        public.public = true;
        public.delegated = permission_values(PermissionKind::Delegated);
        let applications = [confidential, public].into_iter().chain(programs::of_tenant(tenant_id, now)).collect();
        Self { applications, sign_ins: HashMap::new(), policies: Policies::default() }
    }

    /// What is registered in the tenant and not deleted, each with its place among all.
    pub(crate) fn registrations(&self) -> impl Iterator<Item = (usize, &Application)> {
        self.applications.iter().enumerate().filter(|(_, it)| !it.deleted && !it.first_party)
    }

    /// The application with this client id, unless it is deleted.
    pub(crate) fn application(&self, client_id: Uuid) -> Option<&Application> {
        self.applications.iter().find(|application| application.client_id == client_id && !application.deleted)
    }

    /// The same, to change it.
    pub(crate) fn application_mut(&mut self, client_id: Uuid) -> Option<&mut Application> {
        self.applications.iter_mut().find(|application| application.client_id == client_id && !application.deleted)
    }

    /// How a user may sign in.
    pub(crate) fn sign_in(&self, user_id: Uuid) -> UserSignIn {
        self.sign_ins.get(&user_id).copied().unwrap_or_default()
    }
}

impl Application {
    /// Every secret that signs in: the registration's own and its service principal's.
    pub(crate) fn all_secrets(&self) -> impl Iterator<Item = &AppSecret> {
        self.secrets.iter().chain(&self.principal_secrets)
    }

    /// The scopes that a user's token may carry: consented for everybody, or by the user.
    pub(crate) fn consented(&self, user_id: Uuid) -> BTreeSet<String> {
        self.delegated.iter().chain(self.consents.get(&user_id).into_iter().flatten()).cloned().collect()
    }

    /// Takes the service principal out of the tenant, with all that was granted to it.
    pub(crate) fn remove_principal(&mut self) {
        self.has_principal = false;
        self.enabled = true;
        self.application_permissions.clear();
        self.delegated.clear();
        self.consents.clear();
        self.principal_secrets.clear();
    }

    /// A registration with no credential and no permission.
    pub(crate) fn new(rng: &mut Rng, display_name: &str, now: Timestamp) -> Self {
        Self::bare((rng.uuid(), rng.uuid(), rng.uuid()), display_name, now)
    }

    fn bare(
        (object_id, client_id, service_principal_id): (Uuid, Uuid, Uuid),
        display_name: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            object_id,
            client_id,
            service_principal_id,
            has_principal: true,
            first_party: false,
            display_name: display_name.to_owned(),
            public: false,
            secrets: Vec::new(),
            principal_secrets: Vec::new(),
            certificates: Vec::new(),
            federated: Vec::new(),
            application_permissions: BTreeSet::new(),
            delegated: BTreeSet::new(),
            consents: BTreeMap::new(),
            enabled: true,
            deleted: false,
            created: now,
        }
    }
}

impl AppSecret {
    /// A new secret in the form of Entra's: three characters, `8Q~`, and 34 more.
    pub(crate) fn new(rng: &mut Rng, display_name: Option<String>, start: Timestamp, end: Timestamp) -> Self {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
        let mut letters = |count: usize| -> String {
            (0..count).filter_map(|_| rng.pick(LETTERS).copied()).map(char::from).collect()
        };
        let hint = letters(3);
        let value = format!("{hint}8Q~{}", letters(34));
        Self { key_id: rng.uuid(), display_name, hint, value, start, end }
    }
}

impl AppCertificate {
    /// The certificate of a key credential, with its own dates; `None` where `der` is no certificate.
    pub(crate) fn parse(key_id: Uuid, display_name: Option<String>, der: Vec<u8>) -> Option<Self> {
        let (start, end) = {
            let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
            let validity = certificate.validity();
            (
                Timestamp::from_second(validity.not_before.timestamp()).ok()?,
                Timestamp::from_second(validity.not_after.timestamp()).ok()?,
            )
        };
        Some(Self { key_id, display_name, der, start, end })
    }

    /// The SHA-1 of the certificate (`x5t`).
    pub(crate) fn sha1_thumbprint(&self) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    /// The SHA-256 of the certificate (`x5t#S256`).
    pub(crate) fn sha256_thumbprint(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.der).as_ref().to_vec()
    }
}

/// Every permission that the sandbox's Graph knows.
pub(crate) fn permissions() -> &'static [Permission] {
    static PERMISSIONS: LazyLock<Vec<Permission>> = LazyLock::new(|| {
        include_str!("../data/permissions.csv").lines().skip(1).filter_map(permission_of_row).collect()
    });
    &PERMISSIONS
}

/// The names of all permissions of a kind.
pub(crate) fn permission_values(kind: PermissionKind) -> BTreeSet<String> {
    permissions().iter().filter(|permission| permission.kind == kind).map(|it| it.value.to_owned()).collect()
}

/// A row of the table: `value,kind,id,admin_consent,display_name`, no quotes.
fn permission_of_row(row: &'static str) -> Option<Permission> {
    let mut cells = row.splitn(5, ',');
    let value = cells.next()?;
    let kind = match cells.next()? {
        "delegated" => PermissionKind::Delegated,
        "application" => PermissionKind::Application,
        _ => return None,
    };
    let id = cells.next()?.parse().ok()?;
    let admin_consent = cells.next()? == "yes";
    Some(Permission { value, id, kind, admin_consent, display_name: cells.next()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_permission_table_is_read() {
        let rows = include_str!("../data/permissions.csv").lines().count() - 1;
        assert_eq!(permissions().len(), rows);
        assert!(permission_values(PermissionKind::Application).contains("Mail.Read"));
        assert!(permission_values(PermissionKind::Delegated).contains("offline_access"));
    }

    #[test]
    fn the_same_seed_gives_the_same_applications() {
        let identity = |seed| Identity::seeded(&mut Rng::seeded(seed), Uuid::nil(), Timestamp::UNIX_EPOCH);
        assert_eq!(identity(1).applications[0].secrets[0].value, identity(1).applications[0].secrets[0].value);
        assert_ne!(identity(1).applications[0].client_id, identity(2).applications[0].client_id);
    }
}
