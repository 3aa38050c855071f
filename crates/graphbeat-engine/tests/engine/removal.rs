//! What journeys leave behind, and how it goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use graphbeat_core::{ArtefactState, Intent};
use graphbeat_engine::Engine;
use graphbeat_store::Journal as _;
use serde_json::json;
use uuid::Uuid;

use crate::world::{World, settle};

const LISTS: &str = "todo.lists.create";

/// The journal's open artefacts by name.
async fn open(world: &World) -> Vec<String> {
    let open = world.store.open(None).await.expect("the journal");
    open.iter().map(|artefact| artefact.name.to_string()).collect()
}

async fn walk(engine: &Engine) {
    let report = engine.check(engine.accounts()).await.expect("a report");
    assert!(report.operations.iter().any(|operation| operation.journey.is_some()), "{report:?}");
}

#[tokio::test]
async fn what_lies_inside_stays_in_the_journal_as_long_as_what_holds_it() {
    let world = World::start().await;
    let fails = |operation| json!({"operation": operation, "status": 500});
    world.faults(json!([fails("todo.lists.delete"), fails("todo.tasks.delete")])).await;
    let engine = world.engine("todo.list");
    walk(&engine).await;
    assert_eq!(open(&world).await, ["list", "task"]);
    let settlement = settle(&world.engine("todo.list")).await;
    assert_eq!(settlement.open(), 2, "{settlement:?}");
    world.faults(json!([])).await;
    let settlement = settle(&world.engine("todo.list")).await;
    assert_eq!((settlement.open(), open(&world).await.len()), (0, 0), "{settlement:?}");
}

#[tokio::test]
async fn two_processes_that_settle_the_same_leftovers_do_not_disturb_each_other() {
    let world = World::start().await;
    world.faults(json!([{"operation": "todo.lists.delete", "status": 500}])).await;
    walk(&world.engine("todo.list")).await;
    world.faults(json!([{"operation": "todo.lists.delete", "delay_ms": 50}])).await;
    let engines = [world.engine("todo.list"), world.engine("todo.list")];
    let (first, second) = tokio::join!(settle(&engines[0]), settle(&engines[1]));
    assert_eq!((first.open(), second.open(), open(&world).await.len()), (0, 0, 0));
}

#[tokio::test]
async fn accounts_that_do_not_run_now_and_processes_that_live_keep_their_artefacts() {
    let world = World::start().await;
    let living = Uuid::from_u128(7);
    for (account, session) in [("b", Uuid::from_u128(8)), ("a", living), ("gone", Uuid::from_u128(8))] {
        let intent = Intent {
            account: Arc::from(account),
            journey: Arc::from("todo.list"),
            name: Arc::from("list"),
            marker: Arc::from("graphbeat-x"),
            values: std::collections::BTreeMap::new(),
            intended_at: world.clock.now(),
            session,
        };
        world.store.intend(intent).await.expect("the journal");
    }
    let engine = world.engine("todo.list");
    let settlement = engine.settle(engine.accounts(), &|| Ok(BTreeSet::from([living]))).await.expect("a settlement");
    let told: Vec<_> = settlement.artefacts.iter().map(|one| (&*one.account, one.state)).collect();
    assert_eq!(told, [("gone", ArtefactState::Intent)]);
    assert_eq!(open(&world).await.len(), 3);
}

#[tokio::test]
async fn a_create_that_never_arrived_or_was_refused_leaves_nothing_in_the_journal() {
    let world = World::start().await;
    world.faults(json!([{"operation": LISTS, "status": 403, "code": "accessDenied"}])).await;
    walk(&world.engine("todo.list")).await;
    assert_eq!(open(&world).await.len(), 0);
    // A service in trouble may have made it all the same: it is looked for until that is settled.
    world.faults(json!([{"operation": LISTS, "status": 500}])).await;
    let engine = world.engine("todo.list");
    let advance = async {
        while open(&world).await.is_empty() {
            tokio::task::yield_now().await;
        }
        world.advance(200);
    };
    tokio::join!(walk(&engine), advance);
    assert_eq!(open(&world).await.len(), 0);
}

#[tokio::test]
async fn what_a_dead_process_put_into_the_bin_is_purged_there() {
    let world = World::start().await;
    world.faults(json!([{"operation": "identity.applications.purge", "status": 500}])).await;
    walk(&world.engine("identity.application")).await;
    assert_eq!(open(&world).await, ["application"]);
    assert_eq!(world.state().await["collections"]["directory/deletedItems"].as_array().map(Vec::len), Some(3));
    world.faults(json!([])).await;
    let settlement = settle(&world.engine("identity.application")).await;
    assert_eq!((settlement.open(), open(&world).await.len()), (0, 0), "{settlement:?}");
    assert_eq!(world.state().await["collections"]["directory/deletedItems"].as_array().map(Vec::len), Some(2));
}
