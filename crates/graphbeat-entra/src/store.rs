//! The port to where refresh tokens are kept: the vault.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Secret;

/// The store could not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the store failed")]
pub struct StoreFailure(#[source] Arc<dyn Error + Send + Sync>);

impl StoreFailure {
    /// A failure with its cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

/// Keeps refresh tokens, encrypted, by name ([`crate::Identity::refresh_key`]).
#[async_trait]
pub trait RefreshTokenStore: Send + Sync {
    /// The token; `None` where there is none.
    async fn load(&self, key: &str) -> Result<Option<Secret>, StoreFailure>;

    /// Replaces the token. When this returns, the new one outlives the process and the machine's crash.
    async fn save(&self, key: &str, token: &Secret) -> Result<(), StoreFailure>;

    /// Forgets the token; no failure where there is none.
    async fn remove(&self, key: &str) -> Result<(), StoreFailure>;
}
