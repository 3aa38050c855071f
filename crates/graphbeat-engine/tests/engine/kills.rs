//! Kills at random points of a refresh, over the real store: afterwards the account signs in, always.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, pending};
use graphbeat_base::{Clock, ExposeSecret as _, Rng, Secret, SignedDuration};
use graphbeat_entra::{
    Credential, Endpoints, ExchangeLog, Identity, RefreshTokenStore, SignInAttempt, SignInGuard, SignInPass,
    StoreFailure, TokenError, TokenOutcome, TokenSource,
};
use graphbeat_http::{Exchange, NoFlightLog, Request, Response, Transport, TransportError, Wire};
use graphbeat_store::{Ledger as _, SqliteStore, StoreOptions, Vault as _};
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;

const KILLS: u32 = 10_000;
/// Kills after which the ledger is closed and opened again.
const REOPENED_EVERY: u32 = 1_000;
/// Before and after each of: reading the token, asking Entra, keeping the new token.
const POINTS: u64 = 6;

/// Where the process dies.
#[derive(Default)]
struct FailPoint {
    /// Points until then; at 0 it dies.
    left: AtomicU32,
    died: Notify,
}

impl FailPoint {
    fn after(points: u32) -> Arc<Self> {
        Arc::new(Self { left: AtomicU32::new(points), died: Notify::new() })
    }

    /// Goes on, or never.
    async fn pass(&self) {
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
            self.died.notify_one();
            pending().await
        }
    }
}

/// Entra, which gives a new refresh token for each it knows, and lets the old ones stay valid.
#[derive(Default)]
struct Entra {
    issued: Mutex<HashSet<String>>,
    newest: Mutex<String>,
}

impl Entra {
    fn issue(&self) -> String {
        let mut issued = self.issued.lock().expect("the lock");
        let token = format!("refresh-token-{}", issued.len());
        issued.insert(token.clone());
        *self.newest.lock().expect("the lock") = token.clone();
        token
    }
}

struct Network {
    entra: Arc<Entra>,
    point: Arc<FailPoint>,
}

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.point.pass().await;
            let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
            let sent = form.iter().find(|(name, _)| name == "refresh_token").map(|(_, value)| value.clone());
            let known = sent.is_some_and(|sent| self.entra.issued.lock().expect("the lock").contains(&sent));
            let (status, body) = if known {
                (200, json!({"access_token": "a", "expires_in": 3600, "refresh_token": self.entra.issue()}))
            } else {
                (400, json!({"error": "invalid_grant", "error_codes": [70_000]}))
            };
            self.point.pass().await;
            let status = http::StatusCode::from_u16(status).expect("a status");
            Ok(Response { status, headers: http::HeaderMap::new(), body: body.to_string().into() })
        })
    }
}

struct Tokens {
    vault: Arc<SqliteStore>,
    point: Arc<FailPoint>,
}

#[async_trait]
impl RefreshTokenStore for Tokens {
    async fn load(&self, key: &str) -> Result<Option<Secret>, StoreFailure> {
        self.point.pass().await;
        let loaded = self.vault.open_secret(key).await.map_err(StoreFailure::new);
        self.point.pass().await;
        loaded
    }

    async fn save(&self, key: &str, token: &Secret) -> Result<(), StoreFailure> {
        self.point.pass().await;
        self.vault.seal(key, token).await.map_err(StoreFailure::new)?;
        self.point.pass().await;
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), StoreFailure> {
        self.vault.remove_secret(key).await.map_err(StoreFailure::new)
    }
}

/// The world kills more often than a guard lets anybody be refused.
struct NoGuard;

#[async_trait]
impl SignInGuard for NoGuard {
    async fn admit(&self, _attempt: &SignInAttempt) -> Result<Option<Box<dyn SignInPass>>, TokenError> {
        Ok(None)
    }
}

struct NoLog;

#[async_trait]
impl ExchangeLog for NoLog {
    async fn record(&self, _exchange: Exchange, _outcome: TokenOutcome) {}
}

fn identity() -> Identity {
    let url = |text: &str| text.parse().expect("a URL");
    Identity {
        account: Arc::from("person"),
        tenant: Arc::from("contoso.example"),
        client_id: Uuid::from_u128(1),
        endpoints: Endpoints {
            login_url: url("https://login.example"),
            graph_url: url("https://graph.example"),
            graph_resource: "https://graph.microsoft.com".to_owned(),
        },
        credential: Credential::Public,
        scopes: Vec::new(),
    }
}

fn open(folder: &Path, clock: &Clock) -> Arc<SqliteStore> {
    let options = StoreOptions {
        key_file: folder.join("vault.key"),
        clock: clock.clone(),
        rng: Rng::from_system().expect("entropy"),
        flight: None,
    };
    Arc::new(SqliteStore::open(&folder.join("ledger.db"), options).expect("a ledger"))
}

/// A process that refreshes once: the token's bearer, or its death.
async fn process(vault: &Arc<SqliteStore>, entra: &Arc<Entra>, clock: &Clock, points: u32) -> Option<String> {
    let point = FailPoint::after(points);
    let network = Network { entra: Arc::clone(entra), point: Arc::clone(&point) };
    let wire = Wire::new(Arc::new(network), Arc::new(NoFlightLog), clock.clone(), Rng::seeded(1));
    let tokens = Tokens { vault: Arc::clone(vault), point: Arc::clone(&point) };
    let source = TokenSource::new(wire, Arc::new(NoLog), Arc::new(tokens), Arc::new(NoGuard));
    let identity = identity();
    tokio::select! {
        token = source.token(&identity, None) => {
            Some(token.expect("a token").bearer().to_str().expect("text").to_owned())
        }
        () = point.died.notified() => None,
    }
}

#[tokio::test]
async fn ten_thousand_kills_at_random_points_of_a_refresh_lose_no_account() {
    // In memory where the system has that: ten thousand syncs of a disk prove nothing more.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let clock = Clock::manual("2026-11-24T12:00:00Z".parse().expect("a timestamp"));
    let entra = Arc::new(Entra::default());
    let mut rng = Rng::seeded(7);
    let mut vault = open(folder.path(), &clock);
    let key = identity().refresh_key();
    vault.seal(&key, &Secret::from(entra.issue())).await.expect("sealed");
    let mut finished = 0;
    for kill in 0..KILLS {
        clock.advance(SignedDuration::from_hours(1)).expect("in range");
        let points = u32::try_from(rng.below(POINTS + 1)).expect("small");
        if process(&vault, &entra, &clock, points).await.is_some() {
            finished += 1;
            let kept = vault.open_secret(&key).await.expect("opened").expect("there");
            assert_eq!(kept.expose_secret(), &*entra.newest.lock().expect("the lock"), "kept before it is used");
        }
        if kill % REOPENED_EVERY == 0 {
            vault.close().await.expect("closed");
            vault = open(folder.path(), &clock);
        }
        let kept = vault.open_secret(&key).await.expect("opened").expect("there");
        assert!(entra.issued.lock().expect("the lock").contains(kept.expose_secret()), "kill {kill}");
    }
    assert!(finished > KILLS / 10, "{finished}");
    assert_eq!(process(&vault, &entra, &clock, u32::MAX).await.as_deref(), Some("Bearer a"));
}
