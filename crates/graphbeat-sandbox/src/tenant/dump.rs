//! The tenant's content for `/_sandbox/state`: equal dumps mean equal tenants.
//!
//! One object: the tenant's id and domain, and every collection that holds something, by its path,
//! its entities sorted by id. Bins are collections like others (`directory/deletedItems`,
//! `users/{id}/recoverableItems`, `drives/{id}/recycleBin` …), so they are in it. What changes without
//! a change of content is left out: ETags and change keys (never stored at all), counters, quota,
//! sizes and change times of containers, and logs. A file's bytes are shown by their SHA-1 digest.

use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::store::{Entity, Store};

/// Types whose change time and size follow from what is put into them.
const CONTAINERS: &[&str] = &[
    "drive",
    "list",
    "site",
    "calendar",
    "mailFolder",
    "contactFolder",
    "todoTaskList",
    "notebook",
    "onenoteSection",
    "sectionGroup",
    "conversationThread",
];
/// What a container's content changes in it.
const CONTAINER_TIMES: &[&str] =
    &["lastModifiedDateTime", "lastModifiedBy", "size", "fileSystemInfo", "lastDeliveredDateTime"];
/// Counters and marks that follow from other content.
const FOLLOWING: &[&str] = &[
    "@odata.etag",
    "changeKey",
    "eTag",
    "cTag",
    "totalItemCount",
    "unreadItemCount",
    "childFolderCount",
    "sizeInBytes",
    "quota",
    "lastActionDateTime",
    "consumedUnits",
];
/// Collections that are logs.
const LOGS: &[&str] = &["auditLogs/signIns", "auditLogs/directoryAudits", "auditLogs/provisioning"];

/// Every collection of the store that holds something and is no log.
pub(super) fn collections(store: &Store) -> Value {
    let shown = store.collections().filter(|(path, _)| !LOGS.contains(path));
    let mut all = Map::new();
    for (path, collection) in shown {
        let mut entities: Vec<(&str, Value)> =
            collection.entities().map(|entity| (entity.id(), settled(entity))).collect();
        if entities.is_empty() {
            continue;
        }
        entities.sort_by_key(|(id, _)| *id);
        all.insert(path.to_owned(), entities.into_iter().map(|(_, value)| value).collect());
    }
    Value::Object(all)
}

/// An entity without what changes by itself.
fn settled(entity: &Entity) -> Value {
    let is_container = CONTAINERS.contains(&entity.kind) || entity.properties.contains_key("folder");
    let mut kept = Map::new();
    for (name, value) in &entity.properties {
        let follows = FOLLOWING.contains(&name.as_str()) || (is_container && CONTAINER_TIMES.contains(&name.as_str()));
        if follows {
            continue;
        }
        kept.insert(name.clone(), if name == "folder" { json!({}) } else { value.clone() });
    }
    if let Some(content) = &entity.content {
        kept.insert("_content".to_owned(), Value::String(digest(content)));
    }
    Value::Object(kept)
}

fn digest(content: &[u8]) -> String {
    Sha1::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn making_and_purging_leaves_the_dump_as_it_was() {
        let mut store = Store::default();
        store.create("users", "user", "a".to_owned(), json!({"displayName": "Ada"}));
        let before = collections(&store);
        store.create("users/a/messages", "message", "m".to_owned(), json!({"subject": "hello"}));
        assert_ne!(collections(&store), before);
        store.purge("users/a/messages", "m");
        assert_eq!(collections(&store), before);
    }

    #[test]
    fn a_folders_counters_and_times_are_left_out_and_its_name_is_not() {
        let mut store = Store::default();
        let folder = json!({"name": "Plans", "folder": {"childCount": 3}, "size": 9, "lastModifiedDateTime": "2026-01-01T00:00:00Z"});
        store.create("drives/d/items", "driveItem", "1".to_owned(), folder);
        assert_eq!(collections(&store), json!({"drives/d/items": [{"id": "1", "name": "Plans", "folder": {}}]}));
    }
}
