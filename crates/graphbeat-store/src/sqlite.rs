//! The ledger and the vault in one SQLite file.
//!
//! One thread writes, in groups; a few connections read. Several processes may share the file: `check`,
//! `log` and `status` work beside the agent.

mod accounts;
mod bookmarks;
mod calls;
mod columns;
mod failure;
mod intern;
mod journal;
mod look_up;
mod migrations;
mod notes;
mod probe;
mod readers;
mod snapshot;
mod vault;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use graphbeat_base::{Clock, Rng};
use rusqlite::{Connection, OpenFlags};

use crate::vault::PassphraseReader;
use crate::vault::key_file::KeyFile;
use crate::{FlightFile, Keyring, Ledger, StoreError};
use failure::{failed, opening_failed};
pub use look_up::look_up_call;
use probe::Found;
pub use probe::{LedgerState, examine_ledger};
use readers::Readers;
use writer::Writer;

/// How long one process waits for another's transaction.
const BUSY_WAIT_MAX: Duration = Duration::from_secs(20);

/// What a store needs besides its file.
#[derive(Debug)]
pub struct StoreOptions {
    /// Where the vault's key is, or will be on first use.
    pub key_file: PathBuf,
    /// For the times of migrations.
    pub clock: Clock,
    /// For the vault's key.
    pub rng: Rng,
    /// This process's flight file: a call's note is taken out when its row is committed.
    pub flight: Option<Arc<FlightFile>>,
}

/// A ledger and vault in a SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    key_file: Arc<KeyFile>,
}

impl SqliteStore {
    /// Opens the file, or makes it where there is none. Blocks for a moment: meant for the start.
    ///
    /// # Errors
    /// A foreign, damaged or newer file is refused before anything is written, and stays as it is.
    pub fn open(path: &Path, mut options: StoreOptions) -> Result<Self, StoreError> {
        if probe::probe(path)? == Found::Nothing {
            migrations::create(path, &options.clock, options.rng.uuid())?;
        }
        let mut connection = connect(path)?;
        if connection.is_readonly("main").map_err(failed("open"))? {
            return Err(StoreError::file("write", path)(std::io::ErrorKind::PermissionDenied.into()));
        }
        migrations::apply(&mut connection, path, &options.clock)?;
        Ok(Self {
            writer: Writer::start(connection, options.flight)?,
            readers: Readers::new(path),
            key_file: Arc::new(KeyFile::new(options.key_file, options.rng)),
        })
    }

    /// Who is asked for the passphrase of a vault that has one.
    pub fn ask_passphrase_by(&self, reader: PassphraseReader) {
        self.key_file.ask_by(reader);
    }

    /// Takes another keyring than the system's.
    pub fn use_keyring(&self, keyring: Keyring) {
        self.key_file.use_keyring(keyring);
    }
}

#[async_trait]
impl Ledger for SqliteStore {
    async fn close(&self) -> Result<(), StoreError> {
        let written = self.writer.close().await;
        self.readers.close();
        written
    }
}

/// A connection to a file that is there.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(opening_failed(path))?;
    connection.busy_timeout(BUSY_WAIT_MAX).map_err(failed("open"))?;
    Ok(connection)
}
