//! The tenant: everything that a directory and its services hold.

use graphbeat_base::{Rng, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::identity::Identity;

/// One tenant in memory.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// The tenant's id.
    pub(crate) id: Uuid,
    /// Its first domain, `….onmicrosoft.com`.
    pub(crate) domain: String,
    /// Applications and how users may sign in.
    pub(crate) identity: Identity,
}

/// What signing in shows of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserCard {
    pub(crate) id: Uuid,
    pub(crate) upn: String,
    pub(crate) display_name: String,
}

/// A change of a user by the control API; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserChange {
    /// `accountEnabled`; the sign-in half is in [`Identity`].
    pub(crate) enabled: Option<bool>,
    /// SKU ids or part numbers.
    pub(crate) licenses: Option<Vec<String>>,
    /// Directory role names or template ids.
    pub(crate) roles: Option<Vec<String>>,
    /// Whether mailbox and drive exist yet.
    pub(crate) provisioned: Option<bool>,
}

/// Why the control API could not change a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UserChangeError {
    #[error("no user has this id")]
    User,
    #[error("`{0}` is no licence of this tenant")]
    License(String),
    #[error("`{0}` is no directory role")]
    Role(String),
}

impl Tenant {
    /// The tenant that follows from a seed.
    pub(crate) fn seeded(seed: u64, _users: usize, now: Timestamp) -> Self {
        let mut rng = Rng::seeded(seed);
        let id = rng.uuid();
        Self { id, domain: "contoso.onmicrosoft.com".to_owned(), identity: Identity::seeded(&mut rng, now) }
    }

    /// Every user that exists, in the order of their making: the first is the global administrator.
    pub(crate) fn users(&self) -> Vec<UserCard> {
        Vec::new()
    }

    /// The user with this id.
    pub(crate) fn user(&self, _id: Uuid) -> Option<UserCard> {
        None
    }

    /// Changes a user for the control API.
    pub(crate) fn change_user(&mut self, _id: Uuid, _change: &UserChange) -> Result<(), UserChangeError> {
        Err(UserChangeError::User)
    }

    /// The tenant's content for `/_sandbox/state`.
    pub(crate) fn dump(&self) -> Value {
        json!({})
    }
}
