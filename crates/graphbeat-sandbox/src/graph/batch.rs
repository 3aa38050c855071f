//! `$batch`: up to 20 requests in one. The outer answer is 200 whatever happens to the parts.

use std::collections::HashMap;
use std::sync::RwLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::route::Answer;
use super::{GraphRequest, GraphResponse, body};
use crate::tenant::Tenant;

/// Requests that a batch may have.
const REQUESTS_MAX: usize = 20;

/// Answers `POST /$batch`.
pub(super) fn answer(tenant: &RwLock<Tenant>, request: &GraphRequest<'_>) -> Answer {
    if request.method != Method::POST {
        return Err(GraphError::method_not_allowed());
    }
    if let Err(problem) = &request.caller {
        return Err(GraphError::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", problem.message()));
    }
    let outer = body::json_object(request.body)?;
    let parts = outer
        .get("requests")
        .and_then(Value::as_array)
        .ok_or_else(|| GraphError::bad_request("Invalid batch payload format."))?;
    if parts.len() > REQUESTS_MAX {
        return Err(GraphError::bad_request(format!(
            "Number of batch request steps exceeds the maximum value of {REQUESTS_MAX}."
        )));
    }
    let ids = parts.iter().map(id_of).collect::<Result<Vec<String>, GraphError>>()?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    check_ids(&ids, parts)?;
    let mut answers: HashMap<&str, GraphResponse> = HashMap::new();
    while answers.len() < parts.len() {
        let is_ready = |part: &Value| wanted(part).all(|id| answers.contains_key(id));
        let next = ids.iter().zip(parts).find(|(id, part)| !answers.contains_key(*id) && is_ready(part));
        let (id, part) =
            next.ok_or_else(|| GraphError::bad_request("The batch requests depend on each other in a circle."))?;
        let failed = wanted(part).any(|id| answers.get(id).is_none_or(|answer| !answer.status.is_success()));
        let response = if failed { failed_dependency(request) } else { answer_part(tenant, request, part) };
        answers.insert(id, response);
    }
    let shown: Vec<Value> = ids.iter().filter_map(|id| answers.get(id).map(|answer| shown(id, answer))).collect();
    Ok(GraphResponse::json(StatusCode::OK, &json!({"responses": shown})))
}

/// The id of a part; some clients write it as a number.
fn id_of(part: &Value) -> Result<String, GraphError> {
    let id = match part.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    };
    id.ok_or_else(|| GraphError::bad_request("Invalid batch payload format."))
}

/// The ids are different ones, and what depends on a part names one of them.
fn check_ids(ids: &[&str], parts: &[Value]) -> Result<(), GraphError> {
    let again = ids.iter().enumerate().find(|(at, id)| ids[..*at].iter().any(|other| other.eq_ignore_ascii_case(id)));
    if let Some((_, id)) = again {
        return Err(GraphError::bad_request(format!("Batch request id '{id}' is not unique.")));
    }
    match parts.iter().flat_map(wanted).find(|id| !ids.contains(id)) {
        Some(id) => Err(GraphError::bad_request(format!("Dependent request id '{id}' is not part of the batch."))),
        None => Ok(()),
    }
}

/// The ids of the parts that a part depends on.
fn wanted(part: &Value) -> impl Iterator<Item = &str> {
    part.get("dependsOn").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn failed_dependency(request: &GraphRequest<'_>) -> GraphResponse {
    GraphError::new(StatusCode::FAILED_DEPENDENCY, "FailedDependency", "A request that this one depends on has failed.")
        .response(request)
}

fn answer_part(tenant: &RwLock<Tenant>, outer: &GraphRequest<'_>, part: &Value) -> GraphResponse {
    let method = part.get("method").and_then(Value::as_str).and_then(|text| Method::from_bytes(text.as_bytes()).ok());
    let url = part.get("url").and_then(Value::as_str);
    let (Some(method), Some(url)) = (method, url) else {
        return GraphError::bad_request("Invalid batch payload format.").response(outer);
    };
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let path = path.strip_prefix("/v1.0").unwrap_or(path);
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    if path.eq_ignore_ascii_case("/$batch") {
        return GraphError::bad_request("A batch cannot contain a batch.").response(outer);
    }
    let headers = headers(outer.headers, part.get("headers"));
    let body = body_bytes(part.get("body"));
    let inner = GraphRequest {
        method: &method,
        path: &path,
        query,
        headers: &headers,
        body: &body,
        caller: outer.caller.clone(),
        base_url: outer.base_url,
        now: outer.now,
        request_id: outer.request_id,
        gate: None,
    };
    let held = outer.gate.and_then(|gate| gate.hold(&inner));
    held.unwrap_or_else(|| super::answer(tenant, &inner))
}

fn headers(outer: &HeaderMap, given: Option<&Value>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(authorization) = outer.get(AUTHORIZATION) {
        headers.insert(AUTHORIZATION, authorization.clone());
    }
    for (name, value) in given.and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&super::dispatch::shown(value))) {
            headers.insert(name, value);
        }
    }
    headers
}

/// A JSON body as it is; a text is base64, as Graph wants other content types.
fn body_bytes(body: Option<&Value>) -> Bytes {
    match body {
        None | Some(Value::Null) => Bytes::new(),
        Some(Value::String(text)) => STANDARD.decode(text).map_or_else(|_| text.clone().into(), Bytes::from),
        Some(other) => other.to_string().into(),
    }
}

fn shown(id: &str, response: &GraphResponse) -> Value {
    let mut headers = Map::new();
    for (name, value) in &response.headers {
        headers.insert(title_case(name.as_str()), value.to_str().unwrap_or_default().into());
    }
    let mut all = json!({"id": id, "status": response.status.as_u16(), "headers": headers});
    if !response.body.is_empty() {
        all["body"] = serde_json::from_slice(&response.body).unwrap_or_else(|_| STANDARD.encode(&response.body).into());
    }
    all
}

/// `content-type` → `Content-Type`, as Graph writes the headers of parts.
fn title_case(name: &str) -> String {
    let word = |word: &str| {
        word.split_at_checked(1).map_or_else(String::new, |(first, rest)| first.to_ascii_uppercase() + rest)
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
