//! What the tests share: identities, a transport that answers by script, a log and a store in memory.

pub(crate) mod person;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use graphbeat_base::{Clock, ExposeSecret, Rng, Secret, SignedDuration, Timestamp};
use graphbeat_http::{Exchange, NoFlightLog, Request, Response, Transport, TransportError, TransportFault, Wire};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::{
    CertificateCredential, Credential, Endpoints, ExchangeLog, HeldBack, Identity, RefreshTokenStore, SignInAttempt,
    SignInEnd, SignInGuard, SignInPass, StoreFailure, TokenOutcome, TokenSource,
};

pub(crate) const CLIENT_ID: Uuid = Uuid::from_u128(0x1111_2222_3333_4444_8555_6666_7777_8888);
pub(crate) const TENANT_ID: Uuid = Uuid::from_u128(0x9999_2222_3333_4444_8555_6666_7777_8888);
pub(crate) const USER_ID: Uuid = Uuid::from_u128(0xaaaa_2222_3333_4444_8555_6666_7777_8888);

pub(crate) fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a timestamp")
}

fn identity(credential: Credential, scopes: &[&str]) -> Identity {
    Identity {
        account: Arc::from("contoso"),
        tenant: Arc::from("contoso.example"),
        client_id: CLIENT_ID,
        endpoints: Endpoints {
            login_url: Url::parse("https://login.example").expect("a URL"),
            graph_url: Url::parse("https://graph.example").expect("a URL"),
            graph_resource: "https://graph.microsoft.com".to_owned(),
        },
        credential,
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
    }
}

pub(crate) fn application(secret: &str) -> Identity {
    identity(Credential::ClientSecret(Secret::from(secret)), &[])
}

pub(crate) fn user() -> Identity {
    identity(Credential::Public, &["User.Read"])
}

/// Another issuer that has no token.
pub(crate) struct NoIssuer;

#[async_trait]
impl crate::AssertionSource for NoIssuer {
    async fn assertion(&self) -> Result<Secret, crate::AssertionFailure> {
        Err(crate::AssertionFailure::new("none"))
    }
}

/// RSA key, made once: making one takes a while.
pub(crate) fn rsa_key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(another_rsa_key)
}

pub(crate) fn another_rsa_key() -> KeyPair {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("an RSA key")
}

/// A certificate for `key`, valid in these years.
pub(crate) fn certificate_of(key: &KeyPair, years: std::ops::Range<i32>) -> rcgen::Certificate {
    let mut params = CertificateParams::new(vec!["graphbeat".to_owned()]).expect("parameters");
    params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
    params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
    params.self_signed(key).expect("a certificate")
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

pub(crate) fn certificate() -> CertificateCredential {
    let certificate = certificate_of(rsa_key(), 2026..2028);
    CertificateCredential::from_pem_pair(&certificate.pem(), &rsa_key().serialize_pem(), noon()).expect("a credential")
}

/// One scripted answer.
pub(crate) enum Scripted {
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    Fault(TransportFault),
}

pub(crate) fn answer(status: u16, body: &Value) -> Scripted {
    Scripted::Answer { status, headers: Vec::new(), body: body.to_string() }
}

pub(crate) fn text(status: u16, headers: &[(&'static str, &str)], body: &str) -> Scripted {
    let headers = headers.iter().map(|&(name, value)| (name, value.to_owned())).collect();
    Scripted::Answer { status, headers, body: body.to_owned() }
}

pub(crate) fn token(name: &str, expires_in: u64) -> Scripted {
    answer(200, &json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": name}))
}

pub(crate) fn refused(error: &str, code: u32) -> Scripted {
    let description = format!("AADSTS{code}: No. Trace ID: 1 Correlation ID: 2 Timestamp: 3");
    answer(401, &json!({"error": error, "error_description": description, "error_codes": [code]}))
}

/// What left: path and form.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) url: http::Uri,
    pub(crate) form: HashMap<String, String>,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Scripted>>,
    sent: Mutex<Vec<Sent>>,
    events: Arc<Events>,
}

/// What happened, in order, across transport, log and store.
#[derive(Default)]
pub(crate) struct Events(Mutex<Vec<String>>);

impl Events {
    fn push(&self, event: impl Into<String>) {
        self.0.lock().expect("the lock").push(event.into());
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let form = form_urlencoded::parse(&request.body).into_owned().collect();
        self.sent.lock().expect("the lock").push(Sent { url: request.uri, form });
        self.events.push("send");
        Box::pin(async {
            // Others get their turn while the request is under way.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            match self.answers.lock().expect("the lock").pop_front() {
                Some(Scripted::Answer { status, headers, body }) => Ok(response(status, headers, body)),
                Some(Scripted::Fault(fault)) => Err(TransportError { fault, detail: "scripted".to_owned() }),
                None => panic!("a request left that the script does not know"),
            }
        })
    }
}

fn response(status: u16, headers: Vec<(&'static str, String)>, body: String) -> Response {
    let headers: HeaderMap = headers
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::try_from(value).expect("a header value")))
        .collect();
    Response { status: StatusCode::from_u16(status).expect("a status"), headers, body: body.into() }
}

#[derive(Default)]
struct Log {
    rows: Mutex<Vec<(String, TokenOutcome)>>,
}

#[async_trait]
impl ExchangeLog for Log {
    async fn record(&self, exchange: Exchange, outcome: TokenOutcome) {
        let operation = exchange.departure.context.operation.to_string();
        self.rows.lock().expect("the lock").push((operation, outcome));
    }
}

#[derive(Default)]
struct Store {
    tokens: Mutex<HashMap<String, String>>,
    fails_to_save: Mutex<Option<&'static str>>,
    events: Arc<Events>,
}

#[async_trait]
impl RefreshTokenStore for Store {
    async fn load(&self, key: &str) -> Result<Option<Secret>, StoreFailure> {
        Ok(self.tokens.lock().expect("the lock").get(key).map(|token| Secret::from(token.as_str())))
    }

    async fn save(&self, key: &str, token: &Secret) -> Result<(), StoreFailure> {
        if let Some(reason) = *self.fails_to_save.lock().expect("the lock") {
            return Err(StoreFailure::new(reason));
        }
        self.events.push(format!("save {}", token.expose_secret()));
        self.tokens.lock().expect("the lock").insert(key.to_owned(), token.expose_secret().to_owned());
        Ok(())
    }

    async fn remove(&self, key: &str) -> Result<(), StoreFailure> {
        self.tokens.lock().expect("the lock").remove(key);
        Ok(())
    }
}

/// Takes the ends of sign-ins down.
#[derive(Default)]
struct Guard {
    held_back: Mutex<Option<HeldBack>>,
    ends: Arc<Mutex<Vec<SignInEnd>>>,
}

struct Pass(Arc<Mutex<Vec<SignInEnd>>>);

#[async_trait]
impl SignInGuard for Guard {
    async fn admit(&self, _attempt: &SignInAttempt) -> Result<Option<Box<dyn SignInPass>>, crate::TokenError> {
        match self.held_back.lock().expect("the lock").clone() {
            Some(held_back) => Err(crate::TokenError::HeldBack(held_back)),
            None => Ok(Some(Box::new(Pass(Arc::clone(&self.ends))))),
        }
    }
}

#[async_trait]
impl SignInPass for Pass {
    async fn settle(self: Box<Self>, end: SignInEnd) -> Result<(), StoreFailure> {
        self.0.lock().expect("the lock").push(end);
        Ok(())
    }
}

/// A token source with everything around it.
pub(crate) struct World {
    pub(crate) source: TokenSource,
    pub(crate) clock: Clock,
    script: Arc<Script>,
    log: Arc<Log>,
    store: Arc<Store>,
    guard: Arc<Guard>,
}

impl World {
    pub(crate) fn new(answers: impl IntoIterator<Item = Scripted>) -> Self {
        let events = Arc::new(Events::default());
        let answers = Mutex::new(answers.into_iter().collect());
        let script = Arc::new(Script { answers, events: Arc::clone(&events), ..Script::default() });
        let store = Arc::new(Store { events, ..Store::default() });
        let log = Arc::new(Log::default());
        let guard = Arc::new(Guard::default());
        let clock = Clock::manual(noon());
        let wire =
            Wire::new(Arc::clone(&script) as Arc<dyn Transport>, Arc::new(NoFlightLog), clock.clone(), Rng::seeded(1));
        let source = TokenSource::new(wire, Arc::clone(&log) as _, Arc::clone(&store) as _, Arc::clone(&guard) as _);
        Self { source, clock, script, log, store, guard }
    }

    /// The bearer's token, or the error.
    pub(crate) async fn token(&self, identity: &Identity) -> Result<String, crate::TokenError> {
        let token = self.source.token(identity, None).await?;
        Ok(token.bearer().to_str().expect("text").trim_start_matches("Bearer ").to_owned())
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds)).expect("in range");
    }

    pub(crate) fn expect_more(&self, answers: impl IntoIterator<Item = Scripted>) {
        self.script.answers.lock().expect("the lock").extend(answers);
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.script.sent.lock().expect("the lock").clone()
    }

    pub(crate) fn rows(&self) -> Vec<(String, TokenOutcome)> {
        self.log.rows.lock().expect("the lock").clone()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.store.events.0.lock().expect("the lock").clone()
    }

    pub(crate) fn keep(&self, identity: &Identity, refresh_token: &str) {
        self.store.tokens.lock().expect("the lock").insert(identity.refresh_key(), refresh_token.to_owned());
    }

    pub(crate) fn kept(&self, identity: &Identity) -> Option<String> {
        self.store.tokens.lock().expect("the lock").get(&identity.refresh_key()).cloned()
    }

    /// From now on nobody may sign in.
    pub(crate) fn hold_back(&self, held_back: HeldBack) {
        *self.guard.held_back.lock().expect("the lock") = Some(held_back);
    }

    /// How the sign-ins ended that were let pass.
    pub(crate) fn ends(&self) -> Vec<SignInEnd> {
        self.guard.ends.lock().expect("the lock").clone()
    }

    pub(crate) fn break_store(&self) {
        *self.store.fails_to_save.lock().expect("the lock") = Some("disk full");
    }
}
