//! `demo`: the sandbox, an application account and a signed-in user in one process, time sped up.

mod control;
mod live;
mod stage;
mod state;
mod summary;
mod view;

use std::sync::Arc;
use std::time::{Duration, Instant};

use graphbeat_engine::AgentOptions;
use tokio_util::sync::CancellationToken;

use crate::arguments::DemoArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stop::run_until_stopped;
use stage::Stage;
use state::DemoWatcher;
use summary::Summary;

/// How much faster than real time the demo runs: an hour of the plan in a minute.
const RATE: f64 = 60.0;

/// Runs the command.
pub(crate) fn run(arguments: &DemoArguments, context: &Context) -> Result<Exit, Failure> {
    run_until_stopped(async |stop| {
        let watcher = Arc::new(DemoWatcher::default());
        let stage = Stage::build(Arc::clone(&watcher), context).await?;
        let started = Instant::now();
        let before = stage.control.state().await?;
        let ended = play(&stage, &watcher, arguments, stop).await;
        let settled = stage.runtime.settle().await;
        let summary = Summary::gather(&stage, &watcher, &before, started.elapsed()).await;
        stage.close().await?;
        ended?;
        settled?;
        summary?.print(context)?;
        Ok(Exit::Ok)
    })
}

/// Runs the agent, or one round, and shows it until it ends or somebody ends it.
async fn play(
    stage: &Stage,
    watcher: &Arc<DemoWatcher>,
    arguments: &DemoArguments,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let engine = &stage.runtime.engine;
    let run_for = arguments.duration.map(|duration| Duration::try_from(duration).unwrap_or(Duration::ZERO));
    let working = stop.child_token();
    let work = async {
        if arguments.once {
            tokio::select! {
                report = engine.check(engine.accounts()) => report.map(drop),
                () = working.cancelled() => Ok(()),
            }
        } else {
            engine.run(&AgentOptions { run_for }, working.clone()).await.map(drop)
        }
    };
    let mut work = std::pin::pin!(work);
    let shown = tokio::select! {
        worked = &mut work => return Ok(worked?),
        shown = live::show(stage, watcher) => shown,
    };
    // Somebody pressed a key, or the screen is gone: what is under way ends in order.
    working.cancel();
    work.await?;
    shown
}
