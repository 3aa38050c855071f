//! Delta queries over several processes.

use graphbeat_core::Verdict;
use graphbeat_engine::OperationReport;

use crate::world::World;

async fn run(world: &World, operation: &str) -> OperationReport {
    let engine = world.engine(operation);
    engine.check(engine.accounts()).await.expect("a report").operations.remove(0)
}

/// The queries of the delta requests so far.
async fn queries(world: &World) -> Vec<String> {
    let requests = world.requests().await;
    let deltas = requests.iter().filter(|request| request["path"].as_str().is_some_and(|it| it.ends_with("/delta()")));
    deltas.map(|request| request["query"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_delta_query_goes_on_in_the_next_process_where_it_ended_in_this_one() {
    for operation in ["users.users.delta", "mail.inbox.delta", "files.root.delta", "contacts.folder.delta"] {
        let world = World::start().await;
        assert_eq!(run(&world, operation).await.verdict, Verdict::Ok, "{operation}");
        let first = queries(&world).await;
        assert!(!first.is_empty() && !first[0].contains("token"), "{operation}: {first:?}");
        let second = run(&world, operation).await;
        assert_eq!((second.verdict, second.reason), (Verdict::Ok, None), "{operation}");
        let all = queries(&world).await;
        assert_eq!(all.len(), first.len() + 1, "{operation}: nothing has changed: {all:?}");
        assert!(all[first.len()].contains("$deltatoken="), "{operation}: {all:?}");
    }
}

#[tokio::test]
async fn a_token_that_the_service_has_forgotten_starts_the_query_over_in_the_same_round() {
    let world = World::start().await;
    run(&world, "users.users.delta").await;
    world.advance(8 * 24 * 60 * 60);
    let report = run(&world, "users.users.delta").await;
    assert_eq!((report.verdict, report.status), (Verdict::Expected, Some(200)));
    assert!(report.reason.as_deref().is_some_and(|reason| reason.contains("410 syncStateNotFound")), "{report:?}");
    let queries = queries(&world).await;
    assert!(queries[1].contains("$deltatoken=") && !queries[2].contains("token"), "{queries:?}");
    // The token of the new beginning is good.
    assert_eq!(run(&world, "users.users.delta").await.verdict, Verdict::Ok);
}

#[tokio::test]
async fn a_query_about_a_window_of_time_starts_over_each_day() {
    let world = World::start().await;
    run(&world, "calendar.view.delta").await;
    let before = queries(&world).await.len();
    world.advance(25 * 60 * 60);
    assert_eq!(run(&world, "calendar.view.delta").await.reason, None);
    assert!(queries(&world).await[before].contains("startDateTime"));
}
