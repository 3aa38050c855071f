//! Users as the sign-in pages and the control API see them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Tenant;
use super::directory::{ROLES, license_of};
use super::store::Entity;

/// What signing in shows of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserCard {
    pub(crate) id: Uuid,
    pub(crate) upn: String,
    pub(crate) display_name: String,
    /// The templates of the directory roles that they hold.
    pub(crate) roles: Vec<String>,
}

/// A change of a user by the control API; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserChange {
    /// `accountEnabled`; the sign-in half is in [`crate::identity::Identity`].
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
    /// No such user.
    #[error("no user has this id")]
    User,
    /// No such SKU.
    #[error("`{0}` is no licence of this tenant")]
    License(String),
    /// No such role.
    #[error("`{0}` is no directory role")]
    Role(String),
}

impl Tenant {
    /// Every user that exists, in the order of their making: the first is the global administrator.
    pub(crate) fn users(&self) -> Vec<UserCard> {
        self.store.list("users").filter_map(card).collect()
    }

    /// The user with this id.
    pub(crate) fn user(&self, id: Uuid) -> Option<UserCard> {
        self.user_entity(&id.to_string()).and_then(card)
    }

    /// Changes a user for the control API; all of it or, on an error, nothing.
    pub(crate) fn change_user(&mut self, id: Uuid, change: &UserChange) -> Result<(), UserChangeError> {
        let id = id.to_string();
        let licenses = change.licenses.as_ref().map(|all| all.iter().map(|key| license(key)).collect()).transpose()?;
        let roles = change.roles.as_ref().map(|all| all.iter().map(|key| role(key)).collect()).transpose()?;
        let user = self.store.get_mut("users", &id).ok_or(UserChangeError::User)?;
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                user.properties.insert(name.to_owned(), value);
            }
        };
        set("accountEnabled", change.enabled.map(Value::Bool));
        set("assignedLicenses", licenses.map(Value::Array));
        set("_roles", roles.map(Value::Array));
        set("_provisioned", change.provisioned.map(Value::Bool));
        Ok(())
    }
}

fn license(key: &str) -> Result<Value, UserChangeError> {
    let sku = license_of(key).ok_or_else(|| UserChangeError::License(key.to_owned()))?;
    Ok(json!({"disabledPlans": [], "skuId": sku}))
}

/// The template id of a role's name or template id.
fn role(key: &str) -> Result<Value, UserChangeError> {
    let is_it = |role: &&(&str, &str, &str)| role.0 == key || role.1.eq_ignore_ascii_case(key);
    let role = ROLES.iter().find(is_it).ok_or_else(|| UserChangeError::Role(key.to_owned()))?;
    Ok(Value::String(role.0.to_owned()))
}

fn card(user: &Entity) -> Option<UserCard> {
    Some(UserCard {
        id: user.id().parse().ok()?,
        upn: user.text("userPrincipalName").to_owned(),
        display_name: user.text("displayName").to_owned(),
        roles: user
            .get("_roles")
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|role| role.as_str().map(str::to_owned))
            .collect(),
    })
}
