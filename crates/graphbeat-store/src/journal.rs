//! The write journal: what journeys made in tenants, so that nothing of it stays behind.

use std::collections::BTreeMap;

use async_trait::async_trait;
use graphbeat_core::{Artefact, Intent};

use crate::StoreError;

/// The artefacts of the journeys. Every change is on the disk when it returns.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Notes that a create is about to leave; answers the journal's key.
    ///
    /// # Errors
    /// Where it could not be made durable: then the create must not leave.
    async fn intend(&self, intent: Intent) -> Result<i64, StoreError>;

    /// Notes that the artefact exists, and what addresses it. May be said again with other values.
    ///
    /// # Errors
    /// [`StoreError::ArtefactMoved`] where it is gone already.
    async fn exists(&self, id: i64, values: BTreeMap<String, String>) -> Result<(), StoreError>;

    /// Notes that its undo is confirmed.
    ///
    /// # Errors
    /// [`StoreError::ArtefactMoved`] where it was gone already.
    async fn gone(&self, id: i64) -> Result<(), StoreError>;

    /// Notes why it could not be removed.
    ///
    /// # Errors
    /// [`StoreError::ArtefactMoved`] where it is gone.
    async fn trouble(&self, id: i64, text: &str) -> Result<(), StoreError>;

    /// The artefacts that are not gone, of one account or all, oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    async fn open(&self, account: Option<&str>) -> Result<Vec<Artefact>, StoreError>;
}
