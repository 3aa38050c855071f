//! The token source against a scripted Entra.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use graphbeat_base::Secret;
use graphbeat_http::TransportFault;
use serde_json::json;

use crate::testing::{Scripted, World, answer, application, certificate, refused, text, token, user};
use crate::{
    AccessToken, AssertionFailure, AssertionSource, ClaimsRequest, Credential, FailureClass, TokenError, TokenOutcome,
};

#[tokio::test]
async fn a_client_secret_brings_a_token_and_a_row() {
    let world = World::new([token("t1", 3599)]);
    let token = world.source.token(&application("s3cret"), None).await.expect("a token");
    assert_eq!(token.bearer(), "Bearer t1");
    assert!(token.bearer().is_sensitive() && !format!("{token:?}").contains("t1"));
    let sent = &world.sent()[0];
    assert_eq!(sent.url.to_string(), "https://login.example/contoso.example/oauth2/v2.0/token");
    assert_eq!(sent.form["grant_type"], "client_credentials");
    assert_eq!(sent.form["scope"], "https://graph.microsoft.com/.default");
    assert_eq!(sent.form["client_secret"], "s3cret");
    assert_eq!(world.rows(), [("token.client-secret".to_owned(), TokenOutcome::Ok)]);
}

#[tokio::test]
async fn a_certificate_is_sent_as_an_assertion() {
    let world = World::new([token("t1", 3599)]);
    let mut identity = application("");
    identity.credential = Credential::Certificate(certificate());
    world.token(&identity).await.expect("a token");
    let form = &world.sent()[0].form;
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(form["client_assertion"].split('.').count(), 3);
    assert!(!form.contains_key("client_secret"));
    assert_eq!(world.rows()[0].0, "token.certificate");
}

/// Another issuer, whose tokens are numbered; the second cannot be had.
struct Issuer(AtomicU32);

#[async_trait]
impl AssertionSource for Issuer {
    async fn assertion(&self) -> Result<Secret, AssertionFailure> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            1 => Err(AssertionFailure::new("the file is gone")),
            number => Ok(Secret::from(format!("a.b.{number}"))),
        }
    }
}

#[tokio::test]
async fn another_issuer_s_token_is_read_anew_for_each_request() {
    let world = World::new([token("t1", 300), token("t2", 300)]);
    let mut identity = application("");
    identity.credential = Credential::Federated(Arc::new(Issuer(AtomicU32::new(0))));
    assert_eq!(world.token(&identity).await.expect("a token"), "t1");
    world.advance(300);
    let error = world.token(&identity).await.expect_err("no token of the other issuer");
    assert_eq!((error.class(), world.sent().len()), (FailureClass::NoAssertion, 1));
    assert_eq!(world.token(&identity).await.expect("a token"), "t2");
    let sent = world.sent();
    assert_eq!([&sent[0].form["client_assertion"], &sent[1].form["client_assertion"]], ["a.b.0", "a.b.2"]);
    assert_eq!(sent[0].form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(world.rows()[0].0, "token.federated");
}

#[tokio::test]
async fn a_certificate_that_is_over_is_not_sent() {
    let world = World::new([]);
    let mut identity = application("");
    identity.credential = Credential::Certificate(certificate());
    world.advance(3 * 366 * 86_400);
    let error = world.token(&identity).await.expect_err("a refusal");
    assert_eq!(error.class(), FailureClass::CertificateExpired);
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_hundred_callers_cause_one_request() {
    let world = World::new([token("t1", 3599)]);
    let identity = application("s");
    let tokens = join_all((0..100).map(|_| world.token(&identity))).await;
    assert!(tokens.iter().all(|token| token.as_deref().is_ok_and(|token| token == "t1")));
    assert_eq!(world.sent().len(), 1);
}

#[tokio::test]
async fn a_hundred_callers_share_one_refusal_and_the_next_one_asks_again() {
    let world = World::new([refused("invalid_client", 7_000_215)]);
    let identity = application("wrong");
    let tokens = join_all((0..100).map(|_| world.token(&identity))).await;
    assert!(tokens.iter().all(|token| token.as_ref().is_err_and(|e| e.class() == FailureClass::WrongSecret)));
    assert_eq!(world.sent().len(), 1);
    world.expect_more([token("t1", 3599)]);
    assert_eq!(world.token(&identity).await.expect("a token"), "t1");
}

#[tokio::test]
async fn a_caller_who_gives_up_in_flight_does_not_keep_the_others_waiting() {
    let world = World::new([token("t1", 3599)]);
    let identity = application("s");
    tokio::select! {
        biased;
        result = world.token(&identity) => panic!("too early: {result:?}"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(world.token(&identity).await.expect("a token"), "t1");
    assert_eq!(world.sent().len(), 2);
}

#[tokio::test]
async fn accounts_tenants_and_scopes_do_not_share_tokens() {
    let world = World::new([token("t1", 3599), token("t2", 3599), token("t3", 3599)]);
    let (mut other_tenant, mut other_account) = (application("s"), application("s"));
    other_tenant.tenant = "fabrikam.example".into();
    other_account.account = "second".into();
    let tokens = [application("s"), other_tenant, other_account];
    for (identity, expected) in tokens.iter().zip(["t1", "t2", "t3"]) {
        assert_eq!(world.token(identity).await.expect("a token"), expected);
    }
}

#[tokio::test]
async fn a_token_is_replaced_300_seconds_before_its_end() {
    let world = World::new([token("t1", 3600)]);
    let identity = application("s");
    world.token(&identity).await.expect("a token");
    world.advance(3600 - 301);
    assert_eq!(world.token(&identity).await.expect("the cached token"), "t1");
    world.expect_more([token("t2", 3600)]);
    world.advance(2);
    assert_eq!(world.token(&identity).await.expect("a new token"), "t2");
}

#[tokio::test]
async fn a_short_lived_token_is_used_for_half_its_life() {
    let world = World::new([token("t1", 200)]);
    let identity = application("s");
    world.token(&identity).await.expect("a token");
    world.advance(99);
    assert_eq!(world.token(&identity).await.expect("the cached token"), "t1");
}

#[tokio::test]
async fn entra_s_wish_to_refresh_earlier_is_followed() {
    let body = json!({"access_token": "t1", "expires_in": "86400", "refresh_in": 43200});
    let world = World::new([answer(200, &body), token("t2", 86_400)]);
    let identity = application("s");
    world.token(&identity).await.expect("a token");
    world.advance(43_199);
    assert_eq!(world.token(&identity).await.expect("the cached token"), "t1");
    world.advance(1);
    assert_eq!(world.token(&identity).await.expect("a new token"), "t2");
}

#[tokio::test]
async fn while_entra_is_down_a_valid_token_is_used_and_entra_is_not_hammered() {
    let down = || Scripted::Fault(TransportFault::Connect);
    let world = World::new([token("t1", 3600), down(), down(), down()]);
    let identity = application("s");
    world.token(&identity).await.expect("a token");
    world.advance(3301);
    for _ in 0..10 {
        assert_eq!(world.token(&identity).await.expect("the old token"), "t1");
    }
    assert_eq!(world.sent().len(), 2, "one try, then a pause");
    world.advance(31);
    assert_eq!(world.token(&identity).await.expect("the old token"), "t1");
    assert_eq!(world.sent().len(), 3, "another try after the pause");
    world.advance(300);
    let error = world.token(&identity).await.expect_err("the old token is over");
    assert_eq!(error.class(), FailureClass::Transport);
}

#[tokio::test]
async fn a_refusal_is_told_although_the_old_token_is_still_valid() {
    let world = World::new([token("t1", 3600), refused("invalid_client", 7_000_222)]);
    let identity = application("s");
    world.token(&identity).await.expect("a token");
    world.advance(3301);
    assert_eq!(world.token(&identity).await.expect_err("a refusal").class(), FailureClass::ExpiredSecret);
}

#[tokio::test]
async fn nothing_is_sent_while_entra_asked_to_wait() {
    for (answer, wait) in [
        (text(429, &[("retry-after", "7")], "Too many requests"), 7),
        (text(429, &[], ""), 60),
        (text(429, &[("retry-after", "0")], ""), 60),
        (text(503, &[], "<html>down</html>"), 60),
        (text(429, &[("retry-after", "99999")], ""), 3600),
        (refused("invalid_request", 90_055), 60),
        (text(429, &[("retry-after", "Tue, 24 Nov 2026 12:00:09 GMT")], ""), 9),
    ] {
        let world = World::new([answer]);
        let identity = application("s");
        world.token(&identity).await.expect_err("a wish to wait");
        world.advance(wait - 1);
        let error = world.token(&identity).await.expect_err("the wait is under way");
        assert!(matches!(error, TokenError::Throttled { until, .. } if until > world.clock.now()), "{wait}");
        assert_eq!(world.sent().len(), 1);
        world.expect_more([token("t1", 3599)]);
        world.advance(1);
        assert_eq!(world.token(&identity).await.expect("a token"), "t1", "{wait}");
    }
}

#[tokio::test]
async fn a_wait_holds_for_the_client_in_its_tenant_only() {
    let world = World::new([text(429, &[], ""), token("t1", 3599)]);
    let (identity, mut other_tenant, mut other_account) = (application("s"), application("s"), application("s"));
    other_tenant.tenant = "fabrikam.example".into();
    other_account.account = "second".into();
    world.token(&identity).await.expect_err("a wish to wait");
    assert_eq!(world.token(&other_account).await.expect_err("the same client").class(), FailureClass::Throttled);
    assert_eq!(world.token(&other_tenant).await.expect("a token"), "t1");
}

#[tokio::test]
async fn a_refusal_with_a_wish_to_wait_is_told_and_followed() {
    let body = json!({"error": "invalid_client", "error_codes": [7_000_215]}).to_string();
    let world = World::new([text(401, &[("retry-after", "30")], &body)]);
    let identity = application("s");
    let error = world.token(&identity).await.expect_err("a refusal");
    assert_eq!(error.refusal().map(|refusal| refusal.code), Some(7_000_215));
    assert!(error.until().is_some());
    assert_eq!(world.token(&identity).await.expect_err("the wait").class(), FailureClass::Throttled);
}

#[tokio::test]
async fn each_outcome_is_told_to_the_log() {
    let refusal = TokenOutcome::Refused { code: "AADSTS7000215".to_owned(), message: "No.".to_owned() };
    for (answer, outcome) in [
        (refused("invalid_client", 7_000_215), refusal),
        (
            text(429, &[("retry-after", "7")], ""),
            TokenOutcome::Throttled { retry_after: Some(std::time::Duration::from_secs(7)) },
        ),
        (text(502, &[], "<html>"), TokenOutcome::Unreadable),
        (text(200, &[], "<html>a captive portal</html>"), TokenOutcome::Unreadable),
        (text(403, &[], "blocked by the proxy"), TokenOutcome::Unreadable),
        (Scripted::Fault(TransportFault::Tls), TokenOutcome::Transport),
    ] {
        let world = World::new([answer]);
        world.token(&application("s")).await.expect_err("a failure");
        assert_eq!(world.rows(), [("token.client-secret".to_owned(), outcome)]);
    }
}

fn rotation(refresh_token: &str) -> Scripted {
    answer(200, &json!({"access_token": "t1", "expires_in": 3600, "refresh_token": refresh_token}))
}

#[tokio::test]
async fn a_new_refresh_token_is_kept_before_the_token_is_used() {
    let world = World::new([rotation("r2")]);
    let identity = user();
    world.keep(&identity, "r1");
    assert_eq!(world.token(&identity).await.expect("a token"), "t1");
    assert_eq!(world.events(), ["send", "save r2"]);
    assert_eq!(world.kept(&identity).as_deref(), Some("r2"));
    let form = &world.sent()[0].form;
    assert_eq!((form["grant_type"].as_str(), form["refresh_token"].as_str()), ("refresh_token", "r1"));
    assert_eq!(form["scope"], "https://graph.microsoft.com/.default openid profile offline_access");
    assert_eq!(world.rows()[0].0, "token.refresh");
}

#[tokio::test]
async fn a_new_refresh_token_that_cannot_be_kept_leaves_the_old_one_and_gives_no_token() {
    let world = World::new([rotation("r2"), rotation("r3")]);
    let identity = user();
    world.keep(&identity, "r1");
    world.break_store();
    for _ in 0..2 {
        assert_eq!(world.token(&identity).await.expect_err("a failure").class(), FailureClass::Store);
        assert_eq!(world.kept(&identity).as_deref(), Some("r1"));
    }
}

#[tokio::test]
async fn a_failed_refresh_does_not_lose_the_old_token() {
    for failure in [refused("invalid_grant", 700_082), Scripted::Fault(TransportFault::Reset), text(500, &[], "")] {
        let world = World::new([failure]);
        let identity = user();
        world.keep(&identity, "r1");
        world.token(&identity).await.expect_err("a failure");
        assert_eq!(world.kept(&identity).as_deref(), Some("r1"));
    }
}

#[tokio::test]
async fn an_answer_without_a_new_refresh_token_keeps_the_old_one() {
    let world = World::new([token("t1", 3600)]);
    let identity = user();
    world.keep(&identity, "r1");
    world.token(&identity).await.expect("a token");
    assert_eq!(world.kept(&identity).as_deref(), Some("r1"));
}

#[tokio::test]
async fn a_user_who_never_signed_in_causes_no_request() {
    let world = World::new([]);
    assert_eq!(world.token(&user()).await.expect_err("no token").class(), FailureClass::NotSignedIn);
}

#[tokio::test]
async fn a_discarded_token_is_fetched_anew_but_a_newer_one_stays() {
    let world = World::new([token("t1", 3600), token("t2", 3600)]);
    let identity = application("s");
    let old = world.source.token(&identity, None).await.expect("a token");
    world.source.discard(&identity, &old, None);
    assert_eq!(world.token(&identity).await.expect("a new token"), "t2");
    world.source.discard(&identity, &old, None);
    assert_eq!(world.token(&identity).await.expect("the cached token"), "t2");
}

#[tokio::test]
async fn signing_out_forgets_every_token() {
    let world = World::new([rotation("r2")]);
    let identity = user();
    world.keep(&identity, "r1");
    world.token(&identity).await.expect("a token");
    world.source.sign_out(&identity).await.expect("signed out");
    assert_eq!(world.kept(&identity), None);
    assert_eq!(world.token(&identity).await.expect_err("no token").class(), FailureClass::NotSignedIn);
}

#[tokio::test]
async fn a_token_without_lifetime_is_used_but_not_kept() {
    let world = World::new([answer(200, &json!({"access_token": "t1"})), token("t2", 3600)]);
    let identity = application("s");
    assert_eq!(world.token(&identity).await.expect("a token"), "t1");
    assert_eq!(world.token(&identity).await.expect("a new token"), "t2");
}

#[test]
fn a_token_s_permissions_are_read_where_it_says_them() {
    let carried = |payload: &str| {
        let token = format!("head.{}.sign", URL_SAFE_NO_PAD.encode(payload));
        AccessToken::new(&token, crate::testing::noon())?
            .permissions()
            .map(|names| names.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(carried(r#"{"roles":["Mail.Read"]}"#), Some(vec!["Mail.Read".to_owned()]));
    assert_eq!(carried(r#"{"scp":"openid User.Read"}"#), Some(vec!["User.Read".to_owned(), "openid".to_owned()]));
    assert_eq!(carried("{}"), Some(Vec::new()));
    assert_eq!(carried("no claims"), None);
    let opaque = AccessToken::new("opaque", crate::testing::noon()).expect("a token");
    assert_eq!(opaque.permissions(), None);
}

fn demand(claims: &str) -> ClaimsRequest {
    ClaimsRequest::read(claims).expect("claims")
}

#[tokio::test]
async fn what_graph_demands_is_asked_for_once_with_the_next_token() {
    let world = World::new([token("t1", 3600), text(500, &[], ""), token("t2", 3600), token("t3", 3600)]);
    let identity = application("s");
    let first = world.source.token(&identity, None).await.expect("a token");
    world.source.discard(&identity, &first, Some(&demand(r#"{"access_token":{"a":1}}"#)));
    world.source.discard(&identity, &first, Some(&demand(r#"{"access_token":{"b":2}}"#)));
    world.token(&identity).await.expect_err("Entra in trouble");
    world.advance(60);
    assert_eq!(world.token(&identity).await.expect("a token"), "t2");
    world.source.discard(&identity, &first, Some(&demand(r#"{"access_token":{"c":3}}"#)));
    world.advance(3590);
    assert_eq!(world.token(&identity).await.expect("a token"), "t3");
    let asked: Vec<_> = world.sent().into_iter().map(|sent| sent.form.get("claims").cloned()).collect();
    let both = Some(r#"{"access_token":{"a":1,"b":2}}"#.to_owned());
    assert_eq!(asked, [None, both.clone(), both, None], "a newer token meets what was demanded of the old one");
}

#[tokio::test]
async fn what_only_a_person_can_prove_waits_for_the_next_sign_in() {
    let interaction = answer(
        400,
        &json!({"error": "interaction_required", "error_codes": [50_076],
            "claims": r#"{"access_token":{"capolids":{"essential":true,"values":["p"]}}}"#}),
    );
    let world = World::new([token("t1", 3600), interaction]);
    let identity = user();
    world.keep(&identity, "r1");
    let first = world.source.token(&identity, None).await.expect("a token");
    world.source.discard(&identity, &first, Some(&demand(r#"{"access_token":{"acrs":{"value":"c1"}}}"#)));
    let error = world.token(&identity).await.expect_err("refused");
    assert_eq!(error.class(), FailureClass::NeedsPerson);
    let both = r#"{"access_token":{"acrs":{"value":"c1"},"capolids":{"essential":true,"values":["p"]}}}"#;
    let prompt = world.source.start_auth_code(&identity, "http://localhost:1").await.expect("a prompt");
    let claims = prompt.url.query_pairs().find(|(name, _)| name == "claims").map(|(_, value)| value.into_owned());
    assert_eq!(claims.as_deref(), Some(both));
    world.expect_more([device_code()]);
    world.source.start_device_code(&identity).await.expect("a prompt");
    assert_eq!(world.sent()[2].form["claims"], both);
    world.source.sign_out(&identity).await.expect("signed out");
    let prompt = world.source.start_auth_code(&identity, "http://localhost:1").await.expect("a prompt");
    assert!(prompt.url.query_pairs().all(|(name, _)| name != "claims"), "whoever signs in next starts afresh");
}

fn device_code() -> Scripted {
    let body = json!({"device_code": "dc", "user_code": "ABCD", "verification_uri": "https://login.example/device",
        "expires_in": 900, "interval": 5});
    answer(200, &body)
}
