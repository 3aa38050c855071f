//! Every grant, and what the tokens say.

use std::collections::HashSet;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use crate::support::{Answer, Host, claims};

#[tokio::test]
async fn a_client_secret_gives_exactly_the_fields_of_the_real_answer() {
    let host = Host::start().await;
    let answer = host.secret_grant().await;
    let body = answer.json();
    let fields: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["token_type", "expires_in", "ext_expires_in", "access_token"]);
    assert_eq!((answer.status, &body["expires_in"], &body["token_type"]), (200, &json!(3599), &json!("Bearer")));
    assert!(!answer.header("x-ms-request-id").is_empty());
}

#[tokio::test]
async fn an_application_token_says_who_and_what_it_may() {
    let host = Host::start().await;
    let token = claims(&host.app_token().await);
    let ready = host.ready();
    assert_eq!(token["aud"], "https://graph.microsoft.com");
    assert_eq!(token["iss"], format!("https://sts.windows.net/{}/", ready.tenant_id));
    assert_eq!(token["appid"], ready.apps[0].client_id.to_string());
    assert_eq!((&token["idtyp"], &token["ver"]), (&json!("app"), &json!("1.0")));
    assert_eq!(token["exp"].as_i64(), Some(host.clock.now().as_second() + 3_600));
    assert!(token["roles"].as_array().is_some_and(|roles| roles.contains(&json!("Mail.Read"))));
    assert!(token.get("scp").is_none());
}

#[tokio::test]
async fn a_token_without_roles_is_issued_where_nothing_is_granted() {
    let host = Host::start().await;
    let id = host.ready().apps[0].client_id;
    let changed = host.control("PUT", &format!("grants/{id}"), r#"{"application":[],"delegated":[]}"#).await;
    assert_eq!(changed.status, 200);
    assert!(claims(&host.app_token().await).get("roles").is_none());
}

#[tokio::test]
async fn every_token_verifies_against_the_published_keys() {
    let host = Host::start().await;
    let keys = host.get(&format!("{}/common/discovery/v2.0/keys", host.ready().login_url)).await;
    let keys: JwkSet = serde_json::from_str(&keys.text).expect("a key set");
    let user = host.user_grant("openid profile offline_access User.Read").await.json();
    let id_token = user["id_token"].as_str().expect("an ID token");
    for (token, audience) in [
        (host.app_token().await.as_str(), "https://graph.microsoft.com".to_owned()),
        (user["access_token"].as_str().expect("a token"), "https://graph.microsoft.com".to_owned()),
        (id_token, host.ready().apps[1].client_id.to_string()),
    ] {
        let header = jsonwebtoken::decode_header(token).expect("a header");
        let key = keys.find(&header.kid.expect("a key id")).expect("its key");
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_audience(&[audience]);
        validation.required_spec_claims = HashSet::from(["exp".to_owned(), "iss".to_owned()]);
        // The sandbox lives in a time of its own.
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(key).expect("an RSA key");
        jsonwebtoken::decode::<Value>(token, &key, &validation).expect("a valid signature");
    }
}

#[tokio::test]
async fn basic_authentication_needs_no_client_id_in_the_body() {
    let host = Host::start().await;
    let app = &host.ready().apps[0];
    let request = host
        .client
        .post(host.token_url())
        .basic_auth(app.client_id, app.client_secret.clone())
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F%2F.default");
    assert_eq!(host.send(request).await.status, 200);
}

/// Signs an assertion with the first application's certificate, after `change` had its way with it.
async fn assertion_grant(host: &Host, change: impl FnOnce(&mut Header, &mut Value, &[u8])) -> Answer {
    let app = &host.ready().apps[0];
    let pem = std::fs::read_to_string(app.certificate_file.as_ref().expect("a file")).expect("its PEM");
    let certificate = pem.split("-----BEGIN CERTIFICATE-----").nth(1).expect("a certificate");
    let base64: String = certificate.split("-----END").next().expect("its end").split_whitespace().collect();
    let der = STANDARD.decode(base64).expect("DER");
    let now = host.clock.now().as_second();
    let mut header = Header::new(Algorithm::PS256);
    header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, &der)));
    let mut body = json!({
        "aud": host.token_url(), "iss": app.client_id, "sub": app.client_id, "jti": "1",
        "nbf": now, "iat": now, "exp": now + 600,
    });
    change(&mut header, &mut body, &der);
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key");
    let assertion = jsonwebtoken::encode(&header, &body, &key).expect("an assertion");
    let id = app.client_id.to_string();
    host.form(
        &host.token_url(),
        &[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
            ("scope", "https://graph.microsoft.com/.default"),
        ],
    )
    .await
}

#[tokio::test]
async fn every_dialect_of_a_client_assertion_is_understood() {
    let host = Host::start().await;
    let tenant_id = host.ready().tenant_id;
    type Change = Box<dyn FnOnce(&mut Header, &mut Value, &[u8])>;
    let dialects: Vec<(&str, Change)> = vec![
        ("PS256 with x5t#S256", Box::new(|_, _, _| {})),
        (
            "RS256 with a padded x5t and dates with fractions",
            Box::new(|header, body, der| {
                header.alg = Algorithm::RS256;
                header.x5t_s256 = None;
                header.x5t = Some(URL_SAFE.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, der)));
                body["exp"] = json!(body["exp"].as_f64().expect("a number") + 0.25);
            }),
        ),
        (
            "standard base64, no iat, x5c of PEM text",
            Box::new(|header, body, der| {
                header.alg = Algorithm::RS256;
                header.x5t_s256 = None;
                header.x5t = Some(STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, der)));
                header.x5c = Some(vec![STANDARD.encode("-----BEGIN CERTIFICATE-----\n…")]);
                body.as_object_mut().expect("an object").remove("iat");
            }),
        ),
        (
            "the global authority as audience",
            Box::new(move |_, body, _| {
                body["aud"] = json!(format!("https://login.microsoftonline.com/{tenant_id}/oauth2/v2.0/token"));
            }),
        ),
    ];
    for (dialect, change) in dialects {
        let answer = assertion_grant(&host, change).await;
        assert_eq!(answer.status, 200, "{dialect}: {}", answer.text);
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(claims(&token)["appidacr"], "2", "{dialect}");
    }
}

#[tokio::test]
async fn a_bad_client_assertion_keeps_its_code() {
    let host = Host::start().await;
    let foreign = assertion_grant(&host, |header, _, _| header.x5t_s256 = Some("bm9ib2R5".to_owned())).await;
    assert_eq!(foreign.refusal(), (401, "invalid_client".to_owned(), 700_027));
    let late = assertion_grant(&host, |_, body, _| body["exp"] = json!(1)).await;
    assert_eq!(late.refusal(), (401, "invalid_client".to_owned(), 700_024));
    let elsewhere = assertion_grant(&host, |_, body, _| body["aud"] = json!("https://example.com/token")).await;
    assert_eq!(elsewhere.refusal(), (401, "invalid_client".to_owned(), 700_023));
    let other_subject = assertion_grant(&host, |_, body, _| body["sub"] = json!("someone")).await;
    assert_eq!(other_subject.refusal(), (401, "invalid_client".to_owned(), 50048));
}

#[tokio::test]
async fn a_token_is_believed_by_graph_until_its_time_is_over() {
    let host = Host::start().await;
    let token = host.app_token().await;
    assert_ne!(host.graph("/users", &token).await.status, 401);
    let forged = format!("{token}x");
    assert_eq!(host.graph("/users", &forged).await.status, 401);
    assert_eq!(host.control("POST", "clock/advance", r#"{"seconds":3600}"#).await.status, 200);
    let late = host.graph("/users", &token).await;
    assert_eq!((late.status, late.json()["error"]["code"].as_str()), (401, Some("InvalidAuthenticationToken")));
}

#[tokio::test]
async fn an_id_token_opens_no_door_of_graph() {
    let host = Host::start().await;
    let body = host.user_grant("openid User.Read").await.json();
    let answer = host.graph("/me", body["id_token"].as_str().expect("an ID token")).await;
    assert_eq!(answer.status, 401);
}
