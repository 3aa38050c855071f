//! Whether a person may sign in or go on: the account, the tenant's policies, the second factor.
//!
//! One order of checks for the pages, the device code, the authorization code, the refresh and the password.

use graphbeat_base::Timestamp;

use super::error::EntraError;
use super::refresh::Session;
use crate::identity::UserSignIn;
use crate::standing::ConditionalAccess;
use crate::tenant::{Tenant, UserCard};

/// How a person comes to tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On the sign-in page, or with a code from there.
    Page,
    DeviceCode,
    Refresh,
    /// With the password in the request.
    Password,
}

/// Refuses an address that is known for attacks.
pub(super) fn check_address(tenant: &Tenant) -> Result<(), EntraError> {
    if !tenant.identity.policies.blocked_address {
        return Ok(());
    }
    let message = "Sign-in was blocked because it came from an IP address with malicious activity.";
    Err(EntraError::new("invalid_grant", 50053, message))
}

/// Refuses an account that is off, locked, or whose password is over.
pub(super) fn check_account(sign_in: UserSignIn, now: Timestamp) -> Result<(), EntraError> {
    if !sign_in.enabled {
        return Err(EntraError::new("invalid_grant", 50057, "The user account is disabled."));
    }
    check_lock(sign_in, now)?;
    if sign_in.password_expired {
        return Err(EntraError::new("invalid_grant", 50055, "The password is expired."));
    }
    Ok(())
}

/// Refuses a locked account.
pub(super) fn check_lock(sign_in: UserSignIn, now: Timestamp) -> Result<(), EntraError> {
    if sign_in.locked_until(now).is_none() {
        return Ok(());
    }
    let message =
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.";
    Err(EntraError::new("invalid_grant", 50053, message))
}

/// Whether a second factor is demanded of a user.
pub(super) fn needs_second_factor(tenant: &Tenant, sign_in: UserSignIn, way: Way) -> bool {
    let by_policy = tenant.identity.policies.conditional_access == ConditionalAccess::Mfa;
    sign_in.mfa || by_policy || (way == Way::Password && tenant.has_security_defaults())
}

/// Refuses what the tenant's conditional access refuses.
pub(super) fn check_policies(tenant: &Tenant, way: Way) -> Result<(), EntraError> {
    match tenant.identity.policies.conditional_access {
        ConditionalAccess::Off | ConditionalAccess::Mfa => Ok(()),
        ConditionalAccess::BlockDeviceCode if way != Way::DeviceCode => Ok(()),
        ConditionalAccess::Block | ConditionalAccess::BlockDeviceCode => Err(EntraError::new(
            "invalid_grant",
            53003,
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        )),
        ConditionalAccess::CompliantDevice => Err(EntraError::new(
            "invalid_grant",
            53000,
            "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant. The user must enroll their device with an approved MDM provider like Intune.",
        )),
    }
}

/// The refusal of a sign-in without the second factor that is demanded.
pub(super) fn second_factor_missing(sign_in: UserSignIn) -> EntraError {
    let (code, message) = if sign_in.mfa_registered {
        (
            50076,
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
        )
    } else {
        (
            50079,
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
        )
    };
    EntraError::new("interaction_required", code, message)
}

/// The user of a session, unless something has happened to either since it began.
pub(super) fn check_session(
    tenant: &Tenant,
    session: &Session,
    way: Way,
    now: Timestamp,
) -> Result<UserCard, EntraError> {
    let user = tenant.user(session.user_id).ok_or_else(deleted)?;
    let sign_in = tenant.identity.sign_in(user.id);
    if way == Way::Refresh {
        check_enabled(sign_in)?;
    } else {
        check_account(sign_in, now)?;
    }
    session.check(sign_in, &tenant.identity.policies, now)?;
    if needs_second_factor(tenant, sign_in, way) && !session.mfa {
        return Err(second_factor_missing(sign_in));
    }
    check_policies(tenant, way)?;
    Ok(user)
}

/// A password that is over, or a lock, does not end a session; a disabled account does.
fn check_enabled(sign_in: UserSignIn) -> Result<(), EntraError> {
    if sign_in.enabled {
        return Ok(());
    }
    Err(EntraError::new("invalid_grant", 50057, "The user account is disabled."))
}

fn deleted() -> EntraError {
    EntraError::new(
        "invalid_grant",
        500_341,
        "The user account has been deleted from the directory. To sign into this application, the account must be added to the directory.",
    )
}
