//! Who carries requests about registrations out, and how they can fail.

use std::time::Duration;

use async_trait::async_trait;
use graphbeat_http::TransportError;
use serde_json::Value;

use super::GraphCall;
use crate::TokenError;

/// Carries requests out in its owner's name.
#[async_trait]
pub trait Hand: Send + Sync {
    /// Sends one request; an answer without a body is `null`.
    ///
    /// # Errors
    /// [`HandError`] where it was not done.
    async fn send(&self, call: &GraphCall) -> Result<Value, HandError>;
}

/// Why a request was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HandError {
    /// Graph said no.
    #[error("Graph refused it ({status} {code}): {message}")]
    Refused {
        /// The status; 0 where the tool that was used does not say it.
        status: u16,
        /// Graph's code.
        code: String,
        /// Graph's sentence, bounded, without addresses.
        message: String,
        /// What Graph asked to wait.
        retry_after: Option<Duration>,
    },
    /// No token to send it with.
    #[error("there is no token for it")]
    Token(#[source] TokenError),
    /// No whole answer came: it may have been done.
    #[error("Graph could not be reached")]
    Transport(#[source] TransportError),
    /// The answer was no JSON.
    #[error("Graph's answer could not be read (status {status})")]
    Unreadable {
        /// Its status.
        status: u16,
    },
    /// The owner said no to it.
    #[error("it was not agreed to")]
    Declined,
    /// The tool that was to do it could not be used.
    #[error("{0}")]
    Tool(String),
}

impl HandError {
    /// Graph does not know the object, or not yet.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
            || matches!(self, Self::Refused { status: 0, code, .. } if code == "Request_ResourceNotFound")
    }

    /// It is there already.
    #[must_use]
    pub fn is_already_there(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
            || matches!(self, Self::Refused { code, .. } if code == "Request_MultipleObjectsWithSameKeyValue")
            || matches!(self, Self::Refused { message, .. } if message.contains("already exists"))
    }

    /// Whoever sends may not do it.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused { status: 403, .. })
            || matches!(self, Self::Refused { status: 0, code, .. } if code == "Authorization_RequestDenied")
    }

    /// Whether the object may only not have reached all of the directory yet: new ones take seconds, and
    /// references to them are refused as bad requests until then.
    pub(super) fn may_be_replication(&self) -> bool {
        self.is_not_found() || matches!(self, Self::Refused { status: 400, code, .. } if code == "Request_BadRequest")
    }

    /// Graph is busy or in trouble, and did not do it.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Refused { status: 429 | 503, .. })
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
