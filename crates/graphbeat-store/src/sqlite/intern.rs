//! Texts that repeat are stored once; rows hold their numbers.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::failure::failed;
use crate::StoreError;
use crate::hash::hash_64;

/// Texts of a kind whose numbers are remembered; at the bound the memory starts afresh.
const REMEMBERED_MAX: usize = 16_384;

/// The numbers of the texts that were used last.
#[derive(Default)]
pub(super) struct Interner {
    names: HashMap<Arc<str>, i64>,
    texts: HashMap<Arc<str>, i64>,
}

impl Interner {
    /// The number of a word of few values.
    pub(super) fn name(&mut self, connection: &Connection, name: &Arc<str>) -> Result<i64, StoreError> {
        if let Some(&number) = self.names.get(name) {
            return Ok(number);
        }
        let number = find_or_add_name(connection, name).map_err(failed("write"))?;
        remember(&mut self.names, Arc::clone(name), number);
        Ok(number)
    }

    /// The number of a text of many values.
    pub(super) fn text(&mut self, connection: &Connection, text: &str) -> Result<i64, StoreError> {
        if let Some(&number) = self.texts.get(text) {
            return Ok(number);
        }
        let number = find_or_add_text(connection, text).map_err(failed("write"))?;
        remember(&mut self.texts, Arc::from(text), number);
        Ok(number)
    }
}

fn remember(numbers: &mut HashMap<Arc<str>, i64>, text: Arc<str>, number: i64) {
    if numbers.len() >= REMEMBERED_MAX {
        numbers.clear();
    }
    numbers.insert(text, number);
}

fn find_or_add_name(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    let mut find = connection.prepare_cached("SELECT id FROM names WHERE name = ?1")?;
    if let Some(number) = find.query_row([name], |row| row.get(0)).optional()? {
        return Ok(number);
    }
    connection.prepare_cached("INSERT INTO names (name) VALUES (?1)")?.insert([name])
}

fn find_or_add_text(connection: &Connection, text: &str) -> rusqlite::Result<i64> {
    let hash = hash_64(text.as_bytes()).cast_signed();
    let mut find = connection.prepare_cached("SELECT id FROM texts WHERE hash = ?1 AND text = ?2")?;
    if let Some(number) = find.query_row(params![hash, text], |row| row.get(0)).optional()? {
        return Ok(number);
    }
    connection.prepare_cached("INSERT INTO texts (hash, text) VALUES (?1, ?2)")?.insert(params![hash, text])
}
