//! Log lines go to stderr, from `warn` upwards unless `GRAPHBEAT_LOG` says otherwise.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::crash::LogTail;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

const VARIABLE: &str = "GRAPHBEAT_LOG";
const FILTER_DEFAULT: &str = "warn";

/// Starts the log.
pub(crate) fn start(environment: &BTreeMap<String, String>) -> Result<(), Failure> {
    let filter = environment.get(VARIABLE).filter(|filter| !filter.is_empty()).map_or(FILTER_DEFAULT, String::as_str);
    let filter = EnvFilter::try_new(filter).map_err(|_| {
        Failure::new(Exit::Configuration, say!("stop-log-filter", variable = VARIABLE.to_string()))
            .hint(say!("stop-log-filter-hint"))
    })?;
    let colour = io::stderr().is_terminal() && !environment.contains_key("NO_COLOR");
    let screen = layer().with_ansi(colour).with_writer(io::stderr);
    // A crash report tells the last lines.
    let tail = layer().with_ansi(false).with_writer(|| LogTail);
    // Only a second start could fail, and there is none.
    let _ = tracing_subscriber::registry().with(filter).with(screen).with(tail).try_init();
    Ok(())
}
