//! Upload sessions of attachments: a file in parts, to an address that needs no token. The answer to the
//! last part has no body; its `Location` is the attachment's address at Outlook.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphbeat_base::SignedDuration;
use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Value, json};

use super::super::body;
use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::outlook::{self, only, parameter};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Gate, Route};
use super::attachments::{self, COUNT_MAX};
use super::message;
use crate::objects::{place, text};
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Properties, object};
use crate::tenant::uploads::AttachmentUpload;

/// The least bytes of an attachment that a session takes, and the most.
const BYTES_MIN: u64 = 2 * 1024 * 1024;
const BYTES_MAX: u64 = 150 * 1024 * 1024;
/// Sessions of the tenant, and hours of a session.
const SESSIONS_MAX: usize = 1_000;
const HOURS: i64 = 3;

pub(super) const ROUTES: &[Route] = &[
    Route::post(
        "mail.attachments.upload",
        "/users/{user}/messages/{message}/attachments/createUploadSession",
        create_for_message,
    )
    .of(Service::Outlook)
    .like("POST /me/messages/{message}/attachments"),
    Route::put("mail.attachment-upload.put", "/_attachment/{upload}", put).of(Service::Outlook).behind(Gate::AnyToken),
    Route::get("mail.attachment-upload.get", "/_attachment/{upload}", get).of(Service::Outlook).behind(Gate::AnyToken),
    Route::delete("mail.attachment-upload.delete", "/_attachment/{upload}", cancel)
        .of(Service::Outlook)
        .behind(Gate::AnyToken),
];

fn create_for_message(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, _) = message(tenant, call)?;
    create_for(tenant, call, (&found.path(call.user()), &found.id), "Messages")
}

/// Opens a session for an attachment of an item; `set` is `Messages` or `Events`.
pub(in crate::graph) fn create_for(
    tenant: &mut Tenant,
    call: &Call<'_>,
    (path, id): (&str, &str),
    set: &'static str,
) -> Answer {
    let given = item(call)?;
    let size = given.get("size").and_then(Value::as_u64).unwrap_or(0);
    check_size(size)?;
    let now = call.request.now;
    tenant.attachment_uploads.retain(|_, upload| upload.expires > now);
    let attached = tenant.store.count(&place::attachments(path, id));
    if tenant.attachment_uploads.len() >= SESSIONS_MAX || attached >= COUNT_MAX {
        let message = "Too many upload sessions or attachments.";
        return Err(GraphError::new(StatusCode::SERVICE_UNAVAILABLE, "ErrorServerBusy", message));
    }
    let expires = now.checked_add(SignedDuration::from_hours(HOURS)).unwrap_or(now);
    let upload = text::random(&mut tenant.rng, 32);
    let state = json!({
        "uploadUrl": call.address(&format!("/_attachment/{upload}")), "expirationDateTime": stamp(expires),
        "nextExpectedRanges": ["0-"],
    });
    let item = format!("Users('{}')/{set}('{id}')", call.user());
    let place = (path.to_owned(), id.to_owned());
    tenant
        .attachment_uploads
        .insert(upload, AttachmentUpload { place, item, given, size, received: Vec::new(), expires });
    let mut answer = call.value(state, "microsoft.graph.uploadSession")?;
    answer.status = StatusCode::CREATED;
    Ok(answer)
}

/// The `AttachmentItem` of a request.
fn item(call: &Call<'_>) -> Result<Properties, GraphError> {
    let given = call.json()?;
    only(&given, &["AttachmentItem"])?;
    let mut item = object(parameter(&given, "AttachmentItem").cloned().unwrap_or_default());
    body::respell("attachmentItem", &mut item);
    body::check("attachmentItem", &item)?;
    body::settle("attachmentItem", &mut item);
    for name in ["attachmentType", "name", "size"] {
        if item.get(name).is_none_or(Value::is_null) {
            return Err(outlook::invalid(&format!("The property '{name}' of the attachment is required.")));
        }
    }
    if item.get("attachmentType").is_some_and(|kind| kind != "file") {
        return Err(outlook::invalid("Only files can be attached by an upload session."));
    }
    Ok(item)
}

fn check_size(size: u64) -> Result<(), GraphError> {
    if size < BYTES_MIN {
        let message = format!("The attachment's size must be at least {BYTES_MIN} bytes.");
        return Err(GraphError::new(
            StatusCode::BAD_REQUEST,
            "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
            message,
        ));
    }
    if size > BYTES_MAX {
        let message = "The attachment is larger than 150 MB.";
        return Err(GraphError::new(StatusCode::PAYLOAD_TOO_LARGE, "ErrorAttachmentSizeLimitExceeded", message));
    }
    Ok(())
}

fn session<'t>(tenant: &'t Tenant, call: &Call<'_>) -> Result<&'t AttachmentUpload, GraphError> {
    let id = call.parameter("upload");
    let found = tenant.attachment_uploads.get(id).filter(|upload| upload.expires > call.request.now);
    found.ok_or_else(|| call.not_found(id))
}

fn state(upload: &AttachmentUpload) -> GraphResponse {
    let next = format!("{}-", upload.received.len());
    let state = json!({"expirationDateTime": stamp(upload.expires), "nextExpectedRanges": [next]});
    GraphResponse::json(StatusCode::OK, &state)
}

fn get(tenant: &Tenant, call: &Call<'_>) -> Answer {
    Ok(state(session(tenant, call)?))
}

fn cancel(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    session(tenant, call)?;
    tenant.attachment_uploads.remove(call.parameter("upload"));
    Ok(GraphResponse::no_content())
}

fn put(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let upload = session(tenant, call)?;
    let range = call.header("content-range").unwrap_or_default();
    let range = super::super::drive::read_range(range, call.request.body.len());
    let (first, total) = range.ok_or_else(|| outlook::invalid("The header Content-Range does not fit the body."))?;
    if first != upload.received.len() as u64 || total != upload.size {
        let message = "The range does not follow what was received, or names another size.";
        return Err(GraphError::new(StatusCode::RANGE_NOT_SATISFIABLE, "ErrorInvalidRange", message));
    }
    let Some(upload) = tenant.attachment_uploads.get_mut(call.parameter("upload")) else {
        return Err(call.not_found(call.parameter("upload")));
    };
    upload.received.extend_from_slice(call.request.body);
    if (upload.received.len() as u64) < total {
        return Ok(state(upload));
    }
    finish(tenant, call)
}

/// The last part is there: the file is attached.
fn finish(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let Some(upload) = tenant.attachment_uploads.remove(call.parameter("upload")) else {
        return Err(call.not_found(call.parameter("upload")));
    };
    let (path, id) = &upload.place;
    call.find(tenant, path, id)?;
    let mut given = upload.given;
    given.retain(|name, _| !matches!(name.as_str(), "attachmentType" | "size"));
    given.insert("contentBytes".to_owned(), Value::String(STANDARD.encode(&upload.received)));
    let made = attachments::add(tenant, call, (path, id), &given);
    let location = format!("https://outlook.office.com/api/v2.0/{}/Attachments('{made}')", upload.item);
    Ok(GraphResponse::empty(StatusCode::CREATED).with(LOCATION, &location))
}
