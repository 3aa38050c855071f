//! Lists, pages, deltas, queries, batches and wrong requests.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Client, ok};

fn ids(values: &[Value]) -> Vec<&str> {
    values.iter().filter_map(|value| value["id"].as_str()).collect()
}

#[test]
fn paging_shows_each_user_exactly_once() {
    let client = Client::application();
    for target in [
        "/users?$top=4",
        "/users?$top=4&$orderby=displayName",
        "/users?$top=7&$count=true&$select=id",
        "/users?$top=3&$filter=accountEnabled%20eq%20true",
    ] {
        let all = client.walk(target);
        let unique: BTreeSet<_> = ids(&all).into_iter().collect();
        assert_eq!((all.len(), unique.len()), (25, 25), "{target}");
    }
}

#[test]
fn a_list_counts_sorts_filters_selects_and_searches() {
    let client = Client::application().with("consistencylevel", "eventual");
    let page = ok(client.get("/users?$count=true&$top=1&$select=displayName,city&$orderby=displayName%20desc"));
    assert_eq!(page["@odata.count"], 25);
    assert_eq!(page["value"][0].as_object().expect("a user").len(), 3);
    assert_eq!(
        ok(client
            .get("/users/$count?$filter=assignedLicenses/any(x:x/skuId%20eq%20c42b9cae-ea4f-4ab7-9717-81576235ccac)")),
        json!(23)
    );
    assert_eq!(client.walk("/users?$search=%22displayName:Bowen%22").len(), 1);
    assert_eq!(client.walk("/groups?$filter=groupTypes/any(c:c%20eq%20'Unified')").len(), 5);
    assert_eq!(client.walk("/groups?$filter=NOT%20groupTypes/any(c:c%20eq%20'Unified')").len(), 5);
}

#[test]
fn a_delta_tells_each_change_once() {
    let client = Client::application();
    let first = ok(client.get("/users/delta?$select=displayName"));
    let link = |page: &Value| {
        page["@odata.deltaLink"]
            .as_str()
            .expect("a delta link")
            .trim_start_matches("https://127.0.0.1:8443/v1.0")
            .to_owned()
    };
    assert_eq!(first["value"].as_array().map(Vec::len), Some(25));
    let id = client.id(3);
    ok(client.ask("PATCH", &format!("/users/{id}"), json!({"jobTitle": "Pilot"})));
    ok(client.ask("DELETE", &format!("/users/{}", client.id(9)), Value::Null));
    let second = ok(client.get(&link(&first)));
    assert_eq!(second["value"].as_array().map(Vec::len), Some(2), "{second}");
    assert!(second["value"][1]["@removed"].is_object());
    assert_eq!(ok(client.get(&link(&second)))["value"], json!([]));
    assert_eq!(client.get("/users/delta?$deltatoken=nonsense").0, 400);
}

#[test]
fn a_delta_pages_like_a_list() {
    let client = Client::application();
    assert_eq!(client.walk("/users/delta?$top=4").len(), 25);
}

#[test]
fn wrong_requests_get_graphs_errors() {
    let client = Client::application();
    for (method, target, status, code) in [
        ("GET", "/nothing", 400, "BadRequest"),
        ("GET", "/users/nobody", 404, "Request_ResourceNotFound"),
        ("PUT", "/users", 405, "Request_BadRequest"),
        ("GET", "/users?$filter=colour%20eq%201", 400, "BadRequest"),
        ("GET", "/users?$select=colour", 400, "BadRequest"),
        ("GET", "/users?$top=1000", 400, "Request_UnsupportedQuery"),
        ("GET", "/users?$top=0", 400, "Request_UnsupportedQuery"),
        ("GET", "/users?$filter=displayName%20ne%20'a'", 400, "Request_UnsupportedQuery"),
        ("GET", "/users?$skiptoken=zzz", 400, "Directory_ExpiredPageToken"),
        ("GET", "/users/$count", 400, "Request_BadRequest"),
        ("GET", "/users/%FF", 400, "BadRequest"),
        ("POST", "/groups", 400, "BadRequest"),
        ("GET", "/sites/nowhere", 404, "itemNotFound"),
        ("GET", "/reports/getMailboxUsageDetail(period='D8')", 400, "BadRequest"),
    ] {
        assert_eq!(client.error(method, target, ""), (status, code.to_owned()), "{method} {target}");
    }
    assert_eq!(client.error("POST", "/groups", "{\"colour\":1}"), (400, "RequestBodyRead".to_owned()));
}

#[test]
fn a_batch_answers_each_part_by_itself() {
    let client = Client::user(0);
    let body = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/me?$select=displayName"},
        {"id": "2", "method": "GET", "url": "users/nobody"},
        {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["2"]},
        {"id": "4", "method": "POST", "url": "/me/getMemberGroups", "headers": {"content-type": "application/json"}, "body": {"securityEnabledOnly": false}},
    ]});
    let answer = ok(client.ask("POST", "/$batch", body));
    let statuses: Vec<_> =
        answer["responses"].as_array().expect("answers").iter().map(|it| it["status"].clone()).collect();
    assert_eq!(statuses, [200, 404, 424, 200]);
    assert_eq!(answer["responses"][0]["body"]["displayName"], "Megan Bowen");
    let many: Vec<_> = (0..21).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"})).collect();
    assert_eq!(client.ask("POST", "/$batch", json!({"requests": many})).0, 400);
    assert_eq!(client.ask("POST", "/$batch", json!({})).0, 400);
}

#[test]
fn a_client_without_metadata_gets_none() {
    let client = Client::application().with("accept", "application/json;odata.metadata=none");
    assert!(ok(client.get("/users?$top=1"))["@odata.context"].is_null());
}
