//! Messages, mail folders, attachments, rules, categories and settings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphbeat_base::{Rng, Timestamp};
use serde_json::{Value, json};

use super::{Person, completed, text, without};
use crate::tenant::ids::stamp;
use crate::tenant::store::Properties;

/// What only the service sets on a message.
pub(crate) const MESSAGE_READ_ONLY: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "bodyPreview",
    "parentFolderId",
    "conversationId",
    "isDraft",
    "webLink",
    "uniqueBody",
    "attachments",
];
/// What only the service sets on an attachment.
const ATTACHMENT_READ_ONLY: &[&str] = &["id", "lastModifiedDateTime", "size"];

/// The well-known folders of a mailbox: name in paths, display name, and the folder that holds it.
pub(crate) const WELL_KNOWN_FOLDERS: &[(&str, &str)] = &[
    ("archive", "Archive"),
    ("conversationhistory", "Conversation History"),
    ("deleteditems", "Deleted Items"),
    ("drafts", "Drafts"),
    ("inbox", "Inbox"),
    ("junkemail", "Junk Email"),
    ("outbox", "Outbox"),
    ("sentitems", "Sent Items"),
];

/// A new draft.
pub(crate) fn draft(rng: &mut Rng, given: &Properties, owner: &Person, at: Timestamp) -> Properties {
    let given = without(given.clone(), MESSAGE_READ_ONLY);
    let defaults = json!({
        "createdDateTime": stamp(at),
        "lastModifiedDateTime": stamp(at),
        "categories": [],
        "receivedDateTime": stamp(at),
        "sentDateTime": stamp(at),
        "hasAttachments": false,
        "internetMessageId": internet_message_id(rng, &owner.address),
        "subject": "",
        "bodyPreview": "",
        "importance": "normal",
        "parentFolderId": null,
        "conversationId": format!("AAQkA{}=", text::random(rng, 40)),
        "conversationIndex": STANDARD.encode(text::random(rng, 16)),
        "isDeliveryReceiptRequested": false,
        "isReadReceiptRequested": false,
        "isRead": true,
        "isDraft": true,
        "webLink": format!("https://outlook.office365.com/owa/?ItemID={}&exvsurl=1&viewmodel=ReadMessageItem", text::random(rng, 24)),
        "inferenceClassification": "focused",
        "body": {"contentType": "text", "content": ""},
        "sender": owner.recipient(),
        "from": owner.recipient(),
        "toRecipients": [],
        "ccRecipients": [],
        "bccRecipients": [],
        "replyTo": [],
        "flag": {"flagStatus": "notFlagged"},
    });
    let mut message = completed(defaults, &given);
    settle(&mut message);
    message
}

/// What follows in a message from its other properties, after a change of them.
pub(crate) fn settle(message: &mut Properties) {
    for list in ["toRecipients", "ccRecipients", "bccRecipients", "replyTo"] {
        if let Some(recipients) = message.get_mut(list).and_then(Value::as_array_mut) {
            recipients.iter_mut().for_each(name_recipient);
        }
    }
    if let Some(body) = message.get_mut("body").and_then(Value::as_object_mut) {
        if body.get("contentType").is_none_or(Value::is_null) {
            body.insert("contentType".to_owned(), json!("text"));
        }
        body.entry("content").or_insert_with(|| json!(""));
    }
    let content = message.get("body").and_then(|body| body.get("content")).and_then(Value::as_str).unwrap_or_default();
    let preview = text::preview(content);
    message.insert("bodyPreview".to_owned(), Value::String(preview));
}

/// A recipient without a name is shown by its address.
fn name_recipient(recipient: &mut Value) {
    let Some(address) = recipient.get_mut("emailAddress").and_then(Value::as_object_mut) else {
        return;
    };
    if address.get("name").is_none_or(Value::is_null)
        && let Some(named) = address.get("address").cloned()
    {
        address.insert("name".to_owned(), named);
    }
}

/// A message as it was sent: no draft any more.
pub(crate) fn sent(mut message: Properties, at: Timestamp) -> Properties {
    let marks = json!({
        "lastModifiedDateTime": stamp(at), "receivedDateTime": stamp(at), "sentDateTime": stamp(at), "isDraft": false,
        "isRead": true,
    });
    message.extend(crate::tenant::store::object(marks));
    message
}

/// A sent message as a recipient gets it.
pub(crate) fn received(mut message: Properties, at: Timestamp) -> Properties {
    message.extend(crate::tenant::store::object(json!({"createdDateTime": stamp(at), "isRead": false})));
    message.insert("bccRecipients".to_owned(), json!([]));
    message
}

/// Every address that a message goes to, in lower case.
pub(crate) fn addresses(message: &Properties) -> Vec<String> {
    let lists =
        ["toRecipients", "ccRecipients", "bccRecipients"].iter().filter_map(|list| message.get(*list)?.as_array());
    let address = |recipient: &Value| Some(recipient["emailAddress"]["address"].as_str()?.to_ascii_lowercase());
    lists.flatten().filter_map(address).collect()
}

/// A new `<…@domain>`.
pub(crate) fn internet_message_id(rng: &mut Rng, address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("contoso.onmicrosoft.com", |(_, domain)| domain);
    format!("<{}@{domain}>", text::random(rng, 21).to_ascii_uppercase())
}

/// A new folder.
pub(crate) fn folder(display_name: &str, parent: &str) -> Properties {
    let folder = json!({
        "displayName": display_name, "parentFolderId": parent, "childFolderCount": 0, "unreadItemCount": 0,
        "totalItemCount": 0, "isHidden": false,
    });
    crate::tenant::store::object(folder)
}

/// The kind of an attachment, by the `@odata.type` that the client gave.
pub(crate) fn attachment_kind(given: &Properties) -> &'static str {
    match given.get("@odata.type").and_then(Value::as_str).unwrap_or_default().trim_start_matches('#') {
        "microsoft.graph.itemAttachment" => "itemAttachment",
        "microsoft.graph.referenceAttachment" => "referenceAttachment",
        _ => "fileAttachment",
    }
}

/// A new attachment.
pub(crate) fn attachment(given: &Properties, at: Timestamp) -> Properties {
    let text_of = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    let size = STANDARD.decode(text_of("contentBytes")).map_or(0, |bytes| bytes.len());
    let mut defaults = json!({
        "lastModifiedDateTime": stamp(at), "name": "", "contentType": text::mime_type(text_of("name")), "size": size,
        "isInline": false,
    });
    if attachment_kind(given) == "fileAttachment" {
        defaults["contentId"] = Value::Null;
        defaults["contentLocation"] = Value::Null;
        defaults["contentBytes"] = json!("");
    }
    completed(defaults, &without(given.clone(), ATTACHMENT_READ_ONLY))
}

/// A file as an attachment.
pub(crate) fn file_attachment(name: &str, bytes: &[u8]) -> Properties {
    crate::tenant::store::object(json!({"name": name, "contentBytes": STANDARD.encode(bytes)}))
}

/// A new rule of the inbox.
pub(crate) fn rule(given: &Properties) -> Properties {
    let given = without(given.clone(), &["id", "hasError"]);
    let defaults = json!({
        "displayName": "", "sequence": 1, "isEnabled": true, "hasError": false, "isReadOnly": false,
        "conditions": {}, "actions": {},
    });
    completed(defaults, &given)
}

/// The settings of a new mailbox.
pub(crate) fn settings() -> Properties {
    crate::tenant::store::object(json!({
        "archiveFolder": null,
        "timeZone": "UTC",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "M/d/yyyy",
        "timeFormat": "h:mm tt",
        "userPurpose": "user",
        "automaticRepliesSetting": {
            "status": "disabled",
            "externalAudience": "all",
            "internalReplyMessage": "",
            "externalReplyMessage": "",
            "scheduledStartDateTime": {"dateTime": "2026-01-01T08:00:00.0000000", "timeZone": "UTC"},
            "scheduledEndDateTime": {"dateTime": "2026-01-02T08:00:00.0000000", "timeZone": "UTC"},
        },
        "language": {"locale": "en-US", "displayName": "English (United States)"},
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": "Pacific Standard Time"},
        },
    }))
}
