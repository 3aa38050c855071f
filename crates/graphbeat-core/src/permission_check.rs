//! What an account's token carries, held against what its selection needs: the agent looks once a day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graphbeat_base::Timestamp;
use serde::{Deserialize, Serialize};

/// The outcome of the last comparison. Whatever watches accounts finds it in the ledger's note of
/// [`PermissionCheck::note_name`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionCheck {
    /// When.
    pub at: Timestamp,
    /// The permissions that the token lacks, each with the operations that fail without it.
    pub missing: BTreeMap<String, Vec<Arc<str>>>,
    /// The permissions that nothing of the selection needs.
    pub excessive: BTreeSet<String>,
}

impl PermissionCheck {
    /// The name of the note about an account.
    #[must_use]
    pub fn note_name(account: &str) -> String {
        format!("permission-check/{account}")
    }

    /// The note's text; none where another version wrote it.
    #[must_use]
    pub fn from_note(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As a note.
    ///
    /// # Errors
    /// None that could happen: it is all texts.
    pub fn to_note(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}
