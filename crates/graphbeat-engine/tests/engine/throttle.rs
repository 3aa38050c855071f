//! Waits that Graph asks for.

use graphbeat_core::Verdict;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn looking_up_the_user_waits_where_graph_asks_to() {
    let world = World::start().await;
    world
        .faults(json!([{"path": "/v1.0/users", "status": 429, "retry_after_s": 30, "until": "2026-11-24T12:00:30Z"}]))
        .await;
    let engine = world.engine("mail.messages.list");
    let check = engine.check(engine.accounts());
    tokio::pin!(check);
    let asked = async {
        while world.received("/v1.0/users").await == 0 {
            tokio::task::yield_now().await;
        }
        world.advance(29);
        assert_eq!(world.received("/v1.0/users").await, 1);
        world.advance(1);
    };
    let (report, ()) = tokio::join!(check, asked);
    let report = report.expect("a report");
    assert_eq!((report.operations[0].verdict, world.received("/v1.0/users").await), (Verdict::Ok, 2));
}
