//! The connections that read: a few, opened when they are needed, used off the async threads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::connect;
use super::failure::failed;
use crate::StoreError;

/// More queries than this do not run at once.
const READERS_MAX: usize = 4;

#[derive(Debug)]
pub(super) struct Readers {
    pool: Arc<Pool>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        let pool = Pool { path: path.into(), idle: Mutex::new(Vec::new()) };
        Self { pool: Arc::new(pool), permits: Arc::new(Semaphore::new(READERS_MAX)) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.pool.path
    }

    /// Runs the query on a connection of its own.
    pub(super) async fn read<T, Query>(&self, query: Query) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Query: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let pool = Arc::clone(&self.pool);
        let permits = Arc::clone(&self.permits);
        let answer = spawn_blocking(move || {
            let connection = pool.take()?;
            let answer = query(&connection);
            if !permits.is_closed() {
                pool.idle().push(connection);
            }
            drop(permit);
            answer
        });
        answer.await.map_err(|error| StoreError::Database { act: "read", source: Box::new(error) })?
    }

    /// A query that can only fail in the database.
    pub(super) async fn select<T, Query>(&self, query: Query) -> Result<T, StoreError>
    where
        T: Send + 'static,
        Query: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.read(move |connection| query(connection).map_err(failed("read"))).await
    }

    /// Ends reading; queries under way finish.
    pub(super) fn close(&self) {
        self.permits.close();
        self.pool.idle().clear();
    }
}

impl Pool {
    fn take(&self) -> Result<Connection, StoreError> {
        if let Some(connection) = self.idle().pop() {
            return Ok(connection);
        }
        let connection = connect(&self.path)?;
        connection.pragma_update(None, "query_only", true).map_err(failed("open"))?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
