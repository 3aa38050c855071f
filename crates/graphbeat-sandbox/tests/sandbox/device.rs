//! Device codes and refresh tokens: the way of a user.

use serde_json::json;

use crate::support::{Host, claims};

const SCOPE: &str = "openid profile offline_access User.Read Mail.Read";

#[tokio::test]
async fn a_device_waits_until_the_user_approves_on_the_page() {
    let host = Host::start().await;
    let (device_code, user_code) = host.device_code(SCOPE).await;
    assert_eq!(host.redeem(&device_code).await.refusal(), (400, "authorization_pending".to_owned(), 70016));
    let page = format!("{}/common/oauth2/deviceauth", host.ready().login_url);
    let shown = host.get(&format!("{page}?otc={user_code}")).await;
    assert!(shown.text.contains(&user_code) && shown.text.contains(&host.ready().users[0].upn), "{}", shown.text);
    let user_id = host.ready().users[0].id.to_string();
    let form = [("user_code", user_code.as_str()), ("user_id", user_id.as_str()), ("action", "approve")];
    let approved = host.form(&page, &form).await;
    assert!(approved.text.contains("You have signed in"), "{}", approved.text);
    let body = host.redeem(&device_code).await.json();
    assert_eq!(body["scope"], "Mail.Read User.Read openid profile");
    let access = claims(body["access_token"].as_str().expect("a token"));
    assert_eq!((&access["idtyp"], &access["oid"]), (&json!("user"), &json!(user_id)));
    assert_eq!(access["scp"], "Mail.Read User.Read openid profile");
    assert!(body["client_info"].is_string() && body["refresh_token"].is_string());
}

#[tokio::test]
async fn a_device_code_is_redeemed_once_and_only_by_its_client() {
    let host = Host::start().await;
    let (device_code, user_code) = host.device_code(SCOPE).await;
    let user = host.ready().users[0].id;
    let approval = json!({ "user_code": user_code, "user_id": user, "approve": true }).to_string();
    host.control("POST", "device", &approval).await;
    assert_eq!(host.redeem(&device_code).await.status, 200);
    assert_eq!(host.redeem(&device_code).await.refusal(), (400, "bad_verification_code".to_owned(), 70018));
    assert_eq!(host.redeem("nonsense").await.refusal(), (400, "bad_verification_code".to_owned(), 70018));
}

#[tokio::test]
async fn a_declined_or_old_device_code_ends_the_flow() {
    let host = Host::start().await;
    let (declined, user_code) = host.device_code(SCOPE).await;
    let answer = host.control("POST", "device", &json!({ "user_code": user_code, "approve": false }).to_string()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(host.redeem(&declined).await.refusal().1, "authorization_declined");
    let (old, _) = host.device_code(SCOPE).await;
    host.control("POST", "clock/advance", r#"{"seconds":900}"#).await;
    assert_eq!(host.redeem(&old).await.refusal(), (400, "expired_token".to_owned(), 70019));
}

#[tokio::test]
async fn the_bare_grant_name_and_the_code_parameter_are_understood() {
    let host = Host::start().await;
    let (device_code, _) = host.device_code(SCOPE).await;
    let id = host.ready().apps[1].client_id.to_string();
    let url = format!("{}/common/oauth2/v2.0/token?client-request-id=x", host.ready().login_url);
    let answer = host.form(&url, &[("grant_type", "device_code"), ("client_id", &id), ("code", &device_code)]).await;
    assert_eq!(answer.refusal().1, "authorization_pending");
}

#[tokio::test]
async fn a_refresh_gives_a_new_refresh_token_and_keeps_the_old_one() {
    let host = Host::start().await;
    let first = host.user_grant(SCOPE).await.json();
    let old = first["refresh_token"].as_str().expect("a refresh token");
    let second = host.refresh(old, SCOPE).await.json();
    let new = second["refresh_token"].as_str().expect("a successor");
    assert_ne!(old, new);
    assert_eq!(host.refresh(old, SCOPE).await.status, 200);
    assert_eq!(host.refresh(new, "User.Read").await.json()["scope"], "User.Read");
}

#[tokio::test]
async fn there_is_no_refresh_token_without_offline_access() {
    let host = Host::start().await;
    let body = host.user_grant("openid User.Read").await.json();
    assert!(body.get("refresh_token").is_none() && body["id_token"].is_string());
}

#[tokio::test]
async fn a_refresh_token_dies_of_disuse_and_nonsense_is_refused() {
    let host = Host::start().await;
    let token = host.user_grant(SCOPE).await.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    assert_eq!(host.refresh("0.AAAA.BBBB", SCOPE).await.refusal(), (400, "invalid_grant".to_owned(), 9_002_313));
    host.control("POST", "clock/advance", r#"{"seconds":7776000}"#).await;
    assert_eq!(host.refresh(&token, SCOPE).await.refusal(), (400, "invalid_grant".to_owned(), 700_082));
}

#[tokio::test]
async fn what_happens_to_a_user_shows_at_the_next_refresh() {
    let host = Host::start().await;
    let token = host.user_grant(SCOPE).await.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    let user = host.ready().users[0].id;
    let path = format!("users/{user}");
    let patch = |body| host.control("PATCH", &path, body);
    assert_eq!(patch(r#"{"mfa":true}"#).await.status, 200);
    assert_eq!(host.refresh(&token, SCOPE).await.refusal(), (400, "interaction_required".to_owned(), 50076));
    let strong = host.user_grant(SCOPE).await.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    assert_eq!(host.refresh(&strong, SCOPE).await.status, 200);
    assert_eq!(patch(r#"{"enabled":false}"#).await.status, 200);
    assert_eq!(host.refresh(&strong, SCOPE).await.refusal(), (400, "invalid_grant".to_owned(), 50057));
    assert_eq!(patch(r#"{"enabled":true,"password_expired":true}"#).await.status, 200);
    assert_eq!(host.refresh(&strong, SCOPE).await.status, 200);
    assert_eq!(host.user_grant(SCOPE).await.refusal(), (400, "invalid_grant".to_owned(), 50055));
}

#[tokio::test]
async fn scopes_that_nobody_consented_to_or_that_do_not_exist_are_refused() {
    let host = Host::start().await;
    let token = host.user_grant(SCOPE).await.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    let id = host.ready().apps[1].client_id;
    host.control("PUT", &format!("grants/{id}"), r#"{"delegated":["User.Read"]}"#).await;
    let refused = host.refresh(&token, SCOPE).await;
    assert_eq!(refused.refusal(), (400, "invalid_grant".to_owned(), 65001));
    assert_eq!(refused.json()["suberror"], "consent_required");
    assert_eq!(host.refresh(&token, "User.Read").await.status, 200);
    assert_eq!(host.refresh(&token, "Nothing.Read").await.refusal(), (400, "invalid_scope".to_owned(), 650_053));
}

#[tokio::test]
async fn the_sign_in_log_shows_who_signed_in_and_who_could_not() {
    let host = Host::start().await;
    let user = host.ready().users[0].id;
    let token = host.user_grant("AuditLog.Read.All").await.json();
    let (device_code, user_code) = host.device_code(SCOPE).await;
    let approval = json!({ "user_code": user_code, "user_id": user, "approve": true }).to_string();
    host.control("POST", "device", &approval).await;
    host.control("PATCH", &format!("users/{user}"), r#"{"password_expired": true}"#).await;
    assert_eq!(host.redeem(&device_code).await.refusal().2, 50055);
    let log = host.graph("/auditLogs/signIns?$top=2", token["access_token"].as_str().expect("a token")).await.json();
    let codes = [&log["value"][0]["status"]["errorCode"], &log["value"][1]["status"]["errorCode"]];
    assert!(codes.contains(&&json!(0)) && codes.contains(&&json!(50055)), "{log}");
    assert!((0..2).all(|at| log["value"][at]["userId"] == json!(user)), "{log}");
}
