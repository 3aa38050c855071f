//! How a command fails: what the user reads, and the exit code.

use std::fmt;
use std::io::{self, Write as _};

use graphbeat_base::error_chain;
use graphbeat_catalog::CatalogError;
use graphbeat_config::ConfigError;
use graphbeat_core::explain::KnowledgeError;

use crate::exit::Exit;

/// A command that could not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
}

impl Failure {
    /// A failure in one sentence: lower case, no full stop.
    pub(crate) fn new(exit: Exit, sentence: impl fmt::Display) -> Self {
        Self { exit, text: format!("error: {sentence}") }
    }

    /// Adds what lies behind it.
    pub(crate) fn detail(mut self, detail: impl fmt::Display) -> Self {
        self.text.push_str(&format!("\ndetail: {detail}"));
        self
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.text.push_str(&format!("\nhint: {hint}"));
        self
    }

    /// A mistake of ours.
    pub(crate) fn bug(error: &dyn std::error::Error) -> Self {
        Self::new(Exit::Bug, error_chain(error)).hint("this is a bug in graphbeat: please report it with this text")
    }

    /// A panic; its hook has said what happened.
    pub(crate) fn crashed() -> Self {
        Self { exit: Exit::Bug, text: String::new() }
    }

    /// The reader of our output went away, as `head` does: no failure at all.
    fn reader_gone() -> Self {
        Self { exit: Exit::Ok, text: String::new() }
    }

    /// Tells the user, and gives the exit code.
    pub(crate) fn print(self) -> Exit {
        if !self.text.is_empty() {
            // Nobody is left to hear of it where this fails.
            let _ = writeln!(io::stderr().lock(), "{}", self.text);
        }
        self.exit
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { exit: Exit::Configuration, text: error.to_string() }
    }
}

impl From<CatalogError> for Failure {
    /// A catalogue file of the user's is configuration too.
    fn from(error: CatalogError) -> Self {
        let problems: Vec<String> = error
            .problems
            .iter()
            .map(|problem| {
                let place = format!("{}:{}:{}", problem.file, problem.line, problem.column);
                let hint = problem.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
                format!("error: {}\n  --> {place}{hint}", problem.message)
            })
            .collect();
        Self { exit: Exit::Configuration, text: problems.join("\n\n") }
    }
}

impl From<KnowledgeError> for Failure {
    fn from(error: KnowledgeError) -> Self {
        Self::bug(&error)
    }
}

impl From<io::Error> for Failure {
    /// Of printing: files have errors of their own.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::reader_gone(),
            _ => Self::new(Exit::Bug, format_args!("could not write the output ({error})"))
                .hint("check the disk and where the output goes"),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => io::Error::from(kind).into(),
            None => Self::bug(&error),
        }
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            other => Self::new(Exit::Bug, format_args!("could not write the output as CSV ({other:?})")),
        }
    }
}

/// Lets a panic say that it is a bug, in one line and without a value that might be a secret.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let _ = writeln!(
            io::stderr().lock(),
            "error: graphbeat crashed{place}\nhint: this is a bug in graphbeat: please report it with this text"
        );
    }));
}
