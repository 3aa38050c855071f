//! Listeners, tunnels, and the ready line.

use std::net::SocketAddr;

use graphbeat_base::Clock;
use graphbeat_sandbox::{Sandbox, SandboxError, SandboxOptions, Throttle};
use serde_json::json;

use crate::support::{Host, builder};

#[tokio::test]
async fn the_ready_line_has_the_documented_fields() {
    let host = Host::start().await;
    let line = serde_json::to_value(host.ready()).expect("JSON");
    let fields: Vec<&String> = line.as_object().expect("an object").keys().collect();
    assert_eq!(
        fields,
        [
            "ready",
            "tenant_id",
            "domain",
            "login_url",
            "graph_url",
            "http_graph_url",
            "proxy_url",
            "ca_file",
            "apps",
            "users"
        ]
    );
    assert_eq!((&line["ready"], &line["apps"][1]["kind"]), (&json!(true), &json!("public")));
    assert!(line["apps"][1].get("client_secret").is_none() && host.ready().ca_file.is_absolute());
    assert_eq!(line["users"].as_array().map(Vec::len), Some(25));
}

#[tokio::test]
async fn a_tunnel_reaches_the_sandbox_under_the_names_of_microsoft() {
    let host = Host::start().await;
    let proxy = reqwest::Proxy::all(&host.ready().proxy_url).expect("a proxy");
    let client = builder(host.ready()).proxy(proxy).build().expect("a client");
    let tenant = host.ready().tenant_id;
    let url = format!("https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration");
    let document = host.send(client.get(url)).await.json();
    assert_eq!(document["token_endpoint"], format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"));
    assert_eq!(document["msgraph_host"], "graph.microsoft.com");
    let users = client.get("https://graph.microsoft.com/v1.0/users").bearer_auth(host.app_token().await);
    assert_ne!(host.send(users).await.status, 401);
    let regional = client.get("https://westeurope.login.microsoft.com/common/discovery/v2.0/keys");
    assert_eq!(host.send(regional).await.status, 200);
    assert!(client.get("https://example.com/").send().await.is_err());
    let log = host.control("GET", "requests", "").await.json();
    assert_eq!(log["requests"][0]["host"], "login.microsoftonline.com");
}

#[tokio::test]
async fn an_answer_of_graph_carries_its_ids_and_the_sandboxs_date() {
    let host = Host::start().await;
    let request = host.client.get(format!("{}/v1.0/users", host.ready().graph_url)).header("client-request-id", "mine");
    let answer = host.send(request).await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("www-authenticate").starts_with("Bearer realm"));
    assert_eq!(answer.header("date"), "Tue, 24 Nov 2026 12:00:00 GMT");
    assert_eq!((answer.header("client-request-id"), answer.header("request-id").len()), ("mine", 36));
    assert!(answer.header("content-type").starts_with("application/json"));
}

#[tokio::test]
async fn a_path_outside_of_every_service_is_a_clear_error() {
    let host = Host::start().await;
    let answer = host.get(&format!("{}/v9.9/users", host.ready().graph_url)).await;
    assert_eq!((answer.status, answer.json()["error"]["message"].as_str()), (400, Some("Invalid version: v9.9")));
}

#[tokio::test]
async fn the_same_seed_makes_the_same_tenant() {
    let (one, other) = (Host::start().await, Host::start().await);
    assert_eq!(one.ready().tenant_id, other.ready().tenant_id);
    assert_eq!(one.ready().apps[0].client_secret, other.ready().apps[0].client_secret);
    assert_eq!(one.control("GET", "state", "").await.text, other.control("GET", "state", "").await.text);
}

#[tokio::test]
async fn content_hangs_on_the_day_of_the_start_not_on_its_second() {
    let (one, other) = (Host::start().await, Host::start_at("2026-11-24T23:59:59Z").await);
    assert!(one.control("GET", "state", "").await.text == other.control("GET", "state", "").await.text);
}

#[tokio::test]
async fn a_request_that_breaks_off_changes_nothing() {
    let host = Host::start().await;
    let token = host.app_token().await;
    let before = host.control("GET", "state", "").await.text;
    let target = format!("/v1.0/users/{}/drive/root:/half.txt:/content", host.ready().users[0].id);
    let head =
        format!("PUT {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 9\r\n\r\n");
    let answer = host.plain(&format!("{head}half")).await;
    assert_eq!(answer, "");
    assert!(host.control("GET", "state", "").await.text == before);
    let log = host.control("GET", "requests", "").await.json();
    assert_eq!((&log["requests"][1]["path"], &log["requests"][1]["status"]), (&json!(target), &json!(null)));
}

#[tokio::test]
async fn as_a_proxy_for_plain_http_it_serves_the_hosts_of_microsoft_only() {
    let host = Host::start().await;
    let get = |url: &str| format!("GET {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let foreign = host.plain(&get("http://example.com/v1.0/users")).await;
    assert!(foreign.starts_with("HTTP/1.1 403"), "{foreign}");
    let known = host.plain(&get("http://graph.microsoft.com/v1.0/users")).await;
    assert!(known.starts_with("HTTP/1.1 401"), "{known}");
}

#[tokio::test]
async fn a_taken_or_foreign_address_is_refused() {
    let host = Host::start().await;
    let taken: SocketAddr = host.ready().graph_url.trim_start_matches("https://").parse().expect("an address");
    let start = |listen| async move {
        let data = tempfile::tempdir().expect("a folder");
        let options = SandboxOptions {
            listen,
            http: "127.0.0.1:0".parse().expect("an address"),
            seed: 1,
            users: 2,
            faults: Vec::new(),
            throttle: Throttle::None,
            data: data.path().to_owned(),
            clock: Clock::system(),
        };
        Sandbox::start(options).await.err()
    };
    assert!(matches!(start(taken).await, Some(SandboxError::Listen { .. })));
    let foreign = "0.0.0.0:0".parse().expect("an address");
    assert!(matches!(start(foreign).await, Some(SandboxError::NotLoopback(_))));
}

#[tokio::test]
async fn a_shutdown_ends_every_connection() {
    let host = Host::start().await;
    let url = format!("{}/common/discovery/v2.0/keys", host.ready().login_url);
    assert_eq!(host.get(&url).await.status, 200);
    let client = host.client.clone();
    host.sandbox.shutdown().await;
    assert!(client.get(url).send().await.is_err());
}
