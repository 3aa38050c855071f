//! Who signs in on a page, and whether they may.

use graphbeat_base::Timestamp;

use super::admission::{
    Way, check_account, check_address, check_lock, check_policies, needs_second_factor, second_factor_missing,
};
use super::claims::Requested;
use super::error::EntraError;
use super::form::Form;
use super::page::find_user;
use crate::tenant::{Tenant, UserCard};
use crate::world::{World, read, write};

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
    /// Which of the user's generations of sessions this one is of.
    pub(super) generation: u32,
}

impl Person {
    /// The same person once they have passed the second factor that these claims ask for.
    pub(super) fn proving(self, tenant: &Tenant, claims: Requested) -> Result<Self, EntraError> {
        let sign_in = tenant.identity.sign_in(self.card.id);
        match claims.context {
            Some(_) if !sign_in.mfa_registered => Err(second_factor_missing(sign_in)),
            context => Ok(Self { mfa: self.mfa || context.is_some(), ..self }),
        }
    }
}

/// The person that a submitted page names, unless their password is wrong or their account refuses them.
pub(super) fn person(world: &World, form: &Form, way: Way, now: Timestamp) -> Result<Person, EntraError> {
    let name = form.get("user_id").or_else(|| form.get("login")).ok_or_else(|| EntraError::missing("user_id"))?;
    check_address(&read(&world.tenant))?;
    let card = find_user(world, name).ok_or_else(|| unknown(world, name))?;
    if let Some(password) = form.get("password") {
        check_password(world, &card, password, now)?;
    }
    admitted(&read(&world.tenant), card, way, now)
}

/// The person of an account that lets them in; a second factor that was set up is passed.
pub(super) fn admitted(tenant: &Tenant, card: UserCard, way: Way, now: Timestamp) -> Result<Person, EntraError> {
    let sign_in = tenant.identity.sign_in(card.id);
    check_account(sign_in, now)?;
    let mfa = needs_second_factor(tenant, sign_in, way);
    if mfa && !sign_in.mfa_registered {
        return Err(second_factor_missing(sign_in));
    }
    check_policies(tenant, way)?;
    let is_administrator = may_consent_for_all(&card);
    Ok(Person { card, mfa, is_administrator, generation: sign_in.generation })
}

/// Whether somebody may consent for the whole tenant.
pub(super) fn may_consent_for_all(card: &UserCard) -> bool {
    card.roles.iter().any(|role| CONSENTING_ROLES.contains(&&**role))
}

/// Compares a password; the account counts the wrong ones.
pub(super) fn check_password(world: &World, card: &UserCard, password: &str, now: Timestamp) -> Result<(), EntraError> {
    let mut tenant = write(&world.tenant);
    let sign_in = tenant.identity.sign_ins.entry(card.id).or_default();
    check_lock(*sign_in, now)?;
    if sign_in.try_password(password, now) {
        return Ok(());
    }
    let message = "Error validating credentials due to invalid username or password.";
    Err(EntraError::new("invalid_grant", 50126, message))
}

/// Nobody of the tenant has this name.
pub(super) fn unknown(world: &World, name: &str) -> EntraError {
    let tenant = read(&world.tenant).id;
    EntraError::new(
        "invalid_grant",
        50034,
        format!(
            "The user account {name} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."
        ),
    )
}
