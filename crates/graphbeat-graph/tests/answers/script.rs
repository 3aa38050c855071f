//! A scripted service, and one try or one batch against it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use graphbeat_base::{Clock, Rng, SignedDuration, Timestamp};
use graphbeat_catalog::{ClassFile, Mode};
use graphbeat_core::Call;
use graphbeat_graph::{
    Attempt, BatchAttempt, BatchCompletion, BatchPart, CallLog, Client, Compiled, Completion, ContentHosts,
    DeltaBookmark, LedgerFailure, Target, Values, compile,
};
use graphbeat_http::{NoFlightLog, Request, Response, Transport, TransportError, Wire};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Gives its answers in turn, the last one for ever. Only Graph itself ever sees the token.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Response>>,
    asked: Mutex<Vec<Request>>,
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let is_graph = request.uri.host() == Some("graph.example");
        assert_eq!(request.headers.contains_key("authorization"), is_graph, "{}", request.uri);
        self.asked.lock().expect("the lock").push(request);
        let mut answers = self.answers.lock().expect("the lock");
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(std::future::ready(Ok(answer.expect("an answer"))))
    }
}

#[derive(Default)]
struct Rows(Mutex<Vec<Call>>);

#[async_trait]
impl CallLog for Rows {
    async fn record(&self, call: Call) -> Result<(), LedgerFailure> {
        self.0.lock().expect("the lock").push(call);
        Ok(())
    }
}

/// A client whose service follows a script.
pub(crate) struct Stage {
    script: Arc<Script>,
    rows: Arc<Rows>,
    client: Client,
    target: Target,
}

impl Stage {
    pub(crate) fn new(answers: Vec<Response>) -> Self {
        let script = Arc::new(Script { answers: Mutex::new(answers.into()), asked: Mutex::default() });
        let rows = Arc::new(Rows::default());
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let wire = Wire::new(Arc::clone(&script) as _, Arc::new(NoFlightLog), clock, Rng::seeded(7));
        let client = Client::new(wire, Arc::clone(&rows) as _);
        let target = Target {
            graph_url: "https://graph.example".parse().expect("a URL"),
            values: Values::new(),
            content_hosts: Arc::new(ContentHosts::new([Arc::from("*.content.example")])),
        };
        Self { script, rows, client, target }
    }

    /// One try.
    pub(crate) async fn attempt(
        &self,
        operation: &Compiled,
        bookmark: Option<&DeltaBookmark>,
        goes_on: bool,
    ) -> Completion {
        let (account, values) = (Arc::from("a"), Values::new());
        let attempt = Attempt {
            account: &account,
            tenant: &account,
            target: &self.target,
            operation,
            values: &values,
            bearer: &HeaderValue::from_static("Bearer t"),
            planned_at: None,
            number: 1,
            journey: None,
            failing_for: SignedDuration::ZERO,
            goes_on: &|| goes_on,
            bookmark,
            must_equal: None,
        };
        self.client.attempt(&attempt).await.expect("an answer")
    }

    /// One batch; each operation with the place of the one that it depends on.
    pub(crate) async fn batch(&self, operations: &[(&Compiled, Option<usize>)]) -> BatchCompletion {
        let (account, values) = (Arc::from("a"), Values::new());
        let parts: Vec<_> = operations
            .iter()
            .map(|&(operation, depends_on)| BatchPart {
                operation,
                values: &values,
                failing_for: SignedDuration::ZERO,
                depends_on,
            })
            .collect();
        let batch = BatchAttempt {
            account: &account,
            tenant: &account,
            target: &self.target,
            bearer: &HeaderValue::from_static("Bearer t"),
            planned_at: None,
            parts: &parts,
        };
        self.client.batch(&batch).await.expect("an answer")
    }

    pub(crate) fn rows(&self) -> Vec<Call> {
        self.rows.0.lock().expect("the lock").clone()
    }

    pub(crate) fn asked(&self) -> Vec<Request> {
        self.script.asked.lock().expect("the lock").clone()
    }
}

/// An operation of a made-up class, by its lines.
pub(crate) fn operation(lines: &str) -> Compiled {
    let file = format!(
        "class = \"x\"\nnames = {{ en = \"X\", zh-CN = \"某\" }}\n[[operation]]\nid = \"x.y.z\"\nlicense = \"any\"\n\
         names = {{ en = \"X\", zh-CN = \"某\" }}\nbucket = \"outlook\"\n\
         docs = \"https://learn.microsoft.com/graph\"\n{lines}"
    );
    let file: ClassFile = toml::from_str(&file).expect("a class file");
    compile(Arc::new(file.operations.into_iter().next().expect("an operation")), Mode::Delegated)
}

pub(crate) fn answer(status: u16, location: Option<&str>, body: impl Into<Bytes>) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(location) = location {
        headers.insert("location", HeaderValue::from_str(location).expect("a header value"));
    }
    Response { status: StatusCode::from_u16(status).expect("a status"), headers, body: body.into() }
}

/// Runs one try and gives what it came to, its rows, and what was asked.
pub(crate) async fn attempt(lines: &str, answers: Vec<Response>) -> (Completion, Vec<Call>, Vec<String>) {
    attempt_where(lines, answers, true).await
}

pub(crate) async fn attempt_where(
    lines: &str,
    answers: Vec<Response>,
    goes_on: bool,
) -> (Completion, Vec<Call>, Vec<String>) {
    let stage = Stage::new(answers);
    let completion = stage.attempt(&operation(lines), None, goes_on).await;
    let asked = stage.asked().iter().map(|request| request.uri.to_string()).collect();
    (completion, stage.rows(), asked)
}
