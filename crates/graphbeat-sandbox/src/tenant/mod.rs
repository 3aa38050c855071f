//! The tenant: everything that a directory and its services hold.

mod audit;
mod bins;
pub(crate) mod directory;
mod dump;
mod fill;
pub(crate) mod ids;
mod objects;
mod people;
pub(crate) mod store;
mod subscription;
pub(crate) mod uploads;
mod user;

use std::collections::{BTreeSet, HashMap, HashSet};

use graphbeat_base::{Rng, Timestamp};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use uuid::Uuid;

pub(crate) use self::audit::{Change, SignIn};
pub(crate) use self::bins::Stage;
use self::store::{Entity, Store};
pub(crate) use self::subscription::Subscription;
use self::uploads::{AttachmentUpload, Upload};
pub(crate) use self::user::{UserCard, UserChange, UserChangeError};
use crate::identity::Identity;
use crate::objects::Person;

/// Users up to whom everybody's content is made at the start.
const FILLED_AT_START_MAX: usize = 50;

const SECURITY_DEFAULTS: &str = "identitySecurityDefaultsEnforcementPolicy";

/// One tenant in memory.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    /// The tenant's id.
    pub(crate) id: Uuid,
    /// Its first domain, `….onmicrosoft.com`.
    pub(crate) domain: String,
    /// Applications and how users may sign in.
    pub(crate) identity: Identity,
    /// Every object of Graph.
    pub(crate) store: Store,
    /// What the licences hang on.
    pub(crate) subscription: Subscription,
    /// For ids of what is made from now on.
    pub(crate) rng: Rng,
    /// When the tenant's seeded content ends.
    pub(crate) seeded_at: Timestamp,
    seed: u64,
    /// Lower-case user principal name → user id.
    by_name: HashMap<String, String>,
    /// Users whose content is made.
    filled: HashSet<String>,
    /// What download addresses are signed with.
    download_key: u64,
    /// Upload sessions that are open: no content yet, so not in the store.
    pub(crate) uploads: HashMap<String, Upload>,
    /// The same of attachments.
    pub(crate) attachment_uploads: HashMap<String, AttachmentUpload>,
}

impl Tenant {
    /// The tenant that follows from a seed.
    pub(crate) fn seeded(seed: u64, users: usize, now: Timestamp) -> Self {
        let mut rng = Rng::seeded(seed);
        let id = rng.uuid();
        let identity = Identity::seeded(&mut rng, id, now);
        let download_key = rng.next_u64();
        let mut tenant = Self {
            id,
            domain: "contoso.onmicrosoft.com".to_owned(),
            identity,
            store: Store::default(),
            subscription: Subscription::seeded(now),
            rng,
            seeded_at: now,
            seed,
            by_name: HashMap::new(),
            filled: HashSet::new(),
            download_key,
            uploads: HashMap::new(),
            attachment_uploads: HashMap::new(),
        };
        tenant.register_redirects();
        directory::make(&mut tenant, users);
        tenant.seed_sign_ins();
        if users <= FILLED_AT_START_MAX {
            tenant.fill_all(now);
        }
        tenant
    }

    /// Gives the first applications the redirect URIs of programs on the user's machine.
    fn register_redirects(&mut self) {
        for (_, application) in self.identity.registrations() {
            let platform = if application.public { "publicClient" } else { "web" };
            let native = application.public.then_some("https://login.microsoftonline.com/common/oauth2/nativeclient");
            let uris: Vec<&str> = ["http://localhost", "http://127.0.0.1"].into_iter().chain(native).collect();
            let kept = json!({ "signInAudience": "AzureADMultipleOrgs", platform: {"redirectUris": uris} });
            self.store.create("applications", "application", application.object_id.to_string(), kept);
        }
    }

    /// The id of the user with this id or user principal name.
    pub(crate) fn user_id(&self, key: &str) -> Option<&str> {
        if let Some(entity) = self.store.get("users", key) {
            return Some(entity.id());
        }
        self.by_name.get(&key.to_lowercase()).map(String::as_str)
    }

    /// The user with this id.
    pub(crate) fn user_entity(&self, id: &str) -> Option<&Entity> {
        self.store.get("users", id)
    }

    /// A user as the owner or the counterpart of content.
    pub(crate) fn person(&self, user_id: &str) -> Person {
        let text = |name: &str| self.user_entity(user_id).map(|user| user.text(name)).unwrap_or_default().to_owned();
        let address = Some(text("mail")).filter(|mail| !mail.is_empty()).unwrap_or_else(|| text("userPrincipalName"));
        Person { id: user_id.to_owned(), name: text("displayName"), address }
    }

    /// Whether a user has a mailbox and a drive: they exist, and the subscription keeps them open.
    pub(crate) fn has_services(&self, user_id: &str, now: Timestamp) -> bool {
        self.is_provisioned(user_id, now) && self.subscription.standing(now).is_open()
    }

    /// Whether a user's licence brings a mailbox and a drive, and both exist yet.
    fn is_provisioned(&self, user_id: &str, now: Timestamp) -> bool {
        self.user_entity(user_id).is_some_and(|user| {
            let is_licensed = user.get("assignedLicenses").as_array().is_some_and(|licenses| !licenses.is_empty());
            let exists = match user.get("_provisioned") {
                Value::Bool(exists) => *exists,
                Value::String(from) => from.parse::<Timestamp>().is_ok_and(|from| from <= now),
                _ => true,
            };
            is_licensed && exists
        })
    }

    /// Whether security defaults are on.
    pub(crate) fn has_security_defaults(&self) -> bool {
        let policy = self.store.list("policies").find(|it| it.kind == SECURITY_DEFAULTS);
        policy.is_some_and(|policy| policy.get("isEnabled") == &Value::Bool(true))
    }

    /// Switches security defaults.
    pub(crate) fn set_security_defaults(&mut self, on: bool) {
        let id = self.store.list("policies").find(|it| it.kind == SECURITY_DEFAULTS).map(|it| it.id().to_owned());
        if let Some(policy) = id.and_then(|id| self.store.get_mut("policies", &id)) {
            policy.properties.insert("isEnabled".to_owned(), Value::Bool(on));
        }
    }

    /// Whether a user holds any directory role.
    pub(crate) fn has_directory_role(&self, user_id: &str) -> bool {
        let roles = self.user_entity(user_id).and_then(|user| user.get("_roles").as_array());
        roles.is_some_and(|roles| !roles.is_empty())
    }

    /// Makes the user's seeded content where it is not made yet. Call it before a write to a mailbox
    /// or drive other than that of the user in the path.
    pub(crate) fn fill(&mut self, user_id: &str, now: Timestamp) {
        if self.is_filled(user_id, now) {
            return;
        }
        self.filled.insert(user_id.to_owned());
        let mut rng = self.rng_of(user_id);
        fill::content(self, &mut rng, user_id);
    }

    /// Whether nothing is to be made for the user: done already, or no services.
    pub(crate) fn is_filled(&self, user_id: &str, now: Timestamp) -> bool {
        self.filled.contains(user_id) || !self.is_provisioned(user_id, now)
    }

    /// Signs the path of an address that is served without a token.
    pub(crate) fn signature(&self, path: &str) -> String {
        let digest = Sha1::new().chain_update(self.download_key.to_be_bytes()).chain_update(path).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether every user's content is made.
    pub(crate) fn is_whole(&self, now: Timestamp) -> bool {
        self.store.list("users").all(|user| self.is_filled(user.id(), now))
    }

    /// The tenant's content for `/_sandbox/state`, as JSON; of a tenant that is not whole, what is made.
    pub(crate) fn dump(&self) -> String {
        dump::text(self, &self.application_dump())
    }

    /// Credentials and consents by application; when they were made is not content.
    fn application_dump(&self) -> Vec<Value> {
        let mut all: Vec<_> = self.identity.applications.iter().collect();
        all.sort_by_key(|application| application.object_id);
        let row = |application: &&crate::identity::Application| {
            let ids: BTreeSet<Uuid> = application.all_secrets().map(|secret| secret.key_id).collect();
            let federated: BTreeSet<Uuid> = application.federated.iter().map(|it| it.id).collect();
            let certificates: BTreeSet<Uuid> = application.certificates.iter().map(|it| it.key_id).collect();
            json!({
                "id": application.object_id, "appId": application.client_id, "displayName": application.display_name,
                "enabled": application.enabled, "deleted": application.deleted, "public": application.public, "principal": application.has_principal,
                "passwordCredentials": ids, "keyCredentials": certificates, "federatedIdentityCredentials": federated,
                "application": application.application_permissions, "delegated": application.delegated,
                "consents": application.consents,
            })
        };
        all.iter().map(row).collect()
    }

    /// Makes the content of all.
    pub(crate) fn fill_all(&mut self, now: Timestamp) {
        let ids: Vec<String> = self.store.list("users").map(|user| user.id().to_owned()).collect();
        for id in ids {
            self.fill(&id, now);
        }
    }

    /// A generator that follows from the tenant's seed and the user alone.
    fn rng_of(&self, user_id: &str) -> Rng {
        let digest = Sha1::new().chain_update(self.seed.to_be_bytes()).chain_update(user_id).finalize();
        let mut seed = [0; 8];
        seed.copy_from_slice(&digest[..8]);
        Rng::seeded(u64::from_be_bytes(seed))
    }
}
