//! Signing in a person by the browser: authorization code with PKCE (RFC 7636, RFC 8252).
//!
//! The browser comes back to a [`Loopback`] on this machine, or the person pastes the address that it ended
//! on. The verifier never leaves this process before the code is redeemed: a code that somebody else caught
//! is of no use.

mod loopback;
mod page;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphbeat_base::{ExposeSecret as _, Secret};
use url::Url;

pub use loopback::Loopback;

use crate::answer::Failure;
use crate::client::{Errand, Form, endpoint};
use crate::refusal::ErrorBody;
use crate::scope::sign_in_scope;
use crate::sign_in::{SignInError, SignedIn};
use crate::source::{TokenBody, throttle_key};
use crate::{ClaimsRequest, Identity, Refusal, SignInAttempt, TokenSource};

/// The longest address that is read: Entra's codes have one or two thousand characters.
pub(crate) const ADDRESS_BYTES_MAX: usize = 32 * 1024;

/// What a person opens in a browser, and what only this process knows about it.
#[derive(Clone)]
pub struct AuthCodePrompt {
    /// The page to open.
    pub url: Url,
    /// Where the browser ends.
    pub redirect_uri: String,
    state: Secret,
    nonce: Secret,
    verifier: Secret,
    demand: Option<ClaimsRequest>,
}

/// What the browser brought back, for this very sign-in.
#[derive(Clone, Debug)]
pub enum RedirectAnswer {
    /// A code to redeem.
    Code(Secret),
    /// Entra, or the person, said no.
    Refused {
        /// The protocol's word, `access_denied`.
        error: String,
        /// Entra's sentence.
        description: String,
    },
}

/// An address that is no answer to this sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRedirect {
    /// There is neither a code nor an error in it.
    #[error("this address holds no answer: copy the whole address of the page that the browser ended on")]
    NoAnswer,
    /// It belongs to another sign-in.
    #[error("this address belongs to another sign-in: use the page that was opened last")]
    OtherSignIn,
}

/// A page in a browser whose answer this process waits for.
pub trait Awaited: Sync {
    /// What it brings.
    type Answer: Send;

    /// Where the browser ends.
    fn redirect_uri(&self) -> &str;

    /// Whether the answer is the one that was hoped for.
    fn is_granted(answer: &Self::Answer) -> bool;

    /// Reads the address that the browser ended on.
    ///
    /// # Errors
    /// [`BadRedirect`] where it does not answer this page.
    fn read_answer(&self, address: &str) -> Result<Self::Answer, BadRedirect>;
}

impl Awaited for AuthCodePrompt {
    type Answer = RedirectAnswer;

    fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    fn is_granted(answer: &RedirectAnswer) -> bool {
        matches!(answer, RedirectAnswer::Code(_))
    }

    fn read_answer(&self, address: &str) -> Result<RedirectAnswer, BadRedirect> {
        let address = address.trim();
        if address.len() > ADDRESS_BYTES_MAX {
            return Err(BadRedirect::NoAnswer);
        }
        let query = address.split_once('?').map_or(address, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let [mut code, mut state, mut error, mut description] = [const { None }; 4];
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "code" => code = Some(value),
                "state" => state = Some(value),
                "error" => error = Some(value),
                "error_description" => description = Some(value),
                _ => {}
            }
        }
        if code.is_none() && error.is_none() {
            return Err(BadRedirect::NoAnswer);
        }
        let state = state.unwrap_or_default();
        if verify_slices_are_equal(state.as_bytes(), self.state.expose_secret().as_bytes()).is_err() {
            return Err(BadRedirect::OtherSignIn);
        }
        Ok(match (error, code) {
            (None, Some(code)) => RedirectAnswer::Code(Secret::from(code.into_owned())),
            (error, _) => RedirectAnswer::Refused {
                error: error.unwrap_or_default().into_owned(),
                description: description.unwrap_or_default().into_owned(),
            },
        })
    }
}

impl TokenSource {
    /// What to open for `identity`, which must be a user's ([`crate::Credential::Public`]). Sends nothing.
    ///
    /// # Errors
    /// [`SignInError::Token`] where the store failed.
    pub async fn start_auth_code(
        &self,
        identity: &Identity,
        redirect_uri: &str,
    ) -> Result<AuthCodePrompt, SignInError> {
        let demand = self.shared.demand(identity).await?;
        let random = || Secret::from(self.random_text());
        let (state, nonce, verifier) = (random(), random(), random());
        let challenge = digest::digest(&digest::SHA256, verifier.expose_secret().as_bytes());
        let mut url = endpoint(identity, &["oauth2", "v2.0", "authorize"]);
        url.query_pairs_mut().extend_pairs([
            ("client_id", identity.client_id.hyphenated().to_string().as_str()),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("response_mode", "query"),
            ("scope", &sign_in_scope(identity)),
            ("state", state.expose_secret()),
            ("nonce", nonce.expose_secret()),
            ("code_challenge", &URL_SAFE_NO_PAD.encode(challenge)),
            ("code_challenge_method", "S256"),
            // The browser may be signed in as somebody else.
            ("prompt", "select_account"),
        ]);
        if let Some(demand) = &demand {
            url.query_pairs_mut().append_pair("claims", &demand.parameter());
        }
        Ok(AuthCodePrompt { url, redirect_uri: redirect_uri.to_owned(), state, nonce, verifier, demand })
    }

    /// Redeems the code, verifies who signed in and keeps the refresh token.
    ///
    /// # Errors
    /// [`SignInError`]; nothing was kept then.
    pub async fn finish_auth_code(
        &self,
        identity: &Identity,
        prompt: &AuthCodePrompt,
        answer: RedirectAnswer,
    ) -> Result<SignedIn, SignInError> {
        let code = match answer {
            RedirectAnswer::Code(code) => Ok(code),
            RedirectAnswer::Refused { error, description } => Err(self.refused(identity, error, description)?),
        };
        let shared = &self.shared;
        let url = endpoint(identity, &["oauth2", "v2.0", "token"]);
        let scope = sign_in_scope(identity);
        let throttle_key = throttle_key(url.as_str(), identity, &scope);
        // What the browser was told counts like an answer to a request.
        let redeemed = async {
            let code = code.map_err(|refusal| Failure::Refused { refusal, retry_after: None })?;
            let form = Form::new(identity.client_id)
                .field("grant_type", "authorization_code")
                .field("scope", &scope)
                .field("code", code.expose_secret())
                .field("redirect_uri", &prompt.redirect_uri)
                .field("code_verifier", prompt.verifier.expose_secret())
                .demanding(prompt.demand.as_ref());
            let errand = Errand { identity, operation: "token.auth-code", planned_at: None };
            shared.client.post::<TokenBody>(errand, url, form).await
        };
        let answer = shared.guarded(&SignInAttempt::by_person(identity), &throttle_key, redeemed).await;
        shared.keep(identity, answer.map_err(SignInError::Token)?, Some(prompt.nonce.expose_secret())).await
    }

    /// The refusal in an answer that the browser brought: it has no number of its own, the sentence has.
    fn refused(&self, identity: &Identity, error: String, description: String) -> Result<Box<Refusal>, SignInError> {
        let refusal = Refusal::new(ErrorBody::new(error, description), &identity.credential, self.shared.client.now());
        // 65004: the person declined; without a number it is the protocol's way to say the same.
        match (refusal.error.as_str(), refusal.code) {
            ("access_denied", 0 | 65_004) => Err(SignInError::Declined),
            _ => Ok(Box::new(refusal)),
        }
    }

    /// 64 characters with 366 random bits.
    fn random_text(&self) -> String {
        let bytes: Vec<u8> = (0..3).flat_map(|_| self.shared.client.wire.uuid().into_bytes()).collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl fmt::Debug for AuthCodePrompt {
    /// Without what the address holds in its query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthCodePrompt").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}
