//! `sandbox`: the emulator alone. Prints one line of JSON when it is ready, and serves until it is stopped.

mod env;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use graphbeat_base::{Clock, error_chain};
use graphbeat_sandbox::{Fault, Sandbox, SandboxError, SandboxOptions, Throttle};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::arguments::{SandboxArguments, SandboxCommand, Throttle as Limits};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

/// A list of faults.
const FAULTS_EXAMPLE: &str = r#"[{"operation": "mail", "status": 429, "rate": 0.1, "retry_after_s": 3}]"#;
/// A larger file of faults is not read.
const FAULTS_FILE_BYTES_MAX: u64 = 1_048_576;

/// Runs the command.
pub(crate) fn run(arguments: &SandboxArguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(SandboxCommand::Env(arguments)) = &arguments.command {
        return env::run(arguments, context);
    }
    let folder = Folder::choose(context.given_data.as_deref())?;
    let options = SandboxOptions {
        listen: arguments.listen,
        http: arguments.http,
        seed: arguments.seed,
        users: usize::try_from(arguments.users).unwrap_or(usize::MAX),
        faults: arguments.faults.as_deref().map(read_faults).transpose()?.unwrap_or_default(),
        throttle: match arguments.throttle {
            Limits::Documented => Throttle::Documented,
            Limits::None => Throttle::None,
        },
        data: folder.path(),
        clock: Clock::system(),
    };
    run_until_stopped(|stop| serve(options, context, stop))
}

async fn serve(options: SandboxOptions, context: &Context, stop: CancellationToken) -> Result<Exit, Failure> {
    let sandbox = Sandbox::start(options).await.map_err(|error| not_started(&error))?;
    context.printer.text(&serde_json::to_string(sandbox.ready())?)?;
    stop.cancelled().await;
    sandbox.shutdown().await;
    Ok(Exit::Ok)
}

/// Where the certificates go: a folder of the user's, or one that goes away at the end.
enum Folder {
    Given(PathBuf),
    Passing(TempDir),
}

impl Folder {
    fn choose(given: Option<&Path>) -> Result<Self, Failure> {
        match given {
            Some(path) => Ok(Self::Given(path.to_owned())),
            None => {
                tempfile::Builder::new().prefix("graphbeat-sandbox-").tempdir().map(Self::Passing).map_err(|error| {
                    Failure::new(Exit::Configuration, say!("sandbox-no-folder", error = error.to_string()))
                        .hint(say!("sandbox-no-folder-hint"))
                })
            }
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Given(path) => path.clone(),
            Self::Passing(folder) => folder.path().to_owned(),
        }
    }
}

fn read_faults(path: &Path) -> Result<Vec<Fault>, Failure> {
    let unreadable = |reason: Message| {
        Failure::new(Exit::Configuration, say!("sandbox-faults-unreadable", path = path, reason = reason))
            .hint(say!("context-unreadable-hint"))
    };
    let file = File::open(path).map_err(|error| unreadable(Message::foreign(error.to_string())))?;
    let mut text = Vec::new();
    file.take(FAULTS_FILE_BYTES_MAX + 1)
        .read_to_end(&mut text)
        .map_err(|error| unreadable(Message::foreign(error.to_string())))?;
    if text.len() as u64 > FAULTS_FILE_BYTES_MAX {
        return Err(unreadable(say!("sandbox-faults-too-large", bytes = FAULTS_FILE_BYTES_MAX)));
    }
    Fault::list_from_json(&text).map_err(|error| {
        Failure::new(Exit::Configuration, say!("sandbox-faults-wrong", path = path))
            .detail(Message::foreign(error.to_string()))
            .hint(say!("sandbox-faults-wrong-hint", example = FAULTS_EXAMPLE))
    })
}

fn not_started(error: &SandboxError) -> Failure {
    let failure = |exit| Failure::new(exit, error_chain(error));
    match error {
        SandboxError::Listen { .. } => failure(Exit::Network).hint(say!("sandbox-port-hint")),
        SandboxError::NotLoopback(_) => failure(Exit::Usage).hint(say!("sandbox-loopback-hint")),
        SandboxError::Users(_) => failure(Exit::Usage).hint(say!("sandbox-users-hint")),
        SandboxError::Write { .. } => failure(Exit::Configuration).hint(say!("sandbox-folder-hint")),
        SandboxError::Key(_) | SandboxError::Tls(_) => Failure::bug(error),
    }
}
