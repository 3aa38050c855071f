//! The bookmarks of delta queries in their table.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{SqliteStore, columns};
use crate::{DeltaBookmarks, StoreError, StoredBookmark};

#[async_trait]
impl DeltaBookmarks for SqliteStore {
    async fn delta_bookmark(&self, account: &str, operation: &str) -> Result<Option<StoredBookmark>, StoreError> {
        let of = [account.to_owned(), operation.to_owned()];
        let found = self.readers.select(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT path, bookmark, since_ms FROM delta_bookmarks WHERE account = ?1 AND operation = ?2",
            )?;
            select.query_row(of, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
        });
        let Some((path, text, since_ms)) = found.await? else { return Ok(None) };
        Ok(Some(StoredBookmark { path, text, since: columns::time(since_ms)? }))
    }

    async fn set_delta_bookmark(
        &self,
        account: &str,
        operation: &str,
        bookmark: Option<StoredBookmark>,
    ) -> Result<(), StoreError> {
        let of = [account.to_owned(), operation.to_owned()];
        self.writer
            .remark(move |connection| match &bookmark {
                Some(bookmark) => set(connection, &of, bookmark),
                None => connection
                    .prepare_cached("DELETE FROM delta_bookmarks WHERE account = ?1 AND operation = ?2")?
                    .execute([&of[0], &of[1]])
                    .map(drop),
            })
            .await
    }
}

fn set(connection: &Connection, of: &[String; 2], bookmark: &StoredBookmark) -> rusqlite::Result<()> {
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO delta_bookmarks (account, operation, path, bookmark, since_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    replace.execute(params![of[0], of[1], bookmark.path, bookmark.text, bookmark.since.as_millisecond()]).map(drop)
}
