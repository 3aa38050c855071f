//! The port to a token of another issuer, which stands in for a secret (workload identity federation).

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Secret;

/// The other issuer's token could not be had.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the other issuer's token could not be read")]
pub struct AssertionFailure(#[source] Arc<dyn Error + Send + Sync>);

impl AssertionFailure {
    /// A failure with its cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

/// Gives the other issuer's token. It is asked for each request anew: such tokens live for minutes, and
/// whoever issues them replaces the file or variable in which they lie.
#[async_trait]
pub trait AssertionSource: Send + Sync {
    /// The token as it is now.
    async fn assertion(&self) -> Result<Secret, AssertionFailure>;
}
