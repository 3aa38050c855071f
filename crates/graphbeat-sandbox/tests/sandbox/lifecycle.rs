//! What time does to a tenant: its subscription runs out, a new user's mailbox comes into being, and bins
//! are emptied.

use serde_json::{Value, json};

use crate::support::Host;

const DAY_S: u64 = 86_400;

async fn advance(host: &Host, seconds: u64) {
    let answer = host.control("POST", "clock/advance", &json!({"seconds": seconds}).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn send(host: &Host, method: &str, path: &str, body: &Value) -> Value {
    let token = host.app_token().await;
    let url = format!("{}/v1.0{path}", host.ready().graph_url);
    let request = host.client.request(method.parse().expect("a method"), url).bearer_auth(token);
    let answer = host.send(request.body(body.to_string())).await;
    assert!(answer.status < 300, "{method} {path}: {}", answer.text);
    serde_json::from_str(&answer.text).unwrap_or_default()
}

#[tokio::test]
async fn a_subscription_runs_out_by_the_clock() {
    let host = Host::start().await;
    let set = host.control("PUT", "subscription", r#"{"ends":"2026-11-25T12:00:00Z"}"#).await;
    assert_eq!((set.status, &set.json()["status"]), (200, &json!("Enabled")));
    let mail = format!("/users/{}/messages?$top=1", host.ready().users[0].id);
    for (days, status, units, opens) in
        [(0, "Enabled", "enabled", true), (2, "Warning", "warning", true), (30, "Suspended", "suspended", false)]
    {
        advance(&host, days * DAY_S).await;
        let token = host.app_token().await;
        let subscription = host.graph("/directory/subscriptions", &token).await.json()["value"][0].clone();
        let sku = host.graph("/subscribedSkus", &token).await.json()["value"][0].clone();
        assert_eq!((&subscription["status"], &sku["capabilityStatus"]), (&json!(status), &json!(status)));
        assert!(subscription["nextLifecycleDateTime"].is_string());
        assert_eq!(sku["prepaidUnits"][units], 25, "{sku}");
        assert_eq!(host.graph(&mail, &token).await.status, if opens { 200 } else { 404 }, "{status}");
    }
    advance(&host, 91 * DAY_S).await;
    let gone = host.control("GET", "subscription", "").await.json();
    assert_eq!((&gone["status"], &gone["next_change"]), (&json!("Deleted"), &Value::Null));
    let locked = host.control("PUT", "subscription", r#"{"locked_out":true}"#).await.json();
    assert_eq!(locked["status"], "LockedOut");
    assert_eq!(host.control("PUT", "subscription", r#"{"ends":"soon"}"#).await.status, 400);
    assert_eq!(host.control("POST", "reset", "").await.status, 200);
    assert_eq!(host.control("GET", "subscription", "").await.json()["locked_out"], false);
}

#[tokio::test]
async fn the_mailbox_of_a_new_user_comes_into_being_a_while_after_the_licence() {
    let host = Host::start().await;
    let user = json!({
        "accountEnabled": true, "displayName": "New Person", "mailNickname": "newp", "usageLocation": "US",
        "userPrincipalName": "newp@contoso.onmicrosoft.com", "passwordProfile": {"password": "x"},
    });
    let id = send(&host, "POST", "/users", &user).await["id"].as_str().expect("an id").to_owned();
    let license = json!({"addLicenses": [{"skuId": "c42b9cae-ea4f-4ab7-9717-81576235ccac"}], "removeLicenses": []});
    send(&host, "POST", &format!("/users/{id}/assignLicense"), &license).await;
    let token = host.app_token().await;
    for path in ["messages", "drive"] {
        assert_eq!(host.graph(&format!("/users/{id}/{path}"), &token).await.status, 404, "{path}");
    }
    advance(&host, 601).await;
    for path in ["messages", "drive"] {
        assert_eq!(host.graph(&format!("/users/{id}/{path}"), &token).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_deleted_file_passes_both_stages_of_the_bin() {
    let host = Host::start().await;
    let drive = format!("/users/{}/drive", host.ready().users[0].id);
    let before = host.control("GET", "state", "").await.text;
    let file = send(&host, "PUT", &format!("{drive}/root:/bin.txt:/content"), &json!("x")).await;
    let id = file["id"].as_str().expect("an id");
    send(&host, "DELETE", &format!("{drive}/items/{id}"), &Value::Null).await;
    let place = async || {
        let state = host.control("GET", "state", "").await.json();
        let holds = |(path, all): (&String, &Value)| {
            let is_here = all.as_array().is_some_and(|all| all.iter().any(|it| it["name"] == "bin.txt"));
            is_here.then(|| path.rsplit('/').next().unwrap_or_default().to_owned())
        };
        state["collections"].as_object().expect("collections").iter().find_map(holds)
    };
    assert_eq!(place().await.as_deref(), Some("recycleBin"));
    for (stage, then) in [(1, Some("secondStage")), (2, None)] {
        let answer = host.control("POST", "recycle-bins/empty", &json!({"stage": stage}).to_string()).await;
        assert_eq!((answer.status, &answer.json()["emptied"]), (200, &json!(1)));
        assert_eq!(place().await.as_deref(), then);
    }
    assert_eq!(host.control("GET", "state", "").await.text, before);
}
