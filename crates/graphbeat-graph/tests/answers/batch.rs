//! Batches: parts by id, each judged by itself.

use graphbeat_core::Verdict;
use graphbeat_graph::{Compiled, Completion, PartOutcome};
use http::Method;
use serde_json::{Value, json};

use crate::script::{Stage, answer, operation};

const LIST: &str = "method = \"GET\"\npath = \"/users\"\naccess = \"read\"\nquery = { \"$top\" = \"1\" }\n\
     headers = { ConsistencyLevel = \"eventual\" }\n\
     [[operation.expect]]\nstatus = 404\ncode = \"NoMailbox\"\nreason = { en = \"none\", zh-CN = \"无\" }";

fn completion(part: &PartOutcome) -> &Completion {
    match part {
        PartOutcome::Answered(completion) => completion,
        other => panic!("not answered: {other:?}"),
    }
}

async fn batch(answers: Value, depends_on: &[Option<usize>]) -> (Stage, Vec<PartOutcome>) {
    let list = operation(LIST);
    let stage = Stage::new(vec![answer(200, None, json!({ "responses": answers }).to_string())]);
    let parts: Vec<(&Compiled, Option<usize>)> = depends_on.iter().map(|&on| (&list, on)).collect();
    let completed = stage.batch(&parts).await;
    (stage, completed.parts)
}

#[tokio::test]
async fn parts_are_told_apart_by_their_ids_and_judged_as_if_alone() {
    let (stage, parts) = batch(
        json!([
            {"id": "2", "status": 404, "headers": {}, "body": {"error": {"code": "NoMailbox", "message": "m"}}},
            {"id": "1", "status": 200, "body": {"value": [{"id": "u"}]}},
            {"id": "3", "status": 200, "body": null},
        ]),
        &[None, None, None, None],
    )
    .await;
    assert_eq!(completion(&parts[0]).verdict, Verdict::Ok);
    assert_eq!(completion(&parts[0]).pages[0], "{\"value\":[{\"id\":\"u\"}]}");
    assert_eq!((completion(&parts[1]).verdict, completion(&parts[1]).status), (Verdict::Expected, Some(404)));
    assert_eq!(completion(&parts[2]).verdict, Verdict::Failed);
    assert_eq!(completion(&parts[3]).code.as_deref(), Some("MissingPart"));
    let (asked, rows) = (stage.asked(), stage.rows());
    assert_eq!((asked.len(), &asked[0].method, asked[0].uri.path()), (1, &Method::POST, "/v1.0/$batch"));
    let sent: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    assert_eq!(
        sent["requests"][0],
        json!({"id": "1", "method": "GET", "url": "/users?$top=1", "headers": {"consistencylevel": "eventual"}})
    );
    assert_eq!((rows.len(), &*rows[0].operation, rows[0].verdict), (1, "batch.requests.send", Verdict::Ok));
    assert_eq!(rows[0].path.to_string(), "/v1.0/$batch");
}

#[tokio::test]
async fn a_part_that_is_throttled_is_told_in_the_row_of_the_batch() {
    let (stage, parts) = batch(
        json!([
            {"id": "1", "status": 429, "headers": {"Retry-After": "7"}, "body": {"error": {"code": "x"}}},
            {"id": "2", "status": 200, "body": {"value": []}},
        ]),
        &[None, None],
    )
    .await;
    assert_eq!(completion(&parts[0]).retry_after.map(|wait| wait.as_secs()), Some(7));
    let row = &stage.rows()[0];
    assert_eq!((row.verdict, row.status, row.retry_after_s), (Verdict::Throttled, Some(200), Some(7)));
}

#[tokio::test]
async fn a_part_whose_predecessor_failed_names_it() {
    let (stage, parts) = batch(
        json!([
            {"id": "1", "status": 500, "body": {"error": {"code": "x"}}},
            {"id": "2", "status": 424, "body": {"error": {"code": "FailedDependency"}}},
        ]),
        &[None, Some(0)],
    )
    .await;
    assert!(matches!(parts[1], PartOutcome::Dependent(0)), "{parts:?}");
    let sent: Value = serde_json::from_slice(&stage.asked()[0].body).expect("JSON");
    assert_eq!(sent["requests"][1]["dependsOn"], json!(["1"]));
}

#[tokio::test]
async fn a_batch_that_fails_as_a_whole_leaves_its_parts_to_themselves() {
    let list = operation(LIST);
    for (status, body) in [(503, "{}"), (200, "<html>"), (400, "{}"), (200, "{\"responses\":7}")] {
        let stage = Stage::new(vec![answer(status, None, body)]);
        let completed = stage.batch(&[(&list, None), (&list, None)]).await;
        assert!(completed.parts.iter().all(|part| matches!(part, PartOutcome::Alone)), "{completed:?}");
        assert_eq!(stage.rows()[0].verdict, Verdict::Failed, "{status}");
    }
}

#[tokio::test]
async fn a_batch_holds_no_more_than_twenty_parts() {
    let list = operation(LIST);
    let stage = Stage::new(vec![answer(200, None, "{\"responses\":[]}")]);
    let completed = stage.batch(&vec![(&list, None); 25]).await;
    let alone = completed.parts.iter().filter(|part| matches!(part, PartOutcome::Alone)).count();
    let sent: Value = serde_json::from_slice(&stage.asked()[0].body).expect("JSON");
    assert_eq!((alone, sent["requests"].as_array().map(Vec::len)), (5, Some(20)));
}
