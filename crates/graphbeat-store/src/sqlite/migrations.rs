//! The formats of the file, each a step from the one before; steps are only ever appended.

use std::fs;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use graphbeat_base::Clock;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use super::failure::{failed, opening_failed};
use crate::StoreError;
use crate::place::{make_private, put_in_place, unfinished};

/// `grbt`, in the header of every ledger.
pub(super) const APPLICATION_ID: u32 = 0x6772_6274;
/// The format that this program writes.
pub(super) const FORMAT: u32 = MIGRATIONS.len() as u32;

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_ledger", sql: include_str!("../../migrations/0001_ledger.sql") },
    Migration { name: "0002_delta_bookmarks", sql: include_str!("../../migrations/0002_delta_bookmarks.sql") },
    Migration { name: "0003_sign_in_waits", sql: include_str!("../../migrations/0003_sign_in_waits.sql") },
];

struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// Makes a new ledger beside its place and puts it there when it is whole.
pub(super) fn create(path: &Path, clock: &Clock, unique: Uuid) -> Result<(), StoreError> {
    let made = unfinished(path, unique);
    let finished = fill(&made, clock).and_then(|()| {
        make_private(&made).map_err(StoreError::file("protect", &made))?;
        put_in_place(&made, path).map_err(StoreError::file("make", path))
    });
    if finished.is_err() {
        let _ = fs::remove_file(&made);
    }
    finished
}

fn fill(path: &Path, clock: &Clock) -> Result<(), StoreError> {
    fs::File::create_new(path).map_err(StoreError::file("make", path))?;
    let mut connection = super::connect(path)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed("make"))?;
    let mode: String =
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed("make"))?;
    tracing::debug!(store.journal_mode = %mode, "made a new ledger");
    apply(&mut connection, path, clock)?;
    connection.close().map_err(|(_, error)| failed("make")(error))
}

/// Brings an open ledger to this program's format.
pub(super) fn apply(connection: &mut Connection, path: &Path, clock: &Clock) -> Result<(), StoreError> {
    if format_of(connection, path)? == FORMAT {
        return check_applied(connection, path);
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed("migrate"))?;
    // Another process may have been quicker.
    let found = format_of(&transaction, path)?;
    if found > FORMAT {
        return Err(StoreError::Newer { path: path.into(), found, known: FORMAT });
    }
    if found > 0 {
        check_applied(&transaction, path)?;
    }
    for version in found..FORMAT {
        step(&transaction, version as usize, clock).map_err(failed("migrate"))?;
    }
    transaction.pragma_update(None, "user_version", FORMAT).map_err(failed("migrate"))?;
    transaction.commit().map_err(failed("migrate"))
}

fn format_of(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(opening_failed(path))
}

fn step(transaction: &Transaction<'_>, index: usize, clock: &Clock) -> rusqlite::Result<()> {
    let Some(migration) = MIGRATIONS.get(index) else { return Ok(()) };
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
             version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_at_ms INTEGER NOT NULL
         ) STRICT",
    )?;
    transaction.execute_batch(migration.sql)?;
    transaction.execute(
        "INSERT INTO migrations (version, name, checksum, applied_at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![index as i64 + 1, migration.name, checksum(migration), clock.now().as_millisecond()],
    )?;
    Ok(())
}

fn check_applied(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    for (version, migration) in (1_u32..).zip(MIGRATIONS) {
        let applied: Option<Vec<u8>> = connection
            .query_row("SELECT checksum FROM migrations WHERE version = ?1", [version], |row| row.get(0))
            .optional()
            .map_err(opening_failed(path))?;
        if applied.is_some_and(|applied| applied != checksum(migration)) {
            return Err(StoreError::MigrationDiffers { path: path.into(), version });
        }
    }
    Ok(())
}

fn checksum(migration: &Migration) -> Vec<u8> {
    digest(&SHA256, migration.sql.as_bytes()).as_ref().to_vec()
}
