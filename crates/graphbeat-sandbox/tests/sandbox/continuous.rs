//! Continuous access evaluation: long tokens, and the challenge by which a client learns that one is over.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Answer, Host, claims};

const CAPABLE: &str = r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#;
const SCOPE: &str = "openid offline_access User.Read User.ReadWrite.All";

/// The first user's tokens, for a client that understands challenges.
async fn tokens(host: &Host) -> Value {
    let first = host.user_grant(SCOPE).await.json();
    let id = host.ready().apps[1].client_id.to_string();
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", id.as_str()),
        ("refresh_token", first["refresh_token"].as_str().expect("a refresh token")),
        ("scope", SCOPE),
        ("claims", CAPABLE),
    ];
    host.form(&host.token_url(), &form).await.json()
}

fn access(body: &Value) -> String {
    body["access_token"].as_str().expect("a token").to_owned()
}

/// The claims of a challenge.
fn challenge(answer: &Answer) -> Value {
    let header = answer.header("www-authenticate");
    assert!(answer.status == 401 && header.contains("error=\"insufficient_claims\""), "{header}: {}", answer.text);
    let encoded = header.split("claims=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("claims");
    serde_json::from_slice(&STANDARD.decode(encoded).expect("base64")).expect("JSON")
}

#[tokio::test]
async fn a_capable_client_gets_tokens_for_a_day_and_is_told_when_to_refresh() {
    let host = Host::start().await;
    let body = tokens(&host).await;
    let (life, refresh) = (body["expires_in"].as_i64().expect("a number"), body["refresh_in"].as_i64());
    assert!((86_399..86_400 + 4 * 3_600).contains(&life) && refresh == Some(life / 2), "{body}");
    let token = claims(&access(&body));
    assert_eq!(token["xms_cc"], json!(["CP1"]));
    assert_eq!(token["exp"].as_i64(), Some(host.clock.now().as_second() + life + 1));
    let app = &host.ready().apps[0];
    let (id, secret) = (app.client_id.to_string(), app.client_secret.clone().unwrap_or_default());
    let own = host.client_grant(&id, &secret, &[("claims", CAPABLE)]).await.json();
    assert_eq!((&own["expires_in"], &own["refresh_in"]), (&json!(86_399), &json!(43_199)));
    let plain = host.user_grant(SCOPE).await.json();
    assert_eq!((&plain["expires_in"], plain.get("refresh_in")), (&json!(3_599), None));
}

#[tokio::test]
async fn what_ends_a_users_sessions_challenges_a_capable_client_at_once() {
    let host = Host::start().await;
    let user = host.ready().users[0].id;
    for change in [r#"{"revoke_sessions":true}"#, r#"{"password":"new"}"#, r#"{"enabled":false}"#] {
        let (long, short) = (access(&tokens(&host).await), access(&host.user_grant(SCOPE).await.json()));
        assert_eq!(host.graph("/me", &long).await.status, 200);
        host.control("PATCH", &format!("users/{user}"), change).await;
        let refused = host.graph("/me", &long).await;
        assert!(challenge(&refused)["access_token"]["nbf"]["essential"] == json!(true), "{change}");
        assert_eq!(refused.json()["error"]["code"], "InvalidAuthenticationToken");
        assert_eq!(host.graph("/me", &short).await.status, 200, "{change}: who cannot be told, goes on");
    }
}

#[tokio::test]
async fn a_user_who_revokes_their_sessions_in_graph_has_to_sign_in_anew() {
    let host = Host::start().await;
    let body = tokens(&host).await;
    let answer = host.change("POST", "/me/revokeSignInSessions", &access(&body), &json!({})).await;
    assert_eq!((answer.status, &answer.json()["value"]), (200, &json!(true)), "{}", answer.text);
    challenge(&host.graph("/me", &access(&body)).await);
    let refreshed = host.refresh(body["refresh_token"].as_str().expect("a refresh token"), SCOPE).await;
    assert_eq!(refreshed.refusal(), (400, "invalid_grant".to_owned(), 50173));
    // A sign-in after it counts, in the same second too.
    assert_eq!(host.graph("/me", &access(&tokens(&host).await)).await.status, 200);
}

#[tokio::test]
async fn a_password_changed_through_graph_is_the_one_that_the_page_takes() {
    let host = Host::start().await;
    host.control("PUT", "policies", r#"{"security_defaults":false}"#).await;
    let user = &host.ready().users[1];
    let body = json!({ "passwordProfile": { "password": "another one", "forceChangePasswordNextSignIn": false } });
    let changed = host.change("PATCH", &format!("/users/{}", user.id), &host.app_token().await, &body).await;
    assert_eq!(changed.status, 204, "{}", changed.text);
    assert_eq!(host.password_grant(&user.upn, "sandbox").await.refusal().2, 50126);
    assert_eq!(host.password_grant(&user.upn, "another one").await.status, 200);
}

#[tokio::test]
async fn an_application_that_is_switched_off_is_challenged_and_then_refused() {
    let host = Host::start().await;
    let app = &host.ready().apps[0];
    let (id, secret) = (app.client_id.to_string(), app.client_secret.clone().unwrap_or_default());
    let token = access(&host.client_grant(&id, &secret, &[("claims", CAPABLE)]).await.json());
    assert_eq!(host.graph("/users", &token).await.status, 200);
    host.control("PATCH", &format!("apps/{id}"), r#"{"enabled":false}"#).await;
    challenge(&host.graph("/users", &token).await);
    assert_eq!(host.secret_grant().await.refusal().2, 7_000_112);
}

const CONTEXT: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

#[tokio::test]
async fn an_authentication_context_challenges_every_token_that_was_not_asked_for_with_it() {
    let host = Host::start().await;
    let plain = host.app_token().await;
    host.control("PUT", "policies", r#"{"authentication_context":"c1"}"#).await;
    let demand = challenge(&host.graph("/users", &plain).await);
    assert_eq!(demand.to_string(), CONTEXT);
    let app = &host.ready().apps[0];
    let (id, secret) = (app.client_id.to_string(), app.client_secret.clone().unwrap_or_default());
    let better = access(&host.client_grant(&id, &secret, &[("claims", CONTEXT)]).await.json());
    assert_eq!(claims(&better)["acrs"], json!(["c1"]));
    assert_eq!(host.graph("/users", &better).await.status, 200);
    host.control("PUT", "policies", r#"{"authentication_context":"c2"}"#).await;
    challenge(&host.graph("/users", &better).await);
    host.control("PUT", "policies", r#"{"authentication_context":null}"#).await;
    assert_eq!(host.graph("/users", &plain).await.status, 200);
    let refused = host.control("PUT", "policies", r#"{"authentication_context":"c100"}"#).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_user_meets_an_authentication_context_by_a_second_factor() {
    let host = Host::start().await;
    let body = host.user_grant(SCOPE).await.json();
    let token = body["refresh_token"].as_str().expect("a refresh token");
    let id = host.ready().apps[1].client_id.to_string();
    let refresh = async |token: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", id.as_str()),
            ("refresh_token", token),
            ("scope", SCOPE),
            ("claims", CONTEXT),
        ];
        host.form(&host.token_url(), &form).await
    };
    let refused = refresh(token).await;
    assert_eq!(refused.refusal(), (400, "interaction_required".to_owned(), 50076));
    assert_eq!(refused.json()["claims"], CONTEXT, "what the sign-in page is to be asked for with");
    let first = host.ready().users[0].id;
    host.control("PATCH", &format!("users/{first}"), r#"{"mfa":true}"#).await;
    let proved = host.user_grant(SCOPE).await.json();
    let better = refresh(proved["refresh_token"].as_str().expect("a refresh token")).await.json();
    assert_eq!(claims(&access(&better))["acrs"], json!(["c1"]));
}
