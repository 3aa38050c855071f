//! A copy of ledger and vault as they are at one moment, while others write.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphbeat_base::Secret;
use tokio::task::spawn_blocking;

use super::failure::{failed, opening_failed};
use super::vault::check_row;
use super::{SqliteStore, connect};
use crate::StoreError;
use crate::place::make_private;

impl SqliteStore {
    /// Copies what is committed to a new file, and gives the text of the key file that opens the copy's vault
    /// wherever it goes: a key that is in the keyring stands in it. `None` where the vault was never used.
    ///
    /// # Errors
    /// Where there is no room, or the key cannot be had; what was copied may be left.
    pub async fn snapshot(&self, into: &Path) -> Result<Option<Secret>, StoreError> {
        // With another key the copy would not open.
        let held = self.key_file.hold()?;
        let (key_file, from, into) = (Arc::clone(&self.key_file), self.readers.path().to_owned(), PathBuf::from(into));
        let copied = spawn_blocking(move || {
            let _held = held;
            copy(&from, &into)?;
            let check = check_row(&connect(&into)?)?;
            let text = key_file.portable(check.as_deref())?;
            Ok(text.map(|text| Secret::from(text.as_str())))
        });
        copied.await.map_err(|error| StoreError::Database { act: "copy", source: Box::new(error) })?
    }

    /// Makes sure that the key file belongs to the vault. One with a passphrase is known by it alone, and nobody
    /// is asked.
    ///
    /// # Errors
    /// Where it is missing, another one, or no key file at all.
    pub async fn check_vault(&self) -> Result<(), StoreError> {
        let key_file = Arc::clone(&self.key_file);
        self.readers.read(move |connection| key_file.portable(check_row(connection)?.as_deref()).map(drop)).await
    }
}

/// One reading transaction, which holds no writer up.
fn copy(from: &Path, into: &Path) -> Result<(), StoreError> {
    let connection = connect(from)?;
    let name = into.to_str().ok_or_else(|| StoreError::file("write", into)(std::io::ErrorKind::InvalidInput.into()))?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(failed("copy"))?;
    make_private(into).map_err(StoreError::file("protect", into))?;
    let copied = connect(into)?;
    copied.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).map_err(opening_failed(into))?;
    copied.close().map_err(|(_, error)| failed("copy")(error))
}
