//! Small facts about the data directory, such as the machine that it belongs to.

use async_trait::async_trait;

use crate::StoreError;

/// A few named texts. Nothing secret belongs here: they lie in clear.
#[async_trait]
pub trait Notes: Send + Sync {
    /// The text of that name.
    ///
    /// # Errors
    /// Where the database fails.
    async fn note(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Replaces the text of that name, durably.
    ///
    /// # Errors
    /// Where the database fails.
    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError>;
}
