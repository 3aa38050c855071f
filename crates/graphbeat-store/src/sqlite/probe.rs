//! Looking at a file before anything touches it: is it a ledger, whole, and not from the future?
//!
//! The header is read as plain bytes. Only a file that is ours is then opened by SQLite, and read-only:
//! as *immutable*, which makes no side files, unless a write-ahead log lies beside it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::BUSY_WAIT_MAX;
use super::failure::{failed, opening_failed};
use super::migrations::{APPLICATION_ID, FORMAT};
use crate::StoreError;
use crate::place::directory_of;

const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
/// Up to this size the whole structure is checked at each start; it takes some 100 ms at most.
const CHECK_BYTES_MAX: u64 = 16 * 1_024 * 1_024;

/// What a look at a whole ledger came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerState {
    /// There is none yet.
    Missing,
    /// It is whole.
    Whole,
    /// Its beginning is; for the rest the time was too short.
    TooLarge,
}

/// Looks at the whole structure of a ledger, whatever its size, and writes nothing.
///
/// # Errors
/// [`StoreError`] where it is damaged, foreign, newer, or cannot be read.
pub fn examine_ledger(path: &Path, limit: Duration) -> Result<LedgerState, StoreError> {
    if probe(path)? == Found::Nothing {
        return Ok(LedgerState::Missing);
    }
    let bytes = metadata_of(path)?.map_or(0, |metadata| metadata.len());
    if bytes <= CHECK_BYTES_MAX {
        // That much was looked at already.
        return Ok(LedgerState::Whole);
    }
    let connection = connect_to_read(path, "mode=ro")?;
    let handle = connection.get_interrupt_handle();
    let (finished, waiting) = mpsc::channel::<()>();
    let answer = std::thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                handle.interrupt();
            }
        });
        let answer = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        drop(finished);
        answer
    });
    match answer {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
            Ok(LedgerState::TooLarge)
        }
        answer => judge_check(path, answer.map_err(opening_failed(path))?).map(|()| LedgerState::Whole),
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Ledger,
}

pub(super) fn probe(path: &Path) -> Result<Found, StoreError> {
    let directory = directory_of(path);
    if !directory.is_dir() {
        return Err(StoreError::DirectoryMissing { path: directory.into() });
    }
    let Some(metadata) = metadata_of(path)? else { return Ok(Found::Nothing) };
    if !metadata.is_file() {
        return Err(StoreError::Foreign { path: path.into(), reason: "it is not a file" });
    }
    let header = read_header(path)?;
    check_header(path, &header)?;
    if has_log(path) {
        return check_content(path, "mode=ro").map(|()| Found::Ledger);
    }
    let checked = check_length(path, &header).and_then(|()| check_content(path, "immutable=1"));
    match checked {
        // Another process may have begun to write in the meantime; then what was read means nothing.
        Err(StoreError::Damaged { .. }) if has_log(path) => check_content(path, "mode=ro").map(|()| Found::Ledger),
        checked => checked.map(|()| Found::Ledger),
    }
}

/// Whether a write-ahead log with content lies beside the file.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_os_string();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
}

fn metadata_of(path: &Path) -> Result<Option<fs::Metadata>, StoreError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        metadata => metadata.map(Some).map_err(StoreError::file("read", path)),
    }
}

fn read_header(path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let file = File::open(path).map_err(StoreError::file("read", path))?;
    file.take(HEADER_BYTES as u64).read_to_end(&mut header).map_err(StoreError::file("read", path))?;
    Ok(header)
}

/// A new ledger gets its name when it is whole, so an empty file is never one of ours in the making.
fn check_header(path: &Path, header: &[u8]) -> Result<(), StoreError> {
    let foreign = |reason| StoreError::Foreign { path: path.into(), reason };
    let damaged = |reason: &str| StoreError::Damaged { path: path.into(), reason: reason.into() };
    if header.is_empty() {
        return Err(damaged("it is empty"));
    }
    if !MAGIC.iter().zip(header).all(|(expected, found)| expected == found) {
        return Err(foreign("it is no SQLite database"));
    }
    if header.len() < HEADER_BYTES {
        return Err(damaged("its header is cut off"));
    }
    if number_at(header, 68) != APPLICATION_ID {
        return Err(foreign("it is a database of another program"));
    }
    let format = number_at(header, 60);
    if format > FORMAT {
        return Err(StoreError::Newer { path: path.into(), found: format, known: FORMAT });
    }
    Ok(())
}

fn check_length(path: &Path, header: &[u8]) -> Result<(), StoreError> {
    let page_bytes = match u64::from(number_at(header, 16) >> 16) {
        1 => 65_536,
        bytes => bytes,
    };
    let expected = page_bytes * u64::from(number_at(header, 28));
    let found = metadata_of(path)?.map_or(0, |metadata| metadata.len());
    if found < expected || expected == 0 {
        let reason = format!("{found} of {expected} bytes are there");
        return Err(StoreError::Damaged { path: path.into(), reason });
    }
    Ok(())
}

fn check_content(path: &Path, mode: &str) -> Result<(), StoreError> {
    let connection = connect_to_read(path, mode)?;
    let bytes = metadata_of(path)?.map_or(0, |metadata| metadata.len());
    let statement = if bytes <= CHECK_BYTES_MAX {
        "PRAGMA quick_check(1)"
    } else {
        "SELECT iif(count(*) > 0, 'ok', 'it holds no tables') FROM sqlite_schema"
    };
    let answer: String = connection.query_row(statement, [], |row| row.get(0)).map_err(opening_failed(path))?;
    judge_check(path, answer)
}

/// A connection that only reads, to a file that is a ledger.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    connect_to_read(path, if has_log(path) { "mode=ro" } else { "immutable=1" })
}

fn connect_to_read(path: &Path, mode: &str) -> Result<Connection, StoreError> {
    let uri = format!("file:{}?{mode}", uri_path(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags).map_err(opening_failed(path))?;
    connection.busy_timeout(BUSY_WAIT_MAX).map_err(failed("open"))?;
    Ok(connection)
}

fn judge_check(path: &Path, answer: String) -> Result<(), StoreError> {
    if answer == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.into(), reason: answer }) }
}

/// The path in a URI: what would end it is escaped.
fn uri_path(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// The big-endian number at that place; 0 beyond the end.
fn number_at(header: &[u8], offset: usize) -> u32 {
    header.get(offset..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_be_bytes(*bytes))
}
