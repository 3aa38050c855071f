//! Claims challenges: Graph demands more of a token than it has, and what comes of it.

use graphbeat_core::{AccountState, Verdict};
use graphbeat_engine::{CheckReport, Engine, SelectionOverride, Trouble};
use graphbeat_store::AccountStates as _;
use serde_json::json;

use crate::world::World;

const TOKEN: &str = "/oauth2/v2.0/token";

async fn check(engine: &Engine) -> CheckReport {
    engine.check(engine.accounts()).await.expect("a report")
}

/// How often the sandbox was asked for each.
async fn received(world: &World, paths: [&str; 2]) -> [usize; 2] {
    [world.received(paths[0]).await, world.received(paths[1]).await]
}

fn verdicts(report: &CheckReport) -> Vec<(Verdict, Option<u16>)> {
    report.operations.iter().map(|operation| (operation.verdict, operation.status)).collect()
}

#[tokio::test]
async fn an_application_answers_a_challenge_with_one_new_token() {
    let world = World::start().await;
    let engine = world.engine_of(&["users.users.list", "groups.groups.list"], false);
    assert_eq!(verdicts(&check(&engine).await), [(Verdict::Ok, Some(200)); 2]);
    assert_eq!(received(&world, [TOKEN, "/v1.0/users"]).await, [1, 1]);
    world.policies(json!({"authentication_context": "c1"})).await;
    assert_eq!(verdicts(&check(&engine).await), [(Verdict::Ok, Some(200)); 2]);
    assert_eq!(received(&world, [TOKEN, "/v1.0/users"]).await, [2, 3], "one try was refused");
    check(&engine).await;
    assert_eq!(received(&world, [TOKEN, "/v1.0/users"]).await, [2, 4], "the new token is good");
}

#[tokio::test]
async fn the_parts_of_a_batch_are_answered_alone_after_a_challenge() {
    let world = World::start().await;
    world.policies(json!({"authentication_context": "c99"})).await;
    let engine = world.engine_of(&["users.users.list", "groups.groups.list"], true);
    assert_eq!(verdicts(&check(&engine).await), [(Verdict::Ok, Some(200)); 2]);
    assert_eq!(world.received(TOKEN).await, 2);
}

#[tokio::test]
async fn a_second_challenge_is_a_failure_that_says_so() {
    let world = World::start().await;
    world.faults(json!([{"path": "/v1.0", "status": 401, "code": "insufficient_claims"}])).await;
    let report = check(&world.engine("users.users.list")).await;
    assert_eq!((verdicts(&report), report.trouble()), (vec![(Verdict::Failed, Some(401))], Some(Trouble::Failed)));
    let reason = report.operations[0].reason.clone().expect("a reason");
    assert!(reason.starts_with("401 Unauthorized, insufficient_claims: Continuous access evaluation"), "{reason}");
    assert_eq!(received(&world, [TOKEN, "/v1.0/users"]).await, [2, 2]);
}

#[tokio::test]
async fn what_only_a_person_can_prove_is_asked_for_at_their_next_sign_in() {
    let world = World::start().await;
    world.sign_in().await;
    let me = || {
        let operations = vec!["users.me.get".to_owned()];
        world.reading_engine("person", SelectionOverride { classes: Vec::new(), operations })
    };
    assert_eq!(verdicts(&check(&me()).await), [(Verdict::Ok, Some(200))]);
    world.policies(json!({"authentication_context": "c1"})).await;
    let before = world.received(TOKEN).await;
    let engine = me();
    for _ in 0..2 {
        let report = check(&engine).await;
        assert_eq!(report.trouble(), Some(Trouble::SignIn), "{report:?}");
    }
    let standing = world.store.standing("person").await.expect("the ledger").expect("a standing");
    let reason = standing.reason.unwrap_or_default();
    assert_eq!((standing.state, standing.code.as_deref()), (AccountState::NeedsSignIn, Some("AADSTS50076")));
    assert!(reason.contains("graphbeat account sign-in person"), "{reason}");
    assert_eq!(world.received(TOKEN).await, before + 3, "a token, the challenged one's refresh, the next round's");
    // Another process signs the person in: they pass the second factor that the challenge demanded.
    world.sign_in().await;
    assert_eq!(verdicts(&check(&me()).await), [(Verdict::Ok, Some(200))]);
}

#[tokio::test]
async fn a_person_who_proved_enough_answers_a_challenge_without_noticing() {
    let world = World::start().await;
    world.change_user(json!({"mfa": true})).await;
    world.sign_in().await;
    world.policies(json!({"authentication_context": "c1"})).await;
    let operations = vec!["users.me.get".to_owned()];
    let engine = world.reading_engine("person", SelectionOverride { classes: Vec::new(), operations });
    assert_eq!(verdicts(&check(&engine).await), [(Verdict::Ok, Some(200))]);
    assert_eq!(world.received("/v1.0/me").await, 2);
}
