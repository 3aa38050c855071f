//! Version 1.0 of the endpoints, and the sign-in hosts of other clouds.

use serde_json::json;

use crate::support::{Host, builder, claims};

#[tokio::test]
async fn the_first_version_names_a_resource_and_writes_numbers_as_text() {
    let host = Host::start().await;
    let wanted = ("resource", "https://graph.microsoft.com");
    let url = host.token_url().replace("/v2.0", "");
    let body = host.secret_grant_for(&url, wanted).await.json();
    assert_eq!((&body["expires_in"], &body["resource"]), (&json!("3599"), &json!("https://graph.microsoft.com")));
    assert_eq!(body["expires_on"], (host.clock.now().as_second() + 3_599).to_string());
    assert_eq!(claims(body["access_token"].as_str().expect("a token"))["idtyp"], "app");
    let by_the_second = host.secret_grant_for(&host.token_url(), wanted).await;
    assert_eq!(by_the_second.refusal(), (400, "invalid_request".to_owned(), 901_002));
    let public = host.ready().apps[1].client_id.to_string();
    let code = host.form(&url.replace("/token", "/devicecode"), &[("client_id", &public), wanted]).await;
    assert!(code.json()["verification_url"].is_string() && code.json()["interval"] == "5", "{}", code.text);
}

#[tokio::test]
async fn a_tenant_may_live_in_one_cloud_only() {
    let host = Host::start().await;
    let proxy = reqwest::Proxy::all(&host.ready().proxy_url).expect("a proxy");
    let client = builder(host.ready()).proxy(proxy).build().expect("a client");
    let app = &host.ready().apps[0];
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        app.client_id,
        app.client_secret.clone().unwrap_or_default()
    );
    let ask = |login: &str| {
        let url = format!("https://{login}/{}/oauth2/v2.0/token", host.ready().tenant_id);
        host.send(client.post(url).body(body.clone()))
    };
    assert_eq!(ask("login.microsoftonline.us").await.status, 200);
    assert_eq!(host.control("PUT", "policies", r#"{"cloud":"global"}"#).await.json()["cloud"], "global");
    assert_eq!(ask("login.microsoftonline.us").await.refusal(), (400, "invalid_request".to_owned(), 900_382));
    assert_eq!(ask("login.microsoftonline.com").await.status, 200);
}
