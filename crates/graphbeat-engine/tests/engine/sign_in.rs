//! Refused sign-ins, pauses and refused tokens.

use graphbeat_core::{AccountStanding, AccountState, Refusal, Verdict};
use graphbeat_engine::Trouble;
use graphbeat_entra::SignInAttempt;
use graphbeat_store::AccountStates as _;
use serde_json::json;

use crate::world::{World, a};

const TOKEN: &str = "/oauth2/v2.0/token";

#[tokio::test]
async fn the_third_refused_sign_in_pauses_the_account_until_the_first_is_a_quarter_of_an_hour_old() {
    let world = World::with_secret(Some("wrong")).await;
    // Each engine is a process of its own; they count together.
    for _ in 0..5 {
        let engine = world.engine("users.users.list");
        engine.check(engine.accounts()).await.expect("a report");
        world.advance(60);
    }
    assert_eq!(world.received(TOKEN).await, 3);
    let standing = world.store.standing("a").await.expect("the ledger").expect("a standing");
    assert_eq!(standing.state, AccountState::Paused);
    assert_eq!(standing.until.map(|until| until.to_string()).as_deref(), Some("2026-11-24T12:15:00Z"));
    world.advance(11 * 60);
    let engine = world.engine("users.users.list");
    let report = engine.check(engine.accounts()).await.expect("a report");
    assert_eq!((world.received(TOKEN).await, report.trouble()), (4, Some(Trouble::SignIn)));
}

#[tokio::test]
async fn engines_that_sign_in_at_once_are_not_refused_more_often() {
    let world = World::with_secret(Some("wrong")).await;
    let engine = world.engine("users.users.list");
    let accounts = vec![a(&engine); 12];
    engine.check(&accounts).await.expect("a report");
    assert_eq!(world.received(TOKEN).await, 3);
}

#[tokio::test]
async fn a_token_that_is_still_good_forgives_no_refusal_of_another_process() {
    let world = World::start().await;
    let engine = world.engine("users.users.list");
    engine.check(engine.accounts()).await.expect("a report");
    let account = a(&engine);
    let credential = SignInAttempt::by_credential(&account.identity).credential;
    let refusal = Refusal {
        account: account.name.clone(),
        credential: credential.clone(),
        at: world.clock.now(),
        code: "AADSTS7000215".into(),
    };
    world.store.add_refusal(refusal).await.expect("the ledger");
    let standing = AccountStanding {
        account: account.name.clone(),
        state: AccountState::NeedsSignIn,
        reason: None,
        code: None,
        until: None,
        since: world.clock.now(),
    };
    world.store.set_standing(standing).await.expect("the ledger");
    engine.check(engine.accounts()).await.expect("a report");
    let refusals = world.store.refusals("a", &credential, world.clock.now()).await.expect("the ledger");
    let standing = world.store.standing("a").await.expect("the ledger").expect("a standing");
    assert_eq!((refusals.len(), standing.state), (1, AccountState::NeedsSignIn));
}

#[tokio::test]
async fn tokens_that_graph_refuses_are_replaced_once_in_a_round() {
    let world = World::start().await;
    world.faults(json!([{"path": "/v1.0", "status": 401, "code": "InvalidAuthenticationToken"}])).await;
    let engine = world.engine("users.users.list");
    let more = world.engine("groups.groups.list");
    let report = engine.check(engine.accounts()).await.expect("a report");
    assert_eq!((report.operations[0].verdict, report.operations[0].status), (Verdict::Failed, Some(401)));
    assert_eq!(world.received(TOKEN).await, 2);
    more.check(more.accounts()).await.expect("a report");
    assert_eq!(world.received(TOKEN).await, 4);
}
