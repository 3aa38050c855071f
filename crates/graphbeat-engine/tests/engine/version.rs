//! Changes that name the version that they change.

use graphbeat_core::Verdict;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_version_that_is_not_the_newest_is_read_again_and_the_change_tried_once_more() {
    let world = World::start().await;
    world.faults(json!([{"operation": "planner.tasks.update", "status": 412, "code": "PreconditionFailed"}])).await;
    let engine = world.engine("planner.plan");
    let report = engine.check(engine.accounts()).await.expect("a report");
    let update = report.operations.iter().find(|report| &*report.operation == "planner.tasks.update").expect("it");
    assert_eq!((update.verdict, update.status), (Verdict::Failed, Some(412)));
    let methods = world.methods("/planner/tasks/").await;
    assert_eq!(methods, ["PATCH", "GET", "PATCH"], "once, and no more");
}

#[tokio::test]
async fn a_folder_is_renamed_by_the_version_that_was_read() {
    let world = World::start().await;
    let engine = world.engine("files.folder");
    let report = engine.check(engine.accounts()).await.expect("a report");
    assert!(report.operations.iter().all(|operation| operation.verdict == Verdict::Ok), "{report:?}");
}
