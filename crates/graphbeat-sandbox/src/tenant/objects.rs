//! Users and deleted objects, with what hangs on them: names, sign-in flags, memberships.

use graphbeat_base::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Tenant;
use super::ids::stamp;
use super::store::{Entity, Properties};

/// Where deleted objects wait.
const DELETED: &str = "directory/deletedItems";

impl Tenant {
    /// Adds a user.
    pub(crate) fn add_user(&mut self, properties: Properties) -> &Entity {
        let id = self.rng.uuid().to_string();
        let name = properties.get("userPrincipalName").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        self.by_name.insert(name, id.clone());
        self.store.create("users", "user", id, Value::Object(properties))
    }

    /// Sets properties of a user, and the sign-in flag that follows from `accountEnabled`.
    pub(crate) fn update_user(&mut self, id: &str, changes: Properties) {
        if let Some(name) = changes.get("userPrincipalName").and_then(Value::as_str) {
            self.by_name.retain(|_, known| known != id);
            self.by_name.insert(name.to_lowercase(), id.to_owned());
        }
        if let Some(enabled) = changes.get("accountEnabled").and_then(Value::as_bool)
            && let Ok(id) = id.parse::<Uuid>()
        {
            self.identity.sign_ins.entry(id).or_default().enabled = enabled;
        }
        self.store.patch("users", id, changes);
    }

    /// Puts a user into the directory's bin.
    pub(crate) fn delete_user(&mut self, id: &str, now: Timestamp) {
        self.by_name.retain(|_, known| known != id);
        self.delete_object("users", id, now);
    }

    /// Puts an object into the directory's bin.
    pub(crate) fn delete_object(&mut self, path: &str, id: &str, now: Timestamp) -> Option<()> {
        let entity = self.store.relocate(path, id, DELETED)?;
        entity.properties.insert("deletedDateTime".to_owned(), Value::String(stamp(now)));
        Some(())
    }

    /// Takes a deleted object away for good, with its memberships.
    pub(crate) fn purge_deleted(&mut self, id: &str) -> Option<()> {
        self.store.purge(DELETED, id)?;
        self.store.purge("teams", id);
        let drives: Vec<String> =
            self.store.list("drives").filter(|it| it.text("_group") == id).map(|it| it.id().to_owned()).collect();
        for drive in drives {
            self.store.purge("drives", &drive);
        }
        let groups: Vec<String> = self.store.list("groups").map(|group| group.id().to_owned()).collect();
        for group in groups {
            self.store.remove(&format!("groups/{group}/members"), id);
            self.store.remove(&format!("groups/{group}/owners"), id);
        }
        if let Some(application) =
            self.identity.applications.iter().position(|it| it.deleted && it.object_id.to_string() == id)
        {
            self.identity.applications.remove(application);
        }
        Some(())
    }

    /// Takes an object out of the bin, back to where it was.
    pub(crate) fn restore(&mut self, id: &str) -> Option<Entity> {
        let path = match self.store.get(DELETED, id)?.kind {
            "user" => "users",
            "group" => "groups",
            "administrativeUnit" => "directory/administrativeUnits",
            _ => "applications",
        };
        let entity = self.store.relocate(DELETED, id, path)?;
        entity.properties.shift_remove("deletedDateTime");
        let entity = entity.clone();
        if entity.kind == "user" {
            self.by_name.insert(entity.text("userPrincipalName").to_lowercase(), id.to_owned());
        }
        for application in self.identity.applications.iter_mut().filter(|it| it.object_id.to_string() == id) {
            application.deleted = false;
        }
        Some(entity)
    }
}
