//! Content from addresses that carry a signature instead of a token, and the state of copies.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_RANGE};
use serde_json::json;

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Gate, Route};
use crate::objects::{place, text};
use crate::tenant::Tenant;

pub(super) const ROUTES: &[&[Route]] = &[&[
    Route::get("files.download.get", "/_download/items/{drive}/{item}", item).of(Service::Drive).behind(Gate::AnyToken),
    Route::get("files.download.version", "/_download/versions/{drive}/{item}/{version}", version)
        .of(Service::Drive)
        .behind(Gate::AnyToken),
    Route::get("files.copy.monitor", "/_download/copies/{drive}/{item}", copy)
        .of(Service::Drive)
        .behind(Gate::AnyToken),
]];

/// The address of a file's content.
pub(super) fn address(tenant: &Tenant, call: &Call<'_>, drive: &str, item: &str) -> String {
    signed(tenant, call, &format!("/_download/items/{drive}/{item}"))
}

/// The address of a version's content.
pub(super) fn version_address(tenant: &Tenant, call: &Call<'_>, (drive, item): (&str, &str), version: &str) -> String {
    signed(tenant, call, &format!("/_download/versions/{drive}/{item}/{version}"))
}

/// The address where the state of a copy is read.
pub(super) fn copy_address(tenant: &Tenant, call: &Call<'_>, drive: &str, item: &str) -> String {
    signed(tenant, call, &format!("/_download/copies/{drive}/{item}"))
}

fn signed(tenant: &Tenant, call: &Call<'_>, path: &str) -> String {
    format!("{}?tempauth={}", call.address(path), tenant.signature(path))
}

/// Refuses a path whose signature is another one.
fn check(tenant: &Tenant, call: &Call<'_>, path: &str) -> Result<(), GraphError> {
    if call.query.other("tempauth") == Some(tenant.signature(path).as_str()) {
        return Ok(());
    }
    Err(GraphError::new(
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
        "The download address is not valid or has expired.",
    ))
}

fn item(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (drive, id) = (call.parameter("drive"), call.parameter("item"));
    check(tenant, call, &format!("/_download/items/{drive}/{id}"))?;
    let item = call.find(tenant, &place::items(drive), id)?;
    served(call, item.text("name"), item.content.clone().unwrap_or_default())
}

fn version(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (drive, id, version) = (call.parameter("drive"), call.parameter("item"), call.parameter("version"));
    check(tenant, call, &format!("/_download/versions/{drive}/{id}/{version}"))?;
    let name = call.find(tenant, &place::items(drive), id)?.text("name").to_owned();
    let version = call.find(tenant, &place::versions(drive, id), version)?;
    served(call, &name, version.content.clone().unwrap_or_default())
}

/// The bytes, or the range of them that the client asks for.
fn served(call: &Call<'_>, name: &str, bytes: Bytes) -> Answer {
    let kind = text::mime_type(name);
    let total = bytes.len();
    let disposition = "attachment";
    match call.header("range").and_then(|range| read_range(range, total)) {
        None => Ok(GraphResponse::bytes(StatusCode::OK, kind, bytes).with(CONTENT_DISPOSITION, disposition)),
        Some(Err(())) => Err(GraphError::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "invalidRange",
            "The specified byte range is invalid or unavailable.",
        )),
        Some(Ok((start, end))) => {
            let part = GraphResponse::bytes(StatusCode::PARTIAL_CONTENT, kind, bytes.slice(start..end));
            Ok(part.with(CONTENT_RANGE, &format!("bytes {start}-{}/{total}", end - 1)))
        }
    }
}

/// `bytes=a-b` as a half-open range; `None` for other units, an error for a range outside.
fn read_range(text: &str, total: usize) -> Option<Result<(usize, usize), ()>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let end = if last.is_empty() { total } else { last.parse::<usize>().ok()?.saturating_add(1).min(total) };
    let start = if first.is_empty() { total.saturating_sub(last.parse().ok()?) } else { first.parse().ok()? };
    let end = if first.is_empty() { total } else { end };
    Some(if start < end { Ok((start, end)) } else { Err(()) })
}

/// Copies are done at once: what is left to say is that they are.
fn copy(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let (drive, id) = (call.parameter("drive"), call.parameter("item"));
    check(tenant, call, &format!("/_download/copies/{drive}/{id}"))?;
    let state = json!({"percentageComplete": 100.0, "resourceId": id, "status": "completed"});
    Ok(GraphResponse::json(StatusCode::OK, &state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_or_refused() {
        assert_eq!(read_range("bytes=0-3", 10), Some(Ok((0, 4))));
        assert_eq!(read_range("bytes=4-", 10), Some(Ok((4, 10))));
        assert_eq!(read_range("bytes=-3", 10), Some(Ok((7, 10))));
        assert_eq!(read_range("bytes=10-", 10), Some(Err(())));
        assert_eq!(read_range("lines=1-2", 10), None);
        assert_eq!(read_range("bytes=x-y", 10), None);
    }
}
