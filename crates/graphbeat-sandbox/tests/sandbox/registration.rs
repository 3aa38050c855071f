//! An application that is registered through Graph signs in at Entra at once, with what Graph was told.

use serde_json::{Value, json};

use crate::auth_code::{choose, parameter, redeem};
use crate::support::{Host, claims};

/// `Mail.Read` and `User.Read.All` of Graph's app roles.
const MAIL_READ: &str = "810c84a8-4a9e-49e6-bf7d-12d183f40d01";
const BACK: &str = "http://localhost:5012";

struct Made {
    object_id: String,
    client_id: String,
    secret: String,
}

/// Registers an application with a secret, without a service principal.
async fn register(host: &Host, body: Value) -> Made {
    let token = host.app_token().await;
    let made = host.change("POST", "/applications", &token, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (object_id, client_id) = (text(&made.json()["id"]), text(&made.json()["appId"]));
    let secret = host.change("POST", &format!("/applications/{object_id}/addPassword"), &token, &json!({})).await;
    Made { object_id, client_id, secret: text(&secret.json()["secretText"]) }
}

async fn install(host: &Host, client_id: &str) -> String {
    let made = host.change("POST", "/servicePrincipals", &host.app_token().await, &json!({ "appId": client_id })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["id"].as_str().expect("an id").to_owned()
}

async fn graph_principal(host: &Host) -> String {
    let path = "/servicePrincipals?$filter=appId%20eq%20'00000003-0000-0000-c000-000000000000'&$select=id";
    host.graph(path, &host.app_token().await).await.json()["value"][0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn an_application_signs_in_once_it_has_a_service_principal_and_may_what_it_was_assigned() {
    let host = Host::start().await;
    let app = register(&host, json!({ "displayName": "Ledger" })).await;
    let grant = || host.client_grant(&app.client_id, &app.secret, &[]);
    assert_eq!(grant().await.refusal(), (401, "invalid_client".to_owned(), 7_000_229));
    let principal = install(&host, &app.client_id).await;
    let token = host.app_token().await;
    let again = host.change("POST", "/servicePrincipals", &token, &json!({ "appId": app.client_id })).await;
    assert_eq!(again.status, 409, "{}", again.text);
    let roles = |body: Value| claims(body["access_token"].as_str().expect("a token"))["roles"].clone();
    assert_eq!(roles(grant().await.json()), Value::Null);
    let body = json!({ "principalId": principal, "resourceId": graph_principal(&host).await, "appRoleId": MAIL_READ });
    let path = format!("/servicePrincipals/{principal}/appRoleAssignments");
    let assigned = host.change("POST", &path, &token, &body).await;
    assert_eq!(assigned.status, 201, "{}", assigned.text);
    assert_eq!(roles(grant().await.json()), json!(["Mail.Read"]));
    assert_eq!(host.change("POST", &path, &token, &body).await.status, 400);
    let one = format!("{path}/{}", assigned.json()["id"].as_str().expect("an id"));
    assert_eq!(host.change("DELETE", &one, &token, &json!({})).await.status, 204);
    assert_eq!(roles(grant().await.json()), Value::Null);
    let off = json!({ "accountEnabled": false });
    assert_eq!(host.change("PATCH", &format!("/servicePrincipals/{principal}"), &token, &off).await.status, 204);
    assert_eq!(grant().await.refusal().2, 7_000_112);
    assert_eq!(host.change("DELETE", &format!("/servicePrincipals/{principal}"), &token, &json!({})).await.status, 204);
    assert_eq!(grant().await.refusal().2, 7_000_229);
    assert_eq!(
        host.change("DELETE", &format!("/applications/{}", app.object_id), &token, &json!({})).await.status,
        204
    );
    assert_eq!(grant().await.refusal().2, 700_016);
    let restore = format!("/directory/deletedItems/{}/restore", app.object_id);
    assert_eq!(host.change("POST", &restore, &token, &json!({})).await.status, 200);
    assert_eq!(grant().await.refusal().2, 7_000_229);
}

#[tokio::test]
async fn a_grant_of_graph_is_a_consent_of_entra_for_all_or_for_one() {
    let host = Host::start().await;
    let body =
        json!({ "displayName": "Reader", "isFallbackPublicClient": true, "publicClient": { "redirectUris": [BACK] } });
    let app = register(&host, body).await;
    let principal = install(&host, &app.client_id).await;
    let (token, resource) = (host.app_token().await, graph_principal(&host).await);
    let (one, other) = (&host.ready().users[1], &host.ready().users[2]);
    let body = json!({
        "clientId": principal, "consentType": "Principal", "principalId": one.id, "resourceId": resource, "scope": "User.Read",
    });
    let made = host.change("POST", "/oauth2PermissionGrants", &token, &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    // Who picks themselves on the page consents by it, for themselves alone.
    for user in [one, other] {
        let page = choose(&host, &user.upn, &[("client_id", &app.client_id), ("scope", "openid User.Read")]).await;
        assert_eq!(page.status, 302, "{}", page.text);
    }
    let list =
        host.graph(&format!("/oauth2PermissionGrants?$filter=clientId%20eq%20'{principal}'"), &token).await.json();
    let whose: Vec<&str> =
        list["value"].as_array().expect("a list").iter().filter_map(|it| it["principalId"].as_str()).collect();
    assert!(whose.contains(&one.id.to_string().as_str()) && whose.contains(&other.id.to_string().as_str()), "{list}");
    let code =
        parameter(&choose(&host, &one.upn, &[("client_id", &app.client_id), ("scope", "User.Read")]).await, "code");
    let path = format!("/oauth2PermissionGrants/{}", made.json()["id"].as_str().expect("an id"));
    assert_eq!(host.change("PATCH", &path, &token, &json!({ "scope": "Mail.Read" })).await.status, 204);
    let id = ("client_id", app.client_id.as_str());
    let secret = ("client_secret", app.secret.as_str());
    assert_eq!(redeem(&host, &code, &[id, secret]).await.refusal().2, 65001);
    assert_eq!(host.change("DELETE", &path, &token, &json!({})).await.status, 204);
    assert_eq!(host.graph(&path, &token).await.status, 404);
}

#[tokio::test]
async fn a_registration_serves_its_own_tenant_alone_unless_it_says_otherwise() {
    let host = Host::start().await;
    let app = register(&host, json!({ "displayName": "Single", "isFallbackPublicClient": true })).await;
    let ask = |tenant: &str| {
        let url = format!("{}/{tenant}/oauth2/v2.0/devicecode", host.ready().login_url);
        let id = app.client_id.clone();
        let host = &host;
        async move { host.form(&url, &[("client_id", &id), ("scope", "User.Read")]).await }
    };
    assert_eq!(ask("common").await.refusal(), (400, "invalid_request".to_owned(), 50194));
    assert_eq!(ask("organizations").await.refusal().2, 50194);
    assert_eq!(ask("consumers").await.refusal().2, 9_002_332);
    assert_eq!(ask("contoso.onmicrosoft.com").await.status, 200);
    let many = json!({ "signInAudience": "AzureADMultipleOrgs" });
    let path = format!("/applications/{}", app.object_id);
    assert_eq!(host.change("PATCH", &path, &host.app_token().await, &many).await.status, 204);
    assert_eq!(ask("common").await.status, 200);
}
