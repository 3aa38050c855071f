//! The sign-in page in a browser: its session, silent sign-ins, tokens at once, signing out.

use jsonwebtoken::jwk::JwkSet;
use serde_json::json;
use url::Url;

use crate::auth_code::{authorize_url, choose, parameter, parameters, redeem};
use crate::support::{Answer, Host, claims};

/// GET of the authorize endpoint, with the cookie of an earlier answer.
async fn visit(host: &Host, cookie: &str, changed: &[(&str, &str)]) -> Answer {
    let mut url: Url = authorize_url(host).parse().expect("a URL");
    url.query_pairs_mut().extend_pairs(parameters(host, changed));
    host.send(host.client.get(url.as_str()).header("cookie", cookie)).await
}

async fn signed_in(host: &Host, user: &str) -> String {
    let answer = choose(host, user, &[]).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("Secure; HttpOnly"), "{cookie}");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_browser_that_is_known_signs_in_silently_until_something_ends_its_session() {
    let host = Host::start().await;
    let user = &host.ready().users[1];
    let unknown = visit(&host, "", &[("prompt", "none")]).await;
    assert_eq!(parameter(&unknown, "error"), "login_required");
    let cookie = signed_in(&host, &user.upn).await;
    for prompt in [("prompt", "none"), ("login_hint", &user.upn)] {
        let silent = visit(&host, &cookie, &[prompt]).await;
        let body = redeem(&host, &parameter(&silent, "code"), &[]).await.json();
        assert_eq!(claims(body["access_token"].as_str().expect("a token"))["oid"], user.id.to_string());
    }
    let other = visit(&host, &cookie, &[("prompt", "none"), ("login_hint", &host.ready().users[2].upn)]).await;
    assert_eq!(parameter(&other, "error"), "login_required");
    assert_eq!(visit(&host, &cookie, &[("prompt", "select_account")]).await.status, 200);
    assert_eq!(
        parameter(&visit(&host, "ESTSAUTH=forged.AAAA", &[("prompt", "none")]).await, "error"),
        "login_required"
    );
    host.control("PATCH", &format!("users/{}", user.id), r#"{"revoke_sessions":true}"#).await;
    assert_eq!(parameter(&visit(&host, &cookie, &[("prompt", "none")]).await, "error"), "login_required");
}

#[tokio::test]
async fn a_silent_sign_in_does_not_consent() {
    let host = Host::start().await;
    let user = host.ready().users[1].upn.clone();
    let cookie = signed_in(&host, &user).await;
    let path = format!("grants/{}", host.ready().apps[1].client_id);
    host.control("PUT", &path, r#"{"delegated":[]}"#).await;
    let refused = visit(&host, &cookie, &[("prompt", "none")]).await;
    assert_eq!(parameter(&refused, "error"), "consent_required");
    assert!(parameter(&refused, "error_description").starts_with("AADSTS65001"));
    let shown = visit(&host, &cookie, &[]).await;
    assert!(shown.status == 200 && shown.text.contains("Mail.Read"), "{}", shown.text);
}

#[tokio::test]
async fn a_prompt_that_nobody_knows_is_refused_and_consent_can_be_asked_for_again() {
    let host = Host::start().await;
    let user = host.ready().users[1].upn.clone();
    let cookie = signed_in(&host, &user).await;
    assert!(visit(&host, &cookie, &[("prompt", "consent")]).await.text.contains("<li>Mail.Read"));
    let unknown = visit(&host, &cookie, &[("prompt", "perhaps")]).await;
    assert!(parameter(&unknown, "error_description").starts_with("AADSTS90023"));
    let for_all = choose(&host, &user, &[("prompt", "admin_consent")]).await;
    assert!(for_all.status == 400 && for_all.text.contains("AADSTS90094"), "{}", for_all.text);
}

#[tokio::test]
async fn tokens_leave_the_page_only_where_the_registration_allows_them() {
    let host = Host::start().await;
    let user = host.ready().users[1].upn.clone();
    for (kind, code) in
        [("code id_token", "AADSTS700054"), ("id_token token", "AADSTS700051"), ("smoke", "AADSTS70005")]
    {
        let refused = choose(&host, &user, &[("response_type", kind)]).await;
        assert!(parameter(&refused, "error_description").starts_with(code), "{kind}: {}", refused.header("location"));
    }
    let path = format!("/applications(appId='{}')", host.ready().apps[1].client_id);
    let settings = json!({ "web": { "implicitGrantSettings": { "enableIdTokenIssuance": true, "enableAccessTokenIssuance": true } } });
    assert_eq!(host.change("PATCH", &path, &host.app_token().await, &settings).await.status, 204);
    let hybrid = choose(&host, &user, &[("response_type", "code id_token token")]).await;
    assert!(hybrid.header("location").contains("/#code="), "{}", hybrid.header("location"));
    let id_token = claims(&parameter(&hybrid, "id_token"));
    assert_eq!(id_token["nonce"], "once");
    assert!(id_token["c_hash"].is_string() && id_token["at_hash"].is_string(), "{id_token}");
    assert_eq!(host.graph("/me", &parameter(&hybrid, "access_token")).await.status, 200);
    assert_eq!(redeem(&host, &parameter(&hybrid, "code"), &[]).await.status, 200);
    let in_query = choose(&host, &user, &[("response_type", "id_token"), ("response_mode", "query")]).await;
    assert!(in_query.status == 400 && in_query.text.contains("AADSTS70007"), "{}", in_query.text);
    let bare = choose(&host, &user, &[("response_type", "id_token"), ("nonce", "")]).await;
    assert!(parameter(&bare, "error_description").starts_with("AADSTS90014"));
}

#[tokio::test]
async fn a_single_page_application_redeems_in_a_browser_and_for_a_day() {
    let host = Host::start().await;
    let path = format!("/applications(appId='{}')", host.ready().apps[1].client_id);
    let spa = json!({ "spa": { "redirectUris": ["https://app.example/back"] } });
    assert_eq!(host.change("PATCH", &path, &host.app_token().await, &spa).await.status, 204);
    let back = ("redirect_uri", "https://app.example/back");
    let code = parameter(&choose(&host, &host.ready().users[1].upn, &[back]).await, "code");
    assert_eq!(redeem(&host, &code, &[back]).await.refusal(), (400, "invalid_request".to_owned(), 9_002_327));
    let code = parameter(&choose(&host, &host.ready().users[1].upn, &[back]).await, "code");
    let id = host.ready().apps[1].client_id.to_string();
    let origin = |form: Vec<(&str, String)>| {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        host.client.post(host.token_url()).header("origin", "https://app.example").body(body)
    };
    let redeemed = host
        .send(origin(vec![
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", id.clone()),
            ("code", code),
            ("redirect_uri", back.1.to_owned()),
            ("code_verifier", crate::auth_code::VERIFIER.to_owned()),
        ]))
        .await;
    assert_eq!((redeemed.status, redeemed.header("access-control-allow-origin")), (200, "*"), "{}", redeemed.text);
    host.control("POST", "clock/advance", r#"{"seconds":86400}"#).await;
    let refresh = redeemed.json()["refresh_token"].as_str().expect("a refresh token").to_owned();
    let form = vec![("grant_type", "refresh_token".to_owned()), ("client_id", id), ("refresh_token", refresh)];
    let late = host.send(origin(form)).await;
    assert_eq!(late.refusal(), (400, "invalid_grant".to_owned(), 700_084), "{}", late.text);
    let asked = host.client.request(reqwest::Method::OPTIONS, host.token_url());
    let allowed = host.send(asked.header("access-control-request-headers", "x-client-sku")).await;
    assert_eq!(allowed.header("access-control-allow-headers"), "x-client-sku");
}

#[tokio::test]
async fn signing_out_forgets_the_browser_and_goes_back_to_known_addresses_only() {
    let host = Host::start().await;
    let url = host.token_url().replace("/token", "/logout");
    let plain = host.get(&url).await;
    assert!(plain.status == 200 && plain.header("set-cookie").starts_with("ESTSAUTH=; Path=/; Max-Age=0"));
    let back = host.get(&format!("{url}?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A5012&state=7")).await;
    assert_eq!((back.status, back.header("location")), (302, "http://localhost:5012/?state=7"));
    assert_eq!(host.get(&format!("{url}?post_logout_redirect_uri=https%3A%2F%2Fevil.example")).await.status, 200);
}

#[tokio::test]
async fn a_users_realm_and_its_keys_can_be_asked_for() {
    let host = Host::start().await;
    let login = &host.ready().login_url;
    let realm = |user: &str| format!("{login}/common/userrealm/{user}?api-version=1.0");
    assert_eq!(host.get(&realm(&host.ready().users[0].upn)).await.json()["account_type"], "Managed");
    assert_eq!(host.get(&realm("a@elsewhere.example")).await.json()["account_type"], "Unknown");
    for tenant in ["common", "organizations", "consumers", "contoso.onmicrosoft.com"] {
        let found = host.get(&format!("{login}/{tenant}/v2.0/.well-known/openid-configuration")).await.json();
        let keys = host.get(found["jwks_uri"].as_str().expect("an address")).await;
        assert!(!serde_json::from_str::<JwkSet>(&keys.text).expect("a key set").keys.is_empty(), "{tenant}");
    }
    let token = host.user_grant("openid User.Read").await.json()["access_token"].as_str().expect("a token").to_owned();
    let url = format!("{}/oidc/userinfo", host.ready().graph_url);
    let info = host.send(host.client.get(&url).bearer_auth(token)).await.json();
    assert_eq!(info["email"], host.ready().users[0].upn);
    assert_eq!(host.get(&url).await.status, 401);
}
