//! Calls by account and verdict, kept with each commit: counting millions of rows would take seconds.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, Row};

/// Account, verdict, calls, last id.
pub(super) type Counted = (Arc<str>, i64, i64, i64);

/// What the transaction adds.
#[derive(Default)]
pub(super) struct Tallies(HashMap<(i64, i64), (i64, i64)>);

impl Tallies {
    /// Counts a row.
    pub(super) fn add(&mut self, account: i64, verdict: i64, id: i64) {
        let (calls, last_id) = self.0.entry((account, verdict)).or_insert((0, id));
        *calls += 1;
        *last_id = id.max(*last_id);
    }

    /// Writes what was counted.
    pub(super) fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut add = connection.prepare_cached(
            "INSERT INTO tallies (account, verdict, calls, last_id) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account, verdict)
             DO UPDATE SET calls = calls + excluded.calls, last_id = max(last_id, excluded.last_id)",
        )?;
        for ((account, verdict), (calls, last_id)) in self.0.drain() {
            add.execute([account, verdict, calls, last_id])?;
        }
        Ok(())
    }
}

/// All calls, sorted by account.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Counted>> {
    let mut select = connection.prepare_cached(
        "SELECT names.name, verdict, calls, last_id FROM tallies JOIN names ON names.id = tallies.account
         ORDER BY names.name",
    )?;
    select.query_map([], counted)?.collect()
}

/// The calls from that id on, sorted by account. Reads their rows one after the other: by an index it
/// would read the whole table, in a worse order.
pub(super) fn since(connection: &Connection, first: i64) -> rusqlite::Result<Vec<Counted>> {
    let mut select = connection.prepare_cached(
        "SELECT names.name, counted.verdict, counted.calls, counted.last_id
         FROM (SELECT account, verdict, COUNT(*) AS calls, MAX(id) AS last_id
               FROM calls NOT INDEXED WHERE id >= ?1 GROUP BY account, verdict) AS counted
         JOIN names ON names.id = counted.account
         ORDER BY names.name",
    )?;
    select.query_map([first], counted)?.collect()
}

fn counted(row: &Row<'_>) -> rusqlite::Result<Counted> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}
