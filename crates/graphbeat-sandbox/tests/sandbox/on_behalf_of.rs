//! An API of the tenant that calls Graph for whoever called it.

use serde_json::{Value, json};

use crate::support::{Answer, Host, claims};

const API: &str = "api://ledger";
const GRAPH: &str = "https://graph.microsoft.com/User.Read";

/// Makes the first application an API with one scope, to which Graph is open for its callers.
async fn make_api(host: &Host) {
    let (app, token) = (host.ready().apps[0].client_id, host.app_token().await);
    let scope = json!({"id": "6d1f7f0a-3f0e-4f7e-9d1b-0f4a4c2b7a11", "value": "Books.Read", "type": "User",
        "isEnabled": true, "adminConsentDisplayName": "Read", "adminConsentDescription": "Read"});
    let body = json!({"identifierUris": [API], "api": {"oauth2PermissionScopes": [scope]}});
    let changed = host.change("PATCH", &format!("/applications(appId='{app}')"), &token, &body).await;
    assert_eq!(changed.status, 204, "{}", changed.text);
    host.control("PUT", &format!("grants/{app}"), &json!({"delegated": ["User.Read"]}).to_string()).await;
}

async fn exchange(host: &Host, assertion: &str, scope: &str) -> Answer {
    let app = &host.ready().apps[0];
    let (id, secret) = (app.client_id.to_string(), app.client_secret.clone().unwrap_or_default());
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("client_id", &id),
        ("client_secret", &secret),
        ("assertion", assertion),
        ("requested_token_use", "on_behalf_of"),
        ("scope", scope),
    ];
    host.form(&host.token_url(), &form).await
}

fn token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

fn refused(code: u64) -> (u16, String, u64) {
    (400, "invalid_grant".to_owned(), code)
}

#[tokio::test]
async fn an_api_calls_graph_for_the_person_who_called_it() {
    let host = Host::start().await;
    make_api(&host).await;
    let caller = token(&host.user_grant(&format!("{API}/Books.Read openid offline_access")).await);
    assert_eq!(
        (claims(&caller)["aud"].clone(), claims(&caller)["scp"].clone()),
        (json!(API), json!("Books.Read openid"))
    );
    assert_eq!(host.graph("/me", &caller).await.status, 401);
    let graph = token(&exchange(&host, &caller, GRAPH).await);
    assert_eq!(claims(&graph)["appid"], json!(host.ready().apps[0].client_id));
    let me = host.graph("/me?$select=id", &graph).await;
    assert_eq!((me.status, me.json()["id"].clone()), (200, json!(host.ready().users[0].id)));
}

#[tokio::test]
async fn an_assertion_that_is_forged_over_foreign_or_not_consented_to_is_refused_with_its_code() {
    let host = Host::start().await;
    make_api(&host).await;
    let caller = token(&host.user_grant(&format!("{API}/Books.Read")).await);
    let forged = format!("{}x", &caller[..caller.len() - 5]);
    assert_eq!(exchange(&host, &forged, GRAPH).await.refusal(), refused(50013));
    let of_graph = token(&host.user_grant("User.Read").await);
    assert_eq!(exchange(&host, &of_graph, GRAPH).await.refusal(), refused(500_131));
    let not_consented = exchange(&host, &caller, "https://graph.microsoft.com/Mail.Read").await;
    assert_eq!(not_consented.refusal(), refused(65001));
    let (id, secret) = (host.ready().apps[0].client_id.to_string(), host.ready().apps[0].client_secret.clone());
    let scope = format!("{API}/.default");
    let own = host.client_grant(&id, &secret.unwrap_or_default(), &[("scope", &scope)]).await;
    assert_ne!(own.status, 500, "{}", own.text);
    assert_eq!(exchange(&host, "nothing", GRAPH).await.refusal().2, 50027);
    host.control("POST", "clock/advance", &json!({"seconds": 7_200}).to_string()).await;
    assert_eq!(exchange(&host, &caller, GRAPH).await.refusal(), refused(500_133));
}

#[tokio::test]
async fn a_scope_that_the_api_does_not_have_is_refused() {
    let host = Host::start().await;
    make_api(&host).await;
    let answer: Value = host.user_grant(&format!("{API}/Books.Burn")).await.json();
    assert_eq!(answer["error_codes"][0], 650_053, "{answer}");
}
