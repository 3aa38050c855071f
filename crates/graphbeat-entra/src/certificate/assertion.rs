//! The client assertion: a short-lived JWT, signed with PS256, that stands in for a secret.

use graphbeat_base::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;
use uuid::Uuid;

use super::{CertificateCredential, CertificateError};

/// How long an assertion is valid: Microsoft recommends five to ten minutes.
const ASSERTION_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// What an assertion says.
pub(crate) struct Assertion<'a> {
    /// The token endpoint.
    pub(crate) audience: &'a str,
    pub(crate) client_id: Uuid,
    /// Never used twice.
    pub(crate) id: Uuid,
    pub(crate) now: Timestamp,
}

/// Who takes proofs of possession: the directory's own application id, as Microsoft documents it,
/// <https://learn.microsoft.com/graph/application-rollkey-prooftoken>.
const POSSESSION_AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";

#[derive(Serialize)]
struct Possession {
    aud: &'static str,
    iss: Uuid,
    nbf: i64,
    exp: i64,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: Uuid,
    sub: Uuid,
    jti: Uuid,
    nbf: i64,
    iat: i64,
    exp: i64,
}

impl CertificateCredential {
    /// Signs an assertion.
    pub(crate) fn sign(&self, assertion: &Assertion<'_>) -> Result<String, CertificateError> {
        self.check_time(assertion.now)?;
        let now = assertion.now.as_second();
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(self.shared.thumbprint.clone());
        let claims = Claims {
            aud: assertion.audience,
            iss: assertion.client_id,
            sub: assertion.client_id,
            jti: assertion.id,
            nbf: now,
            iat: now,
            exp: now.saturating_add(ASSERTION_LIFETIME.as_secs()),
        };
        jsonwebtoken::encode(&header, &claims, &self.shared.key).map_err(|_| CertificateError::UnusableKey)
    }

    /// Signs the proof that whoever changes an application's keys holds one of them.
    pub(crate) fn sign_possession(&self, object_id: Uuid, now: Timestamp) -> Result<String, CertificateError> {
        self.check_time(now)?;
        let from = now.as_second();
        let mut header = Header::new(Algorithm::RS256);
        header.x5t = Some(self.shared.thumbprint_sha1.clone());
        let exp = from.saturating_add(ASSERTION_LIFETIME.as_secs());
        let claims = Possession { aud: POSSESSION_AUDIENCE, iss: object_id, nbf: from, exp };
        jsonwebtoken::encode(&header, &claims, &self.shared.key).map_err(|_| CertificateError::UnusableKey)
    }
}
