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

/// Microsoft's clouds: the hosts where people sign in, and the one that the issuers of their tokens name.
const ISSUER_HOSTS: [(&str, &str); 4] = [
    ("login.microsoftonline.com", "login.microsoftonline.com"),
    ("login.microsoftonline.us", "login.microsoftonline.us"),
    ("login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn"),
    ("login.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
];

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

impl Issuer {
    /// Whether the cloud at which somebody signed in has such an issuer: its host is fixed, whatever a
    /// document says. A cloud of one's own is its own issuer.
    pub(crate) fn is_of(&self, identity: &Identity) -> bool {
        let login = &identity.endpoints.login_url;
        let Ok(issuer) = Url::parse(&self.name) else { return false };
        let fixed = ISSUER_HOSTS.iter().find(|(host, _)| login.host_str() == Some(host)).map(|(_, issuer)| *issuer);
        issuer.scheme() == login.scheme()
            && fixed.map_or_else(|| issuer.authority() == login.authority(), |host| issuer.authority() == host)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn each_cloud_has_its_own_issuer_whatever_a_document_says() {
        let global = "https://login.microsoftonline.com";
        let china = "https://login.partner.microsoftonline.cn";
        for (login, issuer, is_own) in [
            (global, global, true),
            ("https://login.microsoftonline.us", "https://login.microsoftonline.us", true),
            (china, china, true),
            ("https://login.chinacloudapi.cn", china, true),
            ("https://127.0.0.1:8443", "https://127.0.0.1:8443", true),
            (global, "https://login.microsoftonline.us", false),
            (global, "https://login.microsoftonline.com.example", false),
            (global, "https://login.microsoftonline.com:8443", false),
            (global, "http://login.microsoftonline.com", false),
            (china, global, false),
            ("https://127.0.0.1:8443", "https://127.0.0.1:9443", false),
            ("https://127.0.0.1:8443", global, false),
        ] {
            let mut identity = testing::user();
            identity.endpoints.login_url = Url::parse(login).expect("a URL");
            let name = format!("{issuer}/{{tenantid}}/v2.0");
            assert_eq!(Issuer::of(&name, Vec::new()).is_of(&identity), is_own, "{login}: {issuer}");
        }
    }
}
