//! The answers on a connection, and what each must be.

use serde_json::Value;

/// What the HTTP library answers by itself to what is no HTTP: 400, 414 and 431.
const REFUSED_BY_HTTP: [u16; 3] = [400, 414, 431];

/// One answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The service that a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Graph,
    Sandbox,
    /// Entra, pages, and bytes that may be anything.
    Other,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Panics where no service of Microsoft's would answer so.
    pub(crate) fn check(&self, service: Service, request: &[u8]) {
        let wrong = |what: &str| -> ! {
            panic!("{what}: {} {:?}\nof {}", self.status, String::from_utf8_lossy(&self.body), request.escape_ascii())
        };
        // Graph says 501 `notSupported` where a file or kind of thing cannot do what was asked.
        let is_unsupported = self.status == 501 && matches!(service, Service::Graph);
        if self.status >= 500 && !is_unsupported {
            wrong("a fault of the server");
        }
        let json: Option<Value> = serde_json::from_slice(&self.body).ok();
        if let Some(parts) = json.as_ref().and_then(|json| json["responses"].as_array()) {
            for part in parts {
                let status = part["status"].as_u64().unwrap_or(500);
                if status >= 500 || (status >= 400 && !is_graph_error(&part["body"])) {
                    wrong("a part of a batch that is no answer of Graph");
                }
            }
        }
        let is_ours = self.header("request-id").or(self.header("x-ms-request-id")).is_some();
        if self.status < 400 || (!is_ours && self.body.is_empty() && REFUSED_BY_HTTP.contains(&self.status)) {
            return;
        }
        let is_html = self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        let holds = match (service, &json) {
            (Service::Sandbox, Some(json)) => !json["error"].is_null(),
            (Service::Graph, Some(json)) => is_graph_error(json),
            (Service::Other, Some(json)) => is_graph_error(json) || is_entra_error(json),
            (Service::Other, None) => is_html,
            (Service::Graph | Service::Sandbox, None) => false,
        };
        if !holds {
            wrong("an error without its shape");
        }
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

fn is_graph_error(json: &Value) -> bool {
    let error = &json["error"];
    is_text(&error["code"]) && is_text(&error["message"]) && is_text(&error["innerError"]["request-id"])
}

fn is_entra_error(json: &Value) -> bool {
    is_text(&json["error"]) && is_text(&json["error_description"]) && is_text(&json["correlation_id"])
}

/// The answers that came by one connection, as far as they can be told apart.
pub(crate) fn read_replies(mut bytes: &[u8]) -> Vec<Reply> {
    let mut replies = Vec::new();
    while let Some((reply, rest)) = read_reply(bytes) {
        replies.push(reply);
        bytes = rest;
    }
    replies
}

fn read_reply(bytes: &[u8]) -> Option<(Reply, &[u8])> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let rest = &bytes[end + 4..];
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let pairs = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    // The answer to HEAD tells a length and has no body.
    let length = length.unwrap_or(0).min(rest.len());
    Some((Reply { status, headers, body: rest[..length].to_vec() }, &rest[length..]))
}
