//! The control API: what it changes, shows and refuses.

use serde_json::{Value, json};

use crate::support::Host;

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused_with_its_field() {
    let host = Host::start().await;
    let app = host.ready().apps[0].client_id;
    let user = host.ready().users[0].id;
    let (grants, apps, users) = (format!("grants/{app}"), format!("apps/{app}"), format!("users/{user}"));
    for (method, path, body, expected) in [
        ("PUT", "clock", r#"{"rate":-1}"#, "rate"),
        ("PUT", "clock", r#"{"now":"yesterday"}"#, "`now`"),
        ("PUT", "clock", "{}", "`now` or `rate`"),
        ("POST", "clock/advance", r#"{"seconds":1e300}"#, "seconds"),
        ("POST", "clock/advance", r#"{"minutes":1}"#, "minutes"),
        ("PUT", "faults", r#"[{"path":"/","status":500,"rate":2}]"#, "rate"),
        ("PUT", "faults", "{}", "list"),
        ("PUT", &grants, r#"{"application":["Mail Read"]}"#, "application"),
        ("PUT", &grants, r#"{"roles":[]}"#, "roles"),
        ("PATCH", &users, r#"{"enabled":"yes"}"#, "`enabled`"),
        ("PATCH", &users, "[", "makes no sense"),
        ("PATCH", &users, r#"{"roles":["Emperor"]}"#, "Emperor"),
        ("PATCH", &users, r#"{"licenses":["nothing"]}"#, "nothing"),
        ("PUT", "policies", r#"{"conditional_access":"perhaps"}"#, "conditional_access"),
        ("PATCH", &apps, r#"{"secret_end":"soon"}"#, "secret_end"),
        ("POST", "device", r#"{"user_code":"X","approve":true}"#, "user_id"),
    ] {
        let answer = host.control(method, path, body).await;
        assert_eq!(answer.status, 400, "{method} {path} {body}: {}", answer.text);
        let message = answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains(expected), "{method} {path} {body}: {message}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_404_and_a_wrong_method_405() {
    let host = Host::start().await;
    let nobody = "7a3a0f0e-64a5-4d9e-8a2e-3f0a5f0c1b2d";
    for (method, path, body, status) in [
        ("GET", "nothing", "", 404),
        ("PUT", &format!("grants/{nobody}"), "{}", 404),
        ("PATCH", &format!("users/{nobody}"), "{}", 404),
        ("PATCH", &format!("apps/{nobody}"), "{}", 404),
        ("DELETE", "policies", "", 405),
        ("POST", "device", r#"{"user_code":"X","approve":false}"#, 404),
        ("DELETE", "clock", "", 405),
        ("GET", "reset", "", 405),
    ] {
        assert_eq!(host.control(method, path, body).await.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn the_clock_is_set_and_moved() {
    let host = Host::start().await;
    let set = host.control("PUT", "clock", r#"{"now":"2027-01-01T00:00:00Z","rate":0}"#).await;
    assert_eq!(set.json(), json!({ "now": "2027-01-01T00:00:00.000Z", "rate": 0.0 }));
    let moved = host.control("POST", "clock/advance", r#"{"seconds":1.5}"#).await;
    assert_eq!(moved.json()["now"], "2027-01-01T00:00:01.500Z");
    assert_eq!(host.control("GET", "clock", "").await.json()["now"], "2027-01-01T00:00:01.500Z");
}

#[tokio::test]
async fn every_request_is_logged_with_who_sent_it_but_not_the_control_requests() {
    let host = Host::start().await;
    let token = host.app_token().await;
    let url = format!("{}/v1.0/users?$top=1", host.ready().graph_url);
    host.send(host.client.get(url).bearer_auth(&token).header("client-request-id", "my-id")).await;
    let log = host.control("GET", "requests", "").await.json();
    let requests = log["requests"].as_array().expect("a list");
    assert_eq!((requests.len(), &log["dropped"]), (2, &json!(0)));
    assert_eq!((&requests[0]["method"], &requests[0]["status"]), (&json!("POST"), &json!(200)));
    let last = &requests[1];
    assert_eq!(last["time"], "2026-11-24T12:00:00.000Z");
    assert_eq!((&last["path"], &last["query"]), (&json!("/v1.0/users"), &json!("$top=1")));
    assert_eq!(last["client_request_id"], "my-id");
    assert_eq!(last["app_id"], host.ready().apps[0].client_id.to_string());
    assert_eq!(last["user_id"], Value::Null);
    let fields: Vec<&String> = last.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["time", "method", "host", "path", "query", "status", "client_request_id", "app_id", "user_id"]);
}

#[tokio::test]
async fn a_reset_puts_everything_back_but_the_clock() {
    let host = Host::start().await;
    let before = host.control("GET", "state", "").await.text;
    let app = host.ready().apps[0].client_id;
    host.control("PUT", &format!("grants/{app}"), r#"{"application":[]}"#).await;
    host.control("PUT", "faults", r#"[{"path":"/","status":500}]"#).await;
    host.control("POST", "clock/advance", r#"{"seconds":60}"#).await;
    assert_eq!(host.control("POST", "reset", "").await.status, 200);
    assert_eq!(host.control("GET", "faults", "").await.json(), json!([]));
    assert_eq!(host.control("GET", "requests", "").await.json()["requests"], json!([]));
    assert_eq!(host.control("GET", "state", "").await.text, before);
    assert_eq!(host.secret_grant().await.status, 200);
}

#[tokio::test]
async fn a_page_of_the_web_cannot_command_the_sandbox() {
    let host = Host::start().await;
    let url = format!("{}/_sandbox/clock", host.ready().http_graph_url);
    for (name, value, status) in [
        ("origin", "https://example.com", 403),
        ("origin", "null", 403),
        ("origin", "http://127.0.0.1:8080", 200),
        ("host", "rebound.example.com", 403),
        ("host", "localhost:8080", 200),
    ] {
        assert_eq!(host.send(host.client.get(&url).header(name, value)).await.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_changed_user_is_shown_with_all_that_can_be_changed() {
    let host = Host::start().await;
    let user = &host.ready().users[1];
    let body = r#"{"enabled":false,"licenses":[],"roles":["Reports Reader"],"provisioned":false}"#;
    let answer = host.control("PATCH", &format!("users/{}", user.id), body).await.json();
    let expected = json!({
        "id": user.id, "upn": user.upn, "enabled": false, "mfa": false, "mfa_registered": true, "password_expired": false, "locked_until": null, "licenses": [],
        "roles": ["4a5d8f65-41da-4de4-8968-e035b65339cf"], "provisioned": false,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_user_is_found_by_name_too() {
    let host = Host::start().await;
    let user = &host.ready().users[1];
    let answer = host.control("PATCH", &format!("users/{}", user.upn), r#"{"mfa":true}"#).await;
    assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(user.id)));
}
