//! One call out of a ledger, without opening the ledger for writing: nothing of it is made, migrated or changed.

use std::path::Path;

use graphbeat_base::CallId;
use graphbeat_core::Call;

use super::calls::query;
use super::probe::{Found, open_to_read, probe};
use crate::{CallFilter, StoreError};

/// The call with this id; `None` where the ledger has none, or is not there yet.
///
/// # Errors
/// [`StoreError`] where the file is damaged, foreign, newer, or cannot be read.
pub fn look_up_call(path: &Path, id: CallId) -> Result<Option<Call>, StoreError> {
    if probe(path)? == Found::Nothing {
        return Ok(None);
    }
    let filter = CallFilter { id: Some(id), limit: 1, ..CallFilter::default() };
    Ok(query::calls(&open_to_read(path)?, &filter)?.into_iter().next())
}
