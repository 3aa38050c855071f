//! Uploads that are under way. They are no content yet, so they are not in the store.

use graphbeat_base::Timestamp;
use serde_json::Value;

use super::store::Properties;

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

/// One upload session of an attachment.
#[derive(Clone, Debug)]
pub(crate) struct AttachmentUpload {
    /// The collection of the message or event, and its id.
    pub(crate) place: (String, String),
    /// The item as Outlook addresses it: `Users('…')/Messages('…')`.
    pub(crate) item: String,
    /// What the client said of the attachment.
    pub(crate) given: Properties,
    /// Bytes that it will have.
    pub(crate) size: u64,
    pub(crate) received: Vec<u8>,
    pub(crate) expires: Timestamp,
}
