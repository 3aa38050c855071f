//! What a user of a new tenant already has: mail, appointments, contacts, tasks, files and notes that
//! look like somebody's work. It follows from the seed alone.

mod calendar;
mod contacts;
mod drive;
mod mail;
mod onenote;
mod small_files;
mod todo;
mod words;

use graphbeat_base::{Rng, SignedDuration, Timestamp};
use serde_json::Value;

use crate::objects::Person;
use crate::tenant::store::{Entity, Properties, Store};

/// Whose content is made, for whom and when.
pub(crate) struct Seeding<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) rng: &'a mut Rng,
    pub(crate) now: Timestamp,
    pub(crate) owner: &'a Person,
    /// Those who write to the owner and meet them; may be empty.
    pub(crate) colleagues: &'a [Person],
}

impl Seeding<'_> {
    /// Fills mailbox, drive and notebooks.
    pub(crate) fn everything(&mut self) {
        self.mailbox();
        self.calendars();
        self.contacts();
        self.tasks();
        self.drive();
        self.notebooks();
    }

    fn create(&mut self, path: &str, kind: &'static str, id: String, properties: Properties) -> &mut Entity {
        self.store.create(path, kind, id, Value::Object(properties))
    }

    /// A moment so many minutes before now.
    fn ago(&self, minutes: u64) -> Timestamp {
        let back = SignedDuration::from_mins(i64::try_from(minutes).unwrap_or(0));
        self.now.checked_sub(back).unwrap_or(self.now)
    }

    /// One of the colleagues, or the owner where there are none.
    fn colleague(&mut self) -> Person {
        self.rng.pick(self.colleagues).unwrap_or(self.owner).clone()
    }

    fn first_name(&self) -> String {
        self.owner.name.split(' ').next().unwrap_or_default().to_owned()
    }
}
