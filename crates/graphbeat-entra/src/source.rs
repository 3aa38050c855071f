//! Where tokens come from: the cache, else Entra.

mod grant;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphbeat_base::Timestamp;
use graphbeat_http::Wire;
use http::HeaderValue;
use serde::Deserialize;

pub(crate) use grant::TokenBody;

use crate::answer::Failure;
use crate::cache::{Held, Slot, TokenCache};
use crate::client::{Answer, Client, Errand, endpoint};
use crate::discovery::Discovery;
use crate::scope::scope;
use crate::throttle::ThrottleMemory;
use crate::{
    ClaimsRequest, Credential, ExchangeLog, Identity, RefreshTokenStore, SignInAttempt, SignInEnd, SignInGuard,
    StoreFailure, TokenError,
};

/// The most permissions that are read from a token.
const PERMISSIONS_MAX: usize = 2_000;

/// A token, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    bearer: HeaderValue,
    expires_at: Timestamp,
    /// What Entra said that it grants; an application's answer does not say.
    scopes: Option<Arc<str>>,
}

/// What a token says of permissions.
#[derive(Deserialize)]
struct Carried {
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    scp: String,
}

/// Gives tokens: cached, refreshed early, fetched once however many ask. Clones share everything.
#[derive(Clone)]
pub struct TokenSource {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) store: Arc<dyn RefreshTokenStore>,
    pub(crate) guard: Arc<dyn SignInGuard>,
    pub(crate) throttles: ThrottleMemory,
    pub(crate) discovery: Discovery,
    cache: TokenCache,
}

impl AccessToken {
    /// The value of the `Authorization` header, marked sensitive.
    #[must_use]
    pub fn bearer(&self) -> &HeaderValue {
        &self.bearer
    }

    /// The token's end.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether it grants all of these permissions, as Entra's answer said; `None` where it did not say. The
    /// token itself is Graph's to read, not ours.
    #[must_use]
    pub fn grants(&self, permissions: &[String]) -> Option<bool> {
        let scopes = self.scopes.as_deref().filter(|scopes| !scopes.trim().is_empty())?;
        let plain = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_owned();
        let granted: Vec<String> = scopes.split_ascii_whitespace().map(plain).collect();
        Some(permissions.iter().all(|name| granted.iter().any(|scope| scope.eq_ignore_ascii_case(name))))
    }

    pub(crate) fn with_scopes(mut self, scopes: Option<&str>) -> Self {
        self.scopes = scopes.map(Arc::from);
        self
    }

    /// The permissions that the token carries: roles of an application, scopes of a user. Microsoft does not
    /// promise that a client can read them; none where it cannot.
    #[must_use]
    pub fn permissions(&self) -> Option<BTreeSet<String>> {
        let token = self.bearer.to_str().ok()?.strip_prefix("Bearer ")?;
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        let carried: Carried = serde_json::from_slice(&payload).ok()?;
        let scopes = carried.scp.split_whitespace().map(str::to_owned);
        Some(carried.roles.into_iter().chain(scopes).take(PERMISSIONS_MAX).collect())
    }

    /// `None` for a token that cannot stand in a header.
    pub(crate) fn new(token: &str, expires_at: Timestamp) -> Option<Self> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
        bearer.set_sensitive(true);
        Some(Self { bearer, expires_at, scopes: None })
    }
}

impl TokenSource {
    /// A source that sends by `wire` where `guard` lets it, tells `log` of every exchange, and keeps refresh
    /// tokens in `store`.
    #[must_use]
    pub fn new(
        wire: Wire,
        log: Arc<dyn ExchangeLog>,
        store: Arc<dyn RefreshTokenStore>,
        guard: Arc<dyn SignInGuard>,
    ) -> Self {
        let client = Client { wire, log };
        Self {
            shared: Arc::new(Shared {
                client,
                store,
                guard,
                throttles: ThrottleMemory::default(),
                discovery: Discovery::default(),
                cache: TokenCache::default(),
            }),
        }
    }

    /// A token for `identity`; `planned_at` is for the ledger's row of a request that this causes.
    ///
    /// # Errors
    /// [`TokenError`]: its class says who must act.
    pub async fn token(&self, identity: &Identity, planned_at: Option<Timestamp>) -> Result<AccessToken, TokenError> {
        let now = self.shared.client.now();
        let scope = scope(identity);
        let slot = self.shared.slot(identity, &scope, now);
        if let Some(token) = slot.fresh(now) {
            return Ok(token);
        }
        let fetch = async { self.shared.fetch(identity, &scope, planned_at, slot.demand()).await };
        slot.token(self.shared.client.wire.clock(), fetch).await
    }

    /// The token that is here and need not be replaced yet; asks nobody.
    #[must_use]
    pub fn fresh(&self, identity: &Identity) -> Option<AccessToken> {
        let now = self.shared.client.now();
        self.shared.slot(identity, &scope(identity), now).fresh(now)
    }

    /// Whether a person may sign in for `identity` now; sends nothing. To be asked before somebody is shown a
    /// page: the sign-in itself asks again.
    ///
    /// # Errors
    /// [`TokenError::HeldBack`] or [`TokenError::Guard`].
    pub async fn may_sign_in(&self, identity: &Identity) -> Result<(), TokenError> {
        match self.shared.guard.admit(&SignInAttempt::by_person(identity)).await? {
            Some(pass) => pass.settle(SignInEnd::Nothing).await.map_err(TokenError::Guard),
            None => Ok(()),
        }
    }

    /// Signs in once, whatever is in the cache, and keeps nothing: the proof of a credential.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn prove(&self, identity: &Identity) -> Result<(), TokenError> {
        self.shared.fetch(identity, &scope(identity), None, None).await.map(drop)
    }

    /// Forgets `token`, which Graph answered with 401; a newer one stays. The next one is asked for with what
    /// Graph demanded.
    pub fn discard(&self, identity: &Identity, token: &AccessToken, demand: Option<&ClaimsRequest>) {
        let now = self.shared.client.now();
        self.shared.slot(identity, &scope(identity), now).discard(token, demand);
    }

    /// Forgets the identity's tokens, the refresh token in the store too.
    ///
    /// # Errors
    /// [`StoreFailure`] where the store failed.
    pub async fn sign_out(&self, identity: &Identity) -> Result<(), StoreFailure> {
        self.shared.store.remove(&identity.refresh_key()).await?;
        self.shared.store.remove(&identity.person_key()).await?;
        self.shared.store.remove(&identity.demand_key()).await?;
        self.shared.slot(identity, &scope(identity), self.shared.client.now()).put(None);
        Ok(())
    }
}

impl Shared {
    pub(crate) fn slot(&self, identity: &Identity, scope: &str, now: Timestamp) -> Arc<Slot> {
        let mut key = identity.refresh_key();
        key.push('/');
        key.push_str(scope);
        self.cache.slot(&key, now)
    }

    async fn fetch(
        &self,
        identity: &Identity,
        scope: &str,
        planned_at: Option<Timestamp>,
        demand: Option<ClaimsRequest>,
    ) -> Result<Held, TokenError> {
        let url = endpoint(identity, &["oauth2", "v2.0", "token"]);
        let throttle_key = throttle_key(url.as_str(), identity, scope);
        self.throttles.check(&throttle_key, self.client.now())?;
        let form = self.grant(identity, scope, url.as_str()).await?.demanding(demand.as_ref());
        let errand = Errand { identity, operation: operation(&identity.credential), planned_at };
        let request = self.client.post::<TokenBody>(errand, url, form);
        match self.guarded(&SignInAttempt::by_credential(identity), &throttle_key, request).await {
            Ok(answer) => self.accept(identity, answer).await,
            Err(error) => {
                self.leave_to_person(identity, demand, &error).await;
                Err(error)
            }
        }
    }

    /// Sends a request that Entra may refuse as a sign-in: not within a wait, and not past the guard.
    pub(crate) async fn guarded<T>(
        &self,
        attempt: &SignInAttempt,
        throttle_key: &str,
        request: impl Future<Output = Result<Answer<T>, Failure>>,
    ) -> Result<Answer<T>, TokenError> {
        self.throttles.check(throttle_key, self.client.now())?;
        let pass = self.guard.admit(attempt).await?;
        let answered = request.await.map_err(|failure| self.throttles.failed(throttle_key, failure, self.client.now()));
        if let Some(pass) = pass {
            let end = answered.as_ref().map_or_else(SignInEnd::of, |_| SignInEnd::Good);
            pass.settle(end).await.map_err(TokenError::Guard)?;
        }
        answered
    }
}

pub(crate) fn throttle_key(url: &str, identity: &Identity, scope: &str) -> String {
    format!("{url} {} {scope}", identity.client_id)
}

fn operation(credential: &Credential) -> &'static str {
    match credential {
        Credential::ClientSecret(_) => "token.client-secret",
        Credential::Certificate(_) => "token.certificate",
        Credential::Federated(_) => "token.federated",
        Credential::Public => "token.refresh",
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").finish_non_exhaustive()
    }
}
