//! From a call to its row, within the writer's transaction.

use graphbeat_core::Call;
use rusqlite::{Connection, params};

use super::tallies::Tallies;
use super::{ID_SEPARATOR, Place, find_place, time_ms};
use crate::StoreError;
use crate::sqlite::columns::{self, KINDS, METHODS, STAGES, VERDICTS};
use crate::sqlite::failure::failed;
use crate::sqlite::intern::Interner;

/// Writes calls, and remembers between them what makes the next one cheap.
#[derive(Default)]
pub(in crate::sqlite) struct CallWriter {
    interner: Interner,
    tallies: Tallies,
}

impl CallWriter {
    /// Writes the row of a call, unless it is there already.
    pub(in crate::sqlite) fn insert(&mut self, connection: &Connection, call: &Call) -> Result<(), StoreError> {
        let id = call.id.to_i64();
        if self.insert_at(connection, call, id)? {
            return Ok(());
        }
        match find_place(connection, id, call.client_request_id)? {
            Place::Recorded => Ok(()),
            Place::Free(id) => self.insert_at(connection, call, id).map(drop),
        }
    }

    /// Writes what belongs to all rows of the transaction, before its commit.
    pub(in crate::sqlite) fn finish(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.tallies.write(connection).map_err(failed("write"))
    }

    /// The transaction was undone: what was remembered from it means nothing.
    pub(in crate::sqlite) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Whether the id was free.
    fn insert_at(&mut self, connection: &Connection, call: &Call, id: i64) -> Result<bool, StoreError> {
        let interner = &mut self.interner;
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
        let verdict = columns::number(VERDICTS, &call.verdict)?;
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
                verdict,
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
        if inserted == 1 {
            self.tallies.add(account, verdict, id);
        }
        Ok(inserted == 1)
    }
}
