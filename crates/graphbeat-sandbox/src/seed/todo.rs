//! Task lists: "Tasks", flagged mail, and a shopping list.

use graphbeat_base::SignedDuration;
use serde_json::json;

use super::Seeding;
use super::words::{CHORES, SHOPPING};
use crate::objects::{place, todo, zone};
use crate::tenant::ids;
use crate::tenant::store::{Properties, object};

impl Seeding<'_> {
    pub(super) fn tasks(&mut self) {
        let main = self.task_list("Tasks", "defaultList");
        self.task_list("Flagged Emails", "flaggedEmails");
        let shopping = self.task_list("Shopping", "none");
        for (number, chore) in CHORES.iter().enumerate() {
            let mut given =
                object(json!({"title": chore.title, "status": chore.status, "importance": chore.importance}));
            if number == 0 {
                let due = self.now.checked_add(SignedDuration::from_hours(72)).unwrap_or(self.now);
                given.insert("dueDateTime".to_owned(), zone::in_utc(due));
            }
            let task = self.task(&main, &given);
            let steps = format!("{}/{task}/checklistItems", place::tasks(&self.owner.id, &main));
            for step in chore.steps {
                let (id, made) = (self.rng.uuid().to_string(), self.now);
                let item = todo::checklist_item(&object(json!({"displayName": step})), made);
                self.create(&steps, "checklistItem", id, item);
            }
        }
        for title in SHOPPING {
            self.task(&shopping, &object(json!({"title": title})));
        }
    }

    fn task_list(&mut self, name: &str, well_known: &str) -> String {
        let (path, id) = (place::task_lists(&self.owner.id), ids::outlook(self.rng));
        self.create(&path, "todoTaskList", id.clone(), todo::list(name, well_known));
        id
    }

    fn task(&mut self, list: &str, given: &Properties) -> String {
        let (path, id) = (place::tasks(&self.owner.id, list), ids::outlook(self.rng));
        let task = todo::task(given, self.ago(6_000));
        self.create(&path, "todoTask", id.clone(), task);
        id
    }
}
