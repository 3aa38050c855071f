//! The sandbox's targets: a request as text, a query, or bytes as they come.

use crate::harness::{Harness, harness};
use crate::reply::Service;

/// Lists of all kinds that a query is tried on.
const LISTS: &[&str] = &[
    "/v1.0/users",
    "/v1.0/users/{user}/messages",
    "/v1.0/users/{user}/events",
    "/v1.0/groups",
    "/v1.0/users/{user}/drive/root/children",
    "/v1.0/users/{user}/mailFolders",
    "/v1.0/users/{user}/contacts",
    "/v1.0/applications",
    "/v1.0/servicePrincipals",
    "/v1.0/sites",
    "/v1.0/users/{user}/todo/lists/{list}/tasks",
    "/v1.0/users/delta",
    "/v1.0/auditLogs/signIns",
    "/v1.0/users/{user}/messages/{message}",
    "/v1.0/users/{user}/memberOf",
    "/v1.0/subscribedSkus",
];

/// `METHOD target`, lines of headers, an empty line, a body. `As: user`, `As: nobody` say who asks, else an application.
pub(crate) fn run(input: &[u8]) {
    let harness = harness();
    let filled = harness.fill(input);
    let parts = Parts::of(&filled);
    let service = parts.service();
    let bytes = parts.wire(&harness);
    // HEAD has no body to look at.
    let is_head = parts.method.eq_ignore_ascii_case(b"HEAD");
    let replies = harness.exchange(&bytes);
    let headers = parts.headers.to_ascii_lowercase();
    // A request that says another length than it has is never whole.
    let is_whole = [&b"content-length"[..], b"transfer-encoding"].iter().all(|name| !contains(&headers, name));
    assert!(!replies.is_empty() || !is_whole, "no answer to {}", input.escape_ascii());
    for reply in replies.iter().take(1) {
        if !is_head {
            reply.check(service, input);
        }
    }
    // A read changes nothing, nor does a request that is refused.
    let is_read = parts.method.eq_ignore_ascii_case(b"GET");
    if !is_read && replies.iter().any(|reply| reply.status < 400) {
        harness.restore();
    }
}

/// A byte that says which list, then its query, unescaped.
pub(crate) fn run_query(input: &[u8]) {
    let Some((which, query)) = input.split_first() else { return };
    let list = LISTS[usize::from(*which) % LISTS.len()];
    let mut text = format!("GET {list}?");
    for byte in query {
        match byte {
            b'!'..=b'~' if *byte != b'#' => text.push(char::from(*byte)),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text.push_str("\nConsistencyLevel: eventual\n\n");
    run(text.as_bytes());
}

/// Bytes as they come.
pub(crate) fn run_wire(input: &[u8]) {
    let harness = harness();
    let filled = harness.fill(input);
    for reply in harness.exchange(&filled) {
        // Faults may have been asked for.
        assert!(reply.status < 500 || contains(input, b"faults"), "{}: {}", reply.status, input.escape_ascii());
    }
    if [&b"POST"[..], b"PUT", b"PATCH", b"DELETE", b"HTTP/2"].iter().any(|word| contains(input, word)) {
        harness.restore();
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|it| it == word)
}

/// A request as text, cut into its parts.
pub(crate) struct Parts<'a> {
    pub(crate) method: &'a [u8],
    pub(crate) target: &'a [u8],
    pub(crate) headers: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(crate) fn of(input: &'a [u8]) -> Self {
        let (head, body) = match input.windows(2).position(|it| it == b"\n\n") {
            Some(end) => (&input[..end], &input[end + 2..]),
            None => (input, &[][..]),
        };
        let (line, headers) = cut(head, b'\n');
        let (method, target) = cut(line, b' ');
        Self { method, target, headers, body }
    }

    fn service(&self) -> Service {
        let path = self.target;
        let starts = |prefix: &[u8]| path.len() >= prefix.len() && path[..prefix.len()].eq_ignore_ascii_case(prefix);
        // The sandbox itself speaks to who commands it, and to who takes it for a proxy.
        if path.starts_with(b"/_sandbox") || !path.starts_with(b"/") {
            Service::Sandbox
        } else if starts(b"/v1.0/") || starts(b"/beta/") {
            Service::Graph
        } else {
            Service::Other
        }
    }

    fn wire(&self, harness: &Harness) -> Vec<u8> {
        let mut bytes =
            [self.method, b" ", self.target, b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"].concat();
        let mut token: &[u8] = b"{app-token}";
        let mut authorized = contains(&self.headers.to_ascii_lowercase(), b"authorization:");
        for line in self.headers.split(|byte| *byte == b'\n') {
            match line {
                b"As: user" => token = b"{user-token}",
                b"As: nobody" => authorized = true,
                line if line.contains(&b':') => bytes.extend([line, b"\r\n"].concat()),
                _ => {}
            }
        }
        if !authorized {
            bytes.extend(harness.fill(&[b"Authorization: Bearer ", token, b"\r\n"].concat()));
        }
        if !self.body.is_empty() {
            bytes.extend(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        [&bytes, &b"\r\n"[..], self.body].concat()
    }
}

fn cut(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == at) {
        Some(place) => (&bytes[..place], &bytes[place + 1..]),
        None => (bytes, &[]),
    }
}
