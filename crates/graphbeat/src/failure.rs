//! How a command fails: what the user reads, and the exit code.

mod library;

use std::io::{self, Write as _};

use graphbeat_base::error_chain;
use graphbeat_catalog::CatalogError;
use graphbeat_config::ConfigError;
use graphbeat_core::explain::KnowledgeError;
use graphbeat_core::{Language, Said};

use crate::exit::Exit;
use crate::texts::{Message, say};

pub(crate) use library::{keyring_lookup, vault_lookup};

/// A command that could not do what it was asked for: what is wrong, what lies behind it, what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    lines: Vec<Message>,
}

impl Failure {
    /// A failure in one sentence: lower case, no full stop.
    pub(crate) fn new(exit: Exit, sentence: impl Into<Message>) -> Self {
        Self { exit, lines: vec![say!("failure-error", sentence = sentence.into())] }
    }

    /// Adds what lies behind it.
    pub(crate) fn detail(mut self, detail: impl Into<Message>) -> Self {
        self.lines.push(say!("failure-detail", sentence = detail.into()));
        self
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<Message>) -> Self {
        self.lines.push(say!("failure-hint", sentence = hint.into()));
        self
    }

    /// A mistake of ours.
    pub(crate) fn bug(error: &dyn std::error::Error) -> Self {
        Self::new(Exit::Bug, Message::foreign(error_chain(error))).hint(say!("failure-bug-hint"))
    }

    /// What has its form already.
    pub(crate) fn formed(exit: Exit, lines: Vec<Message>) -> Self {
        Self { exit, lines }
    }

    /// Adds a line of another form.
    pub(crate) fn line(mut self, line: Message) -> Self {
        self.lines.push(line);
        self
    }

    /// Nothing is left to say.
    pub(crate) const fn told(exit: Exit) -> Self {
        Self { exit, lines: Vec::new() }
    }

    /// A panic; its hook has said what happened.
    pub(crate) const fn crashed() -> Self {
        Self::told(Exit::Bug)
    }

    /// The reader of our output went away, as `head` does: no failure at all.
    const fn reader_gone() -> Self {
        Self::told(Exit::Ok)
    }

    /// What the user reads.
    pub(crate) fn text(&self, language: Language) -> String {
        let lines: Vec<String> = self.lines.iter().map(|line| line.of(language)).collect();
        lines.join("\n")
    }

    /// Tells the user, and gives the exit code.
    pub(crate) fn print(self, language: Language) -> Exit {
        if !self.lines.is_empty() {
            // Nobody is left to hear of it where this fails.
            let _ = writeln!(io::stderr().lock(), "{}", self.text(language));
        }
        self.exit
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::formed(
            Exit::Configuration,
            vec![Message::known(Said {
                en: error.text(Language::English),
                zh_cn: error.text(Language::SimplifiedChinese),
            })],
        )
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
        Self::formed(Exit::Configuration, vec![Message::foreign(problems.join("\n\n"))])
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
            _ => Self::new(Exit::Bug, say!("failure-output", cause = error.to_string()))
                .hint(say!("failure-output-hint")),
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
            other => Self::new(Exit::Bug, say!("failure-csv", cause = format!("{other:?}"))),
        }
    }
}
