//! Reads in batches.

use graphbeat_core::Verdict;
use graphbeat_engine::CheckReport;
use serde_json::json;

use crate::world::World;

const READS: [&str; 5] =
    ["users.users.list", "groups.groups.list", "groups.members.list", "mail.folders.list", "users.manager.get"];

/// What operations came to; by which row of the ledger is another matter.
fn came_to(report: &CheckReport) -> Vec<(&str, Verdict, Option<u16>, Option<&str>)> {
    let each = report.operations.iter();
    each.map(|one| (&*one.operation, one.verdict, one.status, one.reason.as_deref())).collect()
}

#[tokio::test]
async fn reads_go_together_and_come_to_what_they_come_to_alone() {
    let world = World::start().await;
    let engine = world.engine_of(&READS, false);
    let alone = engine.check(engine.accounts()).await.expect("a report");
    let paths = world.requests().await.len();
    let engine = world.engine_of(&READS, true);
    let together = engine.check(engine.accounts()).await.expect("a report");
    assert_eq!(came_to(&alone), came_to(&together));
    assert!(alone.operations.iter().any(|report| report.verdict == Verdict::Expected), "{alone:?}");
    let later = &world.requests().await[paths..];
    let batches = later.iter().filter(|request| request["path"] == "/v1.0/$batch").count();
    assert_eq!(batches, 1, "{later:?}");
    assert!(together.calls < alone.calls, "{} {}", together.calls, alone.calls);
    assert_eq!(later.len() as u64, together.calls);
}

#[tokio::test]
async fn a_part_that_is_throttled_waits_and_is_sent_alone() {
    let world = World::start().await;
    world
        .faults(json!([
            {"operation": "mail.folders.list", "status": 429, "retry_after_s": 30, "until": "2026-11-24T12:00:30Z"}
        ]))
        .await;
    let engine = world.engine_of(&["users.users.list", "groups.groups.list", "mail.folders.list"], true);
    let check = engine.check(engine.accounts());
    let advance = async {
        while world.received("/$batch").await == 0 {
            tokio::task::yield_now().await;
        }
        world.advance(29);
        assert_eq!(world.received("/mailFolders").await, 0);
        world.advance(1);
    };
    let (report, ()) = tokio::join!(check, advance);
    let report = report.expect("a report");
    assert!(report.operations.iter().all(|operation| operation.verdict == Verdict::Ok), "{report:?}");
    assert_eq!((world.received("/$batch").await, world.received("/mailFolders").await), (1, 1));
}

#[tokio::test]
async fn a_wait_that_a_part_was_told_holds_in_the_next_process_too() {
    let world = World::start().await;
    world.faults(json!([{"operation": "mail.folders.list", "status": 429, "retry_after_s": 900}])).await;
    let reads = ["users.users.list", "mail.folders.list"];
    let engine = world.engine_of(&reads, true);
    let report = engine.check(engine.accounts()).await.expect("a report");
    let verdicts: Vec<_> = report.operations.iter().map(|operation| operation.verdict).collect();
    assert_eq!(verdicts, [Verdict::Ok, Verdict::Throttled]);
    world.faults(json!([])).await;
    let engine = world.engine("mail.folders.list");
    let report = engine.check(engine.accounts()).await.expect("a report");
    assert_eq!(report.operations[0].verdict, Verdict::Throttled);
    assert_eq!(world.received("/mailFolders").await, 0);
}
