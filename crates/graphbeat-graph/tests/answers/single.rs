//! What one try makes of good, bad and hostile answers.

use graphbeat_core::Verdict;
use graphbeat_http::Response;

use crate::script::{answer, attempt, attempt_where};

const LIST: &str = "method = \"GET\"\npath = \"/users\"\naccess = \"read\"\npages = 50";
const DOWNLOAD: &str = "method = \"GET\"\npath = \"/me/drive/items/1/content\"\naccess = \"read\"";
const CREATE: &str = "method = \"POST\"\npath = \"/me/messages\"\naccess = \"write\"\nbody = { json = '{}' }";

/// One try whose first answer is bad: it has this code, in its row too, and nothing was sent after it.
async fn check_bad(operation: &str, first: Response, code: &str) {
    let (completion, rows, asked) = attempt(operation, vec![first, answer(200, None, "{}")]).await;
    assert_eq!((completion.verdict, completion.code.as_deref()), (Verdict::Failed, Some(code)));
    assert_eq!((rows.len(), rows[0].verdict, rows[0].code.as_deref()), (1, Verdict::Failed, Some(code)));
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[tokio::test]
async fn no_read_follows_a_redirect_to_another_host() {
    for location in ["https://evil.example/v1.0/users", "http://graph.example/v1.0/users", "https://a:b@graph.example/"]
    {
        check_bad(LIST, answer(302, Some(location), ""), "Redirected").await;
    }
    check_bad(LIST, answer(302, None, ""), "Redirected").await;
}

#[tokio::test]
async fn a_create_that_is_redirected_has_not_gone_well() {
    check_bad(CREATE, answer(307, Some("https://graph.example/v1.0/other"), ""), "Redirected").await;
}

#[tokio::test]
async fn the_link_to_a_download_on_another_host_is_its_answer() {
    let link = answer(302, Some("https://download.example/x?token=1"), "");
    let (completion, rows, asked) = attempt(DOWNLOAD, vec![link]).await;
    assert_eq!((completion.verdict, completion.status, rows.len(), asked.len()), (Verdict::Ok, Some(302), 1, 1));
    check_bad(DOWNLOAD, answer(302, Some("http://download.example/x"), ""), "Redirected").await;
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let circle = answer(302, Some("/v1.0/users"), "");
    let (completion, rows, _) = attempt(LIST, vec![circle]).await;
    assert_eq!((completion.verdict, rows.len()), (Verdict::Failed, 4));
}

#[tokio::test]
async fn a_next_page_on_another_host_is_not_asked_for() {
    for next in ["https://evil.example/v1.0/users", "https://a:b@graph.example/v1.0/users", "//x", "users"] {
        let page = format!("{{\"value\":[],\"@odata.nextLink\":\"{next}\"}}");
        check_bad(LIST, answer(200, None, page), "ForeignPage").await;
    }
}

#[tokio::test]
async fn pages_without_end_are_read_up_to_a_bound() {
    let page = "{\"value\":[],\"@odata.nextLink\":\"https://graph.example/v1.0/users?$skiptoken=1\"}";
    let (completion, rows, _) = attempt(LIST, vec![answer(200, None, page)]).await;
    assert_eq!((completion.verdict, rows.len(), completion.pages.len()), (Verdict::Ok, 50, 50));
    let large = format!("{{\"x\":\"{}\",{}", "x".repeat(10 << 20), &page[1..]);
    let (completion, rows, _) = attempt(LIST, vec![answer(200, None, large)]).await;
    assert_eq!((completion.code.as_deref(), rows.len()), (Some("TooLarge"), 4));
}

#[tokio::test]
async fn an_answer_that_is_not_json_fails_a_create_too() {
    check_bad(CREATE, answer(201, None, "<html>sign in to the hotel</html>"), "NotJson").await;
    let (completion, ..) = attempt(CREATE, vec![answer(202, None, "")]).await;
    assert_eq!(completion.verdict, Verdict::Ok);
}

#[tokio::test]
async fn no_next_page_is_asked_for_while_the_service_asks_to_wait() {
    let page = "{\"value\":[],\"@odata.nextLink\":\"https://graph.example/v1.0/users?$skiptoken=1\"}";
    let (completion, rows, asked) = attempt_where(LIST, vec![answer(200, None, page)], false).await;
    assert_eq!((completion.verdict, rows.len(), asked.len()), (Verdict::Throttled, 1, 1));
}
