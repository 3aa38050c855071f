//! Sending: into the inbox of each recipient in the tenant. Addresses outside of it are accepted, and
//! nothing more happens: no mail leaves the sandbox.

use graphbeat_base::Timestamp;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::{GraphError, Service};
use super::super::response::GraphResponse;
use super::super::route::{Answer, Route};
use super::super::{body, outlook};
use super::outlook::{only, owner, parameter};
use super::{Found, attachments, copy_attachments, message, messages, recount, shift, well_known_id};
use crate::objects::{mail, place};
use crate::tenant::Tenant;
use crate::tenant::ids;
use crate::tenant::store::{Entity, Properties, object};

/// Recipients of one message.
const RECIPIENTS_MAX: usize = 500;
const REPLY: &str = "POST /me/messages/{message}/reply";

pub(super) const ROUTES: &[Route] = &[
    Route::post("mail.self.send", "/users/{user}/sendMail", send_mail).of(Service::Outlook),
    Route::post("mail.messages.send", "/users/{user}/messages/{message}/send", send_draft).of(Service::Outlook),
    Route::post("mail.messages.reply", "/users/{user}/messages/{message}/reply", reply).of(Service::Outlook),
    Route::post("mail.messages.reply-all", "/users/{user}/messages/{message}/replyAll", reply_all)
        .of(Service::Outlook)
        .like(REPLY),
    Route::post("mail.messages.forward", "/users/{user}/messages/{message}/forward", forward)
        .of(Service::Outlook)
        .like(REPLY),
    Route::post("mail.messages.create-reply", "/users/{user}/messages/{message}/createReply", create_reply)
        .of(Service::Outlook)
        .like("POST /me/messages"),
];

fn accepted() -> Answer {
    Ok(GraphResponse::empty(StatusCode::ACCEPTED))
}

fn send_mail(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let parameters = call.json()?;
    only(&parameters, &["message", "saveToSentItems"])?;
    let given = nested_message(&parameters)?.ok_or_else(|| outlook::invalid("The parameter 'Message' is required."))?;
    let saves = match parameter(&parameters, "saveToSentItems") {
        None => true,
        Some(Value::Bool(saves)) => *saves,
        Some(_) => {
            return Err(outlook::invalid(
                "Cannot convert the value of 'SaveToSentItems' to the expected type 'Edm.Boolean'.",
            ));
        }
    };
    send(tenant, call, &given, Copy::of(saves))?;
    accepted()
}

/// Whether the sender keeps a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copy {
    Kept,
    Dropped,
}

impl Copy {
    fn of(saves: bool) -> Self {
        if saves { Self::Kept } else { Self::Dropped }
    }
}

/// The message in the parameters of an action, checked.
fn nested_message(parameters: &Properties) -> Result<Option<Properties>, GraphError> {
    let Some(given) = parameter(parameters, "message") else { return Ok(None) };
    let given = given.as_object().ok_or_else(|| outlook::invalid("The parameter 'Message' is not an object."))?;
    body::check("message", given)?;
    let mut given = given.clone();
    body::settle("message", &mut given);
    Ok(Some(given))
}

/// Sends what the client gave: by way of a draft, as the real service does it.
fn send(tenant: &mut Tenant, call: &Call<'_>, given: &Properties, copy: Copy) -> Result<(), GraphError> {
    check_recipients(given)?;
    let drafts = well_known_id(&tenant.store, call.user(), "drafts");
    let id = messages::put_draft(tenant, call, &drafts, given)?;
    dispatch(tenant, call, &Found { folder: drafts, id }, copy)
}

fn check_recipients(message: &Properties) -> Result<(), GraphError> {
    let refuse = |message: &str| Err(GraphError::new(StatusCode::BAD_REQUEST, "ErrorInvalidRecipients", message));
    let addresses = mail::addresses(message);
    if addresses.len() > RECIPIENTS_MAX {
        return refuse("The message has too many recipients.");
    }
    match addresses.iter().find(|address| !is_address(address)) {
        Some(bad) => refuse(&format!(
            "At least one recipient is not valid., Recipient '{bad}' is not resolved. All recipients must be resolved before a message can be submitted."
        )),
        None if addresses.is_empty() => refuse("At least one recipient is not valid., The message has no recipients."),
        None => Ok(()),
    }
}

fn is_address(address: &str) -> bool {
    let parts = address.split_once('@');
    parts.is_some_and(|(name, domain)| {
        !name.is_empty() && domain.contains('.') && !address.contains([' ', '<', '>', ','])
    })
}

fn send_draft(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (found, draft) = message(tenant, call)?;
    if !draft.is("isDraft") {
        return Err(GraphError::new(StatusCode::FORBIDDEN, "ErrorAccessDenied", "The message was sent already."));
    }
    check_recipients(&draft.properties)?;
    dispatch(tenant, call, &found, Copy::Kept)?;
    accepted()
}

/// Takes a draft out of its folder, into the recipients' inboxes and the sender's Sent Items.
fn dispatch(tenant: &mut Tenant, call: &Call<'_>, found: &Found, copy: Copy) -> Result<(), GraphError> {
    let (user, now) = (call.user(), call.request.now);
    let path = found.path(user);
    let draft = tenant.store.get_mut(&path, &found.id).ok_or_else(|| call.not_found(&found.id))?;
    draft.properties = mail::sent(draft.properties.clone(), now);
    let message = draft.properties.clone();
    let attachments: Vec<Entity> = tenant.store.list(&place::attachments(&path, &found.id)).cloned().collect();
    let mut addresses = mail::addresses(&message);
    addresses.sort_unstable();
    addresses.dedup();
    for address in addresses {
        deliver(tenant, (&address, now), mail::received(message.clone(), now), &attachments);
    }
    if copy == Copy::Kept {
        let sent = well_known_id(&tenant.store, user, "sentitems");
        shift(tenant, call, found, &sent);
    } else {
        tenant.store.purge(&path, &found.id);
        recount(&mut tenant.store, user, &found.folder);
    }
    Ok(())
}

/// Puts a message into the inbox of an address of the tenant.
fn deliver(tenant: &mut Tenant, (address, now): (&str, Timestamp), mut message: Properties, attachments: &[Entity]) {
    let Some(user) = tenant.user_id(address).map(str::to_owned).filter(|user| tenant.has_services(user, now)) else {
        return;
    };
    tenant.fill(&user, now);
    let inbox = well_known_id(&tenant.store, &user, "inbox");
    message.insert("parentFolderId".to_owned(), json!(inbox));
    let (path, id) = (place::messages(&user, &inbox), ids::outlook(&mut tenant.rng));
    tenant.store.create(&path, "message", id.clone(), Value::Object(message));
    for attachment in attachments {
        let (kept, properties) = (ids::outlook(&mut tenant.rng), attachment.properties.clone());
        tenant.store.create(&place::attachments(&path, &id), attachment.kind, kept, Value::Object(properties));
    }
    recount(&mut tenant.store, &user, &inbox);
}

fn reply(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (answer, _) = answer_to(tenant, call, To::Sender)?;
    send(tenant, call, &answer, Copy::Kept)?;
    accepted()
}

fn reply_all(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (answer, _) = answer_to(tenant, call, To::Everybody)?;
    send(tenant, call, &answer, Copy::Kept)?;
    accepted()
}

fn create_reply(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (answer, _) = answer_to(tenant, call, To::Sender)?;
    let drafts = well_known_id(&tenant.store, call.user(), "drafts");
    let id = messages::put_draft(tenant, call, &drafts, &answer)?;
    let path = place::messages(call.user(), &drafts);
    call.created(call.find(tenant, &path, &id)?, &outlook::context(call, "messages"))
}

fn forward(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let (answer, found) = answer_to(tenant, call, To::Others)?;
    check_recipients(&answer)?;
    let drafts = well_known_id(&tenant.store, call.user(), "drafts");
    let id = messages::put_draft(tenant, call, &drafts, &answer)?;
    let path = place::messages(call.user(), &drafts);
    copy_attachments(&mut tenant.store, (&found.path(call.user()), &found.id), (&path, &id));
    attachments::mark(tenant, &path, &id);
    dispatch(tenant, call, &Found { folder: drafts, id }, Copy::Kept)?;
    accepted()
}

/// Whom an answer goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Sender,
    Everybody,
    /// Those whom the client names.
    Others,
}

/// The message that answers the one of the path.
fn answer_to(tenant: &Tenant, call: &Call<'_>, to: To) -> Result<(Properties, Found), GraphError> {
    let (found, original) = message(tenant, call)?;
    let parameters = if call.request.body.is_empty() { Properties::new() } else { call.json()? };
    only(&parameters, &["message", "comment", "toRecipients"])?;
    let own = owner(tenant, call);
    let comment = parameter(&parameters, "comment").and_then(Value::as_str).unwrap_or_default();
    let quoted = original.get("body")["content"].as_str().unwrap_or_default();
    let prefix = if to == To::Others { "FW" } else { "RE" };
    let recipients = recipients_of(original, &parameters, &own.address, to);
    let mut answer = object(json!({
        "subject": format!("{prefix}: {}", original.text("subject")),
        "body": {"contentType": "html", "content": format!("<html><body><p>{comment}</p><hr>{quoted}</body></html>")},
        "toRecipients": recipients,
    }));
    answer.extend(nested_message(&parameters)?.unwrap_or_default());
    Ok((answer, found))
}

fn recipients_of(original: &Entity, parameters: &Properties, own: &str, to: To) -> Vec<Value> {
    let listed = |name: &str| original.get(name).as_array().cloned().unwrap_or_default();
    let sender = Some(original.get("from").clone()).filter(|sender| !sender.is_null());
    match to {
        To::Others => parameter(parameters, "toRecipients").and_then(Value::as_array).cloned().unwrap_or_default(),
        To::Sender => sender.into_iter().collect(),
        To::Everybody => {
            let all = sender.into_iter().chain(listed("toRecipients")).chain(listed("ccRecipients"));
            let is_other =
                |it: &Value| it["emailAddress"]["address"].as_str().is_some_and(|it| !it.eq_ignore_ascii_case(own));
            all.filter(is_other).collect()
        }
    }
}
