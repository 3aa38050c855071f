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
