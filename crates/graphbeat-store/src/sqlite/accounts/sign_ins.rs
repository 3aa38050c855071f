//! Sign-ins that are tried, and those that were refused: one table, so that one statement counts both. And
//! what Entra asked to wait for.

use std::sync::Arc;

use graphbeat_base::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{SignInTaken, SignInWait, SignInWish};

/// Rows of an account that are kept; the rule looks at three.
const REFUSALS_MAX: u32 = 100;
/// In the place of a code: how it ended is not known, yet or for ever.
const NO_CODE: &str = "";

/// What came of a wish.
pub(super) enum Reserved {
    Taken(SignInTaken),
    Full,
    Wait { until_ms: i64, code: Option<Arc<str>> },
}

/// Takes room for a sign-in. The writer's transaction holds the database, so that no other process counts at
/// the same time.
pub(super) fn reserve(connection: &Connection, wish: &SignInWish) -> rusqlite::Result<Reserved> {
    if let Some((until_ms, code)) = wait(connection, wish)? {
        return Ok(Reserved::Wait { until_ms, code });
    }
    let mut count = connection
        .prepare_cached("SELECT count(*) FROM refusals WHERE account = ?1 AND credential = ?2 AND at_ms >= ?3")?;
    let counted: i64 =
        count.query_row(params![wish.account, wish.credential, wish.since.as_millisecond()], |row| row.get(0))?;
    if usize::try_from(counted).unwrap_or(usize::MAX) >= wish.refusals_max {
        return Ok(Reserved::Full);
    }
    let id = insert(connection, (&wish.account, &wish.credential), wish.at, NO_CODE)?;
    Ok(Reserved::Taken(SignInTaken { id, wish: wish.clone() }))
}

/// The wait that is under way.
fn wait(connection: &Connection, wish: &SignInWish) -> rusqlite::Result<Option<(i64, Option<Arc<str>>)>> {
    let mut select = connection.prepare_cached(
        "SELECT until_ms, code FROM sign_in_waits WHERE account = ?1 AND application = ?2 AND until_ms > ?3",
    )?;
    let of = params![wish.account, wish.application, wish.at.as_millisecond()];
    select.query_row(of, |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Remembers the wait; a code with it is a refusal as well.
pub(super) fn told_to_wait(connection: &Connection, sign_in: &SignInTaken, wait: &SignInWait) -> rusqlite::Result<()> {
    match &wait.code {
        Some(code) => refused(connection, sign_in, code)?,
        None => nothing(connection, sign_in)?,
    }
    let mut replace = connection.prepare_cached(
        "INSERT OR REPLACE INTO sign_in_waits (account, application, until_ms, code) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let SignInWish { account, application, .. } = &sign_in.wish;
    replace.execute(params![account, application, wait.until.as_millisecond(), wait.code]).map(drop)
}

/// Adds a row, and forgets the account's oldest.
pub(super) fn insert(
    connection: &Connection,
    (account, credential): (&str, &str),
    at: Timestamp,
    code: &str,
) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO refusals (account, credential, at_ms, code) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![account, credential, at.as_millisecond(), code])?;
    let id = connection.last_insert_rowid();
    let mut forget = connection.prepare_cached(
        "DELETE FROM refusals WHERE account = ?1 AND id NOT IN (
             SELECT id FROM refusals WHERE account = ?1 ORDER BY id DESC LIMIT ?2)",
    )?;
    forget.execute(params![account, REFUSALS_MAX])?;
    Ok(id)
}

/// The row gets its code; where its room was given away meanwhile, it comes back.
pub(super) fn refused(connection: &Connection, sign_in: &SignInTaken, code: &str) -> rusqlite::Result<()> {
    let SignInTaken { id, wish } = sign_in;
    let mut note = connection.prepare_cached(
        "UPDATE refusals SET code = ?2 WHERE id = ?1 AND account = ?3 AND credential = ?4 AND code = ''",
    )?;
    if note.execute(params![id, code, wish.account, wish.credential])? == 0 {
        insert(connection, (&wish.account, &wish.credential), wish.at, code)?;
    }
    Ok(())
}

/// The credential is good: neither this one nor the earlier ones without a known end were refused.
pub(super) fn good(connection: &Connection, sign_in: &SignInTaken) -> rusqlite::Result<()> {
    let SignInTaken { id, wish } = sign_in;
    let mut forget = connection
        .prepare_cached("DELETE FROM refusals WHERE account = ?1 AND credential = ?2 AND code = '' AND id <= ?3")?;
    forget.execute(params![wish.account, wish.credential, id]).map(drop)
}

/// The room is free again.
pub(super) fn nothing(connection: &Connection, sign_in: &SignInTaken) -> rusqlite::Result<()> {
    let SignInTaken { id, wish } = sign_in;
    let mut forget = connection
        .prepare_cached("DELETE FROM refusals WHERE id = ?1 AND account = ?2 AND credential = ?3 AND code = ''")?;
    forget.execute(params![id, wish.account, wish.credential]).map(drop)
}
