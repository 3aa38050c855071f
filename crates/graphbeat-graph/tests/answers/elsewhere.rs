//! Addresses that Graph names: downloads, delta links, uploads, monitors.

use graphbeat_core::Verdict;
use graphbeat_graph::{DeltaBookmark, FollowUp};
use serde_json::json;

use crate::script::{Stage, answer, operation};

const DOWNLOAD: &str = "method = \"GET\"\npath = \"/me/drive/items/1/content\"\naccess = \"read\"";
const DELTA: &str = "method = \"GET\"\npath = \"/users/delta()\"\naccess = \"read\"\nquery = { \"$top\" = \"1\" }";
const UPLOAD: &str = "method = \"POST\"\npath = \"/x\"\naccess = \"write\"\nbody = { json = '{}' }\n\
     upload = { bytes = 10, chunk = 327680 }";
const COPY: &str = "method = \"POST\"\npath = \"/x\"\naccess = \"write\"\nbody = { json = '{}' }\nmonitor = true";

#[tokio::test]
async fn a_download_on_a_host_that_is_named_is_read_without_the_token() {
    let link = answer(302, Some("https://my.content.example/personal/megan_contoso_com/x?tempauth=1"), "");
    let stage = Stage::new(vec![link, answer(206, None, "bytes")]);
    let completion = stage.attempt(&operation(DOWNLOAD), None, true).await;
    assert_eq!((completion.verdict, completion.status), (Verdict::Ok, Some(206)));
    // The script itself refuses a token on any host but Graph's.
    let (asked, rows) = (stage.asked(), stage.rows());
    assert_eq!((asked.len(), asked[1].headers.get("range").is_some()), (2, true));
    assert_eq!(rows[1].path.to_string(), "/personal/-/x", "a person's site is named by an address");
}

#[tokio::test]
async fn a_delta_query_keeps_where_it_ended_and_goes_on_from_there() {
    let page = json!({"value": [], "@odata.deltaLink": "https://graph.example/v1.0/users/delta?$deltatoken=abc"});
    let stage = Stage::new(vec![answer(200, None, page.to_string())]);
    let bookmark = stage.attempt(&operation(DELTA), None, true).await.bookmark.expect("a bookmark");
    stage.attempt(&operation(DELTA), Some(&bookmark), true).await;
    let urls: Vec<String> = stage.asked().iter().map(|request| request.uri.to_string()).collect();
    assert_eq!(
        urls,
        ["https://graph.example/v1.0/users/delta()?$top=1", "https://graph.example/v1.0/users/delta()?$deltatoken=abc"]
    );
}

#[tokio::test]
async fn a_delta_link_to_another_host_is_not_kept() {
    let page = json!({"value": [], "@odata.deltaLink": "https://evil.example/v1.0/users/delta?$deltatoken=abc"});
    let stage = Stage::new(vec![answer(200, None, page.to_string())]);
    let completion = stage.attempt(&operation(DELTA), None, true).await;
    assert_eq!((completion.verdict, completion.bookmark), (Verdict::Ok, None));
}

#[tokio::test]
async fn a_long_delta_query_stops_at_a_bound_and_keeps_where() {
    let page = json!({"value": [], "@odata.nextLink": "https://graph.example/v1.0/users/delta?$skiptoken=9"});
    let stage = Stage::new(vec![answer(200, None, page.to_string())]);
    let completion = stage.attempt(&operation(DELTA), None, true).await;
    assert_eq!(completion.bookmark.as_ref().map(DeltaBookmark::as_str), Some("()$skiptoken=9"));
    assert_eq!(stage.rows().len(), 20);
}

#[tokio::test]
async fn a_token_that_the_service_forgot_is_expected_and_starts_over() {
    let bookmark = DeltaBookmark::try_new("()$deltatoken=old").expect("a bookmark");
    for (status, code) in [(410, "syncStateNotFound"), (410, ""), (404, "resyncRequired"), (400, "BadRequest")] {
        let gone = answer(status, None, json!({"error": {"code": code, "message": "no"}}).to_string());
        let stage = Stage::new(vec![gone]);
        let completion = stage.attempt(&operation(DELTA), Some(&bookmark), true).await;
        assert!(completion.starts_over && completion.reason.is_some(), "{status} {code}");
        assert_eq!((completion.verdict, stage.rows()[0].verdict), (Verdict::Expected, Verdict::Expected));
        // Without a token the same answer is a failure.
        let completion = stage.attempt(&operation(DELTA), None, true).await;
        assert_eq!((completion.verdict, completion.starts_over), (Verdict::Failed, false));
    }
}

#[tokio::test]
async fn an_upload_or_a_monitor_on_a_host_that_is_not_named_is_refused() {
    for url in ["https://evil.example/up", "http://my.content.example/up", "https://a:b@my.content.example/up", "up"] {
        let stage = Stage::new(vec![answer(200, None, json!({ "uploadUrl": url }).to_string())]);
        let completion = stage.attempt(&operation(UPLOAD), None, true).await;
        assert!(matches!(completion.code.as_deref(), Some("ForeignUpload" | "NoUploadUrl")), "{url}: {completion:?}");
        assert_eq!((completion.verdict, stage.rows()[0].verdict), (Verdict::Failed, Verdict::Failed));
    }
    for (location, code) in [(Some("https://evil.example/m"), "ForeignMonitor"), (None, "NoMonitor")] {
        let stage = Stage::new(vec![answer(202, location, "")]);
        let completion = stage.attempt(&operation(COPY), None, true).await;
        assert_eq!((completion.verdict, completion.code.as_deref()), (Verdict::Failed, Some(code)));
    }
}

#[tokio::test]
async fn an_upload_or_a_monitor_on_a_host_that_is_named_is_followed() {
    let stage = Stage::new(vec![answer(200, None, json!({"uploadUrl": "https://my.content.example/up"}).to_string())]);
    let completion = stage.attempt(&operation(UPLOAD), None, true).await;
    assert!(matches!(completion.follow_up, Some(FollowUp::Upload(_))));
    let stage = Stage::new(vec![answer(202, Some("https://my.content.example/m"), "")]);
    let completion = stage.attempt(&operation(COPY), None, true).await;
    assert!(matches!(completion.follow_up, Some(FollowUp::Monitor(_))));
}
