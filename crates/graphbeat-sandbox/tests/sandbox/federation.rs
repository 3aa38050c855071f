//! Workload federation: the sandbox's own test issuer, and every way in which a token does not fit.

use serde_json::{Value, json};

use crate::support::{Answer, Host, claims};

/// A token of the test issuer.
async fn assertion(host: &Host, body: Value) -> (String, String) {
    let answer = host.control("POST", "assertions", &body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let text = |name: &str| answer.json()[name].as_str().expect("a text").to_owned();
    (text("issuer"), text("assertion"))
}

async fn grant(host: &Host, assertion: &str) -> Answer {
    let id = host.ready().apps[0].client_id.to_string();
    host.form(
        &host.token_url(),
        &[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
            ("scope", "https://graph.microsoft.com/.default"),
        ],
    )
    .await
}

/// Adds a federated credential to the first application through Graph.
async fn trust(host: &Host, body: &Value) -> Answer {
    let path = credentials(host).await;
    let request = host.client.post(path).bearer_auth(host.app_token().await);
    host.send(request.header("content-type", "application/json").body(body.to_string())).await
}

/// The address of the first application's federated credentials.
async fn credentials(host: &Host) -> String {
    let path = format!("/applications(appId='{}')?$select=id", host.ready().apps[0].client_id);
    let found = host.graph(&path, &host.app_token().await).await;
    let id = found.json()["id"].as_str().expect("an id").to_owned();
    format!("{}/v1.0/applications/{id}/federatedIdentityCredentials", host.ready().graph_url)
}

#[tokio::test]
async fn a_workload_signs_in_with_a_token_of_an_issuer_that_is_trusted() {
    let host = Host::start().await;
    let (issuer, token) = assertion(&host, json!({ "subject": "repo:contoso/app" })).await;
    assert_eq!(grant(&host, &token).await.refusal(), (401, "invalid_client".to_owned(), 70025));
    let body = json!({
        "name": "ci", "issuer": issuer, "subject": "repo:contoso/app", "audiences": ["api://AzureADTokenExchange"],
    });
    let made = trust(&host, &body).await;
    assert_eq!((made.status, &made.json()["subject"]), (201, &json!("repo:contoso/app")), "{}", made.text);
    let answer = grant(&host, &token).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let access = claims(answer.json()["access_token"].as_str().expect("a token"));
    assert_eq!((&access["appidacr"], &access["idtyp"]), (&json!("2"), &json!("app")));
    let found = host.get(&format!("{issuer}/.well-known/openid-configuration")).await;
    assert_eq!(found.json()["issuer"], issuer);
}

#[tokio::test]
async fn a_token_that_does_not_fit_is_told_where() {
    let host = Host::start().await;
    let (issuer, _) = assertion(&host, json!({ "subject": "x" })).await;
    assert_eq!(trust(&host, &json!({ "name": "ci", "issuer": issuer, "subject": "right" })).await.status, 201);
    for (body, code) in [
        (json!({ "subject": "wrong" }), 700_213),
        (json!({ "subject": "right", "issuer": format!("{issuer}/") }), 700_211),
        (json!({ "subject": "right", "audience": "api://other" }), 700_212),
    ] {
        let (_, token) = assertion(&host, body.clone()).await;
        assert_eq!(grant(&host, &token).await.refusal(), (401, "invalid_client".to_owned(), code), "{body}");
    }
    let (_, token) = assertion(&host, json!({ "subject": "right", "seconds": 60 })).await;
    let forged = token.replace(token.rsplit('.').next().expect("a signature"), "AAAA");
    assert_eq!(grant(&host, &forged).await.refusal().2, 700_027);
    assert_eq!(grant(&host, "nonsense").await.refusal().2, 50027);
    host.control("POST", "clock/advance", r#"{"seconds":400}"#).await;
    assert_eq!(grant(&host, &token).await.refusal().2, 700_024);
}

#[tokio::test]
async fn an_issuer_that_cannot_be_asked_vouches_for_nobody() {
    let host = Host::start().await;
    let foreign = "https://issuer.example";
    assert_eq!(trust(&host, &json!({ "name": "ci", "issuer": foreign, "subject": "x" })).await.status, 201);
    let (_, token) = assertion(&host, json!({ "subject": "x", "issuer": foreign })).await;
    assert_eq!(grant(&host, &token).await.refusal(), (400, "invalid_request".to_owned(), 50166));
}

#[tokio::test]
async fn federated_credentials_are_kept_changed_and_deleted() {
    let host = Host::start().await;
    let body = json!({ "name": "ci", "issuer": "https://issuer.example", "subject": "x" });
    let made = trust(&host, &body).await.json();
    assert_eq!(made["audiences"], json!(["api://AzureADTokenExchange"]));
    assert_eq!(trust(&host, &body).await.status, 400);
    assert_eq!(trust(&host, &json!({ "name": "half" })).await.status, 400);
    let (token, one) =
        (host.app_token().await, format!("{}/{}", credentials(&host).await, made["id"].as_str().expect("an id")));
    let json_body = |request: reqwest::RequestBuilder, body: &str| {
        request.bearer_auth(&token).header("content-type", "application/json").body(body.to_owned())
    };
    assert_eq!(host.send(json_body(host.client.patch(&one), r#"{"subject":"y"}"#)).await.status, 204);
    assert_eq!(host.send(host.client.get(&one).bearer_auth(&token)).await.json()["subject"], "y");
    assert_eq!(host.send(host.client.delete(&one).bearer_auth(&token)).await.status, 204);
    assert_eq!(host.send(host.client.get(&one).bearer_auth(&token)).await.status, 404);
    let all = host.send(host.client.get(credentials(&host).await).bearer_auth(&token)).await;
    assert_eq!(all.json()["value"], json!([]));
}
