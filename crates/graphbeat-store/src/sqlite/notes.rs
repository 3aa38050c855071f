//! The notes in their table.

use async_trait::async_trait;
use rusqlite::OptionalExtension as _;

use super::SqliteStore;
use crate::{Notes, StoreError};

#[async_trait]
impl Notes for SqliteStore {
    async fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.readers
            .select(move |connection| {
                let mut select = connection.prepare_cached("SELECT text FROM notes WHERE name = ?1")?;
                select.query_row([name], |row| row.get(0)).optional()
            })
            .await
    }

    async fn set_note(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let row = [name.to_owned(), text.to_owned()];
        self.writer
            .update(move |connection| {
                let mut replace = connection.prepare_cached(
                    "INSERT INTO notes (name, text) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET text = excluded.text",
                )?;
                replace.execute([&row[0], &row[1]]).map(drop)
            })
            .await
    }
}
