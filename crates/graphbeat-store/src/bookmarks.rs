//! Where delta queries go on: what an account's query over a collection was given last.

use async_trait::async_trait;
use graphbeat_base::Timestamp;

use crate::StoreError;

/// The bookmarks of delta queries.
#[async_trait]
pub trait DeltaBookmarks: Send + Sync {
    /// The bookmark of an account's operation.
    ///
    /// # Errors
    /// Where the database fails.
    async fn delta_bookmark(&self, account: &str, operation: &str) -> Result<Option<StoredBookmark>, StoreError>;

    /// Replaces or forgets it. It is written in turn with the calls, and known after the next
    /// [`flush`](crate::CallLog::flush) at the latest: where it is lost, a query starts over.
    ///
    /// # Errors
    /// Where the ledger has lost the ability to write.
    async fn set_delta_bookmark(
        &self,
        account: &str,
        operation: &str,
        bookmark: Option<StoredBookmark>,
    ) -> Result<(), StoreError>;
}

/// A bookmark with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBookmark {
    /// The path of the query.
    pub path: String,
    /// The service's token, as the query takes it.
    pub text: String,
    /// When the query started over last.
    pub since: Timestamp,
}
