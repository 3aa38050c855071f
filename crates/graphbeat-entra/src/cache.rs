//! Tokens in memory, and one flight at a time for each of them.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use graphbeat_base::{Clock, SignedDuration, Timestamp};
use tracing::warn;

use crate::{AccessToken, ClaimsRequest, TokenError};

/// A token is replaced this long before its end.
const REFRESH_EARLY: SignedDuration = SignedDuration::from_secs(300);
/// While Entra is in trouble, a token that is still valid is used this long before the next try.
const REFRESH_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// Tokens kept at once; what has no valid token goes first.
const SLOTS_MAX: usize = 100_000;

/// All tokens, by login host, tenant, client, account and scope.
#[derive(Default)]
pub(crate) struct TokenCache {
    slots: RwLock<HashMap<String, Arc<Slot>>>,
}

/// One token, or its absence.
#[derive(Default)]
pub(crate) struct Slot {
    held: RwLock<Option<Held>>,
    /// What the next token must be asked for with.
    demand: RwLock<Option<ClaimsRequest>>,
    /// Whoever has it may ask Entra; it keeps how the last flight failed.
    flight: tokio::sync::Mutex<Option<TokenError>>,
    flights: AtomicU64,
}

/// A token with the time from which it is to be replaced.
#[derive(Clone)]
pub(crate) struct Held {
    token: AccessToken,
    refresh_at: Timestamp,
}

impl TokenCache {
    pub(crate) fn slot(&self, key: &str, now: Timestamp) -> Arc<Slot> {
        if let Some(slot) = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return Arc::clone(slot);
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= SLOTS_MAX {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.valid(now).is_some());
        }
        if slots.len() >= SLOTS_MAX {
            return Arc::default();
        }
        Arc::clone(slots.entry(key.to_owned()).or_default())
    }
}

impl Slot {
    /// The token, where it need not be replaced yet.
    pub(crate) fn fresh(&self, now: Timestamp) -> Option<AccessToken> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| now < held.refresh_at).map(|held| held.token.clone())
    }

    /// The token, or the one that `fetch` brings. Of many callers one fetches; those who waited
    /// for it get what it got, its failure too.
    pub(crate) async fn token(
        &self,
        clock: &Clock,
        fetch: impl Future<Output = Result<Held, TokenError>>,
    ) -> Result<AccessToken, TokenError> {
        let seen = self.flights.load(Ordering::Acquire);
        let mut last_failure = self.flight.lock().await;
        if let Some(token) = self.fresh(clock.now()) {
            return Ok(token);
        }
        if self.flights.load(Ordering::Acquire) != seen
            && let Some(error) = last_failure.as_ref()
        {
            return self.valid_despite(error.clone(), clock.now());
        }
        let fetched = fetch.await;
        self.flights.fetch_add(1, Ordering::Release);
        match fetched {
            Ok(held) => {
                *last_failure = None;
                let token = held.token.clone();
                self.put(Some(held));
                Ok(token)
            }
            Err(error) => {
                *last_failure = Some(error.clone());
                self.valid_despite(error, clock.now())
            }
        }
    }

    /// Takes a token, which meets what was demanded.
    pub(crate) fn put(&self, held: Option<Held>) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
        *self.demand.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Forgets `token`, and keeps what the next one must be asked for with; a newer token stays.
    pub(crate) fn discard(&self, token: &AccessToken, demand: Option<&ClaimsRequest>) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|held| held.token != *token) {
            return;
        }
        *held = None;
        if let Some(newer) = demand.cloned() {
            let mut demand = self.demand.write().unwrap_or_else(PoisonError::into_inner);
            *demand = Some(match demand.take() {
                Some(older) => older.and(newer),
                None => newer,
            });
        }
    }

    /// What the next token must be asked for with.
    pub(crate) fn demand(&self) -> Option<ClaimsRequest> {
        self.demand.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn valid(&self, now: Timestamp) -> Option<AccessToken> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| now < held.token.expires_at()).map(|held| held.token.clone())
    }

    /// A token that is still valid, where Entra is in trouble rather than the identity.
    fn valid_despite(&self, error: TokenError, now: Timestamp) -> Result<AccessToken, TokenError> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        match held.as_mut() {
            Some(held) if error.is_passing() && now < held.token.expires_at() => {
                warn!(error = %error, "could not replace a token early: the old one is used while it is valid");
                held.refresh_at = now.checked_add(REFRESH_PAUSE).unwrap_or(Timestamp::MAX).min(held.token.expires_at());
                Ok(held.token.clone())
            }
            _ => Err(error),
        }
    }
}

impl Held {
    /// A token that lives for `lifetime` from `asked_at` on; `refresh_in` is Entra's wish when to replace it.
    pub(crate) fn new(token: AccessToken, asked_at: Timestamp, refresh_in: Option<SignedDuration>) -> Self {
        let expires_at = token.expires_at();
        let lifetime = expires_at.duration_since(asked_at);
        // A token that hardly lives longer than that would be fetched again for every call.
        let early = REFRESH_EARLY.min(lifetime / 2);
        let by_us = expires_at.checked_sub(early).unwrap_or(expires_at);
        let by_entra = refresh_in.and_then(|refresh_in| asked_at.checked_add(refresh_in).ok());
        Self { token, refresh_at: by_entra.map_or(by_us, |by_entra| by_entra.min(by_us)) }
    }
}
