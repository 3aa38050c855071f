//! Refused sign-ins: status, error and code as the real service gives them.

use serde_json::json;

use crate::support::{Answer, Host};

const GRAPH: &str = "https://graph.microsoft.com/.default";

/// A client-credentials request to a tenant, with parameters replaced or (where empty) left out.
async fn grant(host: &Host, tenant: &str, changed: &[(&str, &str)]) -> Answer {
    let app = &host.ready().apps[0];
    let (id, secret) = (app.client_id.to_string(), app.client_secret.clone().unwrap_or_default());
    let usual =
        [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &secret), ("scope", GRAPH)];
    let pairs: Vec<(&str, &str)> = usual
        .iter()
        .map(|(name, value)| changed.iter().find(|(it, _)| it == name).copied().unwrap_or((name, value)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    host.form(&format!("{}/{tenant}/oauth2/v2.0/token", host.ready().login_url), &pairs).await
}

#[tokio::test]
async fn each_refusal_has_its_status_error_and_code() {
    let host = Host::start().await;
    let tenant = host.ready().tenant_id.to_string();
    let public = host.ready().apps[1].client_id.to_string();
    let elsewhere = "7a3a0f0e-64a5-4d9e-8a2e-3f0a5f0c1b2d";
    for (tenant, changed, expected) in [
        (tenant.as_str(), ("client_secret", "wrong"), (401, "invalid_client", 7_000_215)),
        (&tenant, ("client_secret", ""), (401, "invalid_client", 7_000_218)),
        (&tenant, ("client_id", elsewhere), (400, "unauthorized_client", 700_016)),
        (&tenant, ("client_id", "00000000-0000-0000-0000-000000000000"), (400, "unauthorized_client", 700_038)),
        (&tenant, ("client_id", ""), (400, "invalid_request", 900_144)),
        (&tenant, ("client_id", &public), (401, "invalid_client", 700_025)),
        (&tenant, ("grant_type", "magic"), (400, "unsupported_grant_type", 70003)),
        (&tenant, ("grant_type", ""), (400, "invalid_request", 900_144)),
        (&tenant, ("scope", "Mail.Read"), (400, "invalid_scope", 1_002_012)),
        (&tenant, ("scope", "api://nobody/.default"), (400, "invalid_resource", 500_011)),
        (elsewhere, ("scope", GRAPH), (400, "invalid_request", 90002)),
        ("fabrikam.onmicrosoft.com", ("scope", GRAPH), (400, "invalid_request", 90002)),
        ("no_tenant", ("scope", GRAPH), (400, "invalid_request", 900_023)),
        ("common", ("scope", GRAPH), (400, "invalid_request", 9_001_023)),
    ] {
        let answer = grant(&host, tenant, &[changed]).await;
        let (status, error, code) = expected;
        assert_eq!(answer.refusal(), (status, error.to_owned(), code), "{tenant} {changed:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_expired_secret_is_told_apart_from_a_wrong_one() {
    let host = Host::start().await;
    let half_a_year = json!({ "seconds": 181 * 86_400 }).to_string();
    assert_eq!(host.control("POST", "clock/advance", &half_a_year).await.status, 200);
    assert_eq!(host.secret_grant().await.refusal(), (401, "invalid_client".to_owned(), 7_000_222));
}

#[tokio::test]
async fn an_error_carries_every_field_of_the_real_one() {
    let host = Host::start().await;
    let request = host
        .client
        .post(host.token_url())
        .header("client-request-id", "0f8fad5b-d9cb-469f-a165-70867728950e")
        .body("grant_type=magic");
    let answer = host.send(request).await;
    let body = answer.json();
    assert_eq!(answer.header("client-request-id"), "0f8fad5b-d9cb-469f-a165-70867728950e");
    assert_eq!(body["correlation_id"], "0f8fad5b-d9cb-469f-a165-70867728950e");
    assert_eq!(body["trace_id"], answer.header("x-ms-request-id"));
    assert_eq!(body["timestamp"], "2026-11-24 12:00:00Z");
    assert!(body.get("error_uri").is_none());
    let description = body["error_description"].as_str().expect("a description");
    assert!(description.starts_with("AADSTS70003: ") && description.ends_with("Timestamp: 2026-11-24 12:00:00Z"));
    let secret = grant(&host, &host.ready().tenant_id.to_string(), &[("client_secret", "wrong")]).await;
    assert_eq!(secret.json()["error_uri"], "https://login.microsoftonline.com/error?code=7000215");
}

#[tokio::test]
async fn discovery_of_an_unknown_tenant_is_refused() {
    let host = Host::start().await;
    let url = format!("{}/nowhere.example/v2.0/.well-known/openid-configuration", host.ready().login_url);
    assert_eq!(host.get(&url).await.refusal(), (400, "invalid_tenant".to_owned(), 90002));
}
