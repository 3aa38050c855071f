//! Task lists, tasks and what hangs on them.

use graphbeat_base::Timestamp;
use serde_json::{Value, json};

use super::{completed, without, zone};
use crate::tenant::ids::stamp;
use crate::tenant::store::{Properties, object};

/// What only the service sets on a task.
const READ_ONLY: &[&str] = &[
    "id",
    "bodyLastModifiedDateTime",
    "createdDateTime",
    "hasAttachments",
    "lastModifiedDateTime",
    "checklistItems",
    "linkedResources",
];

/// A new list.
pub(crate) fn list(display_name: &str, well_known: &str) -> Properties {
    object(json!({"displayName": display_name, "isOwner": true, "isShared": false, "wellknownListName": well_known}))
}

/// A new task.
pub(crate) fn task(given: &Properties, at: Timestamp) -> Properties {
    let defaults = json!({
        "importance": "normal", "isReminderOn": false, "status": "notStarted", "title": "", "createdDateTime": stamp(at),
        "lastModifiedDateTime": stamp(at), "hasAttachments": false, "categories": [],
        "body": {"content": "", "contentType": "text"},
    });
    let mut task = completed(defaults, &changes(given));
    settle(&mut task, at);
    task
}

/// What a change may set of a task.
pub(crate) fn changes(given: &Properties) -> Properties {
    without(given.clone(), READ_ONLY)
}

/// A task that is completed has a time of completion, and no other has.
pub(crate) fn settle(task: &mut Properties, at: Timestamp) {
    let is_completed = task.get("status").and_then(Value::as_str) == Some("completed");
    if !is_completed {
        task.remove("completedDateTime");
    } else if task.get("completedDateTime").is_none_or(Value::is_null) {
        task.insert("completedDateTime".to_owned(), zone::in_utc(at));
    }
}

/// A new step of a task.
pub(crate) fn checklist_item(given: &Properties, at: Timestamp) -> Properties {
    let defaults = json!({"displayName": "", "createdDateTime": stamp(at), "isChecked": false});
    let mut item = completed(defaults, &without(given.clone(), &["id", "createdDateTime"]));
    settle_checklist_item(&mut item, at);
    item
}

/// A step that is checked has a time of its check, and no other has.
pub(crate) fn settle_checklist_item(item: &mut Properties, at: Timestamp) {
    if item.get("isChecked") != Some(&Value::Bool(true)) {
        item.remove("checkedDateTime");
    } else if item.get("checkedDateTime").is_none_or(Value::is_null) {
        item.insert("checkedDateTime".to_owned(), Value::String(stamp(at)));
    }
}

/// A new link of a task.
pub(crate) fn linked_resource(given: &Properties) -> Properties {
    let defaults = json!({"webUrl": null, "applicationName": null, "displayName": null, "externalId": null});
    completed(defaults, &without(given.clone(), &["id"]))
}
