//! The authorization code flow against a scripted Entra, with a browser of the test's own.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::TokenError;
use crate::testing::person::{claims, discovery, keys, signed, tokens};
use crate::testing::{Scripted, USER_ID, World, refused, rsa_key, user};
use crate::{FailureClass, IdTokenError, TokenOutcome};

const BACK: &str = "http://localhost:5012";

async fn prompt(world: &World) -> AuthCodePrompt {
    world.source.start_auth_code(&user(), BACK).await.expect("a prompt")
}

fn parameter(prompt: &AuthCodePrompt, wanted: &str) -> String {
    let found = prompt.url.query_pairs().find(|(name, _)| name == wanted);
    found.unwrap_or_else(|| panic!("no {wanted} in {}", prompt.url)).1.into_owned()
}

fn address(prompt: &AuthCodePrompt, parameters: &str) -> String {
    format!("{}/?{parameters}&state={}", prompt.redirect_uri, parameter(prompt, "state"))
}

fn tokens_with(nonce: &str, oid: uuid::Uuid) -> Scripted {
    let mut claims = claims();
    claims["nonce"] = nonce.into();
    claims["oid"] = json!(oid);
    tokens(&signed(&claims, rsa_key(), "k1"))
}

/// Redeems the code; Entra's id token names this nonce and user.
async fn sign_in(world: &World, nonce: Option<&str>, oid: uuid::Uuid) -> Result<SignedIn, SignInError> {
    let prompt = prompt(world).await;
    let nonce = nonce.map_or_else(|| parameter(&prompt, "nonce"), str::to_owned);
    world.expect_more([tokens_with(&nonce, oid), discovery(), keys("k1")]);
    let answer = prompt.read_answer(&address(&prompt, "code=c0de")).expect("an answer");
    world.source.finish_auth_code(&user(), &prompt, answer).await
}

#[tokio::test]
async fn a_code_is_redeemed_with_its_verifier_and_the_refresh_token_kept() {
    let world = World::new([]);
    let prompt = prompt(&world).await;
    assert!(world.sent().is_empty());
    for (name, value) in [
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("code_challenge_method", "S256"),
        ("response_mode", "query"),
        ("scope", "https://graph.microsoft.com/User.Read openid profile offline_access"),
    ] {
        assert_eq!(parameter(&prompt, name), value);
    }
    world.expect_more([tokens_with(&parameter(&prompt, "nonce"), USER_ID), discovery(), keys("k1")]);
    let answer = prompt.read_answer(&address(&prompt, "code=c0de")).expect("an answer");
    let signed_in = world.source.finish_auth_code(&user(), &prompt, answer).await.expect("signed in");
    assert_eq!(signed_in.user_id, USER_ID);
    let form = &world.sent()[0].form;
    assert_eq!((form["grant_type"].as_str(), form["code"].as_str()), ("authorization_code", "c0de"));
    let challenge = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(challenge), parameter(&prompt, "code_challenge"));
    assert!((43..=128).contains(&form["code_verifier"].len()));
    assert!(!form.contains_key("client_secret"), "a public client has none");
    assert_eq!(world.kept(&user()).as_deref(), Some("r1"));
    assert_eq!(world.rows()[0], ("token.auth-code".to_owned(), TokenOutcome::Ok));
    assert_eq!(world.token(&user()).await.expect("the token that came with it"), "t1");
}

#[tokio::test]
async fn no_two_sign_ins_share_state_nonce_or_verifier() {
    let world = World::new([]);
    let (one, other) = (prompt(&world).await, prompt(&world).await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&one, name), parameter(&other, name), "{name}");
    }
    let shown = format!("{one:?}");
    assert!(["state", "nonce"].iter().all(|name| !shown.contains(&parameter(&one, name))), "{shown}");
}

#[tokio::test]
async fn an_id_token_of_another_sign_in_keeps_nothing() {
    let world = World::new([]);
    let error = sign_in(&world, Some("another"), USER_ID).await.expect_err("a failure");
    assert!(matches!(error, SignInError::IdToken(IdTokenError::Nonce)), "{error:?}");
    assert_eq!(world.kept(&user()), None);
}

#[tokio::test]
async fn an_account_stays_one_person_s_until_it_is_signed_out() {
    let another = crate::testing::TENANT_ID;
    let world = World::new([]);
    sign_in(&world, None, USER_ID).await.expect("signed in");
    let error = sign_in(&world, None, another).await.expect_err("somebody else");
    assert!(matches!(error, SignInError::AnotherPerson), "{error:?}");
    let world = World::new([]);
    sign_in(&world, None, USER_ID).await.expect("signed in");
    world.source.sign_out(&user()).await.expect("signed out");
    assert_eq!(sign_in(&world, None, another).await.expect("signed in").user_id, another);
}

#[tokio::test]
async fn a_refusal_in_the_browser_keeps_its_number() {
    let world = World::new([]);
    let prompt = prompt(&world).await;
    let refused = |parameters: &str| prompt.read_answer(&address(&prompt, parameters)).expect("an answer");
    let declined = refused("error=access_denied&error_description=AADSTS65004%3A+User+declined");
    let error = world.source.finish_auth_code(&user(), &prompt, declined).await.expect_err("no");
    assert!(matches!(error, SignInError::Declined), "{error:?}");
    let blocked = refused("error=access_denied&error_description=AADSTS53003%3A+Blocked.+Trace+ID%3A+1");
    let error = world.source.finish_auth_code(&user(), &prompt, blocked).await.expect_err("no");
    let SignInError::Token(TokenError::Refused(refusal)) = error else { panic!("{error:?}") };
    assert_eq!((refusal.code, refusal.message.as_str()), (53_003, "Blocked."));
    assert!(world.sent().is_empty());
}

#[tokio::test]
async fn a_code_that_entra_refuses_keeps_nothing() {
    let world = World::new([refused("invalid_grant", 54_005)]);
    let prompt = prompt(&world).await;
    let answer = prompt.read_answer(&address(&prompt, "code=used")).expect("an answer");
    let error = world.source.finish_auth_code(&user(), &prompt, answer).await.expect_err("a refusal");
    assert_eq!((error.class(), world.kept(&user())), (FailureClass::NeedsPerson, None));
}

#[tokio::test]
async fn a_pasted_address_counts_only_with_an_answer_to_this_sign_in() {
    let world = World::new([]);
    let prompt = prompt(&world).await;
    let state = parameter(&prompt, "state");
    for (pasted, expected) in [
        ("", BadRedirect::NoAnswer),
        ("http://localhost:5012/", BadRedirect::NoAnswer),
        ("https://login.example/common/oauth2/v2.0/authorize?client_id=1", BadRedirect::NoAnswer),
        ("http://localhost:5012/?code=c", BadRedirect::OtherSignIn),
        ("http://localhost:5012/?code=c&state=other", BadRedirect::OtherSignIn),
    ] {
        assert_eq!(prompt.read_answer(pasted).expect_err(pasted), expected, "{pasted}");
    }
    assert_eq!(prompt.read_answer(&"x".repeat(ADDRESS_BYTES_MAX + 1)).expect_err("long"), BadRedirect::NoAnswer);
    for pasted in [format!(" http://localhost:5012/?code=c%2B&state={state}#x \n"), format!("code=c%2B&state={state}")]
    {
        let answer = prompt.read_answer(&pasted).expect("an answer");
        assert!(matches!(&answer, RedirectAnswer::Code(code) if code.expose_secret() == "c+"), "{pasted}");
        assert!(!format!("{answer:?}").contains("c+"));
    }
}

/// Sends a request as it is, and gives the whole answer.
async fn browse(port: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

fn get(port: &str, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: a=b\r\n\r\n")
}

#[tokio::test]
async fn the_listener_takes_one_answer_and_nobody_else_s() {
    let world = World::new([]);
    let loopback = Loopback::bind().await.expect("a port");
    let prompt = world.source.start_auth_code(&user(), &loopback.redirect_uri()).await.expect("a prompt");
    let (_, port) = prompt.redirect_uri.rsplit_once(':').expect("a port");
    let target = format!("/?code=c0de&state={}", parameter(&prompt, "state"));
    let browser = async {
        // What a browser opens before it needs it holds nobody up.
        let idle = TcpStream::connect(format!("127.0.0.1:{port}")).await.expect("a connection");
        for (request, status) in [
            (get(port, "/favicon.ico"), "404"),
            (get(port, "/"), "404"),
            (get(port, "/?code=c0de&state=guess"), "400"),
            (get(port, &target).replace("GET", "POST"), "400"),
            (get(port, &target).replace("Host: localhost", "Host: evil.example"), "400"),
            ("junk\r\n\r\n".to_owned(), "400"),
        ] {
            let answer = browse(port, &request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
            assert!(!answer.contains("c0de"), "{answer}");
        }
        let answer = browse(port, &get(port, &target)).await;
        drop(idle);
        answer
    };
    let (answer, page) = tokio::join!(loopback.answer(&prompt), browser);
    assert!(matches!(answer, RedirectAnswer::Code(code) if code.expose_secret() == "c0de"));
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("close this window"), "{page}");
    assert!(
        page.contains("关闭此窗口") && page.contains("Content-Security-Policy") && !page.contains("c0de"),
        "{page}"
    );
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let world = World::new([]);
    let loopback = Loopback::bind().await.expect("a port");
    let prompt = world.source.start_auth_code(&user(), &loopback.redirect_uri()).await.expect("a prompt");
    let (_, port) = prompt.redirect_uri.rsplit_once(':').expect("a port");
    let browser = async {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.expect("a connection");
        let line = [b'x'; 64 * 1024];
        while stream.write_all(&line).await.is_ok() {}
    };
    tokio::select! {
        answer = loopback.answer(&prompt) => panic!("{answer:?}"),
        cut = tokio::time::timeout(Duration::from_secs(20), browser) => cut.expect("the listener hangs up"),
    }
}
