//! Upload sessions: a file in parts, to an address that needs no token. An unfinished upload is no
//! content of the tenant: it is not in the dump, and it ends with its time.

use bytes::Bytes;
use graphbeat_base::SignedDuration;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::body;
use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::outlook::only;
use super::super::response::GraphResponse;
use super::super::route::{Answer, Gate, Route};
use super::content::{self, Target};
use super::names::Conflict;
use super::{actor, drive_id, invalid, items, on_item};
use crate::objects::text;
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::uploads::Upload;

/// Bytes of one file, sessions of the tenant, and days of a session.
const BYTES_MAX: u64 = 256 * 1024 * 1024;
const SESSIONS_MAX: usize = 1_000;
const DAYS: i64 = 7;

pub(super) const ROUTES: &[&[Route]] = &[
    on_item!(
        post,
        "files.upload-session.create",
        "/createUploadSession",
        create,
        "POST /me/drive/items/{item}/createUploadSession"
    ),
    &[
        Route::put("files.upload-session.put", "/_upload/{upload}", put).of(Service::Drive).behind(Gate::AnyToken),
        Route::get("files.upload-session.get", "/_upload/{upload}", get).of(Service::Drive).behind(Gate::AnyToken),
        Route::delete("files.upload-session.delete", "/_upload/{upload}", cancel)
            .of(Service::Drive)
            .behind(Gate::AnyToken),
    ],
];

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let given = if call.request.body.is_empty() { crate::tenant::store::Properties::new() } else { call.json()? };
    only(&given, &["item", "deferCommit"])?;
    let item = given.get("item").and_then(Value::as_object).cloned().unwrap_or_default();
    body::check("driveItemUploadableProperties", &item)?;
    let conflict =
        Conflict::read(item.get("@microsoft.graph.conflictBehavior").and_then(Value::as_str), Conflict::Replace)?;
    let drive = drive_id(call);
    let target = content::target(tenant, call, &drive)?;
    if conflict == Conflict::Fail && matches!(target, Target::File(_)) {
        return Err(super::name_taken());
    }
    let now = call.request.now;
    tenant.uploads.retain(|_, upload| upload.expires > now);
    if tenant.uploads.len() >= SESSIONS_MAX {
        return Err(GraphError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "serviceNotAvailable",
            "Too many upload sessions are open.",
        ));
    }
    let expires = now.checked_add(SignedDuration::from_hours(24 * DAYS)).unwrap_or(now);
    let id = text::random(&mut tenant.rng, 32);
    let upload = Upload {
        drive,
        path: call.parameter("path").to_owned(),
        base: (call.parameter("item").to_owned(), call.parameter("special").to_owned()),
        conflict: item.get("@microsoft.graph.conflictBehavior").and_then(Value::as_str).unwrap_or("replace").to_owned(),
        by: actor(tenant, call),
        received: Vec::new(),
        expires,
    };
    let state = json!({"uploadUrl": call.address(&format!("/_upload/{id}")), "expirationDateTime": stamp(expires), "nextExpectedRanges": ["0-"]});
    tenant.uploads.insert(id, upload);
    call.value(state, "microsoft.graph.uploadSession")
}

/// The open session of the path.
fn session<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t Upload, GraphError> {
    let found = tenant.uploads.get(call.parameter("upload")).filter(|upload| upload.expires > call.request.now);
    found.ok_or_else(|| GraphError::new(StatusCode::NOT_FOUND, "itemNotFound", "The upload session was not found."))
}

fn state(upload: &Upload, total: Option<u64>) -> Value {
    let next = upload.received.len();
    let range = total.map_or_else(|| format!("{next}-"), |total| format!("{next}-{}", total.saturating_sub(1)));
    json!({"expirationDateTime": stamp(upload.expires), "nextExpectedRanges": [range]})
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    Ok(GraphResponse::json(StatusCode::OK, &state(session(tenant, call)?, None)))
}

fn cancel(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    session(tenant, call)?;
    tenant.uploads.remove(call.parameter("upload"));
    Ok(GraphResponse::no_content())
}

/// `bytes 0-3/10` as the first byte and the total.
pub(in crate::graph) fn read_range(text: &str, length: usize) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    let fits = last.checked_sub(first)?.checked_add(1)? == u64::try_from(length).ok()? && last < total;
    fits.then_some((first, total))
}

fn put(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let upload = session(tenant, call)?;
    let refuse = |message: &str| GraphError::new(StatusCode::RANGE_NOT_SATISFIABLE, "invalidRange", message);
    let range = call.header("content-range").ok_or_else(|| invalid("The header Content-Range is required."))?;
    let (first, total) = read_range(range, call.request.body.len())
        .ok_or_else(|| invalid("The header Content-Range does not fit the body."))?;
    if total > BYTES_MAX {
        return Err(GraphError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "maxFileSizeExceeded",
            "The file is too large for the sandbox.",
        ));
    }
    if first != upload.received.len() as u64 {
        return Err(refuse("The uploaded fragment has already been received or leaves a gap."));
    }
    let Some(upload) = tenant.uploads.get_mut(call.parameter("upload")) else {
        return Err(invalid("The upload session is gone."));
    };
    upload.received.extend_from_slice(call.request.body);
    if (upload.received.len() as u64) < total {
        return Ok(GraphResponse::json(StatusCode::ACCEPTED, &state(upload, Some(total))));
    }
    finish(tenant, call)
}

/// The last part is there: the file is written.
fn finish(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let Some(upload) = tenant.uploads.remove(call.parameter("upload")) else {
        return Err(invalid("The upload session is gone."));
    };
    let drive = upload.drive.clone();
    let there =
        call.at(&[("drive", &drive), ("path", &upload.path), ("item", &upload.base.0), ("special", &upload.base.1)]);
    let target = content::target(tenant, &there, &drive)?;
    let conflict = Conflict::read(Some(&upload.conflict), Conflict::Replace)?;
    let (status, id) =
        content::write(tenant, &there, &drive, (target, conflict, upload.by, Bytes::from(upload.received)))?;
    items::answer(tenant, &there, status, (&drive, &id))
}
