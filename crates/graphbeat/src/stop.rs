//! Running a command that waits: on Ctrl-C or SIGTERM it is asked to stop, on a second one it is dropped.

use std::future::Future;
use std::io;

use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

/// Runs `work` on a runtime of its own. Its token is cancelled by the first signal.
pub(crate) fn run_until_stopped<T, Work, Running>(work: Work) -> Result<T, Failure>
where
    Work: FnOnce(CancellationToken) -> Running,
    Running: Future<Output = Result<T, Failure>>,
{
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| no_runtime(&error))?;
    let result = runtime.block_on(async {
        let token = CancellationToken::new();
        let mut signals = Signals::listen().map_err(|error| no_runtime(&error))?;
        let mut running = std::pin::pin!(work(token.clone()));
        tokio::select! {
            biased;
            result = &mut running => return result,
            () = signals.next() => token.cancel(),
        }
        tokio::select! {
            biased;
            result = &mut running => result,
            () = signals.next() => Err(Failure::new(Exit::OperationFailed, say!("stop-early"))
                .hint(say!("stop-early-hint"))),
        }
    });
    // What still blocks must not keep a stopped program alive.
    runtime.shutdown_background();
    result
}

fn no_runtime(error: &io::Error) -> Failure {
    Failure::new(Exit::Bug, say!("stop-no-runtime", error = error.to_string()))
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Where the system has no Ctrl-C, nothing ever asks to stop.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
