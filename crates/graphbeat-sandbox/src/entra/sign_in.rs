//! Who signs in on a page, and whether they may.

use super::error::EntraError;
use super::form::Form;
use super::page::find_user;
use crate::identity::UserSignIn;
use crate::tenant::UserCard;
use crate::world::{World, read};

/// Global Administrator, Privileged Role Administrator: who may consent for everybody.
const CONSENTING_ROLES: [&str; 2] = ["62e90394-69f5-4237-9190-012177145e10", "e8611ab8-c189-46e8-94e1-60213ab1f814"];

/// A person who signed in on a page.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) card: UserCard,
    /// Whether they passed a second factor: whoever has to, does.
    pub(super) mfa: bool,
    /// Whether they may consent for the whole tenant.
    pub(super) is_administrator: bool,
}

/// The person that a submitted page names, unless their account refuses them.
pub(super) fn person(world: &World, form: &Form) -> Result<Person, EntraError> {
    let name = form.get("user_id").or_else(|| form.get("login")).ok_or_else(|| EntraError::missing("user_id"))?;
    let card = find_user(world, name).ok_or_else(|| {
        EntraError::new("invalid_grant", 50034, format!("The user account {name} does not exist in the directory."))
    })?;
    let tenant = read(&world.tenant);
    let UserSignIn { enabled, password_expired, mfa } = tenant.identity.sign_in(card.id);
    if !enabled {
        return Err(EntraError::new("invalid_grant", 50057, "The user account is disabled."));
    }
    if password_expired {
        return Err(EntraError::new("invalid_grant", 50055, "The password is expired."));
    }
    let roles = tenant.user_entity(&card.id.to_string()).and_then(|user| user.get("_roles").as_array());
    let is_administrator =
        roles.into_iter().flatten().filter_map(|role| role.as_str()).any(|role| CONSENTING_ROLES.contains(&role));
    Ok(Person { card, mfa, is_administrator })
}
