//! Uploads that are under way. They are no content yet, so they are not in the store.

use graphbeat_base::Timestamp;
use serde_json::Value;

/// One upload session.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) drive: String,
    /// The item or the special folder that the path starts from; both empty for the root.
    pub(crate) base: (String, String),
    /// Where the file goes from there.
    pub(crate) path: String,
    /// `fail`, `rename` or `replace`.
    pub(crate) conflict: String,
    /// Who uploads, as an `identitySet`.
    pub(crate) by: Value,
    pub(crate) received: Vec<u8>,
    pub(crate) expires: Timestamp,
}
