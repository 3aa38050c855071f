//! What one try makes of good, bad and hostile answers. The transport is scripted: it gives one answer after
//! the other and keeps what was asked.

#![expect(clippy::expect_used, reason = "helpers of tests may panic as tests do")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use graphbeat_base::{Clock, Rng, SignedDuration, Timestamp};
use graphbeat_catalog::{ClassFile, Mode};
use graphbeat_core::{Call, Verdict};
use graphbeat_graph::{Attempt, CallLog, Client, Completion, LedgerFailure, Target, Values, compile};
use graphbeat_http::{NoFlightLog, Request, Response, Transport, TransportError, Wire};
use http::{HeaderMap, HeaderValue, StatusCode};

const LIST: &str = "method = \"GET\"\npath = \"/users\"\naccess = \"read\"\npages = 50";
const DOWNLOAD: &str = "method = \"GET\"\npath = \"/me/drive/items/1/content\"\naccess = \"read\"";
const CREATE: &str = "method = \"POST\"\npath = \"/me/messages\"\naccess = \"write\"\nbody = { json = '{}' }";

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Response>>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        assert!(request.headers.contains_key("authorization"));
        self.asked.lock().expect("the lock").push(request.url.to_string());
        let mut answers = self.answers.lock().expect("the lock");
        // The last answer is given for ever.
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

fn answer(status: u16, location: Option<&str>, body: impl Into<Bytes>) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(location) = location {
        headers.insert("location", HeaderValue::from_str(location).expect("a header value"));
    }
    Response { status: StatusCode::from_u16(status).expect("a status"), headers, body: body.into() }
}

/// Runs one try and gives what it came to, its rows, and what was asked.
async fn attempt(operation: &str, answers: Vec<Response>) -> (Completion, Vec<Call>, Vec<String>) {
    attempt_where(operation, answers, true).await
}

async fn attempt_where(operation: &str, answers: Vec<Response>, goes_on: bool) -> (Completion, Vec<Call>, Vec<String>) {
    let file = format!(
        "class = \"x\"\nnames = {{ en = \"X\", zh-CN = \"某\" }}\n[[operation]]\nid = \"x.y.z\"\nlicense = \"any\"\n\
         names = {{ en = \"X\", zh-CN = \"某\" }}\nbucket = \"outlook\"\n\
         docs = \"https://learn.microsoft.com/graph\"\n{operation}"
    );
    let file: ClassFile = toml::from_str(&file).expect("a class file");
    let operation = compile(Arc::new(file.operations.into_iter().next().expect("an operation")), Mode::Delegated);
    let script = Arc::new(Script { answers: Mutex::new(answers.into()), asked: Mutex::default() });
    let rows = Arc::new(Rows::default());
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let wire = Wire::new(Arc::clone(&script) as _, Arc::new(NoFlightLog), clock, Rng::seeded(7));
    let target = Target { graph_url: "https://graph.example".parse().expect("a URL"), values: Values::new(), content_hosts: Arc::default() };
    let (account, values) = (Arc::from("a"), Values::new());
    let attempt = Attempt {
        account: &account,
        tenant: &account,
        target: &target,
        operation: &operation,
        values: &values,
        bearer: &HeaderValue::from_static("Bearer t"),
        planned_at: None,
        number: 1,
        journey: None,
        failing_for: SignedDuration::ZERO,
        goes_on: &|| goes_on,
        bookmark: None,
        must_equal: None,
    };
    let client = Client::new(wire, Arc::clone(&rows) as _);
    let completion = client.attempt(&attempt).await.expect("an answer");
    let rows = rows.0.lock().expect("the lock").clone();
    let asked = script.asked.lock().expect("the lock").clone();
    (completion, rows, asked)
}

/// One try whose first answer is bad: it has this code, in its row too, and nothing was sent after it.
async fn check_bad(operation: &str, first: Response, code: &str) {
    let (completion, rows, asked) = attempt(operation, vec![first, answer(200, None, "{}")]).await;
    assert_eq!((completion.verdict, completion.code.as_deref()), (Verdict::Failed, Some(code)));
    assert_eq!((rows.len(), rows[0].verdict, rows[0].code.as_deref()), (1, Verdict::Failed, Some(code)));
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[tokio::test]
async fn no_read_follows_a_redirect_to_another_host() {
    for location in ["https://evil.example/v1.0/users", "http://graph.example/v1.0/users", "https://a:b@graph.example/"]
    {
        check_bad(LIST, answer(302, Some(location), ""), "Redirected").await;
    }
    check_bad(LIST, answer(302, None, ""), "Redirected").await;
}

#[tokio::test]
async fn a_create_that_is_redirected_has_not_gone_well() {
    check_bad(CREATE, answer(307, Some("https://graph.example/v1.0/other"), ""), "Redirected").await;
}

#[tokio::test]
async fn the_link_to_a_download_on_another_host_is_its_answer() {
    let link = answer(302, Some("https://download.example/x?token=1"), "");
    let (completion, rows, asked) = attempt(DOWNLOAD, vec![link]).await;
    assert_eq!((completion.verdict, completion.status, rows.len(), asked.len()), (Verdict::Ok, Some(302), 1, 1));
    check_bad(DOWNLOAD, answer(302, Some("http://download.example/x"), ""), "Redirected").await;
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let circle = answer(302, Some("/v1.0/users"), "");
    let (completion, rows, _) = attempt(LIST, vec![circle]).await;
    assert_eq!((completion.verdict, rows.len()), (Verdict::Failed, 4));
}

#[tokio::test]
async fn a_next_page_on_another_host_is_not_asked_for() {
    for next in ["https://evil.example/v1.0/users", "https://a:b@graph.example/v1.0/users", "//x", "users"] {
        let page = format!("{{\"value\":[],\"@odata.nextLink\":\"{next}\"}}");
        check_bad(LIST, answer(200, None, page), "ForeignPage").await;
    }
}

#[tokio::test]
async fn pages_without_end_are_read_up_to_a_bound() {
    let page = "{\"value\":[],\"@odata.nextLink\":\"https://graph.example/v1.0/users?$skiptoken=1\"}";
    let (completion, rows, _) = attempt(LIST, vec![answer(200, None, page)]).await;
    assert_eq!((completion.verdict, rows.len(), completion.pages.len()), (Verdict::Ok, 50, 50));
    let large = format!("{{\"x\":\"{}\",{}", "x".repeat(10 << 20), &page[1..]);
    let (completion, rows, _) = attempt(LIST, vec![answer(200, None, large)]).await;
    assert_eq!((completion.code.as_deref(), rows.len()), (Some("TooLarge"), 4));
}

#[tokio::test]
async fn an_answer_that_is_not_json_fails_a_create_too() {
    check_bad(CREATE, answer(201, None, "<html>sign in to the hotel</html>"), "NotJson").await;
    let (completion, ..) = attempt(CREATE, vec![answer(202, None, "")]).await;
    assert_eq!(completion.verdict, Verdict::Ok);
}

#[tokio::test]
async fn no_next_page_is_asked_for_while_the_service_asks_to_wait() {
    let page = "{\"value\":[],\"@odata.nextLink\":\"https://graph.example/v1.0/users?$skiptoken=1\"}";
    let (completion, rows, asked) = attempt_where(LIST, vec![answer(200, None, page)], false).await;
    assert_eq!((completion.verdict, rows.len(), asked.len()), (Verdict::Throttled, 1, 1));
}
