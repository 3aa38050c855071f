//! The device code flow against a scripted Entra.

use std::future::{pending, ready};

use graphbeat_base::{ExposeSecret as _, Timestamp};
use graphbeat_http::TransportFault;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::*;
use crate::TokenOutcome;
use crate::answer::{Failure, Pace};
use crate::id_token::{self, Expected};
use crate::testing::person::{claims, discovery, good_tokens, keys, signed, tokens};
use crate::testing::{
    Scripted, TENANT_ID, USER_ID, World, another_rsa_key, answer, noon, refused, rsa_key, text, user,
};
use crate::{IdTokenError, TokenError};

fn start() -> Scripted {
    answer(
        200,
        &json!({"device_code": "dc", "user_code": "ABCD", "verification_uri": "https://login.example/device",
            "expires_in": 900, "interval": 5, "message": "Type ABCD"}),
    )
}

fn pending_answer(error: &str) -> Scripted {
    answer(400, &json!({"error": error, "error_codes": [70_016]}))
}

/// Runs the flow; the clock jumps to each poll as soon as the flow waits for it.
async fn sign_in(world: &World) -> Result<SignedIn, SignInError> {
    let identity = user();
    let prompt = world.source.start_device_code(&identity).await?;
    let clock = async {
        loop {
            tokio::task::yield_now().await;
            world.advance(1);
        }
    };
    tokio::select! {
        biased;
        result = world.source.finish_device_code(&identity, &prompt, pending()) => result,
        () = clock => unreachable!("the clock runs for ever"),
    }
}

#[tokio::test]
async fn a_user_signs_in_and_the_refresh_token_is_kept() {
    let world = World::new([start(), pending_answer("authorization_pending"), good_tokens(), discovery(), keys("k1")]);
    let signed_in = sign_in(&world).await.expect("signed in");
    assert_eq!((signed_in.user_id, signed_in.tenant_id), (USER_ID, TENANT_ID));
    assert_eq!(signed_in.username, "megan@contoso.example");
    assert_eq!(world.kept(&user()).as_deref(), Some("r1"));
    assert_eq!(world.token(&user()).await.expect("the token that came with it"), "t1");
    let operations: Vec<_> = world.rows().into_iter().map(|(operation, _)| operation).collect();
    assert_eq!(
        operations,
        ["token.device-code-start", "token.device-code", "token.device-code", "token.discovery", "token.keys"]
    );
    assert_eq!(world.rows()[1].1, TokenOutcome::Pending);
    let poll = &world.sent()[1];
    assert_eq!(poll.form["device_code"], "dc");
    assert_eq!(poll.form["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
}

#[tokio::test]
async fn the_prompt_says_what_to_type_where_and_until_when() {
    let world = World::new([start()]);
    let prompt = world.source.start_device_code(&user()).await.expect("a prompt");
    assert_eq!((prompt.user_code.as_str(), prompt.message.as_str()), ("ABCD", "Type ABCD"));
    assert_eq!(prompt.expires_at.to_string(), "2026-11-24T12:15:00Z");
    assert_eq!((prompt.interval.as_secs(), prompt.device_code.expose_secret()), (5, "dc"));
    assert!(!format!("{prompt:?}").contains("\"dc\""));
}

#[test]
fn polls_keep_the_pace_that_entra_sets() {
    let mut pacing = poll::Pacing { interval: INTERVAL_DEFAULT, troubles: 0 };
    let pause = |pacing: &mut poll::Pacing, failure| pacing.after(failure, noon()).expect("a pause").as_secs();
    assert_eq!(pause(&mut pacing, Failure::Pending(Pace::Same)), 5);
    assert_eq!(pause(&mut pacing, Failure::Pending(Pace::Slower)), 10);
    assert_eq!(pause(&mut pacing, Failure::Pending(Pace::Same)), 10);
    let throttled = Failure::Throttled { status: 429, retry_after: Some(Duration::from_secs(42)) };
    assert_eq!(pause(&mut pacing, throttled), 42);
}

#[tokio::test]
async fn each_end_of_the_flow_is_told_apart() {
    for (error, expected) in
        [("authorization_declined", "Declined"), ("expired_token", "Expired"), ("bad_verification_code", "BadCode")]
    {
        let world = World::new([start(), refused(error, 0)]);
        assert_eq!(format!("{:?}", sign_in(&world).await.expect_err("a failure")), expected);
    }
    let world = World::new([start(), refused("access_denied", 53_003)]);
    let error = sign_in(&world).await.expect_err("a refusal");
    assert!(matches!(&error, SignInError::Token(TokenError::Refused(refusal)) if refusal.code == 53_003));
}

#[tokio::test]
async fn a_code_that_nobody_types_expires() {
    let polls = (0..179).map(|_| pending_answer("authorization_pending"));
    let world = World::new([start()].into_iter().chain(polls));
    assert!(matches!(sign_in(&world).await, Err(SignInError::Expired)));
}

#[tokio::test]
async fn a_caller_who_gives_up_ends_the_wait_without_a_request() {
    let world = World::new([start()]);
    let prompt = world.source.start_device_code(&user()).await.expect("a prompt");
    let result = world.source.finish_device_code(&user(), &prompt, ready(())).await;
    assert!(matches!(result, Err(SignInError::Cancelled)));
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test]
async fn passing_trouble_does_not_end_the_flow_but_lasting_trouble_does() {
    let fault = || Scripted::Fault(TransportFault::Reset);
    let down = text(503, &[("retry-after", "1")], "");
    let world = World::new([start(), fault(), down, good_tokens(), discovery(), keys("k1")]);
    sign_in(&world).await.expect("signed in");
    let world = World::new([start(), fault(), fault(), fault(), fault(), fault(), fault()]);
    assert!(matches!(sign_in(&world).await, Err(SignInError::Token(TokenError::Transport(_)))));
    let world = World::new([start(), Scripted::Fault(TransportFault::Tls)]);
    assert!(matches!(sign_in(&world).await, Err(SignInError::Token(TokenError::Transport(_)))));
}

#[tokio::test]
async fn an_id_token_that_proves_nothing_keeps_nothing() {
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(&claims, rsa_key(), "k1")
    };
    let now = noon().as_second();
    for (id_token, expected) in [
        (signed(&claims(), &another_rsa_key(), "k1"), IdTokenError::Signature),
        (signed(&claims(), rsa_key(), "k2"), IdTokenError::UnknownKey),
        (with("iss", json!("https://evil.example")), IdTokenError::Issuer),
        (with("aud", json!(USER_ID)), IdTokenError::Audience),
        (with("exp", json!(now - 400)), IdTokenError::Time),
        (with("nbf", json!(now + 400)), IdTokenError::Time),
        (with("tid", json!("none")), IdTokenError::Malformed),
        (with("tid", json!(USER_ID)), IdTokenError::Tenant),
        (with("oid", json!("nobody")), IdTokenError::Malformed),
        ("junk".to_owned(), IdTokenError::Malformed),
    ] {
        let world = World::new([start(), tokens(&id_token), discovery(), keys("k1")]);
        let error = sign_in(&world).await.expect_err("a failure");
        assert!(matches!(error, SignInError::IdToken(found) if found == expected), "{error:?} {expected:?}");
        assert_eq!(world.kept(&user()), None);
    }
}

#[tokio::test]
async fn keys_are_read_again_when_the_tenant_has_changed_them() {
    let world = World::new([start(), good_tokens(), discovery(), keys("k1")]);
    sign_in(&world).await.expect("signed in");
    let new = tokens(&signed(&claims(), rsa_key(), "k2"));
    world.expect_more([start(), new, discovery(), keys("k2")]);
    sign_in(&world).await.expect("signed in with the new key");
    world.expect_more([start(), tokens(&signed(&claims(), rsa_key(), "k2"))]);
    sign_in(&world).await.expect("signed in with the known key");
}

#[tokio::test]
async fn a_sign_in_without_refresh_token_is_told() {
    let body = json!({"access_token": "t1", "expires_in": 3600, "id_token": signed(&claims(), rsa_key(), "k1")});
    let world = World::new([start(), answer(200, &body), discovery(), keys("k1")]);
    assert!(matches!(sign_in(&world).await, Err(SignInError::NoRefreshToken)));
}

#[tokio::test]
async fn what_a_refused_request_demanded_is_proved_once() {
    let interaction = json!({"error": "interaction_required", "error_codes": [50_076],
        "claims": r#"{"access_token":{"acrs":{"value":"c1"}}}"#});
    let world = World::new([answer(400, &interaction), start(), good_tokens(), discovery(), keys("k1")]);
    world.keep(&user(), "r0");
    world.token(&user()).await.expect_err("refused");
    sign_in(&world).await.expect("signed in");
    world.expect_more([start(), good_tokens()]);
    sign_in(&world).await.expect("signed in again");
    let claims: Vec<bool> = world.sent().iter().map(|sent| sent.form.contains_key("claims")).collect();
    assert_eq!(claims, [false, true, true, false, false, false, false], "start and poll of the first sign-in");
}

#[test]
fn the_common_issuer_stands_for_every_tenant_s_own() {
    let key = EncodingKey::from_rsa_pem(rsa_key().serialize_pem().as_bytes()).expect("a key");
    let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).expect("a JWK")).expect("JSON");
    let mut jwk = jwk;
    jwk["kid"] = "k1".into();
    let key = serde_json::from_value(jwk).expect("a key");
    let issuer = crate::discovery::Issuer::of("https://login.example/{tenantid}/v2.0", vec![key]);
    let token = signed(&claims(), rsa_key(), "k1");
    let verify = |identity: &Identity, now: Timestamp| {
        id_token::verify(&token, &issuer, Expected { identity, nonce: None, now })
    };
    assert!(verify(&user(), noon()).is_ok());
    let mut other = user();
    other.tenant = USER_ID.to_string().into();
    assert_eq!(verify(&other, noon()), Err(IdTokenError::Tenant));
}
