//! A token of another issuer, read from where the configuration says, each time anew.

use async_trait::async_trait;
use graphbeat_base::Secret;
use graphbeat_config::SecretRef;
use graphbeat_entra::{AssertionFailure, AssertionSource};
use tokio::task::spawn_blocking;

use crate::credential::text_of;
use crate::setup::SecretReader;

/// Where the token is.
pub(crate) struct FederatedToken {
    pub(crate) reader: SecretReader,
    pub(crate) place: SecretRef,
}

#[async_trait]
impl AssertionSource for FederatedToken {
    async fn assertion(&self) -> Result<Secret, AssertionFailure> {
        let (reader, place) = (self.reader.clone(), self.place.clone());
        let read = spawn_blocking(move || reader(&place)).await.map_err(AssertionFailure::new)?;
        read.map(text_of).map_err(AssertionFailure::new)
    }
}
