//! `log`: the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use graphbeat_base::Timestamp;
use graphbeat_config::FileCheck;
use graphbeat_core::{CALL_FIELDS, Call, Verdict};
use graphbeat_store::{CallFeed, CallFilter, CallOrder, CallPages, Ledger};
use tokio_util::sync::CancellationToken;

use super::check::tone;
use crate::arguments::{Format, LogArguments};
use crate::context::Context;
use crate::diagnosis::Diagnoses;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column};
use crate::runtime::open_ledger;
use crate::stop::run_until_stopped;
use crate::texts::say;

/// How often `--follow` looks; real time.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

pub(crate) fn run(arguments: &LogArguments, context: &Context) -> Result<Exit, Failure> {
    let catalog = context.catalog()?;
    let config = context.config(&catalog, FileCheck::Skip)?;
    run_until_stopped(async |stop| {
        let opened = open_ledger(context, &config)?;
        let filter = filter(arguments, opened.clock.now());
        let diagnoses = Arc::new(Diagnoses::new(&config, catalog, context.language())?);
        let shown = Shown { several: Several::of(arguments), diagnoses, context };
        let ledger: &dyn Ledger = &*opened.store;
        if arguments.follow {
            shown.follow(ledger, filter, stop).await?;
        } else {
            shown.print(ledger, filter).await?;
        }
        opened.store.close().await?;
        Ok(Exit::Ok)
    })
}

/// What the ledger itself filters by: one value of each kind.
fn filter(arguments: &LogArguments, now: Timestamp) -> CallFilter {
    let one = |names: &[String]| match names {
        [name] => Some(Arc::from(name.as_str())),
        _ => None,
    };
    CallFilter {
        account: one(&arguments.account),
        class: one(&arguments.class),
        operation: one(&arguments.operation),
        verdicts: arguments.verdict.clone(),
        stage: arguments.stage,
        since: arguments.since.map(|bound| bound.resolve(now)),
        until: arguments.until.map(|bound| bound.resolve(now)),
        text: arguments.text.clone(),
        limit: arguments.limit as usize,
        order: CallOrder::NewestFirst,
        ..CallFilter::default()
    }
}

/// Flags with several values: a row has to match one of each.
struct Several {
    accounts: BTreeSet<String>,
    classes: BTreeSet<String>,
    operations: BTreeSet<String>,
}

impl Several {
    fn of(arguments: &LogArguments) -> Self {
        let set = |names: &[String]| if names.len() > 1 { names.iter().cloned().collect() } else { BTreeSet::new() };
        Self {
            accounts: set(&arguments.account),
            classes: set(&arguments.class),
            operations: set(&arguments.operation),
        }
    }

    fn matches(&self, call: &Call) -> bool {
        let class = call.operation.split('.').next().unwrap_or_default();
        let within = |set: &BTreeSet<String>, word: &str| set.is_empty() || set.contains(word);
        within(&self.accounts, &call.account)
            && within(&self.classes, class)
            && within(&self.operations, &call.operation)
    }

    fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.classes.is_empty() && self.operations.is_empty()
    }
}

/// Which rows are shown, and how.
struct Shown<'a> {
    several: Several,
    diagnoses: Arc<Diagnoses>,
    context: &'a Context,
}

impl Shown<'_> {
    /// The newest rows for a table, oldest of them first; the whole ledger for programs.
    async fn print(&self, ledger: &dyn Ledger, mut filter: CallFilter) -> Result<(), Failure> {
        let mut list = self.context.printer.list(CALL_FIELDS, columns(&self.diagnoses));
        let is_table = self.context.printer.format() == Format::Table;
        let limit = filter.limit;
        if !is_table {
            filter.limit = usize::MAX;
            filter.order = CallOrder::OldestFirst;
        } else if !self.several.is_empty() {
            filter.limit = usize::MAX;
        }
        let mut pages = CallPages::new(ledger, filter);
        let mut newest = Vec::new();
        while let Some(page) = pages.next().await? {
            let matching = page.into_iter().filter(|call| self.several.matches(call));
            if is_table {
                newest.extend(matching.take(limit - newest.len()));
                if newest.len() >= limit {
                    break;
                }
            } else {
                for call in matching {
                    list.push(&call)?;
                }
            }
        }
        newest.iter().rev().try_for_each(|call| list.push(call))?;
        list.finish()
    }

    /// The newest rows, then every row as it comes, until stopped.
    async fn follow(&self, ledger: &dyn Ledger, filter: CallFilter, stop: CancellationToken) -> Result<(), Failure> {
        let (mut feed, mut calls) = CallFeed::start(ledger, filter).await?;
        loop {
            for call in calls.iter().filter(|call| self.several.matches(call)) {
                self.print_line(call)?;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(FOLLOW_EVERY) => {}
            }
            calls = feed.next(ledger).await?;
        }
    }

    /// One row at a time: a line for people, a JSON object or a CSV record for programs.
    fn print_line(&self, call: &Call) -> Result<(), Failure> {
        let printer = self.context.printer;
        match printer.format() {
            Format::Json => printer.text(&serde_json::to_string(call)?),
            Format::Table => printer.text(
                format!(
                    "{}  {}  {}  {}  {} ms  {}",
                    graphbeat_core::time_text(call.started_at),
                    call.account,
                    call.operation,
                    call.tag(),
                    call.duration_ms,
                    meaning(&self.diagnoses, call)
                )
                .trim_end(),
            ),
            Format::Csv => printer.csv_line(call, CALL_FIELDS),
        }
    }
}

/// What a failed call means, in a few words; nothing for any other.
fn meaning(diagnoses: &Diagnoses, call: &Call) -> String {
    match call.verdict {
        Verdict::Failed | Verdict::Throttled | Verdict::Interrupted => diagnoses.of_call(call).title,
        Verdict::Ok | Verdict::Expected | Verdict::Skipped => String::new(),
    }
}

fn columns(diagnoses: &Arc<Diagnoses>) -> Vec<Column<Call>> {
    let diagnoses = Arc::clone(diagnoses);
    vec![
        Column::new(say!("word-time"), |call: &Call| graphbeat_core::time_text(call.started_at)),
        Column::new(say!("word-id"), |call: &Call| Cell::from(call.id.to_string())),
        Column::new(say!("word-account"), |call: &Call| call.account.to_string()),
        Column::new(say!("word-operation"), |call: &Call| call.operation.to_string()),
        Column::new(say!("word-try"), |call: &Call| call.attempt.to_string()),
        Column::new(say!("word-result"), |call: &Call| Cell::toned(call.tag(), tone(call.verdict))),
        Column::new(say!("word-verdict"), |call: &Call| call.verdict.word()),
        Column::new(say!("word-ms"), |call: &Call| call.duration_ms.to_string()),
        Column::new(say!("word-code"), |call: &Call| call.code.as_deref().unwrap_or_default().to_owned()),
        Column::new(say!("diagnosis-meaning"), move |call: &Call| meaning(&diagnoses, call)),
    ]
}
