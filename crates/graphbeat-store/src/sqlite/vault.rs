//! The vault in its table. The key is looked at before anything is written.

use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Secret;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::SqliteStore;
use super::failure::failed;
use crate::vault::key::VaultKey;
use crate::vault::key_file::KeyFile;
use crate::{NewKey, StoreError, Vault};

#[async_trait]
impl Vault for SqliteStore {
    async fn seal(&self, name: &str, secret: &Secret) -> Result<(), StoreError> {
        let key_file = Arc::clone(&self.key_file);
        let key = self.readers.read(move |connection| match check_row(connection)? {
            Some(check) => key_file.fitting(|key| key.fits(&check)),
            None => key_file.existing_or_new(),
        });
        let (key, key_file) = (key.await?, Arc::clone(&self.key_file));
        let (name, sealed) = (name.to_owned(), key.seal(name, secret)?);
        self.writer
            .change(move |connection| {
                check_key(connection, &key, &key_file)?;
                replace(connection, &name, &sealed).map_err(failed("write"))
            })
            .await
    }

    async fn open_secret(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        let key_file = Arc::clone(&self.key_file);
        let name = name.to_owned();
        self.readers
            .read(move |connection| {
                let Some(sealed) = sealed_row(connection, &name)? else { return Ok(None) };
                let check =
                    check_row(connection)?.ok_or_else(|| StoreError::KeyWrong { path: key_file.path().into() })?;
                let key = key_file.fitting(|key| key.fits(&check))?;
                match key.open(&name, &sealed) {
                    Some(secret) => Ok(Some(secret)),
                    None => Err(StoreError::SecretDamaged { name }),
                }
            })
            .await
    }

    async fn remove_secret(&self, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.writer
            .update(move |connection| {
                connection.prepare_cached("DELETE FROM vault WHERE name = ?1")?.execute([&name]).map(drop)
            })
            .await
    }

    async fn rekey(&self, new: NewKey) -> Result<usize, StoreError> {
        let _held = self.key_file.hold()?;
        let key_file = Arc::clone(&self.key_file);
        let prepare = self.readers.read(move |connection| {
            let old = match check_row(connection)? {
                Some(check) => key_file.fitting(|key| key.fits(&check))?,
                None => key_file.existing_or_new()?,
            };
            Ok((old, key_file.prepare(&new)?))
        });
        let ((old, new), key_file) = (prepare.await?, Arc::clone(&self.key_file));
        let resealed = self.writer.change(move |connection| {
            if check_row(connection)?.is_some_and(|check| !old.fits(&check)) {
                return Err(key_file.wrong());
            }
            reseal(connection, &old, &new)
        });
        let resealed = resealed.await?;
        let key_file = Arc::clone(&self.key_file);
        self.readers.read(move |_| key_file.promote()).await?;
        Ok(resealed)
    }

    async fn secret_names(&self) -> Result<Vec<String>, StoreError> {
        self.readers
            .select(|connection| {
                let mut select = connection.prepare_cached("SELECT name FROM vault ORDER BY name")?;
                select.query_map([], |row| row.get(0))?.collect()
            })
            .await
    }
}

/// The key has to be the one of the secrets that are there; the first one's is noted.
fn check_key(connection: &Connection, key: &VaultKey, key_file: &KeyFile) -> Result<(), StoreError> {
    match check_row(connection)? {
        Some(check) if key.fits(&check) => Ok(()),
        Some(_) => Err(key_file.wrong()),
        None => {
            let check = key.seal_check()?;
            let mut insert = connection
                .prepare_cached("INSERT INTO vault_check (id, sealed) VALUES (1, ?1)")
                .map_err(failed("write"))?;
            insert.execute([check]).map(drop).map_err(failed("write"))
        }
    }
}

/// Seals everything with the new key.
fn reseal(connection: &Connection, old: &VaultKey, new: &VaultKey) -> Result<usize, StoreError> {
    let rows: Vec<(String, Vec<u8>)> = {
        let mut select = connection.prepare_cached("SELECT name, sealed FROM vault").map_err(failed("read"))?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed("read"))?;
        rows.collect::<Result<_, _>>().map_err(failed("read"))?
    };
    for (name, sealed) in &rows {
        let secret = old.open(name, sealed).ok_or_else(|| StoreError::SecretDamaged { name: name.clone() })?;
        replace(connection, name, &new.seal(name, &secret)?).map_err(failed("write"))?;
    }
    let mut note = connection
        .prepare_cached(
            "INSERT INTO vault_check (id, sealed) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET sealed = ?1",
        )
        .map_err(failed("write"))?;
    note.execute([new.seal_check()?]).map_err(failed("write"))?;
    Ok(rows.len())
}

pub(super) fn check_row(connection: &Connection) -> Result<Option<Vec<u8>>, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT sealed FROM vault_check WHERE id = 1").map_err(failed("read"))?;
    select.query_row([], |row| row.get(0)).optional().map_err(failed("read"))
}

fn sealed_row(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut select = connection.prepare_cached("SELECT sealed FROM vault WHERE name = ?1").map_err(failed("read"))?;
    select.query_row([name], |row| row.get(0)).optional().map_err(failed("read"))
}

fn replace(connection: &Connection, name: &str, sealed: &[u8]) -> rusqlite::Result<()> {
    let mut replace = connection.prepare_cached(
        "INSERT INTO vault (name, sealed) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
    )?;
    replace.execute(params![name, sealed]).map(drop)
}
