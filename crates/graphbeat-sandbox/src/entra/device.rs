//! Device codes: what a device shows, what a person approves elsewhere, what the device then redeems.

use std::collections::BTreeMap;

use graphbeat_base::{Rng, SignedDuration, Timestamp};
use uuid::Uuid;

use super::claims::Requested;
use super::error::EntraError;

/// How many device codes are kept; the oldest go first.
const CODES_MAX: usize = 10_000;
/// How long a code can be approved and redeemed.
pub(crate) const CODE_LIFE: SignedDuration = SignedDuration::from_secs(900);
/// How often a device may ask.
pub(crate) const POLL_INTERVAL_S: u64 = 5;
const USER_CODE_LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const USER_CODE_LENGTH: usize = 9;
/// More bits than anybody guesses.
const DEVICE_CODE_BYTES: usize = 64;

/// One sign-in that waits for a person.
#[derive(Clone, Debug)]
pub(crate) struct DeviceCode {
    pub(crate) client_id: Uuid,
    pub(crate) scope: String,
    pub(crate) claims: Requested,
    pub(crate) user_code: String,
    pub(crate) expires: Timestamp,
    pub(crate) state: DeviceState,
}

/// What the person has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceState {
    Pending,
    /// `mfa`: the person also passed a second factor.
    Approved {
        user_id: Uuid,
        mfa: bool,
        /// The user's generation of sessions then.
        generation: u32,
    },
    Declined,
    Redeemed,
}

/// All of them, by the order of their making.
#[derive(Debug)]
pub(crate) struct DeviceCodes {
    rng: Rng,
    next: u64,
    codes: BTreeMap<u64, (String, DeviceCode)>,
}

impl DeviceCodes {
    /// None yet.
    pub(crate) fn new(rng: Rng) -> Self {
        Self { rng, next: 0, codes: BTreeMap::new() }
    }

    /// A new code; gives the device code and the user code.
    pub(crate) fn create(
        &mut self,
        client_id: Uuid,
        (scope, claims): (&str, Requested),
        now: Timestamp,
    ) -> (String, String) {
        if self.codes.len() >= CODES_MAX {
            self.codes.pop_first();
        }
        let user_code: String =
            (0..USER_CODE_LENGTH).filter_map(|_| self.rng.pick(USER_CODE_LETTERS).copied()).map(char::from).collect();
        let mut secret = [0; DEVICE_CODE_BYTES];
        self.rng.fill(&mut secret);
        let device_code = format!("{}{}", user_code.get(..1).unwrap_or_default(), super::base64url(&secret));
        let expires = now.checked_add(CODE_LIFE).unwrap_or(Timestamp::MAX);
        let code = DeviceCode {
            client_id,
            scope: scope.to_owned(),
            claims,
            user_code: user_code.clone(),
            expires,
            state: DeviceState::Pending,
        };
        self.codes.insert(self.next, (device_code.clone(), code));
        self.next += 1;
        (device_code, user_code)
    }

    /// The code that a person types, while it can be approved.
    pub(crate) fn by_user_code(&mut self, typed: &str, now: Timestamp) -> Option<&mut DeviceCode> {
        let typed: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
        self.codes.values_mut().map(|(_, code)| code).rev().find(|code| {
            code.user_code.eq_ignore_ascii_case(&typed) && code.expires > now && code.state == DeviceState::Pending
        })
    }

    /// What the device gets for its code now; an approved code can be redeemed once.
    pub(crate) fn redeem(
        &mut self,
        device_code: &str,
        client_id: Uuid,
        now: Timestamp,
    ) -> Result<Redeemed, EntraError> {
        let bad = || {
            EntraError::new(
                "bad_verification_code",
                70018,
                "Invalid verification code due to User typing in wrong user code for device code flow, or the device code is unknown.",
            )
        };
        let (_, code) = self.codes.values_mut().rev().find(|(own, _)| own == device_code).ok_or_else(bad)?;
        if code.client_id != client_id || code.state == DeviceState::Redeemed {
            return Err(bad());
        }
        match code.state {
            DeviceState::Declined => Err(EntraError::new(
                "authorization_declined",
                70020,
                "The end-user declined the authorization request.",
            )),
            _ if code.expires <= now => Err(EntraError::new(
                "expired_token",
                70019,
                "Verification code expired. Have the user retry the sign-in.",
            )),
            DeviceState::Approved { user_id, mfa, generation } => {
                code.state = DeviceState::Redeemed;
                Ok(Redeemed { user_id, mfa, generation, scope: code.scope.clone() })
            }
            DeviceState::Pending | DeviceState::Redeemed => Err(EntraError::new(
                "authorization_pending",
                70016,
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
            )),
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.codes.clear();
    }
}

/// Who approved, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redeemed {
    pub(crate) user_id: Uuid,
    pub(crate) mfa: bool,
    pub(crate) generation: u32,
    pub(crate) scope: String,
}
