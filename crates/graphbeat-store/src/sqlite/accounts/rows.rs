//! From rows to what is remembered of accounts.

use std::sync::Arc;

use graphbeat_base::Timestamp;
use graphbeat_core::{AccountStanding, AccountState, Refusal};
use rusqlite::{Connection, Row, params};

use crate::sqlite::columns::{self, count};
use crate::sqlite::failure::failed;
use crate::{Round, StoreError, VerdictCounts};

/// The standings of one account, or of all, sorted.
pub(super) fn standings(connection: &Connection, account: Option<&str>) -> Result<Vec<AccountStanding>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT account, state, reason, code, until_ms, since_ms FROM standings
             WHERE ?1 IS NULL OR account = ?1 ORDER BY account",
        )
        .map_err(failed("read"))?;
    let mut rows = select.query([account]).map_err(failed("read"))?;
    let mut standings = Vec::new();
    while let Some(row) = rows.next().map_err(failed("read"))? {
        standings.push(standing(row)?);
    }
    Ok(standings)
}

fn standing(row: &Row<'_>) -> Result<AccountStanding, StoreError> {
    let account: Arc<str> = row.get(0).map_err(failed("read"))?;
    let word: String = row.get(1).map_err(failed("read"))?;
    let until_ms: Option<i64> = row.get(4).map_err(failed("read"))?;
    Ok(AccountStanding {
        state: AccountState::from_word(&word)
            .ok_or_else(|| StoreError::Row(format!("no account state is called `{word}`")))?,
        account,
        reason: row.get(2).map_err(failed("read"))?,
        code: row.get(3).map_err(failed("read"))?,
        until: until_ms.map(columns::time).transpose()?,
        since: columns::time(row.get(5).map_err(failed("read"))?)?,
    })
}

/// The refusals of an account and credential.
pub(super) fn refusals(
    connection: &Connection,
    [account, credential]: &[String; 2],
    since: Timestamp,
) -> Result<Vec<Refusal>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT account, credential, at_ms, code FROM refusals
             WHERE account = ?1 AND credential = ?2 AND at_ms >= ?3 ORDER BY at_ms, id",
        )
        .map_err(failed("read"))?;
    let mut rows = select.query(params![account, credential, since.as_millisecond()]).map_err(failed("read"))?;
    let mut refusals = Vec::new();
    while let Some(row) = rows.next().map_err(failed("read"))? {
        refusals.push(Refusal {
            account: row.get(0).map_err(failed("read"))?,
            credential: row.get(1).map_err(failed("read"))?,
            at: columns::time(row.get(2).map_err(failed("read"))?)?,
            code: row.get(3).map_err(failed("read"))?,
        });
    }
    Ok(refusals)
}

/// The failures of an account that are to heal with time.
pub(super) fn healing(connection: &Connection, account: &str) -> Result<Vec<(Arc<str>, Timestamp)>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT operation, at_ms FROM first_seen WHERE account = ?1 ORDER BY operation")
        .map_err(failed("read"))?;
    let mut rows = select.query([account]).map_err(failed("read"))?;
    let mut healing = Vec::new();
    while let Some(row) = rows.next().map_err(failed("read"))? {
        let operation: Arc<str> = row.get(0).map_err(failed("read"))?;
        healing.push((operation, columns::time(row.get(1).map_err(failed("read"))?)?));
    }
    Ok(healing)
}

/// The last rounds of one account, or of all, sorted.
pub(super) fn rounds(connection: &Connection, account: Option<&str>) -> Result<Vec<(Arc<str>, Round)>, StoreError> {
    let mut select = connection
        .prepare_cached(
            "SELECT account, at_ms, ok, expected, failed, throttled, skipped, interrupted FROM rounds
             WHERE ?1 IS NULL OR account = ?1 ORDER BY account",
        )
        .map_err(failed("read"))?;
    let mut rows = select.query([account]).map_err(failed("read"))?;
    let mut rounds = Vec::new();
    while let Some(row) = rows.next().map_err(failed("read"))? {
        let number = |column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs).map_err(failed("read"));
        let counts = VerdictCounts {
            ok: number(2)?,
            expected: number(3)?,
            failed: number(4)?,
            throttled: number(5)?,
            skipped: number(6)?,
            interrupted: number(7)?,
        };
        let at = columns::time(row.get(1).map_err(failed("read"))?)?;
        rounds.push((row.get(0).map_err(failed("read"))?, Round { at, counts }));
    }
    Ok(rounds)
}

pub(super) fn set_round(connection: &Connection, account: &str, round: &Round) -> rusqlite::Result<()> {
    let VerdictCounts { ok, expected, failed, throttled, skipped, interrupted } = round.counts;
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO rounds (account, at_ms, ok, expected, failed, throttled, skipped, interrupted)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    replace
        .execute(params![
            account,
            round.at.as_millisecond(),
            count(ok),
            count(expected),
            count(failed),
            count(throttled),
            count(skipped),
            count(interrupted),
        ])
        .map(drop)
}
