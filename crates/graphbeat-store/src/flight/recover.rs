//! What dead processes left under way, and which processes live.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::note::FlightNote;
use super::slots::{SLOT_BYTES, read_open};
use super::{ENDING, FOLDER, SLOTS_MAX};
use crate::{CallLog, StoreError};

/// What the recovery found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Requests whose end nobody saw: they are in the ledger now as `interrupted`.
    pub interrupted: usize,
    /// Notes that could not be read, written half when their process ended: their requests never left.
    pub damaged: usize,
    /// The sessions that are over, and whose files are removed.
    pub ended: Vec<Uuid>,
}

/// Turns what dead processes left under way into `interrupted` rows, then removes their flight files.
///
/// Files of living processes are left alone. A request whose row was committed just before the end is
/// not recorded twice.
///
/// # Errors
/// Where a file cannot be read, or the ledger not be written; the file stays then, for the next time.
pub async fn recover(data_directory: &Path, log: &dyn CallLog) -> Result<Recovery, StoreError> {
    let mut recovery = Recovery::default();
    for (session, path) in flight_files(data_directory)? {
        let Some(mut file) = lock_dead(&path)? else { continue };
        let bytes = read_bounded(&mut file, &path)?;
        for payload in read_open(&bytes) {
            let Some(note) = payload.as_deref().and_then(FlightNote::decode) else {
                recovery.damaged += 1;
                continue;
            };
            if !log.is_recorded(note.id, note.client_request_id).await? {
                log.append(note.into_interrupted()).await?;
                recovery.interrupted += 1;
            }
        }
        log.flush().await?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file("remove", &path)(error));
            }
            _ => recovery.ended.push(session),
        }
    }
    Ok(recovery)
}

/// The sessions of the processes that live, this one included where it has a flight file.
///
/// # Errors
/// Where the folder or a file cannot be read.
pub fn live_sessions(data_directory: &Path) -> Result<BTreeSet<Uuid>, StoreError> {
    let mut live = BTreeSet::new();
    for (session, path) in flight_files(data_directory)? {
        let Some(file) = open(&path, OpenOptions::new().read(true))? else { continue };
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                live.insert(session);
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::file("lock", &path)(source)),
        }
    }
    Ok(live)
}

/// The flight files by session, in the order of their names.
fn flight_files(data_directory: &Path) -> Result<Vec<(Uuid, PathBuf)>, StoreError> {
    let folder = data_directory.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::file("read", &folder))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(StoreError::file("read", &folder))?.path();
        let is_flight_file = path.extension().is_some_and(|ending| ending == ENDING);
        let session = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| Uuid::parse_str(stem).ok());
        if let (true, Some(session)) = (is_flight_file, session) {
            files.push((session, path));
        }
    }
    files.sort();
    Ok(files)
}

/// The file, locked, where its process is dead.
fn lock_dead(path: &Path) -> Result<Option<File>, StoreError> {
    let Some(file) = open(path, OpenOptions::new().read(true).write(true))? else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(StoreError::file("lock", path)(source)),
    }
}

/// The file; `None` where its process has just removed it.
fn open(path: &Path, options: &OpenOptions) -> Result<Option<File>, StoreError> {
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => file.map(Some).map_err(StoreError::file("open", path)),
    }
}

fn read_bounded(file: &mut File, path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let bytes_max = u64::from(SLOTS_MAX) * SLOT_BYTES as u64;
    file.take(bytes_max).read_to_end(&mut bytes).map_err(StoreError::file("read", path))?;
    Ok(bytes)
}
