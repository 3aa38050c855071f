//! A rotation that is killed at any point, over the real store: afterwards the account signs in, always.

use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use graphbeat_base::{Clock, ExposeSecret as _, Rng, Secret, Timestamp};
use graphbeat_entra::registration::{
    CredentialStore, GraphCall, Hand, HandError, Journal, JournalFailure, KeyError, MadeKey, MemoryTokens,
    PermissionKind, Proof, Registration, Rotator, Slot, make_key,
};
use graphbeat_entra::{
    CertificateCredential, Credential, Endpoints, ExchangeLog, Identity, SignInAttempt, SignInGuard, SignInPass,
    TokenError, TokenOutcome, TokenSource,
};
use graphbeat_http::{Exchange, NoFlightLog, Request, Response, Transport, TransportError, TransportFault, Wire};
use graphbeat_store::{Ledger as _, SqliteStore, StoreOptions};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

use super::{RegistrationNotes, SealedCredentials};

/// How often the process dies.
const KILLS: u32 = 10_000;
/// The store is opened anew after so many.
const REOPEN_EVERY: u32 = 250;
/// Keys are made once: each takes a while.
const KEYS: usize = 6;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a timestamp")
}

fn keys() -> &'static [MadeKey] {
    static MADE: OnceLock<Vec<MadeKey>> = OnceLock::new();
    MADE.get_or_init(|| (0..KEYS).map(|_| make_key("graphbeat", Uuid::nil(), now(), 365).expect("a key")).collect())
}

/// What Entra has: keys by id and thumbprint. And when the process dies next.
struct World {
    registered: Mutex<Vec<(Uuid, String)>>,
    death: Mutex<Death>,
    next_key: Mutex<usize>,
}

struct Death {
    rng: Rng,
    kills: u32,
    is_dead: bool,
}

/// What becomes of a step.
#[derive(PartialEq, Eq)]
enum Fate {
    Lives,
    DiesBefore,
    DiesAfter,
}

impl World {
    /// Whether the process dies at this step, and whether the step took effect.
    fn fate(&self) -> Fate {
        let mut death = self.death.lock().expect("the lock");
        if death.is_dead {
            return Fate::DiesBefore;
        }
        let draw = death.rng.below(6);
        if draw > 1 || death.kills >= KILLS {
            return Fate::Lives;
        }
        death.kills += 1;
        death.is_dead = true;
        if draw == 0 { Fate::DiesBefore } else { Fate::DiesAfter }
    }

    fn kills(&self) -> u32 {
        self.death.lock().expect("the lock").kills
    }

    fn revive(&self) {
        self.death.lock().expect("the lock").is_dead = false;
    }

    fn knows(&self, thumbprint: &str) -> bool {
        self.registered.lock().expect("the lock").iter().any(|(_, known)| known == thumbprint)
    }

    /// What `addKey` and `removeKey` do.
    fn change(&self, call: &GraphCall) -> Result<Value, HandError> {
        let body = call.body.clone().unwrap_or_default();
        let mut registered = self.registered.lock().expect("the lock");
        let id = |value: &Value| value.as_str().and_then(|id| Uuid::try_parse(id).ok()).expect("an id");
        if call.path.ends_with("/addKey") {
            let der = STANDARD.decode(body["keyCredential"]["key"].as_str().expect("a key")).expect("DER");
            registered.push((id(&body["keyCredential"]["keyId"]), thumbprint_of(&der)));
            return Ok(json!({"keyId": body["keyCredential"]["keyId"]}));
        }
        let gone = id(&body["keyId"]);
        let before = registered.len();
        registered.retain(|(known, _)| *known != gone);
        if registered.len() == before {
            let message = "No credentials found to be removed.".to_owned();
            return Err(HandError::Refused {
                status: 400,
                code: "Request_BadRequest".to_owned(),
                message,
                retry_after: None,
            });
        }
        Ok(Value::Null)
    }
}

/// The thumbprint, by way of the key that has this certificate.
fn thumbprint_of(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let key = keys().iter().find(|key| key.public.certificate == text).expect("a key of ours");
    thumbprint(&key.pem)
}

/// Of a key of ours; reading one takes a while, so each is read once.
fn thumbprint(pem: &Secret) -> String {
    static READ: OnceLock<Vec<String>> = OnceLock::new();
    let read = |key: &MadeKey| {
        let credential = CertificateCredential::from_pem(key.pem.expose_secret(), now()).expect("a credential");
        credential.thumbprint().to_owned()
    };
    let read = READ.get_or_init(|| keys().iter().map(read).collect());
    let place = keys().iter().position(|key| key.pem.expose_secret() == pem.expose_secret());
    read[place.expect("a key of ours")].clone()
}

fn died() -> JournalFailure {
    JournalFailure::new("the process died")
}

/// A port behind which the process may die.
struct Mortal<'a, T> {
    world: &'a World,
    inner: T,
}

#[async_trait]
impl Journal for Mortal<'_, &RegistrationNotes> {
    async fn keep(&self, registration: &Registration) -> Result<(), JournalFailure> {
        let fate = self.world.fate();
        if fate != Fate::DiesBefore {
            self.inner.keep(registration).await?;
        }
        if fate == Fate::Lives { Ok(()) } else { Err(died()) }
    }
}

#[async_trait]
impl CredentialStore for Mortal<'_, &SealedCredentials> {
    async fn read(&self, slot: Slot) -> Result<Option<Secret>, JournalFailure> {
        self.inner.read(slot).await
    }

    async fn write(&self, slot: Slot, credential: &Secret) -> Result<(), JournalFailure> {
        let fate = self.world.fate();
        if fate != Fate::DiesBefore {
            self.inner.write(slot, credential).await?;
        }
        if fate == Fate::Lives { Ok(()) } else { Err(died()) }
    }

    async fn remove(&self, slot: Slot) -> Result<(), JournalFailure> {
        let fate = self.world.fate();
        if fate != Fate::DiesBefore {
            self.inner.remove(slot).await?;
        }
        if fate == Fate::Lives { Ok(()) } else { Err(died()) }
    }
}

#[async_trait]
impl Hand for Mortal<'_, ()> {
    async fn send(&self, call: &GraphCall) -> Result<Value, HandError> {
        let fate = self.world.fate();
        let done = if fate == Fate::DiesBefore { Ok(Value::Null) } else { self.world.change(call) };
        let lost = TransportError { fault: TransportFault::Reset, detail: "the process died".to_owned() };
        if fate == Fate::Lives { done } else { Err(HandError::Transport(lost)) }
    }
}

/// Entra's token endpoint: takes the keys that are registered.
struct Entra(Arc<World>);

impl Transport for Entra {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let form = url::form_urlencoded::parse(&request.body);
        let assertion = form.into_owned().find(|(name, _)| name == "client_assertion").expect("an assertion").1;
        let header = URL_SAFE_NO_PAD.decode(assertion.split('.').next().expect("a header")).expect("base64");
        let header: Value = serde_json::from_slice(&header).expect("JSON");
        let is_known = self.0.knows(header["x5t#S256"].as_str().expect("a thumbprint"));
        let (status, body) = if is_known {
            (StatusCode::OK, json!({"access_token": "token", "expires_in": 3599}))
        } else {
            let error = json!({"error": "invalid_client", "error_codes": [700_027], "error_description": "AADSTS700027: unknown"});
            (StatusCode::UNAUTHORIZED, error)
        };
        let response = Response { status, headers: HeaderMap::new(), body: Bytes::from(body.to_string()) };
        Box::pin(std::future::ready(Ok(response)))
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

fn open(folder: &TempDir, clock: &Clock) -> Arc<SqliteStore> {
    let options = StoreOptions {
        key_file: folder.path().join("vault.key"),
        clock: clock.clone(),
        rng: Rng::seeded(7),
        flight: None,
    };
    Arc::new(SqliteStore::open(&folder.path().join("graphbeat.db"), options).expect("a store"))
}

fn identity() -> Identity {
    let url = |text: &str| Url::parse(text).expect("a URL");
    Identity {
        account: Arc::from("acme"),
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

fn source(world: &Arc<World>, clock: &Clock) -> TokenSource {
    let wire = Wire::new(Arc::new(Entra(Arc::clone(world))), Arc::new(NoFlightLog), clock.clone(), Rng::seeded(9));
    TokenSource::new(wire, Arc::new(NoLog), Arc::new(MemoryTokens::default()), Arc::new(NoGuard))
}

/// One life of the process: it rotates until it dies or is done.
async fn live(world: &Arc<World>, store: &Arc<SqliteStore>, source: &TokenSource, clock: &Clock) -> bool {
    let (notes, sealed) = (
        RegistrationNotes::of("acme", Arc::clone(store)),
        SealedCredentials::of("certificate/acme", Arc::clone(store)),
    );
    let registration = notes.read().await.expect("a note").expect("a registration");
    let (hand, identity) = (Mortal { world, inner: () }, identity());
    let rotator = Rotator {
        hand: &hand,
        journal: &Mortal { world, inner: &notes },
        store: &Mortal { world, inner: &sealed },
        source,
        identity: &identity,
        clock,
        proof: Proof::Key,
        days: 365,
        make: &|key_id, _, _| -> Result<MadeKey, KeyError> {
            let mut next = world.next_key.lock().expect("the lock");
            // A new key is none that is registered.
            while world.knows(&thumbprint(&keys()[*next].pem)) {
                *next = (*next + 1) % KEYS;
            }
            let mut made = keys()[*next].clone();
            made.public.key_id = key_id;
            Ok(made)
        },
    };
    let is_done = rotator.run(registration).await.is_ok();
    world.revive();
    let current = sealed.read(Slot::Current).await.expect("the vault").expect("a credential");
    assert!(world.knows(&thumbprint(&current)), "after {} kills the account does not sign in", world.kills());
    is_done
}

#[tokio::test]
async fn after_ten_thousand_kills_during_rotations_the_account_signs_in_every_time() {
    let clock = Clock::manual(now());
    let folder = tempfile::tempdir().expect("a folder");
    let first = keys()[0].clone();
    let world = Arc::new(World {
        registered: Mutex::new(vec![(Uuid::from_u128(5), thumbprint(&first.pem))]),
        death: Mutex::new(Death { rng: Rng::seeded(3), kills: 0, is_dead: false }),
        next_key: Mutex::new(0),
    });
    let mut store = open(&folder, &clock);
    let mut registration = Registration::new("contoso.example", PermissionKind::Application, Uuid::from_u128(2));
    (registration.client_id, registration.object_id) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(3)));
    registration.key_id = Some(Uuid::from_u128(5));
    RegistrationNotes::of("acme", Arc::clone(&store)).keep(&registration).await.expect("kept");
    SealedCredentials::of("certificate/acme", Arc::clone(&store))
        .write(Slot::Current, &first.pem)
        .await
        .expect("sealed");
    let tokens = source(&world, &clock);
    let (mut rotations, mut opened_at) = (0, 0);
    while world.kills() < KILLS {
        if live(&world, &store, &tokens, &clock).await {
            rotations += 1;
            assert_eq!(world.registered.lock().expect("the lock").len(), 1, "nothing is left behind");
        }
        clock.advance(graphbeat_base::SignedDuration::from_mins(16)).expect("a time");
        if world.kills() - opened_at >= REOPEN_EVERY {
            opened_at = world.kills();
            store.close().await.expect("closed");
            store = open(&folder, &clock);
        }
    }
    assert!(rotations > 1_000, "{rotations} rotations came to their end");
}
