//! Uploads in chunks, and monitors.

use graphbeat_core::Verdict;
use graphbeat_engine::CheckReport;
use graphbeat_store::Journal as _;
use serde_json::json;

use crate::world::World;

const UPLOAD: &str = "files.upload-session";

async fn walk(world: &World, journey: &str) -> CheckReport {
    let engine = world.engine(journey);
    engine.check(engine.accounts()).await.expect("a report")
}

/// Walks the journey; once the sandbox has received so many requests at `path`, `then` is done.
async fn walk_until(
    world: &World,
    journey: &str,
    (path, count): (&str, usize),
    then: impl Future<Output = ()>,
) -> CheckReport {
    let engine = world.engine(journey);
    let check = engine.check(engine.accounts());
    let meanwhile = async {
        while world.methods(path).await.len() < count {
            tokio::task::yield_now().await;
        }
        then.await;
    };
    let (report, ()) = tokio::join!(check, meanwhile);
    report.expect("a report")
}

fn verdict_of(report: &CheckReport, operation: &str) -> (Verdict, Option<String>) {
    let found = report.operations.iter().find(|report| &*report.operation == operation).expect("a report of it");
    (found.verdict, found.reason.clone())
}

async fn open(world: &World) -> usize {
    world.store.open(None).await.expect("the journal").len()
}

#[tokio::test]
async fn a_file_is_uploaded_in_chunks_read_back_and_purged() {
    let world = World::start().await;
    let before = world.state().await;
    let report = walk(&world, UPLOAD).await;
    assert!(report.operations.iter().all(|operation| operation.verdict == Verdict::Ok), "{report:?}");
    assert_eq!(world.methods("/_upload/").await, ["PUT"; 4]);
    assert_eq!(report.calls, world.requests().await.len() as u64, "every chunk is a row");
    assert_eq!((before, open(&world).await), (world.state().await, 0));
}

#[tokio::test]
async fn an_upload_goes_on_after_a_lost_chunk_where_the_service_is() {
    let world = World::start().await;
    // The first chunk arrives and its answer is lost; what follows is well.
    world
        .faults(json!([{"path": "/_upload", "method": "PUT", "kind": "truncate", "until": "2026-11-24T12:00:01Z"}]))
        .await;
    let report = walk_until(&world, UPLOAD, ("/_upload/", 1), async { world.advance(2) }).await;
    assert!(report.operations.iter().all(|operation| operation.verdict == Verdict::Ok), "{report:?}");
    assert_eq!(world.methods("/_upload/").await, ["PUT", "GET", "PUT", "PUT", "PUT"]);
}

#[tokio::test]
async fn an_upload_that_the_service_does_not_take_is_cancelled() {
    let world = World::start().await;
    world.faults(json!([{"path": "/_upload", "method": "PUT", "status": 403, "code": "accessDenied"}])).await;
    let report = walk(&world, UPLOAD).await;
    assert_eq!(verdict_of(&report, "files.upload-session.create").0, Verdict::Failed);
    assert_eq!(world.methods("/_upload/").await, ["PUT", "DELETE"]);
    assert_eq!(open(&world).await, 0, "the service said that there is nothing");
}

#[tokio::test]
async fn nothing_is_uploaded_to_a_host_that_the_configuration_does_not_name() {
    let world = World::start().await;
    let body = json!({"uploadUrl": "https://evil.example/up"}).to_string();
    world
        .faults(json!([{"operation": "files.upload-session.create", "kind": "text", "status": 200, "body": body}]))
        .await;
    let engine = world.engine(UPLOAD);
    let check = engine.check(engine.accounts());
    // Whether the answer was true nobody knows: the file is looked for until that is settled.
    let advance = async {
        while open(&world).await == 0 {
            tokio::task::yield_now().await;
        }
        world.advance(200);
    };
    let (report, ()) = tokio::join!(check, advance);
    let (verdict, reason) = verdict_of(&report.expect("a report"), "files.upload-session.create");
    assert_eq!(verdict, Verdict::Failed);
    assert!(reason.is_some_and(|reason| reason.contains("ForeignUpload")));
}

#[tokio::test]
async fn a_copy_s_monitor_is_asked_until_it_is_done() {
    let world = World::start().await;
    let body = json!({"status": "inProgress", "percentageComplete": 27.8}).to_string();
    world.faults(json!([{"path": "/_download/copies", "kind": "text", "status": 202, "body": body}])).await;
    let report = walk_until(&world, "files.copy", ("/_download/copies", 1), async {
        world.faults(json!([])).await;
        world.advance(1);
    })
    .await;
    assert!(report.operations.iter().all(|operation| operation.verdict == Verdict::Ok), "{report:?}");
    assert_eq!(world.methods("/_download/copies").await.len(), 2);
}

#[tokio::test]
async fn a_copy_that_failed_behind_its_202_has_failed() {
    let world = World::start().await;
    let body = json!({"status": "failed", "error": {"code": "nameAlreadyExists", "message": "taken"}}).to_string();
    world.faults(json!([{"path": "/_download/copies", "kind": "text", "status": 200, "body": body}])).await;
    let report = walk(&world, "files.copy").await;
    let (verdict, reason) = verdict_of(&report, "files.items.copy");
    assert_eq!((verdict, reason.is_some_and(|reason| reason.contains("nameAlreadyExists"))), (Verdict::Failed, true));
    assert_eq!(open(&world).await, 0, "what it left behind all the same was found and purged");
}
