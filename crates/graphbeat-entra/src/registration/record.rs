//! What is known and was made of a registration: kept durably, and read again after a crash.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{HandError, PermissionKind, PublicKey, Rotation};

/// What is known of a registration, and what of it graphbeat made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The tenant, as the configuration names it.
    pub tenant: String,
    /// As whom the account signs in.
    pub kind: PermissionKind,
    /// A random word that the registration carries as a tag: by it, it is found after a crash.
    pub marker: String,
    /// Whether graphbeat made it; else its owner did, in the portal.
    pub made: bool,
    /// The application id, as which it signs in.
    pub client_id: Option<Uuid>,
    /// The object id of the registration.
    pub object_id: Option<Uuid>,
    /// The object id of the service principal.
    pub principal_id: Option<Uuid>,
    /// The id of the key or secret that the account signs in with, where it is known.
    pub key_id: Option<Uuid>,
    /// The end of that key or secret.
    pub key_expires: Option<Timestamp>,
    /// When it was deleted: until 30 days later it can be restored.
    pub deleted: Option<Timestamp>,
    /// The public half of the key that was made for it, until it is registered.
    #[serde(default)]
    pub pending_key: Option<PublicKey>,
    /// The change of its credential that is under way.
    #[serde(default)]
    pub rotation: Option<Rotation>,
}

/// Keeps a registration durably.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Replaces what was kept. When this returns, it outlives the process.
    ///
    /// # Errors
    /// Where it could not be kept; nothing is sent then.
    async fn keep(&self, registration: &Registration) -> Result<(), JournalFailure>;
}

/// What was to be kept could not be kept.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the registration could not be written down")]
pub struct JournalFailure(#[source] Arc<dyn Error + Send + Sync>);

/// Why a registration is not as it should be.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistrationError {
    /// A request was not done.
    #[error("`{call}` was not done")]
    Hand {
        /// Which.
        call: String,
        /// Why.
        #[source]
        source: HandError,
    },
    /// An answer lacks what it must hold.
    #[error("the answer to `{call}` holds no `{member}`")]
    Answer {
        /// To which.
        call: String,
        /// What.
        member: &'static str,
    },
    /// What is to be changed is not known.
    #[error("the {0} of the registration is not known")]
    Unknown(&'static str),
    /// It could not be written down.
    #[error("it could not be written down")]
    Journal(#[source] JournalFailure),
}

impl JournalFailure {
    /// A failure with its cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

impl From<JournalFailure> for RegistrationError {
    fn from(failure: JournalFailure) -> Self {
        Self::Journal(failure)
    }
}

impl RegistrationError {
    pub(super) fn hand(call: impl ToString, source: HandError) -> Self {
        Self::Hand { call: call.to_string(), source }
    }

    /// Why the request was not done, where it was one.
    #[must_use]
    pub fn hand_error(&self) -> Option<&HandError> {
        match self {
            Self::Hand { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Registration {
    /// Nothing made yet.
    #[must_use]
    pub fn new(tenant: &str, kind: PermissionKind, marker: Uuid) -> Self {
        Self {
            tenant: tenant.to_owned(),
            kind,
            marker: marker.simple().to_string(),
            made: false,
            client_id: None,
            object_id: None,
            principal_id: None,
            key_id: None,
            key_expires: None,
            deleted: None,
            pending_key: None,
            rotation: None,
        }
    }

    /// The tag by which it is found.
    pub(super) fn tag(&self) -> String {
        format!("graphbeat-{}", self.marker)
    }

    /// The path of the application, by whichever id is known.
    pub(super) fn application_path(&self) -> Result<String, RegistrationError> {
        match (self.object_id, self.client_id) {
            (Some(id), _) => Ok(format!("/applications/{id}")),
            (None, Some(client_id)) => Ok(format!("/applications(appId='{client_id}')")),
            (None, None) => Err(RegistrationError::Unknown("application id")),
        }
    }
}
