//! `check`: run the selected operations now, once.

mod causes;

use std::sync::Arc;

use graphbeat_core::{Language, Verdict};
use graphbeat_engine::{CheckReport, OperationReport, SelectionOverride, Watcher};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::arguments::{CheckArguments, Format};
use crate::context::Context;
use crate::diagnosis::Diagnoses;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Column, Tone};
use crate::runtime::{Runtime, Wanted, start};
use crate::stop::run_until_stopped;
use crate::texts::say;
use causes::{Cause, causes_of};

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

/// A report with its causes, as programs see it.
#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    report: &'a CheckReport,
    causes: Vec<Cause>,
}

/// Prints a report: for people the causes of what is not ok, and the sums; else everything.
pub(crate) fn print(report: &CheckReport, context: &Context) -> Result<(), Failure> {
    match context.printer.format() {
        Format::Json => {
            let causes = causes_of(&report.operations, &Diagnoses::load(context)?);
            context.printer.json(&Explained { report, causes })
        }
        Format::Csv => {
            let mut list = context.printer.list(FIELDS, Vec::<Column<OperationReport>>::new());
            report.operations.iter().try_for_each(|operation| list.push(operation))?;
            list.finish()
        }
        Format::Table => {
            let diagnoses = Diagnoses::load(context)?;
            print_causes(&causes_of(&report.operations, &diagnoses), context)?;
            context.printer.text(&sums(report, diagnoses.language()))
        }
    }
}

/// A block for each cause that somebody has to mend, then a line for each other one.
fn print_causes(causes: &[Cause], context: &Context) -> Result<(), Failure> {
    let (printer, language) = (context.printer, context.language());
    for cause in causes.iter().filter(|cause| cause.needs_somebody()) {
        printer.block(&cause.block(language), tone(cause.verdict()))?;
        printer.text("")?;
    }
    let others: Vec<_> = causes.iter().filter(|cause| !cause.needs_somebody()).map(|it| it.line(language)).collect();
    if others.is_empty() {
        return Ok(());
    }
    printer.block(&others, Tone::Plain)?;
    printer.text("")
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

fn sums(report: &CheckReport, language: Language) -> String {
    let counts = [
        (Verdict::Ok, report.ok),
        (Verdict::Expected, report.expected),
        (Verdict::Failed, report.failed),
        (Verdict::Throttled, report.throttled),
        (Verdict::Skipped, report.skipped),
        (Verdict::Interrupted, report.interrupted),
    ];
    let is_told = |(verdict, count): &&(Verdict, u64)| *count > 0 || *verdict != Verdict::Interrupted;
    let counts: Vec<String> =
        counts.iter().filter(is_told).map(|(verdict, count)| format!("{count} {verdict}")).collect();
    say!(
        "diagnosis-sums",
        operations = report.operations.len(),
        counts = counts.join(", "),
        calls = report.calls,
        seconds = format!("{:.1}", report.duration_ms as f64 / 1000.0),
    )
    .of(language)
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
