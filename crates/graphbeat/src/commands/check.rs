//! `check`: run the selected operations now, once.

use std::collections::HashMap;
use std::sync::Arc;

use graphbeat_core::Verdict;
use graphbeat_engine::{CheckReport, OperationReport, SelectionOverride, Watcher};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments::{CheckArguments, Format};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};
use crate::runtime::{Runtime, Wanted, start};
use crate::stop::run_until_stopped;
use crate::texts::say;

/// The names of an operation's fields in CSV.
const FIELDS: &[&str] = &["account", "operation", "journey", "verdict", "status", "reason"];

pub(crate) fn run(arguments: &CheckArguments, context: &Context) -> Result<Exit, Failure> {
    run_until_stopped(async |stop| {
        let progress = Arc::new(Progress::new());
        let runtime = start(context, wanted(arguments, Arc::clone(&progress) as _)).await?;
        tokio::select! {
            report = check(&runtime, &progress) => {
                let report = report?;
                print(&report, context)?;
                runtime.close().await?;
                Ok(exit_of(&report))
            }
            () = stop.cancelled() => {
                progress.bar.finish_and_clear();
                runtime.close().await?;
                Err(Failure::new(Exit::OperationFailed, say!("check-stopped"))
                    .hint(say!("check-stopped-hint")))
            }
        }
    })
}

fn wanted(arguments: &CheckArguments, watcher: Arc<dyn Watcher>) -> Wanted<'_> {
    let by_hand = !(arguments.class.is_empty() && arguments.operation.is_empty());
    Wanted {
        accounts: &arguments.account,
        selection: by_hand
            .then(|| SelectionOverride { classes: arguments.class.clone(), operations: arguments.operation.clone() }),
        read_only: arguments.read_only,
        batch: arguments.batch,
        concurrency: arguments.concurrency.map(usize::from),
        watcher,
    }
}

/// Settles leftovers, checks, and settles again what the first time could not.
async fn check(runtime: &Runtime, progress: &Progress) -> Result<CheckReport, Failure> {
    runtime.engine.settle(runtime.engine.accounts(), &|| runtime.live()).await?;
    let accounts = runtime.engine.accounts();
    let total: usize = accounts
        .iter()
        .map(|account| {
            let steps: usize = account.work.journeys.iter().map(|journey| journey.steps.len()).sum();
            account.work.reads.len() + steps
        })
        .sum();
    progress.bar.set_length(total as u64);
    let report = runtime.engine.check(accounts).await?;
    progress.bar.finish_and_clear();
    // What a killed process had under way may have taken effect since the start.
    if !runtime.engine.leftovers(&|| runtime.live()).await?.is_empty() {
        runtime.settle().await?;
    }
    Ok(report)
}

/// The exit code of a report.
pub(crate) fn exit_of(report: &CheckReport) -> Exit {
    report.trouble().map_or(Exit::Ok, Exit::from)
}

/// Prints a report: for people what is not simply ok and the sums, else everything.
pub(crate) fn print(report: &CheckReport, context: &Context) -> Result<(), Failure> {
    match context.printer.format() {
        Format::Json => context.printer.json(report),
        Format::Csv => {
            let mut list = context.printer.list(FIELDS, Vec::<Column<OperationReport>>::new());
            report.operations.iter().try_for_each(|operation| list.push(operation))?;
            list.finish()
        }
        Format::Table => {
            print_table(report, context)?;
            context.printer.text(&sums(report))
        }
    }
}

/// What is not simply ok: a row for each cause, not for each operation.
fn print_table(report: &CheckReport, context: &Context) -> Result<(), Failure> {
    let causes = Cause::of(&report.operations);
    if causes.is_empty() {
        return Ok(());
    }
    let columns = vec![
        Column::new(say!("word-account"), |cause: &Cause| cause.first.account.to_string()),
        Column::new(say!("word-operation"), Cause::operations),
        Column::new(say!("word-verdict"), |cause: &Cause| {
            Cell::toned(cause.first.verdict.word(), tone(cause.first.verdict))
        }),
        Column::new(say!("word-status"), |cause: &Cause| {
            cause.first.status.map(|status| status.to_string()).unwrap_or_default()
        }),
        Column::new(say!("word-reason"), |cause: &Cause| cause.first.reason.clone().unwrap_or_default()),
    ];
    let mut list = context.printer.list(FIELDS, columns);
    causes.iter().try_for_each(|cause| list.push(cause))?;
    list.finish()?;
    context.printer.text("")
}

/// Operations of one account that came to the same for the same reason.
#[derive(Debug, serde::Serialize)]
struct Cause {
    first: OperationReport,
    count: usize,
}

impl Cause {
    /// The causes of what is not ok, in the order in which they come first.
    fn of(operations: &[OperationReport]) -> Vec<Self> {
        let mut causes: Vec<Self> = Vec::new();
        let mut known: HashMap<_, usize> = HashMap::new();
        for report in operations.iter().filter(|report| report.verdict != Verdict::Ok) {
            let key = (&*report.account, report.verdict, report.status, report.reason.as_deref());
            match known.get(&key) {
                Some(&index) => causes[index].count += 1,
                None => {
                    known.insert(key, causes.len());
                    causes.push(Self { first: report.clone(), count: 1 });
                }
            }
        }
        causes
    }

    fn operations(&self) -> String {
        match self.count {
            1 => self.first.operation.to_string(),
            count => format!("{} and {} more", self.first.operation, count - 1),
        }
    }
}

/// How a verdict looks.
pub(crate) fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Ok => Tone::Good,
        Verdict::Expected | Verdict::Skipped => Tone::Dim,
        Verdict::Throttled | Verdict::Interrupted => Tone::Attention,
        Verdict::Failed => Tone::Bad,
    }
}

fn sums(report: &CheckReport) -> String {
    let CheckReport { calls, ok, expected, failed, throttled, skipped, interrupted, .. } = report;
    let seconds = report.duration_ms as f64 / 1000.0;
    let mut text = format!(
        "{} operations: {ok} ok, {expected} expected, {failed} failed, {throttled} throttled, {skipped} skipped",
        report.operations.len()
    );
    if *interrupted > 0 {
        text.push_str(&format!(", {interrupted} interrupted"));
    }
    text.push_str(&format!("; {calls} calls in {seconds:.1} s"));
    text
}

/// A bar on a terminal, nothing elsewhere.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} operations  {msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl Watcher for Progress {
    fn call(&self, call: &graphbeat_core::Call) {
        self.bar.set_message(call.operation.to_string());
    }

    fn operation(&self, _report: &OperationReport) {
        self.bar.inc(1);
    }
}
