//! Refresh tokens: sealed, so that the sandbox keeps none of them and each stays valid beside its successors.

use aws_lc_rs::hmac;
use graphbeat_base::{Rng, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::EntraError;
use super::{assertion, base64url};

/// How long a refresh token lives without use.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);

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
        let content = serde_json::to_vec(&(session, uti)).unwrap_or_default();
        let tag = hmac::sign(&self.0, &content);
        format!("0.{}.{}", base64url(&content), base64url(tag.as_ref()))
    }

    /// The session of a token, if it is one of ours, of this client, and not too old.
    pub(crate) fn open(&self, token: &str, client_id: Uuid, now: Timestamp) -> Result<Session, EntraError> {
        let session = self.session(token).ok_or_else(|| {
            EntraError::new("invalid_grant", 9_002_313, "Invalid request. Request is malformed or invalid.")
        })?;
        if session.client_id != client_id {
            return Err(EntraError::new(
                "invalid_grant",
                70000,
                "Provided grant is invalid or malformed: it was issued to another client.",
            ));
        }
        let expires = session.issued.checked_add(LIFE).unwrap_or(Timestamp::MAX);
        if now >= expires {
            let issued = session.issued.strftime("%Y-%m-%dT%H:%M:%S.0000000Z");
            return Err(EntraError::new(
                "invalid_grant",
                700_082,
                format!(
                    "The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00."
                ),
            ));
        }
        Ok(session)
    }

    fn session(&self, token: &str) -> Option<Session> {
        let (content, tag) = token.strip_prefix("0.")?.split_once('.')?;
        let (content, tag) = (assertion::decode(content)?, assertion::decode(tag)?);
        hmac::verify(&self.0, &content, &tag).ok()?;
        serde_json::from_slice::<(Session, Uuid)>(&content).ok().map(|(session, _)| session)
    }
}
