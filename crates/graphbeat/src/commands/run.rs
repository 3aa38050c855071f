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
use crate::printer::notice;
use crate::runtime::{Runtime, Wanted, make_private, start};
use crate::stop::run_until_stopped;

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
    notice(&format!("the agent runs {} accounts; Ctrl-C stops it", runtime.engine.accounts().len()));
    let run_for = arguments.duration.map(|duration| Duration::try_from(duration).unwrap_or(Duration::ZERO));
    let summary = runtime.engine.run(&AgentOptions { run_for }, stop).await?;
    let lines = [
        ("slots", summary.slots.to_string()),
        ("calls", summary.calls.to_string()),
        ("ok", summary.ok.to_string()),
        ("expected", summary.expected.to_string()),
        ("failed", summary.failed.to_string()),
        ("throttled", summary.throttled.to_string()),
        ("skipped", summary.skipped.to_string()),
        ("lateness", format!("{} ms at most", summary.lateness_ms_max)),
    ];
    context.printer.card(&summary, &lines)?;
    Ok(summary.trouble.map_or(Exit::Ok, Exit::from))
}
