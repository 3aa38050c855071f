//! How each user may sign in, and what the tenant demands of every sign-in.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use graphbeat_base::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

/// Every user's password until it is changed.
pub(crate) const FIRST_PASSWORD: &str = "sandbox";
/// Wrong passwords in a row after which an account locks itself.
const WRONG_PASSWORDS_MAX: u32 = 10;
/// How long the first lock holds; each further one holds twice as long.
const LOCK_FIRST: SignedDuration = SignedDuration::from_secs(60);
/// How often a lock doubles.
const DOUBLINGS_MAX: u32 = 6;

/// How a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UserSignIn {
    pub(crate) enabled: bool,
    /// A second factor is demanded.
    pub(crate) mfa: bool,
    /// The user has set a second factor up.
    pub(crate) mfa_registered: bool,
    pub(crate) password_expired: bool,
    /// Counts what ended all sessions of the user: revocations and changes of the password.
    pub(crate) generation: u32,
    /// When that was last.
    pub(crate) valid_from: Option<Timestamp>,
    /// The password's hash; `None` for [`FIRST_PASSWORD`].
    password: Option<[u8; 32]>,
    wrong_passwords: u32,
    locks: u32,
    locked_until: Option<Timestamp>,
}

impl Default for UserSignIn {
    fn default() -> Self {
        Self {
            enabled: true,
            mfa: false,
            mfa_registered: true,
            password_expired: false,
            generation: 0,
            valid_from: None,
            password: None,
            wrong_passwords: 0,
            locks: 0,
            locked_until: None,
        }
    }
}

impl UserSignIn {
    /// Ends every session: refresh tokens are over, and so are access tokens of clients that listen.
    pub(crate) fn revoke(&mut self, now: Timestamp) {
        self.generation = self.generation.wrapping_add(1);
        self.valid_from = Some(now);
    }

    /// A new password ends every session too.
    pub(crate) fn set_password(&mut self, password: &str, now: Timestamp) {
        self.password = Some(hash(password));
        self.password_expired = false;
        self.revoke(now);
    }

    /// Whether a password is right; wrong ones are counted, and too many lock the account.
    pub(crate) fn try_password(&mut self, password: &str, now: Timestamp) -> bool {
        let own = self.password.unwrap_or_else(|| hash(FIRST_PASSWORD));
        if verify_slices_are_equal(&own, &hash(password)).is_ok() {
            self.unlock();
            return true;
        }
        self.wrong_passwords = self.wrong_passwords.saturating_add(1);
        // Once it was locked, a single further mistake is enough.
        if self.locks > 0 || self.wrong_passwords >= WRONG_PASSWORDS_MAX {
            self.lock(now);
        }
        false
    }

    /// Until when nobody can sign in, whatever the password.
    pub(crate) fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.filter(|until| now < *until)
    }

    /// Locks the account, each time for longer.
    pub(crate) fn lock(&mut self, now: Timestamp) {
        let life = LOCK_FIRST.checked_mul(1_i32 << self.locks.min(DOUBLINGS_MAX)).unwrap_or(LOCK_FIRST);
        self.locks = self.locks.saturating_add(1);
        self.locked_until = Some(now.checked_add(life).unwrap_or(Timestamp::MAX));
    }

    /// Forgets locks and mistakes.
    pub(crate) fn unlock(&mut self) {
        (self.wrong_passwords, self.locks, self.locked_until) = (0, 0, None);
    }
}

/// What the tenant demands of a sign-in, set by the control API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    pub(crate) conditional_access: ConditionalAccess,
    /// After this time a person has to sign in anew.
    pub(crate) sign_in_frequency_s: Option<u32>,
    /// The client's address is known for attacks.
    pub(crate) blocked_address: bool,
    /// What Graph demands of every token: the sign-in behind it must have met this context's policy.
    pub(crate) authentication_context: Option<AuthenticationContext>,
    /// The cloud that the tenant lives in; any, where it is not said.
    pub(crate) cloud: Option<Cloud>,
}

/// The conditional-access policy that is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConditionalAccess {
    /// None.
    #[default]
    Off,
    /// Everybody needs a second factor.
    Mfa,
    /// Nobody gets a token.
    Block,
    /// Nobody signs in by device code.
    BlockDeviceCode,
    /// A managed device is needed, which no client of the sandbox is.
    CompliantDevice,
}

/// A context of conditional access, `c1` to `c99`, whose policy is a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuthenticationContext(u8);

impl AuthenticationContext {
    /// The context of this id.
    pub(crate) fn read(id: &str) -> Option<Self> {
        let number = id.strip_prefix('c').filter(|number| !number.starts_with(['0', '+']))?;
        number.parse().ok().filter(|number| (1..=99).contains(number)).map(Self)
    }

    /// The parameter `claims` that asks for it.
    pub(crate) fn claims(self) -> String {
        json!({ "access_token": { "acrs": { "essential": true, "value": self } } }).to_string()
    }
}

impl Serialize for AuthenticationContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("c{}", self.0))
    }
}

impl<'de> Deserialize<'de> for AuthenticationContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::read(&id).ok_or_else(|| D::Error::custom("an authentication context is `c1` to `c99`"))
    }
}

/// A cloud with sign-in hosts of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cloud {
    Global,
    UsGov,
    China,
}

impl Cloud {
    /// The cloud of a sign-in host; `None` for the sandbox's own addresses.
    pub(crate) fn of_host(host: &str) -> Option<Self> {
        match host {
            "login.microsoftonline.us" => Some(Self::UsGov),
            "login.partner.microsoftonline.cn" | "login.chinacloudapi.cn" => Some(Self::China),
            _ if host.starts_with("login.") => Some(Self::Global),
            _ => None,
        }
    }
}

fn hash(password: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, password.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn ten_wrong_passwords_lock_and_each_lock_is_longer() {
        let mut user = UserSignIn::default();
        for _ in 0..9 {
            assert!(!user.try_password("wrong", at(0)));
        }
        assert_eq!(user.locked_until(at(0)), None);
        user.try_password("wrong", at(0));
        assert_eq!((user.locked_until(at(59)), user.locked_until(at(60))), (Some(at(60)), None));
        user.try_password("wrong", at(60));
        assert_eq!(user.locked_until(at(60)), Some(at(180)));
    }

    #[test]
    fn the_right_password_forgives_the_wrong_ones_before() {
        let mut user = UserSignIn::default();
        for _ in 0..9 {
            user.try_password("wrong", at(0));
        }
        assert!(user.try_password(FIRST_PASSWORD, at(0)));
        assert!(!user.try_password("wrong", at(0)) && user.locked_until(at(0)).is_none());
    }

    #[test]
    fn a_new_password_replaces_the_first_and_ends_the_sessions() {
        let mut user = UserSignIn::default();
        user.set_password("other", at(5));
        assert!(user.try_password("other", at(5)) && !user.try_password(FIRST_PASSWORD, at(5)));
        assert_eq!((user.generation, user.valid_from), (1, Some(at(5))));
    }
}
