//! Entities in ordered collections: `users`, `users/{id}/messages`, `users/{id}/messages/{id}/attachments` …
//!
//! A collection keeps the order of creation and finds an entity by its id at once. Every change draws
//! the next number of one sequence for the whole store: that number is the entity's version, its ETag
//! and the delta token, so that nothing of them has to be kept apart.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use serde_json::{Map, Value};

/// Removals that a collection remembers for delta queries; an older delta token asks for a resync.
const REMOVALS_MAX: usize = 10_000;

/// The properties of an entity, as Graph shows them. A name that starts with `_` is the sandbox's
/// own: never shown by Graph, but part of the dump.
pub(crate) type Properties = Map<String, Value>;

/// One object of the tenant.
#[derive(Clone, Debug)]
pub(crate) struct Entity {
    /// Its type in Graph's metadata, without namespace: `user`, `message`.
    pub(crate) kind: &'static str,
    /// `id` first, then the rest.
    pub(crate) properties: Properties,
    /// The number of its last change.
    pub(crate) version: u64,
    /// The number of its making: its place in the collection.
    pub(crate) order: u64,
    /// The bytes of a file, picture or page.
    pub(crate) content: Option<Bytes>,
}

impl Entity {
    /// An entity that stands in no collection: made up for one answer.
    pub(crate) fn loose(kind: &'static str, order: u64, value: Value) -> Self {
        Self { kind, properties: object(value), version: 1, order, content: None }
    }

    /// Its id, or nothing where the type has none.
    pub(crate) fn id(&self) -> &str {
        self.text("id")
    }

    /// A text property; empty where it is missing, null or of another type.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.properties.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A property; null where it is missing.
    pub(crate) fn get(&self, name: &str) -> &Value {
        self.properties.get(name).unwrap_or(&Value::Null)
    }

    /// Whether a property is `true`.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.get(name) == &Value::Bool(true)
    }
}

/// The object in a value; empty for any other kind of value.
pub(crate) fn object(value: Value) -> Properties {
    match value {
        Value::Object(properties) => properties,
        _ => Properties::new(),
    }
}

/// The entities of one path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collection {
    in_order: BTreeMap<u64, Entity>,
    order_of: HashMap<String, u64>,
    /// Version of the removal → id.
    removals: BTreeMap<u64, String>,
    /// The newest removal that was forgotten.
    forgotten: u64,
}

impl Collection {
    /// The entities, oldest first.
    pub(crate) fn entities(&self) -> impl DoubleEndedIterator<Item = &Entity> {
        self.in_order.values()
    }

    /// Ids that were removed after `version`; `None` where that is too long ago to know.
    pub(crate) fn removed_since(&self, version: u64) -> Option<impl Iterator<Item = &str>> {
        (version >= self.forgotten).then(|| self.removals.range(version + 1..).map(|(_, id)| id.as_str()))
    }

    fn remember_removal(&mut self, version: u64, id: String) {
        self.removals.insert(version, id);
        if self.removals.len() > REMOVALS_MAX
            && let Some((oldest, _)) = self.removals.pop_first()
        {
            self.forgotten = oldest;
        }
    }
}

/// Every collection of the tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    collections: BTreeMap<String, Collection>,
    sequence: u64,
}

impl Store {
    /// The number of the newest change: a delta token of now.
    pub(crate) fn version(&self) -> u64 {
        self.sequence
    }

    /// Adds an entity at the end of a collection; `id` becomes its first property.
    pub(crate) fn create(&mut self, path: &str, kind: &'static str, id: String, properties: Value) -> &mut Entity {
        let mut all = Properties::new();
        all.insert("id".to_owned(), Value::String(id.clone()));
        for (name, value) in object(properties) {
            if name != "id" {
                all.insert(name, value);
            }
        }
        let version = self.next();
        self.insert(path, id, Entity { kind, properties: all, version, order: version, content: None })
    }

    /// The entity of an id.
    pub(crate) fn get(&self, path: &str, id: &str) -> Option<&Entity> {
        let collection = self.collections.get(path)?;
        collection.in_order.get(collection.order_of.get(id)?)
    }

    /// The entity of an id, to change it: its version moves on.
    pub(crate) fn get_mut(&mut self, path: &str, id: &str) -> Option<&mut Entity> {
        let version = self.next();
        let collection = self.collections.get_mut(path)?;
        let entity = collection.in_order.get_mut(collection.order_of.get(id)?)?;
        entity.version = version;
        Some(entity)
    }

    /// Sets the given properties of an entity and leaves the others.
    pub(crate) fn patch(&mut self, path: &str, id: &str, changes: Properties) -> Option<&Entity> {
        let entity = self.get_mut(path, id)?;
        for (name, value) in changes {
            if name != "id" {
                entity.properties.insert(name, value);
            }
        }
        Some(entity)
    }

    /// Takes an entity out of a collection; its own collections (`path/id/…`) stay until
    /// [`Store::remove_below`].
    pub(crate) fn remove(&mut self, path: &str, id: &str) -> Option<Entity> {
        let version = self.next();
        let collection = self.collections.get_mut(path)?;
        let order = collection.order_of.remove(id)?;
        let entity = collection.in_order.remove(&order)?;
        collection.remember_removal(version, id.to_owned());
        Some(entity)
    }

    /// Takes an entity and everything below it (`path/id/…`) away for good.
    pub(crate) fn purge(&mut self, path: &str, id: &str) -> Option<Entity> {
        let entity = self.remove(path, id)?;
        self.remove_below(&format!("{path}/{id}"));
        Some(entity)
    }

    /// Removes every collection at or below a path.
    pub(crate) fn remove_below(&mut self, path: &str) {
        for gone in self.paths_below(path) {
            self.collections.remove(&gone);
        }
    }

    /// Moves an entity to another collection, with everything below it and under the same id.
    pub(crate) fn relocate(&mut self, from: &str, id: &str, to: &str) -> Option<&mut Entity> {
        let mut entity = self.remove(from, id)?;
        let (old, new) = (format!("{from}/{id}"), format!("{to}/{id}"));
        for path in self.paths_below(&old) {
            if let (Some(collection), Some(rest)) = (self.collections.remove(&path), path.strip_prefix(&old)) {
                self.collections.insert(format!("{new}{rest}"), collection);
            }
        }
        entity.version = self.next();
        entity.order = entity.version;
        Some(self.insert(to, id.to_owned(), entity))
    }

    /// The entities of a path, oldest first; nothing where the collection does not exist.
    pub(crate) fn list<'s>(&'s self, path: &str) -> impl DoubleEndedIterator<Item = &'s Entity> + use<'s> {
        self.collections.get(path).into_iter().flat_map(Collection::entities)
    }

    /// How many entities a path has.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.collections.get(path).map_or(0, |collection| collection.in_order.len())
    }

    /// The collection of a path.
    pub(crate) fn collection(&self, path: &str) -> Option<&Collection> {
        self.collections.get(path)
    }

    /// Every path with its collection, sorted.
    pub(crate) fn collections(&self) -> impl Iterator<Item = (&str, &Collection)> {
        self.collections.iter().map(|(path, collection)| (path.as_str(), collection))
    }

    fn insert(&mut self, path: &str, id: String, entity: Entity) -> &mut Entity {
        let collection = self.collections.entry(path.to_owned()).or_default();
        let order = entity.order;
        if let Some(replaced) = collection.order_of.insert(id, order) {
            collection.in_order.remove(&replaced);
        }
        collection.in_order.entry(order).insert_entry(entity).into_mut()
    }

    fn paths_below(&self, path: &str) -> Vec<String> {
        let below = |candidate: &&String| {
            candidate.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.collections
            .range(path.to_owned()..)
            .map(|(candidate, _)| candidate)
            .take_while(|candidate| candidate.starts_with(path))
            .filter(below)
            .cloned()
            .collect()
    }

    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn store() -> Store {
        let mut store = Store::default();
        for id in ["a", "b", "c"] {
            store.create("users", "user", id.to_owned(), json!({"displayName": id}));
        }
        store.create("users/a/messages", "message", "m".to_owned(), json!({"subject": "hello"}));
        store.create("users/ab/messages", "message", "n".to_owned(), json!({"subject": "hello"}));
        store
    }

    #[test]
    fn a_collection_keeps_the_order_of_creation() {
        let mut store = store();
        store.patch("users", "a", object(json!({"displayName": "z"})));
        assert_eq!(store.list("users").map(Entity::id).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn purging_takes_what_is_below_and_nothing_beside() {
        let mut store = store();
        store.purge("users", "a");
        assert_eq!(store.count("users/a/messages"), 0);
        assert_eq!(store.count("users/ab/messages"), 1);
    }

    #[test]
    fn relocating_keeps_the_id_and_takes_the_children_along() {
        let mut store = store();
        store.relocate("users", "a", "deleted");
        assert!(store.get("users", "a").is_none());
        assert_eq!(store.get("deleted/a/messages", "m").map(|entity| entity.text("subject")), Some("hello"));
    }

    #[test]
    fn removals_are_known_since_a_version() {
        let mut store = store();
        let before = store.version();
        store.remove("users", "b");
        let collection = store.collection("users").expect("the collection");
        assert_eq!(collection.removed_since(before).expect("remembered").collect::<Vec<_>>(), ["b"]);
        assert_eq!(collection.removed_since(store.version()).expect("remembered").count(), 0);
    }
}
