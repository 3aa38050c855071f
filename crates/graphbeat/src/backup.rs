//! One encrypted file with configuration, vault and ledger: what is in it, how it is written and read.
//!
//! The file is age's format with a passphrase, around a tar archive: `age -d FILE | tar -x` reads it without
//! this program. Its first entry, `backup.json`, says what follows.

mod inventory;
mod passphrase;
mod read;
mod write;

use std::io::{self, Read};

use graphbeat_base::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub(crate) use inventory::{Inventory, directory_of, file_place, outside};
pub(crate) use passphrase::{ask_existing, ask_new};
pub(crate) use read::unpack;
pub(crate) use write::{Part, Source, write};

/// The archive's first entry.
const MANIFEST: &str = "backup.json";
/// What the configuration is called in a backup, and where it is put.
pub(crate) const CONFIG_FILE: &str = "graphbeat.toml";
/// The format that this program writes.
const FORMAT: u32 = 1;
/// scrypt's cost, as a power of two: 128 MiB.
const WORK_FACTOR: u8 = 17;
/// The highest cost that a file may ask for: 1 GiB.
const WORK_FACTOR_MAX: u8 = 20;
/// The most files in a backup.
const FILES_MAX: usize = 20_000;
/// The longest manifest.
const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The archive's format.
    format: u32,
    /// Who wrote it.
    program: String,
    /// When it was begun.
    pub(crate) made_at: Timestamp,
    /// Which of the files is the ledger.
    pub(crate) ledger: String,
    /// What follows, in this order.
    pub(crate) files: Vec<String>,
}

impl Manifest {
    /// Of these files, now.
    pub(crate) fn new(made_at: Timestamp, ledger: String, files: Vec<String>) -> Self {
        let program = format!("graphbeat {}", env!("CARGO_PKG_VERSION"));
        Self { format: FORMAT, program, made_at, ledger, files }
    }
}

/// Reads until somebody asks to stop.
struct Stoppable<R> {
    inner: R,
    stop: CancellationToken,
}

impl<R: Read> Read for Stoppable<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(io::Error::other("stopped on request"));
        }
        self.inner.read(into)
    }
}
