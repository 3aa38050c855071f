//! Faults of each kind, and the documented limits.

use std::time::{Duration, Instant};

use graphbeat_sandbox::{Fault, Throttle};
use serde_json::{Value, json};

use crate::support::Host;

async fn with_fault(host: &Host, fault: Value) {
    let answer = host.control("PUT", "faults", &json!([fault]).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_status_fault_answers_in_the_shape_of_the_service() {
    let host = Host::start().await;
    let token = host.app_token().await;
    with_fault(&host, json!({"path": "/v1.0/users", "status": 429, "code": "TooManyRequests", "retry_after_s": 3}))
        .await;
    let answer = host.graph("/users", &token).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "3"));
    assert_eq!(answer.json()["error"]["code"], "TooManyRequests");
    assert_eq!(answer.json()["error"]["innerError"]["request-id"], answer.header("request-id"));
    assert_ne!(host.graph("/groups", &token).await.status, 429);
    with_fault(&host, json!({"operation": "token.client-secret", "status": 400, "code": "AADSTS50053"})).await;
    assert_eq!(host.secret_grant().await.refusal(), (400, "invalid_grant".to_owned(), 50053));
}

#[tokio::test]
async fn an_operation_fault_strikes_its_class_only() {
    let host = Host::start().await;
    let token = host.app_token().await;
    with_fault(&host, json!({"operation": "users", "method": "get", "status": 503})).await;
    let struck = host.graph("/users", &token).await;
    assert_eq!(struck.status, 503, "{}", struck.text);
}

#[tokio::test]
async fn a_reset_fault_breaks_the_connection_and_leaves_no_status() {
    let host = Host::start().await;
    let token = host.app_token().await;
    with_fault(&host, json!({"path": "/v1.0/users", "kind": "reset"})).await;
    for base in [&host.ready().http_graph_url, &host.ready().graph_url] {
        let sent = host.client.get(format!("{base}/v1.0/users")).bearer_auth(&token).send().await;
        assert!(sent.is_err(), "{sent:?}");
    }
    let requests = host.control("GET", "requests", "").await.json();
    let last = requests["requests"].as_array().expect("a list").last().expect("a request").clone();
    assert_eq!((&last["path"], &last["status"]), (&json!("/v1.0/users"), &Value::Null));
}

#[tokio::test]
async fn a_truncate_fault_sends_half_of_the_body() {
    let host = Host::start().await;
    with_fault(&host, json!({"path": "/*/discovery/v2.0/keys", "kind": "truncate"})).await;
    for base in [&host.ready().http_graph_url, &host.ready().login_url] {
        let response = host.client.get(format!("{base}/common/discovery/v2.0/keys")).send().await.expect("a head");
        assert_eq!(response.status(), 200);
        assert!(response.content_length().is_some_and(|length| length > 100));
        assert!(response.bytes().await.is_err());
    }
}

#[tokio::test]
async fn a_text_fault_is_no_json_and_a_delay_holds_the_answer_back() {
    let host = Host::start().await;
    let keys = format!("{}/common/discovery/v2.0/keys", host.ready().login_url);
    with_fault(&host, json!({"path": "*/keys", "kind": "text", "status": 502, "body": "<h1>Bad gateway</h1>"})).await;
    let answer = host.get(&keys).await;
    assert_eq!((answer.status, answer.text.as_str()), (502, "<h1>Bad gateway</h1>"));
    with_fault(&host, json!({"path": "*/keys", "delay_ms": 50})).await;
    let begun = Instant::now();
    assert_eq!(host.get(&keys).await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_fault_stands_only_in_its_time() {
    let host = Host::start().await;
    let keys = format!("{}/common/discovery/v2.0/keys", host.ready().login_url);
    let times =
        json!({"path": "*/keys", "status": 500, "from": "2026-11-24T12:01:00Z", "until": "2026-11-24T12:02:00Z"});
    with_fault(&host, times).await;
    assert_eq!(host.get(&keys).await.status, 200);
    host.control("POST", "clock/advance", r#"{"seconds":60}"#).await;
    assert_eq!(host.get(&keys).await.status, 500);
    host.control("POST", "clock/advance", r#"{"seconds":60}"#).await;
    assert_eq!(host.get(&keys).await.status, 200);
}

#[tokio::test]
async fn documented_limits_refuse_with_their_header_until_the_window_is_over() {
    let host = Host::with(Vec::new(), Throttle::Documented).await;
    let token = host.app_token().await;
    for _ in 0..25 {
        assert_ne!(host.graph("/subscriptions", &token).await.status, 429);
    }
    let refused = host.graph("/subscriptions", &token).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "20"));
    host.control("POST", "clock/advance", r#"{"seconds":20}"#).await;
    assert_ne!(host.graph("/subscriptions", &token).await.status, 429);
}

#[tokio::test]
async fn a_mailbox_serves_four_requests_at_once() {
    let host = Host::with(Vec::new(), Throttle::Documented).await;
    let token = host.app_token().await;
    with_fault(&host, json!({"path": "*/messages", "delay_ms": 300})).await;
    let path = format!("/users/{}/messages", host.ready().users[0].id);
    let answers = futures_util::future::join_all((0..5).map(|_| host.graph(&path, &token))).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].json()["error"]["code"], "ApplicationThrottled");
    assert_ne!(host.graph(&path, &token).await.status, 429);
}

#[tokio::test]
async fn the_faults_of_the_start_stand_from_the_first_request() {
    let faults = Fault::list_from_json(br#"[{"path":"*/keys","status":503,"retry_after_s":7}]"#).expect("a fault");
    let host = Host::with(faults, Throttle::None).await;
    let answer = host.get(&format!("{}/common/discovery/v2.0/keys", host.ready().login_url)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "7"));
}

#[tokio::test]
async fn the_parts_of_a_batch_meet_faults_and_limits_by_themselves() {
    let host = Host::with(Vec::new(), Throttle::Documented).await;
    let token = host.app_token().await;
    with_fault(&host, json!({"path": "/v1.0/groups", "status": 429, "retry_after_s": 7})).await;
    let batch = async |paths: &[&str]| {
        let parts: Vec<Value> = paths
            .iter()
            .enumerate()
            .map(|(at, path)| json!({"id": at.to_string(), "method": "GET", "url": path}))
            .collect();
        let url = format!("{}/v1.0/$batch", host.ready().graph_url);
        let body = json!({"requests": parts}).to_string();
        host.send(host.client.post(url).bearer_auth(&token).body(body)).await.json()["responses"].clone()
    };
    let answers = batch(&["/groups", "/users?$top=1"]).await;
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!(429), &json!(200)));
    assert_eq!(answers[0]["headers"]["Retry-After"], "7");
    assert_eq!(answers[0]["body"]["error"]["code"], "TooManyRequests");
    let answers = batch(&["/auditLogs/signIns"; 6]).await;
    let statuses: Vec<&Value> = answers.as_array().expect("answers").iter().map(|it| &it["status"]).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
}
