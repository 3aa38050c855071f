//! `run`: the agent, until stopped.

use std::sync::Arc;
use std::time::Duration;

use graphbeat_engine::{AgentOptions, NoWatcher};
use graphbeat_store::AgentLock;

use super::check::{exit_of, print};
use crate::arguments::RunArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{Runtime, Wanted, make_private, start};
use crate::stop::run_until_stopped;
use crate::texts::say;

pub(crate) fn run(arguments: &RunArguments, context: &Context) -> Result<Exit, Failure> {
    run_until_stopped(async |stop| {
        make_private(&context.locations.data_dir)?;
        let _lock = AgentLock::take(&context.locations.data_dir)?;
        let wanted = Wanted {
            accounts: &[],
            selection: None,
            read_only: false,
            batch: false,
            concurrency: None,
            watcher: Arc::new(NoWatcher),
        };
        let runtime = start(context, wanted).await?;
        tokio::select! {
            settled = runtime.settle() => settled?,
            () = stop.cancelled() => {}
        }
        let exit = if arguments.once {
            tokio::select! {
                report = runtime.engine.check(runtime.engine.accounts()) => {
                    let report = report?;
                    print(&report, context)?;
                    exit_of(&report)
                }
                () = stop.cancelled() => Exit::OperationFailed,
            }
        } else {
            agent(&runtime, arguments, context, stop).await?
        };
        runtime.close().await?;
        Ok(exit)
    })
}

async fn agent(
    runtime: &Runtime,
    arguments: &RunArguments,
    context: &Context,
    stop: tokio_util::sync::CancellationToken,
) -> Result<Exit, Failure> {
    context.printer.notice(&say!("run-started", count = runtime.engine.accounts().len()));
    let run_for = arguments.duration.map(|duration| Duration::try_from(duration).unwrap_or(Duration::ZERO));
    let summary = runtime.engine.run(&AgentOptions { run_for }, stop).await?;
    let lines = [
        (say!("word-slots"), summary.slots.to_string()),
        (say!("word-calls"), summary.calls.to_string()),
        (say!("word-ok"), summary.ok.to_string()),
        (say!("word-expected"), summary.expected.to_string()),
        (say!("word-failed"), summary.failed.to_string()),
        (say!("word-throttled"), summary.throttled.to_string()),
        (say!("word-skipped"), summary.skipped.to_string()),
        (say!("word-lateness"), say!("run-lateness", ms = summary.lateness_ms_max).of(context.language())),
    ];
    context.printer.card(&summary, &lines)?;
    Ok(summary.trouble.map_or(Exit::Ok, Exit::from))
}
