//! The calls in their table: writing, filtering, counting.

mod query;
mod row;

use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::{CallId, Timestamp};
use graphbeat_core::Call;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::SqliteStore;
use super::columns::{self, KINDS, METHODS, STAGES, VERDICTS};
use super::failure::failed;
use super::intern::Interner;
use crate::{AccountCounts, CallFilter, CallLog, StoreError, VerdictCounts};

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

/// Writes the row of a call, unless it is there already.
pub(super) fn insert_call(connection: &Connection, interner: &mut Interner, call: &Call) -> Result<(), StoreError> {
    let id = call.id.to_i64();
    if insert_at(connection, interner, call, id)? {
        return Ok(());
    }
    match find_place(connection, id, call.client_request_id)? {
        Place::Recorded => Ok(()),
        Place::Free(id) => insert_at(connection, interner, call, id).map(|_| ()),
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

/// Whether the id was free.
fn insert_at(connection: &Connection, interner: &mut Interner, call: &Call, id: i64) -> Result<bool, StoreError> {
    let mut name = |name| interner.name(connection, name);
    let [account, tenant, operation] = [name(&call.account)?, name(&call.tenant)?, name(&call.operation)?];
    let template = name(&call.path.template)?;
    let journey = call.journey.as_ref().map(&mut name).transpose()?;
    let code = call.code.as_ref().map(&mut name).transpose()?;
    let message = call.message.as_ref().map(|message| interner.text(connection, message)).transpose()?;
    let path_ids = match call.path.ids.as_slice() {
        [] => None,
        [id] => Some(interner.text(connection, id)?),
        ids => Some(interner.text(connection, &ids.join(ID_SEPARATOR))?),
    };
    let started_ms = call.started_at.as_millisecond();
    let mut insert = connection
        .prepare_cached(
            "INSERT INTO calls (id, started_offset_ms, late_ms, duration_ms, account, tenant, operation, journey,
                 attempt, method, path_template, path_ids, status, verdict, stage, kind, code, message, request_id,
                 client_request_id, retry_after_s, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
             ON CONFLICT (id) DO NOTHING",
        )
        .map_err(failed("write"))?;
    let inserted = insert
        .execute(params![
            id,
            started_ms - time_ms(id),
            started_ms - call.planned_at.as_millisecond(),
            call.duration_ms,
            account,
            tenant,
            operation,
            journey,
            call.attempt,
            columns::number(METHODS, &call.method)?,
            template,
            path_ids,
            call.status,
            columns::number(VERDICTS, &call.verdict)?,
            call.stage.map(|stage| columns::number(STAGES, &stage)).transpose()?,
            call.kind.map(|kind| columns::number(KINDS, &kind)).transpose()?,
            code,
            message,
            call.request_id.as_ref().map(|id| id.as_bytes().as_slice()),
            call.client_request_id.as_bytes().as_slice(),
            call.retry_after_s,
            columns::count(call.bytes),
        ])
        .map_err(failed("write"))?;
    Ok(inserted == 1)
}

fn counts(connection: &Connection, since: Option<Timestamp>) -> Result<Vec<AccountCounts>, StoreError> {
    let first = since.map_or(0, |since| CallId::first_at(since).to_i64());
    let mut select = connection
        .prepare_cached(
            "SELECT names.name, counted.verdict, counted.calls, counted.last_id
             FROM (SELECT account, verdict, COUNT(*) AS calls, MAX(id) AS last_id
                   FROM calls WHERE id >= ?1 GROUP BY account, verdict) AS counted
             JOIN names ON names.id = counted.account
             ORDER BY names.name",
        )
        .map_err(failed("read"))?;
    let mut rows = select.query([first]).map_err(failed("read"))?;
    let mut accounts: Vec<AccountCounts> = Vec::new();
    while let Some(row) = rows.next().map_err(failed("read"))? {
        let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let (account, verdict, calls, last_id): (Arc<str>, i64, i64, i64) = read().map_err(failed("read"))?;
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
