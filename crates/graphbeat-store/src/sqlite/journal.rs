//! The write journal in its table: states move by compare-and-set, and the moved rows are counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_core::{Artefact, ArtefactState, Intent};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use super::SqliteStore;
use super::columns;
use super::failure::failed;
use crate::{Journal, StoreError};

#[async_trait]
impl Journal for SqliteStore {
    async fn intend(&self, intent: Intent) -> Result<i64, StoreError> {
        let known = encode(&intent.values)?;
        self.writer
            .update(move |connection| {
                let mut insert = connection.prepare_cached(
                    "INSERT INTO artefacts (account, journey, name, marker, known, state, intended_at_ms, session)
                     VALUES (?1, ?2, ?3, ?4, ?5, 'intent', ?6, ?7)",
                )?;
                insert.insert(params![
                    intent.account,
                    intent.journey,
                    intent.name,
                    intent.marker,
                    known,
                    intent.intended_at.as_millisecond(),
                    intent.session.as_bytes().as_slice(),
                ])
            })
            .await
    }

    async fn exists(&self, id: i64, values: BTreeMap<String, String>) -> Result<(), StoreError> {
        let known = encode(&values)?;
        self.move_artefact(
            id,
            "UPDATE artefacts SET state = 'exists', known = ?2 WHERE id = ?1 AND state IN ('intent', 'exists')",
            known,
        )
        .await
    }

    async fn gone(&self, id: i64) -> Result<(), StoreError> {
        // What addressed it is of no more use.
        self.move_artefact(
            id,
            "UPDATE artefacts SET state = 'gone', known = ?2, trouble = NULL
             WHERE id = ?1 AND state IN ('intent', 'exists')",
            "{}".into(),
        )
        .await
    }

    async fn trouble(&self, id: i64, text: &str) -> Result<(), StoreError> {
        self.move_artefact(
            id,
            "UPDATE artefacts SET trouble = ?2 WHERE id = ?1 AND state IN ('intent', 'exists')",
            text.into(),
        )
        .await
    }

    async fn open(&self, account: Option<&str>) -> Result<Vec<Artefact>, StoreError> {
        let account = account.map(String::from);
        self.readers.read(move |connection| open(connection, account.as_deref())).await
    }
}

impl SqliteStore {
    /// Runs an update with the key and a text; exactly one row has to move.
    async fn move_artefact(&self, id: i64, statement: &'static str, text: String) -> Result<(), StoreError> {
        self.writer
            .change(move |connection| {
                let moved = connection
                    .prepare_cached(statement)
                    .and_then(|mut update| update.execute(params![id, text]))
                    .map_err(failed("write"))?;
                if moved == 1 { Ok(()) } else { Err(StoreError::ArtefactMoved { id }) }
            })
            .await
    }
}

fn open(connection: &Connection, account: Option<&str>) -> Result<Vec<Artefact>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT id, account, journey, name, marker, known, state, intended_at_ms, session, trouble
             FROM artefacts WHERE state <> 'gone' AND (?1 IS NULL OR account = ?1) ORDER BY id",
        )
        .map_err(failed("read"))?;
    let mut rows = select.query([account]).map_err(failed("read"))?;
    let mut artefacts = Vec::new();
    while let Some(row) = rows.next().map_err(failed("read"))? {
        artefacts.push(artefact(row)?);
    }
    Ok(artefacts)
}

fn artefact(row: &Row<'_>) -> Result<Artefact, StoreError> {
    let text = |column: usize| row.get::<_, Arc<str>>(column).map_err(failed("read"));
    let id: i64 = row.get(0).map_err(failed("read"))?;
    let unreadable = |what: &str| StoreError::Row(format!("{what} of artefact {id} is unreadable"));
    let session: Vec<u8> = row.get(8).map_err(failed("read"))?;
    Ok(Artefact {
        id,
        account: text(1)?,
        journey: text(2)?,
        name: text(3)?,
        marker: text(4)?,
        values: serde_json::from_str(&text(5)?).map_err(|_| unreadable("a value"))?,
        state: ArtefactState::from_word(&text(6)?).ok_or_else(|| unreadable("the state"))?,
        intended_at: columns::time(row.get(7).map_err(failed("read"))?)?,
        session: Uuid::from_slice(&session).map_err(|_| unreadable("the session"))?,
        trouble: row.get(9).map_err(failed("read"))?,
    })
}

fn encode(values: &BTreeMap<String, String>) -> Result<String, StoreError> {
    serde_json::to_string(values).map_err(|_| StoreError::Row("an artefact's values cannot be written".into()))
}
