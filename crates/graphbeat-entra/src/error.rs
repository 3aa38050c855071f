//! Why there is no token, in classes that callers act on.

use graphbeat_base::Timestamp;
use graphbeat_http::TransportError;

use crate::{AssertionFailure, CertificateError, HeldBack, Refusal, StoreFailure};

/// Why there is no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    /// Entra said no.
    #[error("Entra refused the sign-in ({}): {}", .0.code_text(), .0.message)]
    Refused(Box<Refusal>),
    /// Nobody has signed in for this account yet, or it was signed out.
    #[error("nobody has signed in for this account")]
    NotSignedIn,
    /// The certificate cannot be used, so nothing was sent.
    #[error("the certificate cannot be used")]
    Certificate(#[source] CertificateError),
    /// The other issuer's token could not be had, so nothing was sent.
    #[error("there is no token of the other issuer")]
    Assertion(#[source] AssertionFailure),
    /// Entra asked to wait, now or before; in the latter case nothing was sent.
    #[error("Entra asks to wait until {until}")]
    Throttled {
        /// No request before then.
        until: Timestamp,
        /// The status that said so.
        status: u16,
    },
    /// Too many sign-ins were refused, or Entra asked an earlier process to wait: nothing was sent.
    #[error("{0}")]
    HeldBack(HeldBack),
    /// Whether a sign-in may leave could not be told, or its end not be kept.
    #[error("refused sign-ins could not be counted")]
    Guard(#[source] StoreFailure),
    /// The answer was not what the protocol says: a proxy's page, for example.
    #[error("the token endpoint's answer could not be read (status {status})")]
    Unreadable {
        /// Its status.
        status: u16,
    },
    /// No whole answer came.
    #[error("could not reach the token endpoint")]
    Transport(#[source] TransportError),
    /// The refresh token could not be read or, after a refresh, not be kept: the old one is still there.
    #[error("the refresh token could not be read or kept")]
    Store(#[source] StoreFailure),
}

/// What a failed sign-in means for whoever must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureClass {
    /// The client secret is wrong.
    WrongSecret,
    /// The client secret is over its end date.
    ExpiredSecret,
    /// Entra does not know the certificate, or does not accept the assertion made with it.
    CertificateRefused,
    /// Entra does not trust the other issuer's token.
    AssertionRefused,
    /// The other issuer's token could not be read.
    NoAssertion,
    /// The certificate is over its end date.
    CertificateExpired,
    /// There is no such tenant.
    UnknownTenant,
    /// There is no such application in the tenant, or it is disabled there.
    UnknownClient,
    /// The permissions that are asked for were not consented to.
    MissingConsent,
    /// A person must sign in again.
    NeedsPerson,
    /// The user is disabled, gone, or not let in.
    AccountDisabled,
    /// The user's password is over.
    PasswordExpired,
    /// Too many sign-ins, or suspicious ones: wait.
    Locked,
    /// Another refusal: its number says more.
    OtherRefusal,
    /// Nobody has signed in yet.
    NotSignedIn,
    /// Entra asks to wait.
    Throttled,
    /// The answer could not be read.
    Unreadable,
    /// Entra could not be reached.
    Transport,
    /// The store of refresh tokens, or of refused sign-ins, failed.
    Store,
}

impl TokenError {
    /// What it means for whoever must act.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Refused(refusal) => refusal.class,
            Self::NotSignedIn => FailureClass::NotSignedIn,
            Self::Certificate(CertificateError::Expired { .. }) => FailureClass::CertificateExpired,
            Self::Certificate(_) => FailureClass::CertificateRefused,
            Self::Assertion(_) => FailureClass::NoAssertion,
            Self::Throttled { .. } => FailureClass::Throttled,
            Self::Unreadable { .. } => FailureClass::Unreadable,
            Self::Transport(_) => FailureClass::Transport,
            Self::HeldBack(_) => FailureClass::Locked,
            Self::Store(_) | Self::Guard(_) => FailureClass::Store,
        }
    }

    /// Before when another try is forbidden.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Refused(refusal) => refusal.until,
            Self::Throttled { until, .. } | Self::HeldBack(HeldBack { until, .. }) => Some(*until),
            _ => None,
        }
    }

    /// Entra's refusal, where it was one.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether Entra is in trouble rather than the identity: a token that is still valid can be used.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::HeldBack(_) | Self::Unreadable { .. } | Self::Transport(_))
    }
}
