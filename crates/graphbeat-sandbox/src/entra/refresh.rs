//! Refresh tokens: sealed, so that the sandbox keeps none of them and each stays valid beside its successors.

use aws_lc_rs::hmac;
use graphbeat_base::{Rng, SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::EntraError;
use super::{assertion, base64url};
use crate::identity::UserSignIn;
use crate::standing::Policies;

/// How long a refresh token lives without use.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How long one of a single-page application lives, however often it is used.
const SPA_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// What a refresh token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) client_id: Uuid,
    pub(crate) user_id: Uuid,
    /// The scopes that the person agreed to.
    pub(crate) scope: String,
    /// Whether a second factor was passed.
    pub(crate) mfa: bool,
    pub(crate) issued: Timestamp,
    /// When the person signed in.
    pub(crate) started: Timestamp,
    /// The user's generation of sessions then.
    pub(crate) generation: u32,
    /// Given to a single-page application.
    pub(crate) spa: bool,
}

impl Session {
    /// Whether nothing has ended it: a revocation, its age, the tenant's sign-in frequency.
    pub(super) fn check(&self, sign_in: UserSignIn, policies: &Policies, now: Timestamp) -> Result<(), EntraError> {
        if self.generation != sign_in.generation {
            return Err(self.revoked(sign_in.valid_from.unwrap_or(now)));
        }
        let is_over = |life: SignedDuration, since: Timestamp| now >= since.checked_add(life).unwrap_or(Timestamp::MAX);
        let refused = |code, message: String| Err(EntraError::new("invalid_grant", code, message));
        if self.spa && is_over(SPA_LIFE, self.started) {
            let started = written(self.started);
            return refused(
                700_084,
                format!(
                    "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {started}."
                ),
            );
        }
        let frequency = policies.sign_in_frequency_s.map(|seconds| SignedDuration::from_secs(i64::from(seconds)));
        if let Some(frequency) = frequency.filter(|frequency| is_over(*frequency, self.started)) {
            let started = written(self.started);
            return refused(
                70043,
                format!(
                    "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {started} and the maximum allowed lifetime for this request is {}.",
                    frequency.as_secs()
                ),
            );
        }
        if is_over(LIFE, self.issued) {
            let issued = written(self.issued);
            return refused(
                700_082,
                format!(
                    "The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00."
                ),
            );
        }
        Ok(())
    }

    fn revoked(&self, valid_from: Timestamp) -> EntraError {
        let (started, valid_from) = (written(self.started), written(valid_from));
        EntraError::new(
            "invalid_grant",
            50173,
            format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{started}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{valid_from}'."
            ),
        )
    }
}

fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string()
}

/// Seals and opens refresh tokens.
pub(crate) struct Seal(hmac::Key);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// A seal with a key of its own.
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let mut key = [0; 32];
        rng.fill(&mut key);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// The token of a session; different each time.
    pub(crate) fn close(&self, session: &Session, uti: Uuid) -> String {
        format!("0.{}", self.seal(&(session, uti)))
    }

    /// The session of a token, if it is one of ours and of this client.
    pub(crate) fn open(&self, token: &str, client_id: Uuid) -> Result<Session, EntraError> {
        let opened = token.strip_prefix("0.").and_then(|sealed| self.unseal::<(Session, Uuid)>(sealed));
        let (session, _) = opened.ok_or_else(|| {
            EntraError::new("invalid_grant", 9_002_313, "Invalid request. Request is malformed or invalid.")
        })?;
        if session.client_id != client_id {
            return Err(EntraError::new(
                "invalid_grant",
                70000,
                "Provided grant is invalid or malformed: it was issued to another client.",
            ));
        }
        Ok(session)
    }

    /// Anything, so that only the sandbox can have written it.
    pub(super) fn seal(&self, content: &impl Serialize) -> String {
        let content = serde_json::to_vec(content).unwrap_or_default();
        let tag = hmac::sign(&self.0, &content);
        format!("{}.{}", base64url(&content), base64url(tag.as_ref()))
    }

    /// What was sealed.
    pub(super) fn unseal<T: DeserializeOwned>(&self, sealed: &str) -> Option<T> {
        let (content, tag) = sealed.split_once('.')?;
        let (content, tag) = (assertion::decode(content)?, assertion::decode(tag)?);
        hmac::verify(&self.0, &content, &tag).ok()?;
        serde_json::from_slice(&content).ok()
    }
}
