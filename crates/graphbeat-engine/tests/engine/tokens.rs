//! How many requests for tokens leave, and what each refusal of Entra's does to an account.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use graphbeat_core::{AccountState, PermissionCheck};
use graphbeat_engine::{AgentOptions, SelectionOverride, Trouble};
use graphbeat_store::{AccountStates as _, Notes as _};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::world::{World, a};

const TOKEN: &str = "/oauth2/v2.0/token";
/// Entra's numbers that the sandbox can answer with, from its own table.
const CODES: &str = include_str!("../../../graphbeat-sandbox/data/aadsts.csv");
/// Those after which an account waits: locks, risk, and trouble of Entra's own.
const WAITS: [u32; 17] = [
    50_053, 50_087, 50_088, 50_131, 50_134, 50_196, 53_004, 53_011, 70_012, 80_001, 90_006, 90_012, 90_024, 90_033,
    90_036, 90_055, 90_090,
];
/// And of a guest's home tenant.
const DELEGATED_RISK: u32 = 530_034;
/// The device code's own words: no sign-in of an account gets them.
const OF_THE_DEVICE_CODE: [u32; 3] = [70_016, 70_018, 70_019];

fn codes() -> Vec<u32> {
    let codes = CODES.lines().skip(1).filter_map(|line| line.split(',').next()?.parse().ok());
    codes.filter(|code| !OF_THE_DEVICE_CODE.contains(code)).collect()
}

fn waits(code: u32) -> bool {
    WAITS.contains(&code) || code == DELEGATED_RISK
}

fn one_read() -> SelectionOverride {
    SelectionOverride { classes: Vec::new(), operations: vec!["users.users.list".to_owned()] }
}

#[tokio::test]
async fn a_token_is_asked_for_once_in_its_lifetime_whatever_is_in_flight() {
    let world = World::start().await;
    let engine = world.engine("users.users.list");
    let many = vec![a(&engine); 12];
    let check = async || {
        for report in join_all((0..4).map(|_| engine.check(&many))).await {
            assert_eq!(report.expect("a report").trouble(), None);
        }
        world.received(TOKEN).await
    };
    assert_eq!(check().await, 1);
    // The sandbox's tokens live for an hour and some minutes; one is replaced 300 s before its end.
    let lifetime = 3599;
    world.advance(lifetime - 300 - 1);
    assert_eq!(check().await, 1);
    world.advance(2 * 3600);
    assert_eq!(check().await, 2);
    world.advance(10);
    assert_eq!(check().await, 2);
}

#[tokio::test]
async fn whatever_is_in_flight_nobody_asks_for_a_token_within_a_wait() {
    let world = World::start().await;
    world.faults(json!([{"operation": "token", "status": 429, "retry_after_s": 120}])).await;
    let engines: Vec<_> = (0..3).map(|_| world.engine("users.users.list")).collect();
    // The first one learns of the wait, the others know it from the ledger.
    engines[0].check(engines[0].accounts()).await.expect("a report");
    world.faults(json!([])).await;
    world.advance(119);
    for report in join_all(engines.iter().map(|engine| engine.check(engine.accounts()))).await {
        assert_eq!(report.expect("a report").trouble(), Some(Trouble::Throttled));
    }
    assert_eq!(world.received(TOKEN).await, 1);
    world.advance(1);
    for engine in &engines {
        assert_eq!(engine.check(engine.accounts()).await.expect("a report").trouble(), None);
    }
}

/// Each number, answered to an account: its state, the trouble of the command that met it, and what a second
/// command sends.
async fn assert_each_code(account: &str) {
    let world = World::start().await;
    world.sign_in().await;
    for code in codes() {
        world.store.clear_refusals(account).await.expect("the ledger");
        world.advance(3600);
        world.faults(json!([{"operation": "token", "status": 400, "code": format!("AADSTS{code}")}])).await;
        let before = world.received(TOKEN).await;
        let engine = world.reading_engine(account, one_read());
        let report = engine.check(engine.accounts()).await.expect("a report");
        let standing = world.store.standing(account).await.expect("the ledger").expect("a standing");
        let (state, trouble) = match waits(code) {
            true => (AccountState::Waiting, Trouble::Throttled),
            false => (AccountState::NeedsSignIn, Trouble::SignIn),
        };
        assert_eq!((standing.state, report.trouble()), (state, Some(trouble)), "{code}: {standing:?}");
        assert_eq!(standing.until.is_some(), waits(code), "{code}: {standing:?}");
        let reason = standing.reason.expect("a reason");
        assert_eq!(
            reason.contains("graphbeat account sign-in person"),
            account == "person" && !waits(code),
            "{code}: {reason}"
        );
        assert_eq!(world.received(TOKEN).await - before, 1, "{code}");
        let again = world.reading_engine(account, one_read());
        let report = again.check(again.accounts()).await.expect("a report");
        assert_eq!(report.trouble(), Some(trouble), "{code}");
        assert_eq!(world.received(TOKEN).await - before, if waits(code) { 1 } else { 2 }, "{code}");
        if waits(code) {
            world.advance(3600);
        }
    }
}

#[tokio::test]
async fn each_number_of_entra_s_has_its_state_for_an_application() {
    assert_each_code("a").await;
}

#[tokio::test]
async fn each_number_of_entra_s_has_its_state_for_a_person_and_the_command_to_run() {
    assert_each_code("person").await;
}

/// Turns that everything under way gets for each step of the clock.
const TURNS: u32 = 1_000;

/// Runs the agent for an account over some hours of its clock, which is moved by hand.
async fn run_agent(world: &World, account: &str, hours: u32) {
    let engine = world.reading_engine(account, one_read());
    let stop = CancellationToken::new();
    let moving = async {
        for _ in 0..hours * 4 {
            world.advance(15 * 60);
            // Slots that are due get their turn, and their requests an answer.
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
        }
        stop.cancel();
    };
    let options = AgentOptions::default();
    let (summary, ()) = tokio::join!(engine.run(&options, stop.clone()), moving);
    assert!(summary.expect("a summary").slots > 0);
}

#[tokio::test]
async fn the_agent_leaves_an_account_alone_that_needs_its_person() {
    let world = World::start().await;
    world.sign_in().await;
    world.change_user(json!({"revoke_sessions": true})).await;
    world.advance(3600);
    let before = world.received(TOKEN).await;
    run_agent(&world, "person", 80).await;
    assert_eq!(world.received(TOKEN).await - before, 1);
    let standing = world.store.standing("person").await.expect("the ledger").expect("a standing");
    assert_eq!((standing.state, standing.code.as_deref()), (AccountState::NeedsSignIn, Some("AADSTS50173")));
    world.sign_in().await;
    run_agent(&world, "person", 30).await;
    let standing = world.store.standing("person").await.expect("the ledger").expect("a standing");
    assert_eq!(standing.state, AccountState::Active);
}

#[tokio::test]
async fn the_agent_looks_at_a_token_s_permissions_once_a_day() {
    let world = World::start().await;
    world.grant(graphbeat_catalog::Mode::Application, &BTreeSet::from(["Mail.Read".to_owned()])).await;
    run_agent(&world, "a", 30).await;
    let check = async || {
        let note = world.store.note(&PermissionCheck::note_name("a")).await.expect("the ledger").expect("a note");
        PermissionCheck::from_note(&note).expect("a check")
    };
    let first = check().await;
    assert!(!first.missing.is_empty() && first.excessive.contains("Mail.Read"), "{first:?}");
    let granted: BTreeSet<String> = first.missing.keys().cloned().collect();
    world.grant(graphbeat_catalog::Mode::Application, &granted).await;
    run_agent(&world, "a", 50).await;
    let second = check().await;
    assert!(second.missing.is_empty() && second.excessive.is_empty(), "{second:?}");
    assert!(second.at.duration_since(first.at) >= graphbeat_base::SignedDuration::from_hours(24), "{second:?}");
}
