//! Changes of inputs that keep them inputs: another route, another query, another value in a body.

use graphbeat_base::Rng;
use graphbeat_sandbox::routes;
use serde_json::{Map, Value, json};

use crate::request::Parts;

/// How deep a made value nests.
const DEPTH_MAX: u32 = 3;
/// How long a filter gets.
const TERMS_MAX: u64 = 4;
/// Names of Graph's properties that handlers look at, and some that none has.
const NAMES: &[&str] = &[
    "id",
    "displayName",
    "name",
    "subject",
    "body",
    "content",
    "contentType",
    "toRecipients",
    "emailAddress",
    "address",
    "start",
    "end",
    "dateTime",
    "timeZone",
    "recurrence",
    "pattern",
    "range",
    "attendees",
    "isAllDay",
    "importance",
    "categories",
    "mailNickname",
    "userPrincipalName",
    "accountEnabled",
    "passwordProfile",
    "password",
    "usageLocation",
    "groupTypes",
    "mailEnabled",
    "securityEnabled",
    "members@odata.bind",
    "owners@odata.bind",
    "@odata.id",
    "@odata.type",
    "addLicenses",
    "removeLicenses",
    "skuId",
    "disabledPlans",
    "passwordCredential",
    "keyCredentials",
    "endDateTime",
    "requiredResourceAccess",
    "resourceAppId",
    "resourceAccess",
    "signInAudience",
    "web",
    "redirectUris",
    "appRoleId",
    "principalId",
    "resourceId",
    "title",
    "dueDateTime",
    "status",
    "checklistItems",
    "parentReference",
    "folder",
    "file",
    "item",
    "type",
    "scope",
    "roles",
    "grantedToV2",
    "@microsoft.graph.conflictBehavior",
    "fields",
    "fileSize",
    "message",
    "comment",
    "saveToSentItems",
    "destinationId",
    "parentFolderId",
    "conditions",
    "actions",
    "sequence",
    "contentBytes",
    "size",
    "attachmentItem",
    "attachmentType",
    "schedules",
    "startTime",
    "endTime",
    "availabilityViewInterval",
    "requests",
    "entityTypes",
    "query",
    "queryString",
    "from",
    "url",
    "method",
    "headers",
    "dependsOn",
    "emailAddresses",
    "businessPhones",
    "givenName",
    "assignments",
    "planId",
    "bucketId",
    "percentComplete",
    "topic",
    "chatType",
    "members",
    "user@odata.bind",
    "expirationDateTime",
    "clientState",
    "changeType",
    "resource",
    "availability",
    "activity",
    "sessionId",
    "displayNames",
    "extensionName",
    "list",
    "template",
    "columns",
    "x",
];
/// Texts that are special to somebody.
const TEXTS: &[&str] = &[
    "",
    "a",
    "{user}",
    "{other}",
    "{upn}",
    "{message}",
    "{folder}",
    "{item}",
    "{group}",
    "inbox",
    "deleteditems",
    "2026-11-24T12:00:00Z",
    "9999-12-31T23:59:59",
    "-009999-01-01T00:00:00",
    "UTC",
    "Asia/Shanghai",
    "PT1H",
    "P999999999D",
    "#microsoft.graph.fileAttachment",
    "#microsoft.graph.itemAttachment",
    "text",
    "html",
    "YQ==",
    "..",
    "../../etc/passwd",
    "a/b",
    "%00",
    "\u{0}",
    "\u{202e}",
    "💣",
    "'",
    "''",
    "\"",
    "null",
    "true",
    "*",
    "W/\"1\"",
    "daily",
    "weekly",
    "absoluteMonthly",
    "noEnd",
    "https://graph.microsoft.com/v1.0/users/{other}",
    "urn:x",
    "rename",
    "fail",
    "00000000-0000-0000-0000-000000000000",
    "18446744073709551616",
];
const PROPERTIES: &[&str] = &[
    "id",
    "displayName",
    "mail",
    "userPrincipalName",
    "accountEnabled",
    "createdDateTime",
    "receivedDateTime",
    "subject",
    "isRead",
    "from/emailAddress/address",
    "start/dateTime",
    "assignedLicenses",
    "assignedLicenses/$count",
    "groupTypes",
    "name",
    "size",
    "folder/childCount",
    "appId",
    "hasAttachments",
    "importance",
    "categories",
    "emailAddresses",
    "proxyAddresses",
    "status",
    "x",
    "manager",
    "members",
    "attachments",
];
const LITERALS: &[&str] = &[
    "'a'",
    "''",
    "'it''s'",
    "true",
    "false",
    "null",
    "1",
    "-1",
    "1.5",
    "99999999999999999999",
    "1e400",
    "2026-01-01T00:00:00Z",
    "2026-01-01",
    "00000000-0000-0000-0000-000000000000",
    "'Unified'",
    "duration'PT1H'",
    "'💣'",
];
const COMPARISONS: &[&str] = &["eq", "ne", "gt", "ge", "lt", "le", "has", "in", "xx"];
const FUNCTIONS: &[&str] = &["startswith", "endswith", "contains", "tolower", "year", "concat", "x"];
const OPTIONS: &[&str] = &[
    "$filter",
    "$orderby",
    "$select",
    "$expand",
    "$search",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$deltatoken",
    "$format",
    "startDateTime",
    "endDateTime",
    "x",
];
const HEADERS: &[&str] = &[
    "If-Match: W/\"x\"",
    "If-Match: *",
    "If-None-Match: *",
    "Prefer: odata.maxpagesize=1",
    "Prefer: respond-async",
    "Prefer: outlook.timezone=\"Asia/Shanghai\"",
    "Prefer: outlook.body-content-type=\"text\"",
    "Prefer: return=minimal",
    "ConsistencyLevel: eventual",
    "Content-Range: bytes 0-0/1",
    "Content-Range: bytes 5-1/0",
    "Range: bytes=0-",
    "Range: bytes=-1",
    "Content-Type: text/plain",
    "Content-Type: text/html",
    "Content-Type: multipart/form-data; boundary=a",
    "As: user",
    "As: nobody",
    "Accept-Encoding: gzip",
    "client-request-id: x",
    "Authorization: Bearer a.b.c",
    "Retry-After: 99999999999",
    "Location: ?",
    "Content-Encoding: gzip",
    "Transfer-Encoding: chunked",
    "X-HTTP-Method-Override: DELETE",
    "Origin: https://a.example",
];
const METHODS: &[&str] = &["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "QUERY"];

const PARAMETERS: &[&str] = &[
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "client_assertion",
    "client_assertion_type",
    "refresh_token",
    "code",
    "redirect_uri",
    "code_verifier",
    "device_code",
    "claims",
    "client_info",
    "prompt",
    "response_mode",
    "response_type",
    "login_hint",
    "domain_hint",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "assertion",
    "resource",
    "requested_token_use",
    "user_code",
    "username",
    "password",
    "id_token_hint",
];
const VALUES: &[&str] = &[
    "client_credentials",
    "refresh_token",
    "authorization_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "{client}",
    "{public}",
    "{secret}",
    "{user-token}",
    "{refresh-token}",
    "{app-token}",
    "{device-code}",
    "{upn}",
    "https://graph.microsoft.com/.default",
    "User.Read+offline_access+openid",
    "api://x/.default",
    "%7B%22access_token%22%3A%7B%22nbf%22%3A%7B%7D%7D%7D",
    "none",
    "form_post",
    "fragment",
    "S256",
    "a.b.c",
    "eyJhbGciOiJQUzI1NiIsIng1dCI6IngifQ.eyJhdWQiOjV9.AAAA",
    "http://localhost",
    "javascript:x",
    "%00",
    "%FF",
    "",
];

fn any<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    rng.pick(of).copied().unwrap_or_default()
}

/// Another request, one part of it changed.
pub fn request(input: &[u8], rng: &mut Rng) -> Vec<u8> {
    let parts = Parts::of(input);
    let (mut method, mut target) = (parts.method.to_vec(), parts.target.to_vec());
    let (mut headers, mut body) = (parts.headers.to_vec(), parts.body.to_vec());
    match rng.below(8) {
        0 => {
            let all: Vec<_> = routes().collect();
            if let Some((other, pattern)) = rng.pick(&all) {
                (method, target) = (other.as_bytes().to_vec(), format!("/v1.0{pattern}").into_bytes());
            }
        }
        1 => method = any(rng, METHODS).as_bytes().to_vec(),
        2 => target = segment(&target, rng),
        3 => target = [&target[..], b"?", options(rng).replace(' ', "%20").as_bytes()].concat(),
        4 => headers = [&headers[..], b"\n", any(rng, HEADERS).as_bytes()].concat(),
        5 if body.is_empty() => body = value(rng, DEPTH_MAX).to_string().into_bytes(),
        _ => body = changed_json(&body, rng),
    }
    [&method[..], b" ", &target, b"\n", &headers, b"\n\n", &body].concat()
}

/// The path with one segment exchanged.
fn segment(target: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = target.split(|byte| *byte == b'/').collect();
    let place = usize::try_from(rng.below(segments.len() as u64)).unwrap_or_default();
    let text = any(rng, TEXTS);
    segments[place] = text.as_bytes();
    segments.join(&b'/')
}

fn changed_json(body: &[u8], rng: &mut Rng) -> Vec<u8> {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut json) => {
            change(&mut json, rng);
            json.to_string().into_bytes()
        }
        Err(_) => splice(body, rng),
    }
}

/// Changes one value somewhere in a JSON value, or adds one.
fn change(json: &mut Value, rng: &mut Rng) {
    match json {
        Value::Object(members) if !members.is_empty() && rng.below(4) > 0 => {
            let place = usize::try_from(rng.below(members.len() as u64)).unwrap_or_default();
            if let Some(member) = members.values_mut().nth(place) {
                change(member, rng);
            }
        }
        Value::Object(members) => {
            members.insert(any(rng, NAMES).to_owned(), value(rng, DEPTH_MAX));
        }
        Value::Array(items) if !items.is_empty() && rng.below(4) > 0 => {
            let place = usize::try_from(rng.below(items.len() as u64)).unwrap_or_default();
            change(&mut items[place], rng);
        }
        Value::Array(items) => items.push(value(rng, DEPTH_MAX)),
        other => *other = value(rng, DEPTH_MAX),
    }
}

fn value(rng: &mut Rng, depth: u32) -> Value {
    match rng.below(if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => json!(rng.below(2) == 0),
        2 => json!(i64::from_ne_bytes(rng.next_u64().to_ne_bytes()) >> rng.below(64)),
        3 | 4 => json!(any(rng, TEXTS)),
        5 => (0..rng.below(3)).map(|_| value(rng, depth - 1)).collect(),
        _ => {
            let members = (0..=rng.below(4)).map(|_| (any(rng, NAMES).to_owned(), value(rng, depth - 1)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}

/// Another query: its list, and options anew or one more.
pub fn query(input: &[u8], rng: &mut Rng) -> Vec<u8> {
    let (which, old) = input.split_first().unwrap_or((&0, &[]));
    match rng.below(3) {
        0 => [&[*which][..], old, b"&", options(rng).as_bytes()].concat(),
        1 => [&rng.next_u64().to_ne_bytes()[..1], options(rng).as_bytes()].concat(),
        _ => [&[*which][..], &splice(old, rng)].concat(),
    }
}

fn options(rng: &mut Rng) -> String {
    let options: Vec<String> = (0..=rng.below(2)).map(|_| option(rng)).collect();
    options.join("&")
}

fn option(rng: &mut Rng) -> String {
    let name = any(rng, OPTIONS);
    let value = match name {
        "$filter" => filter(rng, TERMS_MAX),
        "$orderby" => format!("{} {}", any(rng, PROPERTIES), any(rng, &["asc", "desc", "", "x"])),
        "$select" => format!("{},{}", any(rng, PROPERTIES), any(rng, PROPERTIES)),
        "$expand" => format!("{}($select={};$filter={})", any(rng, PROPERTIES), any(rng, PROPERTIES), filter(rng, 1)),
        "$search" => {
            format!("\"{}:{}\" {} \"b\"", any(rng, PROPERTIES), any(rng, TEXTS), any(rng, &["OR", "AND", "NOT", ""]))
        }
        "$top" | "$skip" | "$skiptoken" | "$deltatoken" => {
            any(rng, &["0", "1", "-1", "999", "99999999999999999999", "a1", "o1", "1-2-3", "x"]).to_owned()
        }
        _ => any(rng, TEXTS).replace('&', ""),
    };
    format!("{name}={value}")
}

fn filter(rng: &mut Rng, terms: u64) -> String {
    if terms == 0 {
        return format!("{} {} {}", any(rng, PROPERTIES), any(rng, COMPARISONS), any(rng, LITERALS));
    }
    match rng.below(6) {
        0 => format!("{} and {}", filter(rng, terms - 1), filter(rng, terms / 2)),
        1 => format!("({}) or {}", filter(rng, terms / 2), filter(rng, terms - 1)),
        2 => format!("not {}", filter(rng, terms - 1)),
        3 => format!("{}({},{})", any(rng, FUNCTIONS), any(rng, PROPERTIES), any(rng, LITERALS)),
        4 => format!("{}/{}(x:x/{})", any(rng, PROPERTIES), any(rng, &["any", "all"]), filter(rng, terms - 1)),
        _ => format!("{} in ({},{})", any(rng, PROPERTIES), any(rng, LITERALS), any(rng, LITERALS)),
    }
}

/// Another form: a parameter added, or its value exchanged.
pub fn form(input: &[u8], rng: &mut Rng) -> Vec<u8> {
    let joint: &[u8] = if rng.below(3) == 0 { b"?" } else { b"&" };
    let (name, value) = (any(rng, PARAMETERS), any(rng, VALUES));
    if joint == b"?" {
        let parts = Parts::of(input);
        let target = [parts.target, b"&", name.as_bytes(), b"=", value.as_bytes()].concat();
        return [parts.method, b" ", &target, b"\n", parts.headers, b"\n\n", parts.body].concat();
    }
    match rng.below(2) {
        0 => [input, joint, name.as_bytes(), b"=", value.as_bytes()].concat(),
        _ => splice(input, rng),
    }
}

/// A special text put somewhere, or a piece taken out.
pub fn splice(input: &[u8], rng: &mut Rng) -> Vec<u8> {
    let at = usize::try_from(rng.below(input.len() as u64 + 1)).unwrap_or_default();
    let (before, after) = input.split_at(at);
    let skipped = usize::try_from(rng.below(8)).unwrap_or_default().min(after.len());
    match rng.below(3) {
        0 => [before, &after[skipped..]].concat(),
        1 => [before, any(rng, TEXTS).as_bytes(), after].concat(),
        _ => [before, any(rng, NAMES).as_bytes(), &after[skipped..]].concat(),
    }
}
