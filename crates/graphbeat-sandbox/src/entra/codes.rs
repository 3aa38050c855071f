//! Authorization codes: given to a redirect URI after a sign-in, redeemed once within ten minutes.

use std::collections::BTreeMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use graphbeat_base::{Rng, SignedDuration, Timestamp};
use uuid::Uuid;

use super::base64url;
use super::error::EntraError;

/// How many codes are kept; the oldest go first.
const CODES_MAX: usize = 10_000;
/// How long a code can be redeemed.
const CODE_LIFE: SignedDuration = SignedDuration::from_secs(600);
/// More bits than anybody guesses.
const CODE_BYTES: usize = 64;
/// What RFC 7636 allows as the length of a verifier.
const VERIFIER_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// The sign-in that a code stands for.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) client_id: Uuid,
    pub(crate) user_id: Uuid,
    /// Whether a second factor was passed.
    pub(crate) mfa: bool,
    pub(crate) scope: String,
    pub(crate) redirect_uri: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    /// The user's generation of sessions at the sign-in.
    pub(crate) generation: u32,
    /// The redirect URI is one of a single-page application.
    pub(crate) spa: bool,
}

/// What the verifier must prove (PKCE).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// The hash of the verifier.
    Sha256(String),
    /// The verifier itself.
    Plain(String),
}

impl Challenge {
    fn is_met_by(&self, verifier: &str) -> bool {
        let (expected, presented) = match self {
            Self::Sha256(hash) => (hash, base64url(digest(&SHA256, verifier.as_bytes()).as_ref())),
            Self::Plain(text) => (text, verifier.to_owned()),
        };
        VERIFIER_LENGTH.contains(&verifier.len())
            && verify_slices_are_equal(expected.as_bytes(), presented.as_bytes()).is_ok()
    }
}

/// What a client presents with a code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presented<'a> {
    pub(crate) code: &'a str,
    pub(crate) client_id: Uuid,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
}

#[derive(Debug)]
struct Code {
    text: String,
    signed_in: SignedIn,
    expires: Timestamp,
    is_redeemed: bool,
}

/// All of them, by the order of their making.
#[derive(Debug)]
pub(crate) struct AuthorizationCodes {
    rng: Rng,
    next: u64,
    codes: BTreeMap<u64, Code>,
}

impl AuthorizationCodes {
    /// None yet.
    pub(crate) fn new(rng: Rng) -> Self {
        Self { rng, next: 0, codes: BTreeMap::new() }
    }

    /// A new code for a sign-in.
    pub(crate) fn create(&mut self, signed_in: SignedIn, now: Timestamp) -> String {
        if self.codes.len() >= CODES_MAX {
            self.codes.pop_first();
        }
        let mut secret = [0; CODE_BYTES];
        self.rng.fill(&mut secret);
        let text = format!("1.{}", base64url(&secret));
        let expires = now.checked_add(CODE_LIFE).unwrap_or(Timestamp::MAX);
        self.codes.insert(self.next, Code { text: text.clone(), signed_in, expires, is_redeemed: false });
        self.next += 1;
        text
    }

    /// The sign-in of a code, which is used up by it.
    pub(crate) fn redeem(&mut self, presented: &Presented<'_>, now: Timestamp) -> Result<SignedIn, EntraError> {
        let code = self.codes.values_mut().rev().find(|code| code.text == presented.code);
        let code = code
            .filter(|code| code.signed_in.client_id == presented.client_id)
            .ok_or_else(|| EntraError::new("invalid_grant", 70000, "Provided grant is invalid or malformed."))?;
        if code.is_redeemed {
            return Err(EntraError::new(
                "invalid_grant",
                54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
            ));
        }
        if code.expires <= now {
            return Err(EntraError::new(
                "invalid_grant",
                70008,
                "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
            ));
        }
        check(&code.signed_in, presented)?;
        code.is_redeemed = true;
        Ok(code.signed_in.clone())
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.codes.clear();
    }
}

/// A code belongs to its redirect URI and to whoever knows the verifier.
fn check(signed_in: &SignedIn, presented: &Presented<'_>) -> Result<(), EntraError> {
    let redirect_uri = presented.redirect_uri.ok_or_else(|| EntraError::missing("redirect_uri"))?;
    if redirect_uri != signed_in.redirect_uri {
        return Err(EntraError::new(
            "invalid_grant",
            500_112,
            format!(
                "The reply address '{redirect_uri}' does not match the reply address '{}' provided when requesting Authorization code.",
                signed_in.redirect_uri
            ),
        ));
    }
    let is_proved = match (&signed_in.challenge, presented.verifier) {
        (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if is_proved {
        return Ok(());
    }
    Err(EntraError::new(
        "invalid_grant",
        501_481,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ))
}
