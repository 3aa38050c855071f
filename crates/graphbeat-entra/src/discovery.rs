//! What a tenant says about itself: its issuer and the keys that it signs with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use graphbeat_base::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use crate::client::{Client, Errand, endpoint};
use crate::throttle::ThrottleMemory;
use crate::{Identity, TokenError};

/// How long a tenant's keys are believed; Microsoft asks to look at least once a day.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Tenants known at once; all are forgotten when there are more.
const TENANTS_MAX: usize = 1_000;
/// Keys of one tenant that are looked at.
const KEYS_MAX: usize = 64;

/// What is known, by login host and tenant.
#[derive(Default)]
pub(crate) struct Discovery {
    known: Mutex<HashMap<String, Arc<Issuer>>>,
}

/// Who signs a tenant's tokens.
pub(crate) struct Issuer {
    /// With `{tenantid}` in it for `common` and `organizations`.
    pub(crate) name: String,
    pub(crate) keys: Vec<SigningKey>,
    read_at: Timestamp,
}

/// An RSA key of a JWKS.
#[derive(Deserialize)]
pub(crate) struct SigningKey {
    #[serde(default)]
    pub(crate) kid: String,
    #[serde(default)]
    kty: String,
    #[serde(default)]
    pub(crate) n: String,
    #[serde(default)]
    pub(crate) e: String,
}

#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<SigningKey>,
}

impl Discovery {
    /// The tenant's issuer, where it was read less than a day ago.
    pub(crate) fn known(&self, identity: &Identity, now: Timestamp) -> Option<Arc<Issuer>> {
        let known = self.lock();
        let issuer = known.get(&key(identity))?;
        (now.duration_since(issuer.read_at) < KNOWN_FOR).then(|| Arc::clone(issuer))
    }

    /// Reads the tenant's issuer and keys.
    pub(crate) async fn read(&self, client: &Client, identity: &Identity) -> Result<Arc<Issuer>, TokenError> {
        // Nothing is remembered of a wish to wait: a sign-in asks once.
        let throttles = ThrottleMemory::default();
        let failed = |failure| throttles.failed("", failure, client.now());
        let url = endpoint(identity, &["v2.0", ".well-known", "openid-configuration"]);
        let errand = Errand { identity, operation: "token.discovery", planned_at: None };
        let configuration = client.get::<Configuration>(errand, url).await.map_err(failed)?.body;
        // Keys that came over an open connection would prove nothing.
        let keys_url = Url::parse(&configuration.jwks_uri).ok();
        let keys_url = keys_url.filter(|url| url.scheme() == identity.endpoints.login_url.scheme());
        let keys_url = keys_url.ok_or(TokenError::Unreadable { status: 200 })?;
        let errand = Errand { operation: "token.keys", ..errand };
        let mut keys = client.get::<KeySet>(errand, keys_url).await.map_err(failed)?.body.keys;
        keys.retain(|key| key.kty == "RSA");
        keys.truncate(KEYS_MAX);
        let issuer = Arc::new(Issuer { name: configuration.issuer, keys, read_at: client.now() });
        self.keep(key(identity), Arc::clone(&issuer));
        Ok(issuer)
    }

    fn keep(&self, key: String, issuer: Arc<Issuer>) {
        let mut known = self.lock();
        if known.len() >= TENANTS_MAX {
            known.clear();
        }
        known.insert(key, issuer);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Issuer>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Issuer {
    pub(crate) fn of(name: &str, keys: Vec<SigningKey>) -> Self {
        Self { name: name.to_owned(), keys, read_at: Timestamp::UNIX_EPOCH }
    }
}

fn key(identity: &Identity) -> String {
    format!("{}/{}", identity.login_authority(), identity.tenant)
}
