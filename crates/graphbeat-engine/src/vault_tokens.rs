//! Refresh tokens live in the vault, each under its identity's name.

use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Secret;
use graphbeat_entra::{RefreshTokenStore, StoreFailure};
use graphbeat_store::Vault;

/// What distinguishes refresh tokens from other secrets in the vault.
const PREFIX: &str = "refresh-token/";

/// The vault as the sign-in knows it.
pub(crate) struct VaultTokens(pub(crate) Arc<dyn Vault>);

#[async_trait]
impl RefreshTokenStore for VaultTokens {
    async fn load(&self, key: &str) -> Result<Option<Secret>, StoreFailure> {
        self.0.open_secret(&format!("{PREFIX}{key}")).await.map_err(StoreFailure::new)
    }

    async fn save(&self, key: &str, token: &Secret) -> Result<(), StoreFailure> {
        self.0.seal(&format!("{PREFIX}{key}"), token).await.map_err(StoreFailure::new)
    }

    async fn remove(&self, key: &str) -> Result<(), StoreFailure> {
        self.0.remove_secret(&format!("{PREFIX}{key}")).await.map_err(StoreFailure::new)
    }
}
