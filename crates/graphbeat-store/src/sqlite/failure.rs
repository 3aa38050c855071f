//! From the driver's errors to ours.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::StoreError;

/// An error while working on an open ledger.
pub(super) fn failed(act: &'static str) -> impl FnOnce(Error) -> StoreError {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(Box::new(error)),
        _ => StoreError::Database { act, source: Box::new(error) },
    }
}

/// An error while opening the file, when its path says more than the act.
pub(super) fn opening_failed(path: &Path) -> impl FnOnce(Error) -> StoreError {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { path: path.into(), reason: error.to_string() }
        }
        _ => failed("open")(error),
    }
}

/// Whether the database failed, as opposed to a request that it refuses.
pub(super) fn is_of_database(error: &StoreError) -> bool {
    matches!(error, StoreError::Database { .. } | StoreError::Busy(_))
}
