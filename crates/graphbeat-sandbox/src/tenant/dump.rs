//! The tenant's content for `/_sandbox/state`: equal dumps mean equal tenants.
//!
//! One object: the tenant's id and domain, and every collection that holds something, by its path,
//! its entities sorted by id. Bins are collections like others (`directory/deletedItems`,
//! `users/{id}/recoverableItems`, `drives/{id}/recycleBin` …), so they are in it. What changes without
//! a change of content is left out: ETags and change keys (never stored at all), counters, quota,
//! sizes and change times of containers, and logs. A file's bytes are shown by their SHA-1 digest.
//! Every object's members are sorted by name, so that equal tenants have equal texts too; it is written
//! straight from the store, because a copy of a large tenant costs gigabytes.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::Tenant;
use super::store::{Collection, Entity, Store};

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

/// The whole dump.
pub(super) fn text(tenant: &Tenant, applications: &[Value]) -> String {
    let whole = Whole { tenant, applications };
    // The map's keys are texts and no value fails: there is no error.
    serde_json::to_string(&whole).unwrap_or_default()
}

struct Whole<'a> {
    tenant: &'a Tenant,
    applications: &'a [Value],
}

/// Every collection that holds something and is no log.
struct Collections<'a>(&'a Store);

/// A collection's entities by id.
struct Sorted<'a>(&'a Collection);

/// An entity without what changes by itself.
struct Settled<'a>(&'a Entity);

/// A value whose objects are sorted by name.
struct ByName<'a>(&'a Value);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        let tenant = serde_json::json!({"domain": self.tenant.domain, "id": self.tenant.id});
        map.serialize_entry("tenant", &tenant)?;
        map.serialize_entry("applications", self.applications)?;
        map.serialize_entry("collections", &Collections(&self.tenant.store))?;
        map.end()
    }
}

impl Serialize for Collections<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_shown =
            |(path, collection): &(&str, &Collection)| !LOGS.contains(path) && collection.entities().next().is_some();
        serializer
            .collect_map(self.0.collections().filter(is_shown).map(|(path, collection)| (path, Sorted(collection))))
    }
}

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entities: Vec<&Entity> = self.0.entities().collect();
        entities.sort_by_key(|entity| entity.id());
        let mut all = serializer.serialize_seq(Some(entities.len()))?;
        for entity in entities {
            all.serialize_element(&Settled(entity))?;
        }
        all.end()
    }
}

impl Serialize for Settled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(entity) = self;
        let is_container = CONTAINERS.contains(&entity.kind) || entity.properties.contains_key("folder");
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in by_name(&entity.properties) {
            let follows = FOLLOWING.contains(&name) || (is_container && CONTAINER_TIMES.contains(&name));
            match name {
                "folder" => map.serialize_entry(name, &Map::new())?,
                _ if follows => {}
                _ => map.serialize_entry(name, &ByName(value))?,
            }
        }
        if let Some(content) = &entity.content {
            map.serialize_entry("_content", &digest(content))?;
        }
        map.end()
    }
}

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                serializer.collect_map(by_name(members).into_iter().map(|(name, value)| (name, ByName(value))))
            }
            Value::Array(items) => serializer.collect_seq(items.iter().map(ByName)),
            other => other.serialize(serializer),
        }
    }
}

fn by_name(members: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut all: Vec<(&str, &Value)> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
    all.sort_by_key(|(name, _)| *name);
    all
}

fn digest(content: &[u8]) -> String {
    Sha1::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn collections(store: &Store) -> Value {
        serde_json::to_value(Collections(store)).expect("JSON")
    }

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

    #[test]
    fn the_order_in_which_properties_came_does_not_show() {
        let store_of = |properties| {
            let mut store = Store::default();
            store.create("users", "user", "a".to_owned(), properties);
            serde_json::to_string(&Collections(&store)).expect("JSON")
        };
        let one = store_of(json!({"b": {"y": 1, "x": [{"q": 1, "p": 2}]}, "a": 2}));
        assert_eq!(one, store_of(json!({"a": 2, "b": {"x": [{"p": 2, "q": 1}], "y": 1}})));
    }
}
