//! Whether a data directory is on the machine that it was last used on. What is kept of a machine's id is a
//! hash of our own, which tells nothing to anybody else.

use aws_lc_rs::digest::{SHA256, digest};

use crate::{Notes, StoreError};

/// The note that holds the hash.
const NOTE: &str = "machine";
/// Before the id in what is hashed.
const PURPOSE: &str = "graphbeat machine 1:";
/// So much of the hash is kept: enough to tell machines apart.
const HASH_BYTES: usize = 8;

/// Where a directory finds itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Where it was, or used for the first time.
    Here,
    /// It was last used on another machine.
    Moved,
}

/// Compares this machine with the one of the last use, and notes this one.
///
/// # Errors
/// Where the ledger cannot be read or written.
pub async fn whereabouts(notes: &(impl Notes + ?Sized), machine_id: &str) -> Result<Whereabouts, StoreError> {
    let hash = digest(&SHA256, format!("{PURPOSE}{machine_id}").as_bytes());
    let now: String = hash.as_ref().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let before = notes.note(NOTE).await?;
    if before.as_deref() == Some(&*now) {
        return Ok(Whereabouts::Here);
    }
    notes.set_note(NOTE, &now).await?;
    Ok(if before.is_some() { Whereabouts::Moved } else { Whereabouts::Here })
}
