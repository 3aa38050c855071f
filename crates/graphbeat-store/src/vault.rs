//! The vault: secrets at rest, each sealed to its name.

pub(crate) mod key;
pub(crate) mod key_file;
mod key_text;

use async_trait::async_trait;
use graphbeat_base::Secret;

pub use key_file::{NewKey, PassphraseReader};

use crate::StoreError;

/// Encrypted secrets by name. Nothing of them appears in clear in any file.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Seals the secret under the name, in the place of an older one, durably and in one step.
    ///
    /// # Errors
    /// Where the key is missing, wrong or exposed, or the database fails; then nothing changed.
    async fn seal(&self, name: &str, secret: &Secret) -> Result<(), StoreError>;

    /// The secret of that name; `None` where there is none.
    ///
    /// # Errors
    /// As for [`Vault::seal`], and [`StoreError::SecretDamaged`] where the row does not open.
    async fn open_secret(&self, name: &str) -> Result<Option<Secret>, StoreError>;

    /// Removes the secret; nothing happens where there is none. Needs no key.
    ///
    /// # Errors
    /// Where the database fails.
    async fn remove_secret(&self, name: &str) -> Result<(), StoreError>;

    /// Seals every secret with a new key, in one step, and lets the new key take the old one's place. How many
    /// there were. A process that dies in between leaves a vault that opens, with the old key or the new one.
    ///
    /// # Errors
    /// As for [`Vault::seal`], and [`StoreError::SecretDamaged`] where one does not open; then nothing changed.
    async fn rekey(&self, new: NewKey) -> Result<usize, StoreError>;

    /// The names, sorted. Needs no key.
    ///
    /// # Errors
    /// Where the database fails.
    async fn secret_names(&self) -> Result<Vec<String>, StoreError>;
}
