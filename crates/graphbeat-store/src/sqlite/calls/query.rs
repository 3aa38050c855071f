//! From a filter to SQL.
//!
//! A class is many operations, and an index holds the calls of each in order: the newest of each are
//! taken and merged, so that a page of a big class does not sort all of it. A `+` keeps an index that
//! would find more rows out of the choice.

use graphbeat_base::CallId;
use graphbeat_core::{Call, Verdict};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::row::{COLUMNS, Rows};
use crate::sqlite::columns::{self, STAGES, VERDICTS};
use crate::sqlite::failure::failed;
use crate::{CALLS_PAGE_MAX, CallFilter, CallOrder, StoreError};

/// A class of more operations than this is read without merging.
const MERGED_MAX: usize = 200;

/// The calls that the filter lets pass.
pub(in crate::sqlite) fn calls(connection: &Connection, filter: &CallFilter) -> Result<Vec<Call>, StoreError> {
    let limit = filter.limit.min(CALLS_PAGE_MAX);
    let mut conditions = Conditions::of(filter)?;
    conditions.merge_class(connection, filter).map_err(failed("read"))?;
    let mut select = connection.prepare_cached(&conditions.statement(filter, limit)).map_err(failed("read"))?;
    let mut found = select.query(params_from_iter(&conditions.values)).map_err(failed("read"))?;
    let mut rows = Rows::new(connection);
    let needle = filter.text.as_ref().map(|text| text.to_lowercase());
    let mut calls = Vec::new();
    while calls.len() < limit
        && let Some(row) = found.next().map_err(failed("read"))?
    {
        let call = rows.call(row)?;
        if needle.as_ref().is_none_or(|needle| mentions(&call, needle)) {
            calls.push(call);
        }
    }
    Ok(calls)
}

/// Whether the text, in lower case, stands in the call's code, message, operation or path.
fn mentions(call: &Call, needle: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(needle);
    has(&call.operation)
        || call.code.as_ref().is_some_and(|code| has(code))
        || call.message.as_ref().is_some_and(|message| has(message))
        || has(&call.path.to_string())
}

/// What stands behind `WHERE`.
struct Conditions {
    terms: Vec<String>,
    values: Vec<Value>,
    /// The numbers of the operations whose calls are merged.
    merged: Vec<i64>,
}

impl Conditions {
    fn of(filter: &CallFilter) -> Result<Self, StoreError> {
        let mut conditions = Self { terms: Vec::new(), values: Vec::new(), merged: Vec::new() };
        conditions.push_names(filter);
        conditions.push_ids(filter);
        conditions.push_outcome(filter)?;
        Ok(conditions)
    }

    fn push(&mut self, term: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.terms.push(term.replace('?', &format!("?{}", self.values.len())));
    }

    fn push_names(&mut self, filter: &CallFilter) {
        if let Some(account) = &filter.account {
            self.push("account = (SELECT id FROM names WHERE name = ?)", account.to_string());
        }
        if let Some(operation) = &filter.operation {
            self.push("operation = (SELECT id FROM names WHERE name = ?)", operation.to_string());
        }
    }

    /// Decides how a class is read.
    fn merge_class(&mut self, connection: &Connection, filter: &CallFilter) -> rusqlite::Result<()> {
        let Some(class) = &filter.class else { return Ok(()) };
        // `/` follows `.`: every name that starts with the class and a dot.
        let mut select = connection.prepare_cached("SELECT id FROM names WHERE name >= ?1 AND name < ?2")?;
        let operations = select.query_map([format!("{class}."), format!("{class}/")], |row| row.get(0))?;
        let operations: Vec<i64> = operations.collect::<rusqlite::Result<_>>()?;
        // An account's own calls are few enough to look through.
        let is_narrow = filter.text.is_some() || filter.operation.is_some() || filter.account.is_some();
        let is_merged = !is_narrow && (1..=MERGED_MAX).contains(&operations.len());
        if is_merged {
            self.merged = operations;
        } else {
            let numbers: Vec<String> = operations.iter().map(i64::to_string).collect();
            self.terms.push(format!("+operation IN ({})", numbers.join(", ")));
        }
        Ok(())
    }

    fn push_ids(&mut self, filter: &CallFilter) {
        if let Some(id) = filter.id {
            self.push("id = ?", id.to_i64());
        }
        if let Some(since) = filter.since {
            self.push("id >= ?", CallId::first_at(since).to_i64());
        }
        if let Some(until) = filter.until {
            self.push("id < ?", CallId::first_at(until).to_i64());
        }
        if let Some(after) = filter.after {
            self.push("id > ?", after.to_i64());
        }
        if let Some(before) = filter.before {
            self.push("id < ?", before.to_i64());
        }
    }

    fn push_outcome(&mut self, filter: &CallFilter) -> Result<(), StoreError> {
        if let Some(stage) = filter.stage {
            self.push("stage = ?", columns::number(STAGES, &stage)?);
        }
        if !filter.verdicts.is_empty() {
            let numbers = filter.verdicts.iter().map(|verdict| columns::number(VERDICTS, verdict));
            let numbers = numbers.map(|number| number.map(|number| number.to_string()));
            let numbers: Vec<String> = numbers.collect::<Result<_, _>>()?;
            let column = if filter.account.is_some() { "+verdict" } else { "verdict" };
            self.terms.push(format!("{column} IN ({})", numbers.join(", ")));
            if !filter.verdicts.contains(&Verdict::Ok) {
                // Says that the index without the good ones will do.
                self.terms.push("verdict <> 0".into());
            }
        }
        Ok(())
    }

    fn statement(&self, filter: &CallFilter, limit: usize) -> String {
        let order = match filter.order {
            CallOrder::NewestFirst => "ORDER BY id DESC",
            CallOrder::OldestFirst => "ORDER BY id",
        };
        // With a text, the rows are counted after it has been looked for.
        let limit = if filter.text.is_none() { format!("LIMIT {limit}") } else { String::new() };
        let condition = if self.merged.is_empty() {
            self.condition(None)
        } else {
            let newest = self.merged.iter().map(|operation| {
                let condition = self.condition(Some(format!("operation = {operation}")));
                format!("SELECT id FROM (SELECT id FROM calls {condition} {order} {limit})")
            });
            let newest: Vec<String> = newest.collect();
            format!("WHERE id IN ({})", newest.join(" UNION ALL "))
        };
        format!("SELECT {COLUMNS} FROM calls {condition} {order} {limit}")
    }

    fn condition(&self, more: Option<String>) -> String {
        let terms: Vec<String> = more.into_iter().chain(self.terms.iter().cloned()).collect();
        if terms.is_empty() { String::new() } else { format!("WHERE {}", terms.join(" AND ")) }
    }
}
