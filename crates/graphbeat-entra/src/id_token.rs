//! Checking in full who signed in: signature, issuer, audience, time, tenant and nonce of the id token.

use graphbeat_base::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use uuid::Uuid;

use crate::Identity;
use crate::discovery::Issuer;

/// How far clocks may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(300);

/// Why an id token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// None came.
    #[error("Entra sent no id token")]
    Missing,
    /// It is no JWT, or a claim that must be there is not.
    #[error("the id token cannot be read")]
    Malformed,
    /// It is not signed with RS256.
    #[error("the id token is not signed with RS256")]
    Algorithm,
    /// It is signed with a key that the tenant does not name.
    #[error("the id token is signed with an unknown key")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the id token's signature is wrong")]
    Signature,
    /// It is from somebody else.
    #[error("the id token is from another issuer")]
    Issuer,
    /// It is for another application.
    #[error("the id token is for another application")]
    Audience,
    /// Its time is over, or has not come.
    #[error("the id token is not valid now: check the clock")]
    Time,
    /// It is from another tenant.
    #[error("the user belongs to another tenant")]
    Tenant,
    /// It answers another sign-in.
    #[error("the id token answers another sign-in")]
    Nonce,
}

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) user_id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) username: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Uuid,
    exp: f64,
    #[serde(default)]
    nbf: Option<f64>,
    oid: Uuid,
    tid: Uuid,
    #[serde(default)]
    preferred_username: String,
    #[serde(default)]
    nonce: Option<String>,
}

/// What a token has to say.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) identity: &'a Identity,
    /// What the authorization request named; a device code has none.
    pub(crate) nonce: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// Who the token says signed in, where all of it holds.
pub(crate) fn verify(token: &str, issuer: &Issuer, expected: Expected<'_>) -> Result<Person, IdTokenError> {
    let claims = signed_claims(token, issuer)?;
    check(&claims, issuer, expected)?;
    Ok(Person { user_id: claims.oid, tenant_id: claims.tid, username: claims.preferred_username })
}

fn signed_claims(token: &str, issuer: &Issuer) -> Result<Claims, IdTokenError> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| IdTokenError::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(IdTokenError::Algorithm);
    }
    let kid = header.kid.ok_or(IdTokenError::Malformed)?;
    let key = issuer.keys.iter().find(|key| key.kid == kid).ok_or(IdTokenError::UnknownKey)?;
    let key = DecodingKey::from_rsa_components(&key.n, &key.e).map_err(|_| IdTokenError::UnknownKey)?;
    // The library would read the wall clock: it checks the signature, we check the claims.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = jsonwebtoken::decode::<Claims>(token, &key, &validation);
    decoded.map(|decoded| decoded.claims).map_err(|error| match error.kind() {
        jsonwebtoken::errors::ErrorKind::InvalidSignature => IdTokenError::Signature,
        _ => IdTokenError::Malformed,
    })
}

fn check(claims: &Claims, issuer: &Issuer, expected: Expected<'_>) -> Result<(), IdTokenError> {
    let Expected { identity, nonce, now } = expected;
    let tenant_id = claims.tid.hyphenated().to_string();
    if !issuer.is_of(identity) || claims.iss != issuer.name.replace("{tenantid}", &tenant_id) {
        return Err(IdTokenError::Issuer);
    }
    if claims.aud != identity.client_id {
        return Err(IdTokenError::Audience);
    }
    let now = now.as_second() as f64;
    let leeway = LEEWAY.as_secs_f64();
    if now > claims.exp + leeway || claims.nbf.is_some_and(|nbf| now < nbf - leeway) {
        return Err(IdTokenError::Time);
    }
    // A domain's tenant is proven by the issuer that the domain's own discovery named: Entra's
    // issuers hold the tenant's id.
    if !claims.iss.contains(&tenant_id) || Uuid::try_parse(&identity.tenant).is_ok_and(|tenant| tenant != claims.tid) {
        return Err(IdTokenError::Tenant);
    }
    if nonce.is_some() && claims.nonce.as_deref() != nonce {
        return Err(IdTokenError::Nonce);
    }
    Ok(())
}
