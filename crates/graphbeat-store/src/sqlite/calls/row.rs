//! From a row to a call; the texts behind its numbers are looked up once for a whole answer.

use std::collections::HashMap;
use std::sync::Arc;

use graphbeat_base::CallId;
use graphbeat_core::{Call, CallPath};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::{ID_SEPARATOR, time_ms};
use crate::StoreError;
use crate::sqlite::columns::{self, KINDS, METHODS, STAGES, VERDICTS};
use crate::sqlite::failure::failed;

/// The columns that [`Rows::call`] reads, in its order.
pub(super) const COLUMNS: &str = "id, started_offset_ms, late_ms, duration_ms, account, tenant, operation, journey, \
    attempt, method, path_template, path_ids, status, verdict, stage, kind, code, message, request_id, \
    client_request_id, retry_after_s, bytes";

/// Texts that are remembered while one answer is read.
const REMEMBERED_MAX: usize = 65_536;

/// Reads calls, sharing their texts.
pub(super) struct Rows<'a> {
    connection: &'a Connection,
    names: HashMap<i64, Arc<str>>,
    texts: HashMap<i64, Arc<str>>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, names: HashMap::new(), texts: HashMap::new() }
    }

    pub(super) fn call(&mut self, row: &Row<'_>) -> Result<Call, StoreError> {
        let number = |column: usize| row.get::<_, i64>(column).map_err(failed("read"));
        let maybe = |column: usize| row.get::<_, Option<i64>>(column).map_err(failed("read"));
        let id = number(0)?;
        let started_ms = time_ms(id).saturating_add(number(1)?);
        Ok(Call {
            id: CallId::from_i64(id).ok_or_else(|| StoreError::Row(format!("no call has the key {id}")))?,
            planned_at: columns::time(started_ms.saturating_sub(number(2)?))?,
            started_at: columns::time(started_ms)?,
            duration_ms: columns::fit(number(3)?)?,
            account: self.name(number(4)?)?,
            tenant: self.name(number(5)?)?,
            operation: self.name(number(6)?)?,
            journey: maybe(7)?.map(|name| self.name(name)).transpose()?,
            attempt: columns::fit(number(8)?)?,
            method: columns::value(METHODS, number(9)?)?,
            path: CallPath { template: self.name(number(10)?)?, ids: self.path_ids(maybe(11)?)? },
            status: maybe(12)?.map(columns::fit).transpose()?,
            verdict: columns::value(VERDICTS, number(13)?)?,
            stage: maybe(14)?.map(|stage| columns::value(STAGES, stage)).transpose()?,
            kind: maybe(15)?.map(|kind| columns::value(KINDS, kind)).transpose()?,
            code: maybe(16)?.map(|name| self.name(name)).transpose()?,
            message: maybe(17)?.map(|text| self.text(text)).transpose()?,
            request_id: row.get::<_, Option<Vec<u8>>>(18).map_err(failed("read"))?.map(uuid).transpose()?,
            client_request_id: uuid(row.get(19).map_err(failed("read"))?)?,
            retry_after_s: maybe(20)?.map(columns::fit).transpose()?,
            bytes: columns::fit(number(21)?)?,
        })
    }

    fn path_ids(&mut self, number: Option<i64>) -> Result<Vec<Arc<str>>, StoreError> {
        let Some(number) = number else { return Ok(Vec::new()) };
        let joined = self.text(number)?;
        if joined.contains(ID_SEPARATOR) {
            return Ok(joined.split(ID_SEPARATOR).map(Arc::from).collect());
        }
        Ok(vec![joined])
    }

    fn name(&mut self, number: i64) -> Result<Arc<str>, StoreError> {
        look_up(self.connection, &mut self.names, "SELECT name FROM names WHERE id = ?1", number)
    }

    fn text(&mut self, number: i64) -> Result<Arc<str>, StoreError> {
        look_up(self.connection, &mut self.texts, "SELECT text FROM texts WHERE id = ?1", number)
    }
}

fn look_up(
    connection: &Connection,
    remembered: &mut HashMap<i64, Arc<str>>,
    statement: &'static str,
    number: i64,
) -> Result<Arc<str>, StoreError> {
    if let Some(text) = remembered.get(&number) {
        return Ok(Arc::clone(text));
    }
    let text: Arc<str> = connection
        .prepare_cached(statement)
        .and_then(|mut select| select.query_row([number], |row| row.get(0)))
        .map_err(failed("read"))?;
    if remembered.len() >= REMEMBERED_MAX {
        remembered.clear();
    }
    remembered.insert(number, Arc::clone(&text));
    Ok(text)
}

fn uuid(bytes: Vec<u8>) -> Result<Uuid, StoreError> {
    Uuid::from_slice(&bytes).map_err(|_| StoreError::Row("a request id has not 16 bytes".into()))
}
