//! Whatever is sent, the answer is one of Graph's: never a panic, never a 5xx.

use super::super::table::routes;
use super::permissions::sample;
use super::support::Client;

/// Bodies that a careless or hostile client sends.
const BODIES: &[&str] = &[
    "",
    "null",
    "[]",
    "{}",
    "5",
    "{",
    "\u{0}",
    "{\"ids\":5}",
    "{\"ids\":[1,null,{}]}",
    "{\"id\":{}}",
    "{\"displayName\":5}",
    "{\"displayName\":\"\"}",
    "{\"fields\":[]}",
    "{\"fields\":{\"_a\":1,\"b@c\":2}}",
    "{\"keyCredentials\":5}",
    "{\"keyCredentials\":[5]}",
    "{\"addLicenses\":[5],\"removeLicenses\":[{}]}",
    "{\"passwordCredential\":{\"endDateTime\":\"x\"}}",
    "{\"@odata.id\":\"/(')\"}",
    "{\"extensionName\":\"\u{202e}/../'\"}",
    "{\"statusMessage\":{\"message\":5}}",
    "{\"securityEnabledOnly\":\"no\"}",
    "{\"keyId\":[]}",
    "{\"availability\":{},\"activity\":[]}",
    "{\"message\":5,\"comment\":{},\"toRecipients\":\"x\"}",
    "{\"message\":{\"toRecipients\":[{}],\"attachments\":[{}]}}",
    "{\"message\":{\"toRecipients\":[null],\"body\":null}}",
    "{\"destinationId\":{}}",
    "{\"subject\":null,\"body\":{},\"start\":null,\"end\":{}}",
    "{\"start\":{\"dateTime\":\"9999-12-31T23:59:59\",\"timeZone\":\"Etc/GMT+12\"},\"end\":{\"dateTime\":\"-009999-01-01T00:00:00\"}}",
    "{\"schedules\":[\"\"],\"startTime\":{},\"endTime\":5,\"availabilityViewInterval\":0}",
    "{\"meetingDuration\":\"P999999999D\",\"attendees\":{}}",
    "{\"title\":\"x\",\"checklistItems\":[5],\"linkedResources\":{}}",
    "{\"name\":\"\\u0000\",\"folder\":5,\"parentReference\":{\"path\":\"%FF\"}}",
    "{\"item\":5,\"type\":5,\"scope\":\"everybody\"}",
    "[{\"target\":\"#\",\"action\":\"replace\",\"content\":5}]",
];
/// Query strings of the same kind.
const QUERIES: &[&str] = &[
    "$top=-1",
    "$top=99999999999999999999",
    "$skip=18446744073709551615",
    "$skiptoken=a18446744073709551615",
    "$skiptoken=o18446744073709551615",
    "$skiptoken=%F0%9F%92%A3",
    "$deltatoken=18446744073709551615",
    "$deltatoken=-1",
    "$skiptoken=1-2-3",
    "$skiptoken=9-1-5",
    "$filter=((((((",
    "$filter=id/any(x:x/y/z%20eq%20null)",
    "$filter=id%20in%20('')",
    "$orderby=id/a/b/c%20desc",
    "$search=%22:%22",
    "$search=%22a:b:c%22",
    "$expand=manager,members",
    "$select=*",
    "$select=id/x",
    "%",
    "=&=&&",
    "$count=true&$top=1&$orderby=id",
    "startDateTime=x&endDateTime=y",
];

#[test]
fn no_request_is_answered_with_a_fault_of_the_server() {
    for client in [Client::application(), Client::user(0)] {
        for route in routes() {
            let path = sample(route, &client);
            for body in BODIES {
                let status = client.send(route.method, &path, body).status;
                assert!(!status.is_server_error(), "{} {path} {body}: {status}", route.method);
            }
            for query in QUERIES {
                let status = client.send(route.method, &format!("{path}?{query}"), "{}").status;
                assert!(!status.is_server_error(), "{} {path}?{query}: {status}", route.method);
            }
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_graphs_words() {
    let client = Client::user(0);
    for (method, target, body, status, code) in [
        ("GET", "/me/messages?$top=1&$top=2", "", 400, "BadRequest"),
        ("GET", "/me/messages?$filter=isRead%20eq%20'yes'", "", 400, "BadRequest"),
        ("GET", "/me/messages?$filter=subject%20eq%205", "", 400, "BadRequest"),
        ("GET", "/users?$filter=startswith(accountEnabled,'a')", "", 400, "BadRequest"),
        ("GET", "/me/messages?$filter=from/emailAddress/address%20eq%20true", "", 400, "BadRequest"),
        ("GET", "/me/drive/root:/../../etc/passwd:/content", "", 400, "invalidRequest"),
        ("GET", "/me/drive/root:/%2e%2e/%2e%2e/x:", "", 400, "invalidRequest"),
        ("GET", "/me/drive/root:/..%5C..%5Cx:", "", 400, "invalidRequest"),
        ("PUT", "/me/drive/root:/a/../b.txt:/content", "x", 400, "invalidRequest"),
        ("POST", "/me/messages", "{\"subject\":", 400, "BadRequest"),
        ("POST", "/me/messages", "{\"colour\":1}", 400, "RequestBodyRead"),
        ("POST", "/me/messages", "{\"isRead\":\"no\"}", 400, "RequestBodyRead"),
        ("POST", "/$batch", "[]", 400, "BadRequest"),
        (
            "POST",
            "/$batch",
            "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/me\",\"dependsOn\":[\"9\"]}]}",
            400,
            "BadRequest",
        ),
    ] {
        assert_eq!(client.error(method, target, body), (status, code.to_owned()), "{method} {target} {body}");
    }
    for known in ["isRead%20eq%20false", "receivedDateTime%20ge%202026-01-01T00:00:00Z", "importance%20eq%20'high'"] {
        assert_eq!(client.get(&format!("/me/messages?$filter={known}")).0, 200, "{known}");
    }
}

#[test]
fn a_body_beyond_four_mebibytes_is_too_long_unless_it_is_a_file() {
    let client = Client::user(0);
    let body = format!("{{\"subject\":\"{}\"}}", "x".repeat(10 * 1024 * 1024));
    for target in ["/me/messages", "/$batch", "/nothing"] {
        assert_eq!(client.error("POST", target, &body), (413, "RequestEntityTooLarge".to_owned()), "{target}");
    }
    assert_eq!(client.send("PUT", "/me/drive/root:/big.bin:/content", &body).status, 201);
}

#[test]
fn strange_ids_are_not_found() {
    let client = Client::application();
    for id in ["%00", "..", "%2e%2e%2f", "'", "('')", "%F0%9F%92%A3", "*", "a%2Fb", "$ref", "x".repeat(5_000).as_str()]
    {
        for target in [
            format!("/users/{id}"),
            format!("/groups/{id}"),
            format!("/sites/root/lists/{id}/items"),
            format!("/applications/{id}"),
        ] {
            let (status, _) = client.error("GET", &target, "");
            assert!(matches!(status, 400 | 404), "{target}: {status}");
        }
    }
}
