//! What a round came to, operation by operation.

use std::sync::Arc;

use graphbeat_catalog::Mode;
use graphbeat_core::explain::{Lack, Observation};
use graphbeat_core::{Verdict, status_text};
use graphbeat_entra::AccessToken;
use graphbeat_graph::{Compiled, Completion, RenderError};
use serde::Serialize;

use crate::operation::{Round, Step};
use crate::permitted::needed;
use crate::{Account, NoToken, seen};

/// One operation of one account, by its last call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationReport {
    /// The account.
    pub account: Arc<str>,
    /// The operation.
    pub operation: Arc<str>,
    /// The journey that it was a step of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey: Option<Arc<str>>,
    /// What it came to.
    pub verdict: Verdict,
    /// The status of its last call; none where nothing was sent or no answer came.
    pub status: Option<u16>,
    /// Why, where it is not `ok`.
    pub reason: Option<String>,
    /// What kind of trouble it was, for the exit code.
    #[serde(skip)]
    pub trouble: Option<Trouble>,
    /// What a diagnosis starts from, where something failed.
    #[serde(skip)]
    pub seen: Option<Arc<Observation>>,
}

/// The kinds of trouble that exit codes tell apart, the one that decides last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// An operation failed.
    Failed,
    /// The network failed.
    Network,
    /// A service asked to wait longer than this run may.
    Throttled,
    /// A sign-in is needed or was refused.
    SignIn,
    /// The vault did not open.
    Vault,
    /// graphbeat itself failed.
    Bug,
}

/// What `check` says at the end. Field names are part of the contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CheckReport {
    /// Rows written: every request that left.
    pub calls: u64,
    /// Operations by their last attempt.
    pub ok: u64,
    /// See [`Verdict::Expected`].
    pub expected: u64,
    /// See [`Verdict::Failed`].
    pub failed: u64,
    /// See [`Verdict::Throttled`].
    pub throttled: u64,
    /// See [`Verdict::Skipped`].
    pub skipped: u64,
    /// See [`Verdict::Interrupted`].
    pub interrupted: u64,
    /// Real time.
    pub duration_ms: u64,
    /// Each operation, in the order of the configuration.
    pub operations: Vec<OperationReport>,
}

impl CheckReport {
    /// Adds an operation and counts it.
    pub fn add(&mut self, report: OperationReport) {
        let count = match report.verdict {
            Verdict::Ok => &mut self.ok,
            Verdict::Expected => &mut self.expected,
            Verdict::Failed => &mut self.failed,
            Verdict::Throttled => &mut self.throttled,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Interrupted => &mut self.interrupted,
        };
        *count += 1;
        self.operations.push(report);
    }

    /// The trouble that decides the exit code: sign-in before throttling before network before failures.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.operations.iter().filter_map(|report| report.trouble).max()
    }
}

/// An answer, and the token that it was for.
type Answered<'a> = (&'a Completion, Option<&'a AccessToken>);

/// The report of an operation by its last try.
pub(crate) fn report_of(account: &Account, step: Step<'_>, (completion, token): Answered<'_>) -> OperationReport {
    let trouble = match (completion.verdict, completion.failure) {
        (Verdict::Ok | Verdict::Expected | Verdict::Skipped, _) => None,
        (Verdict::Throttled, _) => Some(Trouble::Throttled),
        (_, Some(_)) if completion.status.is_none() => Some(Trouble::Network),
        _ => Some(Trouble::Failed),
    };
    let lack = seen::lack(step.operation, completion, token);
    OperationReport {
        account: Arc::clone(&account.name),
        operation: Arc::clone(&step.operation.operation.id),
        journey: step.journey.cloned(),
        verdict: completion.verdict,
        status: completion.status,
        reason: reason_of(account, step.operation, (completion, lack)),
        trouble,
        seen: seen::of_completion(account, step.operation, completion, lack),
    }
}

/// Graph's code where the tenant's licence is too small, whatever the permissions.
const NO_PREMIUM: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// A failed try, and what its token lacks.
type Refused<'a> = (&'a Completion, Option<Lack>);

/// What a refused operation lacks, in words: a licence where Graph says so; a permission where the token does
/// not hold it, or does not say what it holds; else the user's directory role or licence.
fn lacks(account: &Account, compiled: &Compiled, (completion, lack): Refused<'_>) -> Option<String> {
    let operation = &compiled.operation;
    if completion.code.as_deref() == Some(NO_PREMIUM) {
        return Some("; the tenant lacks a licence with Entra ID P1 or P2".to_owned());
    }
    let role = operation.role.as_ref().filter(|_| compiled.mode == Mode::Delegated);
    match (lack, role) {
        (Some(Lack::Role), Some(role)) => {
            Some(format!("; the permission is there, the user lacks the directory role `{role}`"))
        }
        (Some(Lack::Other), _) if operation.license != "any" => {
            Some(format!("; the permission is there, the user may lack a licence with `{}`", operation.license))
        }
        (Some(Lack::Other), _) => None,
        (_, role) => {
            let permissions = needed(&account.work, compiled).filter(|permissions| !permissions.is_empty())?;
            let mut text = format!("; it needs the permission `{}`", permissions.join("`, `"));
            if let Some(role) = role {
                text.push_str(&format!(" and the directory role `{role}`"));
            }
            Some(text)
        }
    }
}

/// `404 Not Found, ErrorItemNotFound: the mailbox …`, or why the failure is healthy.
fn reason_of(account: &Account, compiled: &Compiled, (completion, lack): Refused<'_>) -> Option<String> {
    completion.failure?;
    if let Some(reason) = &completion.reason {
        return Some(reason.en.clone());
    }
    let mut text = completion.status.map(status_text).unwrap_or_default();
    for (separator, part) in [(", ", &completion.code), (": ", &completion.message)] {
        if let Some(part) = part {
            if !text.is_empty() {
                text.push_str(separator);
            }
            text.push_str(part);
        }
    }
    if completion.status == Some(403)
        && let Some(lacks) = lacks(account, compiled, (completion, lack))
    {
        text.push_str(&lacks);
    }
    if let Some(wait) = completion.retry_after {
        text.push_str(&format!(" (wait {} s)", wait.as_secs()));
    }
    Some(text)
}

/// Nothing was sent: there is no request to send.
pub(crate) fn not_rendered(round: &Round<'_>, step: Step<'_>, error: &RenderError) -> OperationReport {
    let why = match (error, &round.no_user) {
        (RenderError::Missing(name), Some(no_user)) if name == "user-id" || name == "user-upn" => no_user.clone(),
        _ => NoToken::because(error.to_string(), Some(Trouble::Failed)),
    };
    skipped(round.account, step.operation, step.journey, why)
}

/// Why nothing can be taken from another operation's answer.
pub(crate) fn came_to_nothing(source: &OperationReport) -> String {
    let OperationReport { operation, status, verdict, .. } = source;
    match status {
        Some(status) if *verdict != Verdict::Ok => {
            format!("`{operation}`, which it builds on, was answered with {}", status_text(*status))
        }
        _ => format!("`{operation}`, which it builds on, came to nothing"),
    }
}

/// Nothing was sent, for this reason.
pub(crate) fn skipped(
    account: &Account,
    operation: &Compiled,
    journey: Option<&Arc<str>>,
    why: impl Into<NoToken>,
) -> OperationReport {
    let why = why.into();
    OperationReport {
        account: Arc::clone(&account.name),
        operation: Arc::clone(&operation.operation.id),
        journey: journey.cloned(),
        verdict: Verdict::Skipped,
        status: None,
        reason: Some(why.reason),
        trouble: why.trouble,
        seen: why.seen,
    }
}
