//! A user's own content: mailbox, calendar, contacts, tasks, drive and notes.
//!
//! It is made when the user is first looked at (for a small tenant, at the start), from a generator of
//! the user's own, so that it is the same whoever is looked at first. It must draw from the generator
//! that is handed in, never from the tenant's, and must touch nothing but the user's own collections.

use graphbeat_base::Rng;

use super::Tenant;
use crate::objects::Person;
use crate::seed::Seeding;

/// Those who write to a user and meet them.
const COLLEAGUES: u64 = 8;

/// Makes the content of a licensed, provisioned user.
pub(super) fn content(tenant: &mut Tenant, rng: &mut Rng, user_id: &str) {
    let owner = tenant.person(user_id);
    let colleagues = colleagues(tenant, rng, &owner);
    let now = tenant.seeded_at;
    Seeding { store: &mut tenant.store, rng, now, owner: &owner, colleagues: &colleagues }.everything();
}

/// Some of the other people, drawn by chance.
fn colleagues(tenant: &Tenant, rng: &mut Rng, owner: &Person) -> Vec<Person> {
    let ids: Vec<&str> = tenant.store.list("users").map(|user| user.id()).filter(|id| *id != owner.id).collect();
    (0..COLLEAGUES).filter_map(|_| rng.pick(&ids).map(|id| tenant.person(id))).collect()
}
