//! A user's own content: mailbox, calendar, contacts, tasks, drive and notes.
//!
//! It is made when the user is first looked at (for a small tenant, at the start), from a generator of
//! the user's own, so that it is the same whoever is looked at first. It must draw from the generator
//! that is handed in, never from the tenant's, and must touch nothing but the user's own collections.

use graphbeat_base::Rng;

use super::Tenant;

/// Makes the content of a licensed, provisioned user.
pub(super) fn content(_tenant: &mut Tenant, _rng: &mut Rng, _user_id: &str) {}
