//! The calls in their table: writing, filtering, counting.

mod insert;
pub(super) mod query;
mod row;
mod tallies;

use async_trait::async_trait;
use graphbeat_base::{CallId, Timestamp};
use graphbeat_core::Call;
use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::SqliteStore;
use super::columns::{self, VERDICTS};
use super::failure::failed;
use crate::{AccountCounts, CallFilter, CallLog, StoreError, VerdictCounts};
pub(super) use insert::CallWriter;

/// Between the ids of a path; it never stands in one, for they are percent-encoded.
const ID_SEPARATOR: &str = "\u{1f}";
/// Ids that other processes took, one after the other.
const ID_STEPS_MAX: usize = 1_024;

#[async_trait]
impl CallLog for SqliteStore {
    async fn append(&self, call: Call) -> Result<(), StoreError> {
        self.writer.append(call).await
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.writer.flush().await
    }

    async fn calls(&self, filter: CallFilter) -> Result<Vec<Call>, StoreError> {
        self.readers.read(move |connection| query::calls(connection, &filter)).await
    }

    async fn is_recorded(&self, id: CallId, client_request_id: Uuid) -> Result<bool, StoreError> {
        self.readers
            .read(move |connection| {
                let place = find_place(connection, id.to_i64(), client_request_id)?;
                Ok(place == Place::Recorded)
            })
            .await
    }

    async fn counts(&self, since: Option<Timestamp>) -> Result<Vec<AccountCounts>, StoreError> {
        self.readers.read(move |connection| counts(connection, since)).await
    }
}

/// Where a call is, or could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Recorded,
    Free(i64),
}

/// Looks from its id on for the call, up to the first id that is free.
fn find_place(connection: &Connection, id: i64, client_request_id: Uuid) -> Result<Place, StoreError> {
    let mut find =
        connection.prepare_cached("SELECT client_request_id FROM calls WHERE id = ?1").map_err(failed("read"))?;
    for id in (id..).take(ID_STEPS_MAX) {
        let taken_by: Option<Vec<u8>> = find.query_row([id], |row| row.get(0)).optional().map_err(failed("read"))?;
        match taken_by {
            None => return Ok(Place::Free(id)),
            Some(taken_by) if !client_request_id.is_nil() && taken_by == client_request_id.as_bytes() => {
                return Ok(Place::Recorded);
            }
            Some(_) => {}
        }
    }
    Err(StoreError::Row(format!("{ID_STEPS_MAX} calls in a row have taken the id of another")))
}

fn counts(connection: &Connection, since: Option<Timestamp>) -> Result<Vec<AccountCounts>, StoreError> {
    let counted = match since {
        None => tallies::all(connection),
        Some(since) => tallies::since(connection, CallId::first_at(since).to_i64()),
    };
    let mut accounts: Vec<AccountCounts> = Vec::new();
    for (account, verdict, calls, last_id) in counted.map_err(failed("read"))? {
        let last_call_at = columns::time(time_ms(last_id))?;
        if accounts.last().is_none_or(|last| last.account != account) {
            accounts.push(AccountCounts { account, counts: VerdictCounts::default(), last_call_at });
        }
        if let Some(last) = accounts.last_mut() {
            last.counts.add(columns::value(VERDICTS, verdict)?, calls.unsigned_abs());
            last.last_call_at = last.last_call_at.max(last_call_at);
        }
    }
    Ok(accounts)
}

/// The time in an id.
fn time_ms(id: i64) -> i64 {
    CallId::from_i64(id).map_or(0, CallId::time_ms)
}
