//! Standings, refusals, rounds and healing failures in their tables.

mod rows;
mod sign_ins;

use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Timestamp;
use graphbeat_core::{AccountStanding, AccountState, Refusal};
use rusqlite::{OptionalExtension as _, params};

use self::sign_ins::Reserved;
use super::SqliteStore;
use super::columns;
use crate::{AccountStates, Round, SignInEnd, SignInRoom, SignInTaken, SignInWait, SignInWish, StoreError};

#[async_trait]
impl AccountStates for SqliteStore {
    async fn standing(&self, account: &str) -> Result<Option<AccountStanding>, StoreError> {
        let account = account.to_owned();
        self.readers.read(move |connection| rows::standings(connection, Some(&account))).await.map(|mut all| all.pop())
    }

    async fn set_standing(&self, standing: AccountStanding) -> Result<(), StoreError> {
        self.writer
            .update(move |connection| {
                let mut replace = connection.prepare_cached(
                    "INSERT OR REPLACE INTO standings (account, state, reason, code, until_ms, since_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?;
                replace
                    .execute(params![
                        standing.account,
                        standing.state.word(),
                        standing.reason,
                        standing.code,
                        standing.until.map(Timestamp::as_millisecond),
                        standing.since.as_millisecond(),
                    ])
                    .map(drop)
            })
            .await
    }

    async fn stand_unless_paused(&self, standing: AccountStanding) -> Result<bool, StoreError> {
        self.writer
            .update(move |connection| {
                let mut replace = connection.prepare_cached(
                    "INSERT INTO standings (account, state, reason, code, until_ms, since_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (account) DO UPDATE SET state = excluded.state, reason = excluded.reason,
                         code = excluded.code, until_ms = excluded.until_ms, since_ms = excluded.since_ms
                     WHERE NOT (state = ?7 AND until_ms IS NULL)",
                )?;
                let replaced = replace.execute(params![
                    standing.account,
                    standing.state.word(),
                    standing.reason,
                    standing.code,
                    standing.until.map(Timestamp::as_millisecond),
                    standing.since.as_millisecond(),
                    AccountState::Paused.word(),
                ])?;
                Ok(replaced > 0)
            })
            .await
    }

    async fn standings(&self) -> Result<Vec<AccountStanding>, StoreError> {
        self.readers.read(|connection| rows::standings(connection, None)).await
    }

    async fn refusals(&self, account: &str, credential: &str, since: Timestamp) -> Result<Vec<Refusal>, StoreError> {
        let of = [account.to_owned(), credential.to_owned()];
        self.readers.read(move |connection| rows::refusals(connection, &of, since)).await
    }

    async fn reserve_sign_in(&self, wanted: SignInWish) -> Result<SignInRoom, StoreError> {
        let (account, credential, since) = (Arc::clone(&wanted.account), Arc::clone(&wanted.credential), wanted.since);
        match self.writer.claim(move |connection| sign_ins::reserve(connection, &wanted)).await? {
            Reserved::Taken(taken) => Ok(SignInRoom::Taken(taken)),
            Reserved::Wait { until_ms, code } => {
                Ok(SignInRoom::Wait(SignInWait { until: columns::time(until_ms)?, code }))
            }
            Reserved::Full => self.refusals(&account, &credential, since).await.map(SignInRoom::Full),
        }
    }

    async fn settle_sign_in(&self, sign_in: SignInTaken, end: SignInEnd) -> Result<(), StoreError> {
        match end {
            SignInEnd::Refused(code) => {
                self.writer.update(move |connection| sign_ins::refused(connection, &sign_in, &code)).await
            }
            SignInEnd::Wait(wait) => {
                self.writer.update(move |connection| sign_ins::told_to_wait(connection, &sign_in, &wait)).await
            }
            // Nobody waits for it: where it is lost, the sign-in counts as one whose end is not known.
            SignInEnd::Good => self.writer.remark(move |connection| sign_ins::good(connection, &sign_in)).await,
            SignInEnd::Nothing => self.writer.remark(move |connection| sign_ins::nothing(connection, &sign_in)).await,
        }
    }

    async fn add_refusal(&self, refusal: Refusal) -> Result<(), StoreError> {
        self.writer
            .update(move |connection| {
                let Refusal { account, credential, at, code } = &refusal;
                sign_ins::insert(connection, (account, credential), *at, code).map(drop)
            })
            .await
    }

    async fn clear_refusals(&self, account: &str) -> Result<(), StoreError> {
        let account = account.to_owned();
        self.writer
            .update(move |connection| {
                connection.prepare_cached("DELETE FROM refusals WHERE account = ?1")?.execute([&account])?;
                connection.prepare_cached("DELETE FROM sign_in_waits WHERE account = ?1")?.execute([&account]).map(drop)
            })
            .await
    }

    async fn first_seen(&self, account: &str, operation: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
        let of = [account.to_owned(), operation.to_owned()];
        let seen = self.readers.select({
            let of = of.clone();
            move |connection| {
                let mut select =
                    connection.prepare_cached("SELECT at_ms FROM first_seen WHERE account = ?1 AND operation = ?2")?;
                select.query_row(of, |row| row.get(0)).optional()
            }
        });
        if let Some(at_ms) = seen.await? {
            return columns::time(at_ms);
        }
        let at_ms = self.writer.update(move |connection| {
            // Another process may have been quicker: its time stands.
            let mut note = connection.prepare_cached(
                "INSERT INTO first_seen (account, operation, at_ms) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account, operation) DO UPDATE SET at_ms = at_ms RETURNING at_ms",
            )?;
            note.query_row(params![of[0], of[1], now.as_millisecond()], |row| row.get(0))
        });
        columns::time(at_ms.await?)
    }

    async fn healing(&self, account: &str) -> Result<Vec<(Arc<str>, Timestamp)>, StoreError> {
        let account = account.to_owned();
        self.readers.read(move |connection| rows::healing(connection, &account)).await
    }

    async fn forget_first_seen(&self, account: &str, operation: &str) -> Result<(), StoreError> {
        let of = [account.to_owned(), operation.to_owned()];
        self.writer
            .update(move |connection| {
                let mut forget =
                    connection.prepare_cached("DELETE FROM first_seen WHERE account = ?1 AND operation = ?2")?;
                forget.execute([&of[0], &of[1]]).map(drop)
            })
            .await
    }

    async fn last_round(&self, account: &str) -> Result<Option<Round>, StoreError> {
        let account = account.to_owned();
        let found = self.readers.read(move |connection| rows::rounds(connection, Some(&account))).await;
        found.map(|mut all| all.pop().map(|(_, round)| round))
    }

    async fn set_last_round(&self, account: &str, round: Round) -> Result<(), StoreError> {
        let account = account.to_owned();
        self.writer.remark(move |connection| rows::set_round(connection, &account, &round)).await
    }

    async fn last_rounds(&self) -> Result<Vec<(Arc<str>, Round)>, StoreError> {
        self.readers.read(|connection| rows::rounds(connection, None)).await
    }
}
