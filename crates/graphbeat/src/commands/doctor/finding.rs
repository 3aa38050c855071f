//! What the doctor looked at, and what it found.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use graphbeat_core::Language;
use serde::Serialize;

use super::said::{Said, account_label};
use crate::exit::Exit;

/// What is looked at, in the order in which one thing stands on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Check {
    Config,
    DataDirectory,
    Vault,
    Ledger,
    Disk,
    Clock,
    Dns,
    Proxy,
    Tls,
    Entra,
    Token,
    Permissions,
    Mailbox,
    Drive,
    Licenses,
    Artefacts,
    DashboardPort,
}

impl Check {
    /// All of them, in order.
    pub(super) const ALL: [Self; 17] = [
        Self::Config,
        Self::DataDirectory,
        Self::Vault,
        Self::Ledger,
        Self::Disk,
        Self::Clock,
        Self::Dns,
        Self::Proxy,
        Self::Tls,
        Self::Entra,
        Self::Token,
        Self::Permissions,
        Self::Mailbox,
        Self::Drive,
        Self::Licenses,
        Self::Artefacts,
        Self::DashboardPort,
    ];

    /// The word in outputs.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::DataDirectory => "data-directory",
            Self::Vault => "vault",
            Self::Ledger => "ledger",
            Self::Disk => "disk",
            Self::Clock => "clock",
            Self::Dns => "dns",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Entra => "entra",
            Self::Token => "token",
            Self::Permissions => "permissions",
            Self::Mailbox => "mailbox",
            Self::Drive => "drive",
            Self::Licenses => "licenses",
            Self::Artefacts => "artefacts",
            Self::DashboardPort => "dashboard-port",
        }
    }

    /// Whether each account has its own.
    pub(super) const fn is_of_accounts(self) -> bool {
        matches!(self, Self::Token | Self::Permissions | Self::Mailbox | Self::Drive | Self::Licenses)
    }
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// All is well.
    Ok,
    /// It works, and should be looked at.
    Warning,
    /// It stands in the way.
    Failed,
    /// It could not be looked at, or need not.
    Skipped,
}

impl Outcome {
    /// The word in outputs.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One check's result.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) check: Check,
    /// The account's place in the configuration, and its label.
    pub(super) account: Option<(usize, String)>,
    pub(super) outcome: Outcome,
    pub(super) what: Said,
    pub(super) steps: Vec<Said>,
    /// The exit code where it failed.
    pub(super) exit: Exit,
}

/// A finding as programs see it. Field names are part of the contract.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    check: &'static str,
    account: Option<String>,
    result: Outcome,
    what: String,
    #[serde(rename = "do")]
    steps: Vec<String>,
}

impl Finding {
    fn new(check: Check, outcome: Outcome, what: Said) -> Self {
        Self { check, account: None, outcome, what, steps: Vec::new(), exit: Exit::Ok }
    }

    /// All is well.
    pub(super) fn ok(check: Check, what: Said) -> Self {
        Self::new(check, Outcome::Ok, what)
    }

    /// Something to look at.
    pub(super) fn warning(check: Check, what: Said) -> Self {
        Self::new(check, Outcome::Warning, what)
    }

    /// Something in the way.
    pub(super) fn failed(check: Check, exit: Exit, what: Said) -> Self {
        Self { exit, ..Self::new(check, Outcome::Failed, what) }
    }

    /// Not looked at, because.
    pub(super) fn skipped(check: Check, because: Said) -> Self {
        Self::new(check, Outcome::Skipped, because)
    }

    /// Adds what to do.
    pub(super) fn step(mut self, step: Said) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds several things to do.
    pub(super) fn steps(mut self, steps: Vec<Said>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// Says whose it is.
    pub(super) fn of_account(mut self, index: usize, name: &str) -> Self {
        self.account = Some((index, account_label(name)));
        self
    }

    /// For output.
    pub(super) fn row(&self, language: Language) -> Row {
        Row {
            check: self.check.word(),
            account: self.account.as_ref().map(|(_, label)| label.clone()),
            result: self.outcome,
            what: self.what.of(language).to_owned(),
            steps: self.steps.iter().map(|step| step.of(language).to_owned()).collect(),
        }
    }
}

/// Where findings come together while the checks run.
#[derive(Debug, Default)]
pub(super) struct Board(Mutex<Vec<Finding>>);

impl Board {
    /// Takes a finding.
    pub(super) fn put(&self, finding: Finding) {
        self.lock().push(finding);
    }

    /// Whether a check failed.
    pub(super) fn has_failed(&self, check: Check) -> bool {
        self.lock().iter().any(|finding| finding.check == check && finding.outcome == Outcome::Failed)
    }

    /// Takes back what was said of a check: more is known now.
    pub(super) fn withdraw(&self, check: Check) {
        self.lock().retain(|finding| finding.check != check);
    }

    /// Everything in order; what is missing is told so.
    pub(super) fn whole(&self, accounts: &[(usize, String)], because: &Said) -> Vec<Finding> {
        let mut findings = self.lock().clone();
        let done: BTreeSet<(Check, Option<usize>)> =
            findings.iter().map(|finding| (finding.check, finding.account.as_ref().map(|(index, _)| *index))).collect();
        for check in Check::ALL {
            let is_any = findings.iter().any(|finding| finding.check == check);
            if check.is_of_accounts() && !accounts.is_empty() {
                for (index, name) in accounts.iter().filter(|(index, _)| !done.contains(&(check, Some(*index)))) {
                    findings.push(Finding::skipped(check, because.clone()).of_account(*index, name));
                }
            } else if !is_any {
                findings.push(Finding::skipped(check, because.clone()));
            }
        }
        findings.sort_by_key(|finding| (finding.check, finding.account.as_ref().map(|(index, _)| *index)));
        findings
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Finding>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
