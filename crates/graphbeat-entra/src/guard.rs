//! The port to what keeps refused sign-ins few: asked before each request that Entra may refuse as a sign-in,
//! and told how it ended. Every way to a token goes by it, so that no caller can forget it.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::{ExposeSecret as _, Timestamp};

use crate::{Credential, Identity, StoreFailure, TokenError};

/// What a person's sign-ins are counted by: a refresh token that is over must not keep its owner from signing
/// in again.
const PERSON: &str = "person-sign-in";

/// A sign-in that is about to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInAttempt {
    /// The account's name, whether or not there is such an account yet.
    pub account: Arc<str>,
    /// Cloud, tenant and application as one hash: Entra's wishes to wait are about them.
    pub application: Arc<str>,
    /// That, and what it signs in with: refusals are counted by it, and a mended secret starts afresh.
    pub credential: Arc<str>,
}

/// Why no sign-in may leave now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// What is in its way.
    pub by: HeldBackBy,
    /// The last code of Entra's about it; none where there was none.
    pub code: Option<String>,
    /// Until when.
    pub until: Timestamp,
}

/// What holds a sign-in back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBackBy {
    /// So many were refused in a short time, or cut off before their end was known.
    Refusals(usize),
    /// Entra asked to wait.
    Wait,
}

/// How a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInEnd {
    /// With a token.
    Good,
    /// Refused, with this code.
    Refused(String),
    /// Entra asks to wait, and may have said a code.
    Wait {
        /// Until when.
        until: Timestamp,
        /// The code.
        code: Option<String>,
    },
    /// Without Entra's word on it: the network failed, or it is not decided yet.
    Nothing,
}

/// Lets sign-ins pass, or not.
#[async_trait]
pub trait SignInGuard: Send + Sync {
    /// Room for one request, to be settled after it; none where nobody counts.
    ///
    /// # Errors
    /// [`TokenError::HeldBack`], or [`TokenError::Guard`] where it cannot count.
    async fn admit(&self, attempt: &SignInAttempt) -> Result<Option<Box<dyn SignInPass>>, TokenError>;
}

/// Room for one sign-in. One that is never settled counts as refused.
#[async_trait]
pub trait SignInPass: Send + Sync {
    /// Takes down how the sign-in ended.
    ///
    /// # Errors
    /// Where it cannot be kept.
    async fn settle(self: Box<Self>, end: SignInEnd) -> Result<(), StoreFailure>;
}

impl SignInAttempt {
    /// By the identity's own credential.
    #[must_use]
    pub fn by_credential(identity: &Identity) -> Self {
        Self::of(identity, &print(&identity.credential))
    }

    /// By a person, in a browser.
    #[must_use]
    pub fn by_person(identity: &Identity) -> Self {
        Self::of(identity, PERSON)
    }

    fn of(identity: &Identity, by: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (identity.login_authority(), &identity.tenant, identity.client_id).hash(&mut hasher);
        let application = format!("{:016x}", hasher.finish());
        Self {
            account: Arc::clone(&identity.account),
            credential: Arc::from(format!("{application} {by}")),
            application: Arc::from(application),
        }
    }
}

/// Of a secret, enough of a hash to see that it was changed, too little to test a guess with.
fn print(credential: &Credential) -> String {
    match credential {
        Credential::ClientSecret(secret) => {
            let mut hasher = DefaultHasher::new();
            secret.expose_secret().hash(&mut hasher);
            format!("{:04x}", hasher.finish() & 0xffff)
        }
        Credential::Certificate(certificate) => certificate.thumbprint().to_owned(),
        Credential::Federated(_) => "federated-token".to_owned(),
        Credential::Public => "refresh-token".to_owned(),
    }
}

impl SignInEnd {
    /// The end of a sign-in that brought no token.
    pub(crate) fn of(error: &TokenError) -> Self {
        let code = error.refusal().map(crate::Refusal::code_text);
        match (error.until(), code) {
            (Some(until), code) => Self::Wait { until, code },
            (None, Some(code)) => Self::Refused(code),
            (None, None) => Self::Nothing,
        }
    }
}

impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = self.until.strftime("%H:%M:%SZ");
        match (self.by, &self.code) {
            (HeldBackBy::Refusals(count), Some(code)) => {
                write!(f, "paused after {count} refused sign-ins ({code}) until {until}")
            }
            (HeldBackBy::Refusals(count), None) => {
                write!(
                    f,
                    "paused after {count} sign-ins that were cut off, so that nobody knows how they ended, until {until}"
                )
            }
            (HeldBackBy::Wait, Some(code)) => {
                write!(f, "Entra refused the sign-in ({code}), and is not asked before {until}")
            }
            (HeldBackBy::Wait, None) => write!(f, "Entra asks to wait until {until}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use graphbeat_base::SignedDuration;
    use graphbeat_http::TransportFault;
    use uuid::Uuid;

    use super::*;
    use crate::FailureClass;
    use crate::testing::{Scripted, World, application, noon, refused, text, token, user};

    #[test]
    fn refusals_are_counted_by_account_application_and_credential() {
        let one = application("s");
        let attempt = SignInAttempt::by_credential(&one);
        let of = |other: &Identity| SignInAttempt::by_credential(other);
        assert_eq!(of(&application("s")), attempt);
        assert_ne!(of(&application("t")).credential, attempt.credential);
        assert_eq!(of(&application("t")).application, attempt.application);
        let elsewhere = Identity { client_id: Uuid::nil(), ..one.clone() };
        assert_ne!(of(&elsewhere).application, attempt.application);
        assert_ne!(of(&Identity { tenant: Arc::from("other"), ..one }).application, attempt.application);
        assert_ne!(SignInAttempt::by_person(&user()).credential, of(&user()).credential);
    }

    #[tokio::test]
    async fn nothing_is_sent_past_the_guard_and_a_token_that_is_valid_is_used_meanwhile() {
        let world = World::new([token("old", 3600)]);
        let identity = application("s");
        world.token(&identity).await.expect("a token");
        let until = noon() + SignedDuration::from_hours(1);
        world.hold_back(HeldBack { by: HeldBackBy::Refusals(3), code: Some("AADSTS7000215".to_owned()), until });
        world.advance(3300);
        assert_eq!(world.token(&identity).await.expect("the old token"), "old");
        world.advance(300);
        let error = world.token(&identity).await.expect_err("no token");
        assert_eq!((error.class(), error.until()), (FailureClass::Locked, Some(until)));
        assert_eq!(error.to_string(), "paused after 3 refused sign-ins (AADSTS7000215) until 13:00:00Z");
        for error in [
            world.source.may_sign_in(&user()).await.expect_err("held back"),
            world.source.prove(&identity).await.expect_err("held back"),
        ] {
            assert!(matches!(error, TokenError::HeldBack(_)), "{error}");
        }
        assert_eq!(world.sent().len(), 1);
    }

    #[tokio::test]
    async fn the_guard_is_told_how_each_sign_in_ended() {
        let world = World::new([
            refused("invalid_client", 7_000_215),
            refused("invalid_grant", 50_053),
            text(429, &[], ""),
            Scripted::Fault(TransportFault::Reset),
            token("new", 3600),
        ]);
        for client in 1..=5 {
            let identity = Identity { client_id: Uuid::from_u128(client), ..application("s") };
            let _ = world.source.token(&identity, None).await;
        }
        let wait = |minutes, code: Option<&str>| SignInEnd::Wait {
            until: noon() + SignedDuration::from_mins(minutes),
            code: code.map(str::to_owned),
        };
        assert_eq!(
            world.ends(),
            [
                SignInEnd::Refused("AADSTS7000215".to_owned()),
                wait(15, Some("AADSTS50053")),
                wait(1, None),
                SignInEnd::Nothing,
                SignInEnd::Good,
            ]
        );
    }
}
