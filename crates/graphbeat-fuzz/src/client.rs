//! The client's targets: answers of Graph and Entra that nobody vouches for.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use graphbeat_base::{Clock, Rng, Secret, SignedDuration, Timestamp};
use graphbeat_catalog::{Catalog, Mode, Operation};
use graphbeat_core::Call;
use graphbeat_entra::{
    Credential, Endpoints, ExchangeLog, Identity, RefreshTokenStore, SignInAttempt, SignInGuard, SignInPass,
    StoreFailure, TokenError, TokenOutcome, TokenSource,
};
use graphbeat_graph::{Attempt, CallLog, Client, LedgerFailure, Target, Values, compile, pick};
use graphbeat_http::{
    Exchange, NoFlightLog, Request, Response, Transport, TransportError, TransportFault, Wire, retry_after,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use url::Url;
use uuid::Uuid;

use crate::request::Parts;

/// More requests than one try of anything sends: pages have a bound.
const REQUESTS_MAX: usize = 60;
/// What is read by the answers' target: a list with pages, and one with a body to send.
const OPERATIONS: [&str; 3] = ["users.users.list", "mail.messages.get", "reports.active-users.get"];
/// Between two answers of one input.
const NEXT: &[u8] = b"\n---\n";

/// Answers in turn, the last one for ever.
struct Script {
    answers: Mutex<VecDeque<Response>>,
    sent: Mutex<usize>,
}

impl Script {
    /// `STATUS`, lines of headers, an empty line, a body; several with `---` between them.
    fn of(input: &[u8]) -> Self {
        let mut answers = VecDeque::new();
        let mut rest = input;
        while let Some(end) = rest.windows(NEXT.len()).position(|it| it == NEXT) {
            answers.push_back(answer(&rest[..end]));
            rest = &rest[end + NEXT.len()..];
        }
        answers.push_back(answer(rest));
        Self { answers: Mutex::new(answers), sent: Mutex::new(0) }
    }

    fn next(&self) -> Option<Response> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        *sent += 1;
        assert!(*sent <= REQUESTS_MAX, "a walk without an end");
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
    }
}

impl Transport for Script {
    fn send(&self, _request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let none = || TransportError { fault: TransportFault::Reset, detail: "no answer".to_owned() };
        Box::pin(std::future::ready(self.next().ok_or_else(none)))
    }
}

fn answer(input: &[u8]) -> Response {
    let parts = Parts::of(input);
    let status = std::str::from_utf8(parts.method).ok().and_then(|status| status.parse().ok()).unwrap_or(200);
    let lines = parts.headers.split(|byte| *byte == b'\n').filter_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = line.get(colon + 1..)?.trim_ascii();
        Some((HeaderName::from_bytes(&line[..colon]).ok()?, HeaderValue::from_bytes(value).ok()?))
    });
    let headers: HeaderMap = lines.collect();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    Response { status, headers, body: Bytes::copy_from_slice(parts.body) }
}

/// Forgets everything.
struct Nowhere;

#[async_trait]
impl CallLog for Nowhere {
    async fn record(&self, _call: Call) -> Result<(), LedgerFailure> {
        Ok(())
    }
}

#[async_trait]
impl ExchangeLog for Nowhere {
    async fn record(&self, _exchange: Exchange, _outcome: TokenOutcome) {}
}

#[async_trait]
impl SignInGuard for Nowhere {
    async fn admit(&self, _attempt: &SignInAttempt) -> Result<Option<Box<dyn SignInPass>>, TokenError> {
        Ok(None)
    }
}

#[async_trait]
impl RefreshTokenStore for Nowhere {
    async fn load(&self, _key: &str) -> Result<Option<Secret>, StoreFailure> {
        Ok(Some(Secret::from("refresh")))
    }

    async fn save(&self, _key: &str, _token: &Secret) -> Result<(), StoreFailure> {
        Ok(())
    }

    async fn remove(&self, _key: &str) -> Result<(), StoreFailure> {
        Ok(())
    }
}

fn wire(input: &[u8]) -> Wire {
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    Wire::new(Arc::new(Script::of(input)), Arc::new(NoFlightLog), clock, Rng::seeded(7))
}

fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn operations() -> &'static [Arc<Operation>] {
    static FOUND: LazyLock<Vec<Arc<Operation>>> = LazyLock::new(|| {
        let catalog = Catalog::builtin().expect("the catalogue");
        OPERATIONS.iter().map(|id| Arc::clone(catalog.operation(id).expect("an operation"))).collect()
    });
    &FOUND
}

/// Answers of Graph to a list, a thing and a report.
pub(crate) fn run_answer(input: &[u8]) {
    let first = answer(input);
    let _ = retry_after(&first.headers, Timestamp::UNIX_EPOCH);
    if let Ok(json) = serde_json::from_slice(&first.body) {
        let _ = pick(&json, "/value/0/id");
    }
    for operation in operations() {
        let operation = compile(Arc::clone(operation), Mode::Delegated);
        let values: Values = operation
            .places()
            .map(|place| (place.to_owned(), "1".to_owned()))
            .collect::<Vec<_>>()
            .into_iter()
            .collect();
        let target = Target { graph_url: address("https://graph.example"), values, content_hosts: Arc::default() };
        let (account, none) = (Arc::from("a"), Values::new());
        let attempt = Attempt {
            account: &account,
            tenant: &account,
            target: &target,
            operation: &operation,
            values: &none,
            bearer: &HeaderValue::from_static("Bearer t"),
            planned_at: None,
            number: 1,
            journey: None,
            failing_for: SignedDuration::ZERO,
            goes_on: &|| true,
            bookmark: None,
            must_equal: None,
        };
        wait_for(Client::new(wire(input), Arc::new(Nowhere)).attempt(&attempt)).expect("an outcome");
    }
}

fn address(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// Answers of Entra to an application, a user, and a device.
pub(crate) fn run_token(input: &[u8]) {
    for credential in [Credential::ClientSecret(Secret::from("s")), Credential::Public] {
        let identity = Identity {
            account: Arc::from("a"),
            tenant: Arc::from("contoso.example"),
            client_id: Uuid::from_u128(1),
            endpoints: Endpoints {
                login_url: address("https://login.example"),
                graph_url: address("https://graph.example"),
                graph_resource: "https://graph.microsoft.com".to_owned(),
            },
            credential,
            scopes: vec!["User.Read".to_owned()],
        };
        let source = TokenSource::new(wire(input), Arc::new(Nowhere), Arc::new(Nowhere), Arc::new(Nowhere));
        wait_for(async {
            // Refused or not: what counts is that it comes to an end.
            let _ = source.token(&identity, None).await;
            let _ = source.start_device_code(&identity).await;
        });
    }
}
