//! Signing in to Entra ID: as an application by secret, certificate or another issuer's token, as a user by
//! browser or device code, and the tokens that come of it.
//!
//! Every request leaves by [`graphbeat_http::Wire`] and is handed to an [`ExchangeLog`]; nothing here
//! follows a password, imitates another client or signs in again while Entra said to wait.

mod answer;
mod auth_code;
mod cache;
mod certificate;
mod challenge;
mod client;
mod device_code;
mod discovery;
mod error;
mod federated;
mod guard;
mod id_token;
mod identity;
mod log;
mod refusal;
pub mod registration;
mod scope;
mod sign_in;
mod source;
mod store;
#[cfg(test)]
mod testing;
mod throttle;

pub use auth_code::{AuthCodePrompt, Awaited, BadRedirect, Loopback, RedirectAnswer};
pub use certificate::{CertificateCredential, CertificateError};
pub use challenge::ClaimsRequest;
pub use device_code::DeviceCodePrompt;
pub use error::{FailureClass, TokenError};
pub use federated::{AssertionFailure, AssertionSource};
pub use guard::{HeldBack, HeldBackBy, SignInAttempt, SignInEnd, SignInGuard, SignInPass};
pub use id_token::IdTokenError;
pub use identity::{Credential, Endpoints, Identity};
pub use log::{ExchangeLog, TokenOutcome};
pub use refusal::Refusal;
pub use sign_in::{SignInError, SignedIn};
pub use source::{AccessToken, TokenSource};
pub use store::{RefreshTokenStore, StoreFailure};
