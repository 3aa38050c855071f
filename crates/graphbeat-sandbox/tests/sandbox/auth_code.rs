//! Authorization codes: the page, the redirect, and what a code is good for.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use url::Url;

use crate::support::{Answer, Host, claims};

const BACK: &str = "http://localhost:5012";
const SCOPE: &str = "openid profile offline_access User.Read Mail.Read";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk-0123456789";

pub(crate) fn authorize_url(host: &Host) -> String {
    host.token_url().replace("/token", "/authorize")
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

/// The authorization request of the public application, with parameters replaced or added.
pub(crate) fn parameters(host: &Host, changed: &[(&str, &str)]) -> Vec<(String, String)> {
    let usual = [
        ("client_id", host.ready().apps[1].client_id.to_string()),
        ("response_type", "code".to_owned()),
        ("redirect_uri", BACK.to_owned()),
        ("scope", SCOPE.to_owned()),
        ("state", "a state".to_owned()),
        ("nonce", "once".to_owned()),
        ("code_challenge", challenge()),
        ("code_challenge_method", "S256".to_owned()),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !changed.iter().any(|(it, _)| it == name));
    kept.map(|(name, value)| (name.to_owned(), value))
        .chain(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        .collect()
}

/// What the page answers to a person who chooses.
pub(crate) async fn choose(host: &Host, user: &str, changed: &[(&str, &str)]) -> Answer {
    let mut all = parameters(host, changed);
    all.push(("user_id".to_owned(), user.to_owned()));
    if !changed.iter().any(|(name, _)| *name == "action") {
        all.push(("action".to_owned(), "accept".to_owned()));
    }
    let pairs: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    host.form(&authorize_url(host), &pairs).await
}

/// A parameter of a redirect, in its query or its fragment.
pub(crate) fn parameter(answer: &Answer, name: &str) -> String {
    let target: Url = answer.header("location").parse().expect("a redirect");
    let fragment = target.fragment().unwrap_or_default().as_bytes();
    let mut all = target.query_pairs().chain(url::form_urlencoded::parse(fragment));
    all.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

pub(crate) async fn code(host: &Host, changed: &[(&str, &str)]) -> String {
    let answer = choose(host, &host.ready().users[0].upn, changed).await;
    assert_eq!(answer.status, 302, "{}", answer.text);
    parameter(&answer, "code")
}

/// Redeems a code with parameters replaced or (where empty) left out.
pub(crate) async fn redeem(host: &Host, code: &str, changed: &[(&str, &str)]) -> Answer {
    let id = host.ready().apps[1].client_id.to_string();
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", &id),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("client_info", "1"),
        ("claims", r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#),
    ];
    let pairs: Vec<(&str, &str)> = usual
        .iter()
        .map(|(name, value)| changed.iter().find(|(it, _)| it == name).copied().unwrap_or((name, value)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    host.form(&host.token_url(), &pairs).await
}

#[tokio::test]
async fn a_person_signs_in_on_the_page_and_the_code_gives_every_token() {
    let host = Host::start().await;
    let mut page: Url = authorize_url(&host).parse().expect("a URL");
    page.query_pairs_mut().extend_pairs(parameters(&host, &[("login_hint", &host.ready().users[1].upn)]));
    let shown = host.get(page.as_str()).await;
    let hinted = format!("value=\"{}\" selected", host.ready().users[1].id);
    assert!(shown.status == 200 && shown.text.contains(&hinted), "{}", shown.text);
    let user = host.ready().users[1].id.to_string();
    let answer = choose(&host, &user, &[("client_info", "1")]).await;
    assert_eq!(parameter(&answer, "state"), "a state");
    assert!(answer.header("location").starts_with("http://localhost:5012/?code="), "{}", answer.header("location"));
    assert!(!parameter(&answer, "client_info").is_empty());
    let body = redeem(&host, &parameter(&answer, "code"), &[]).await.json();
    let id_token = claims(body["id_token"].as_str().expect("an ID token"));
    assert_eq!((&id_token["nonce"], &id_token["oid"]), (&json!("once"), &json!(user)));
    assert_eq!(body["scope"], "Mail.Read User.Read openid profile");
    assert!(body["refresh_token"].is_string() && body["client_info"].is_string());
    assert_eq!(host.graph("/me", body["access_token"].as_str().expect("a token")).await.status, 200);
}

#[tokio::test]
async fn a_code_is_redeemed_once_in_ten_minutes_and_only_with_its_verifier_and_address() {
    let host = Host::start().await;
    let refused = |code| (400, "invalid_grant".to_owned(), code);
    let first = code(&host, &[]).await;
    let wrong = VERIFIER.replace('d', "e");
    assert_eq!(redeem(&host, &first, &[("code_verifier", &wrong)]).await.refusal(), refused(501_481));
    assert_eq!(redeem(&host, &first, &[("code_verifier", "")]).await.refusal(), refused(501_481));
    let elsewhere = [("redirect_uri", "http://localhost:5013")];
    assert_eq!(redeem(&host, &first, &elsewhere).await.refusal(), refused(500_112));
    assert_eq!(redeem(&host, &first, &[]).await.status, 200);
    assert_eq!(redeem(&host, &first, &[]).await.refusal(), refused(54005));
    assert_eq!(redeem(&host, "1.nonsense", &[]).await.refusal(), refused(70000));
    let late = code(&host, &[]).await;
    host.control("POST", "clock/advance", r#"{"seconds":600}"#).await;
    assert_eq!(redeem(&host, &late, &[]).await.refusal(), refused(70008));
}

#[tokio::test]
async fn a_code_without_a_challenge_takes_no_verifier() {
    let host = Host::start().await;
    let plain = code(&host, &[("code_challenge", "")]).await;
    assert_eq!(redeem(&host, &plain, &[]).await.refusal().2, 501_481);
    assert_eq!(redeem(&host, &plain, &[("code_verifier", "")]).await.status, 200);
}

#[tokio::test]
async fn an_answer_travels_as_the_client_asked() {
    let host = Host::start().await;
    let user = host.ready().users[0].upn.clone();
    let fragment = choose(&host, &user, &[("response_mode", "fragment")]).await;
    assert!(fragment.header("location").starts_with("http://localhost:5012/#code=1."));
    let form = choose(&host, &user, &[("response_mode", "form_post"), ("state", "<&>")]).await;
    assert_eq!(form.status, 200);
    assert!(form.text.contains("action=\"http://localhost:5012/\"") && form.text.contains("value=\"&lt;&amp;&gt;\""));
    let unknown = choose(&host, &user, &[("response_mode", "pigeon")]).await;
    assert!(unknown.status == 400 && unknown.text.contains("AADSTS70007"), "{}", unknown.text);
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_registered() {
    let host = Host::start().await;
    let user = host.ready().users[0].upn.clone();
    for address in ["http://localhost:5012/other", "https://evil.example", "http://localhost.evil.example", "nonsense"]
    {
        let answer = choose(&host, &user, &[("redirect_uri", address)]).await;
        assert!(answer.status == 400 && answer.text.contains("AADSTS50011"), "{address}: {}", answer.text);
        assert!(answer.headers.get("location").is_none(), "{address}");
    }
    let nobody = choose(&host, &user, &[("client_id", "7a3a0f0e-64a5-4d9e-8a2e-3f0a5f0c1b2d")]).await;
    assert!(nobody.status == 400 && nobody.text.contains("AADSTS700016"), "{}", nobody.text);
}

#[tokio::test]
async fn a_refusal_goes_back_to_the_application_with_its_state() {
    let host = Host::start().await;
    let user = host.ready().users[0].upn.clone();
    for (changed, error, code) in [
        (("action", "decline"), "access_denied", "AADSTS65004"),
        (("response_type", "token"), "unsupported_response_type", "AADSTS700051"),
        (("scope", "Nothing.Read"), "invalid_scope", "AADSTS650053"),
        (("code_challenge_method", "S1"), "invalid_request", "AADSTS9002313"),
    ] {
        let answer = choose(&host, &user, &[changed]).await;
        assert_eq!((parameter(&answer, "error").as_str(), answer.status), (error, 302), "{changed:?}");
        assert!(parameter(&answer, "error_description").starts_with(code), "{changed:?}");
        assert_eq!(parameter(&answer, "state"), "a state");
    }
    let mut silent: Url = authorize_url(&host).parse().expect("a URL");
    silent.query_pairs_mut().extend_pairs(parameters(&host, &[("prompt", "none")]));
    assert_eq!(parameter(&host.get(silent.as_str()).await, "error"), "login_required");
}

#[tokio::test]
async fn an_account_that_may_not_sign_in_is_told_so_on_the_page() {
    let host = Host::start().await;
    let user = &host.ready().users[1];
    let path = format!("users/{}", user.id);
    for (patch, code) in
        [(r#"{"enabled":false}"#, "AADSTS50057"), (r#"{"enabled":true,"password_expired":true}"#, "AADSTS50055")]
    {
        host.control("PATCH", &path, patch).await;
        let answer = choose(&host, &user.upn, &[]).await;
        assert!(answer.status == 400 && answer.text.contains(code), "{}", answer.text);
    }
    host.control("PATCH", &path, r#"{"password_expired":false,"mfa":true}"#).await;
    let strong = choose(&host, &user.upn, &[]).await;
    let body = redeem(&host, &parameter(&strong, "code"), &[]).await.json();
    assert_eq!(claims(body["access_token"].as_str().expect("a token"))["amr"], json!(["pwd", "mfa"]));
}

#[tokio::test]
async fn what_happens_between_the_page_and_the_redemption_counts() {
    let host = Host::start().await;
    let path = format!("users/{}", host.ready().users[0].id);
    let early = code(&host, &[]).await;
    host.control("PATCH", &path, r#"{"mfa":true}"#).await;
    assert_eq!(redeem(&host, &early, &[]).await.refusal(), (400, "interaction_required".to_owned(), 50076));
    let code = code(&host, &[]).await;
    host.control("PATCH", &path, r#"{"enabled":false}"#).await;
    assert_eq!(redeem(&host, &code, &[]).await.refusal(), (400, "invalid_grant".to_owned(), 50057));
}

#[tokio::test]
async fn a_confidential_client_proves_itself_when_it_redeems() {
    let host = Host::start().await;
    let app = &host.ready().apps[0];
    let (id, secret) = (app.client_id.to_string(), app.client_secret.clone().unwrap_or_default());
    let code = code(&host, &[("client_id", &id), ("code_challenge", "")]).await;
    let bare = redeem(&host, &code, &[("client_id", &id), ("code_verifier", "")]).await;
    assert_eq!(bare.refusal(), (401, "invalid_client".to_owned(), 7_000_218));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("client_secret", &secret),
        ("code", &code),
        ("redirect_uri", BACK),
    ];
    let body = host.form(&host.token_url(), &form).await.json();
    let token = claims(body["access_token"].as_str().expect("a token"));
    assert_eq!((&token["appidacr"], &token["scp"]), (&json!("1"), &json!("Mail.Read User.Read openid profile")));
}
