//! A report by causes: each cause once, with how much it concerns, who can mend it and the first step.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use graphbeat_catalog::USER_LOOKUP;
use graphbeat_core::explain::{Explanation, Observation};
use graphbeat_core::{Language, Verdict};
use graphbeat_engine::OperationReport;
use serde::Serialize;

use crate::diagnosis::{Diagnoses, title};
use crate::texts::{Message, say};

/// The most names that a line lists.
const NAMES_SHOWN_MAX: usize = 4;

/// Operations that came to the same for the same cause.
#[derive(Debug, Serialize)]
pub(super) struct Cause {
    /// What they came to.
    verdict: Verdict,
    #[serde(flatten)]
    explanation: Option<Explanation>,
    /// Why, where nobody has to do anything or there is nothing to explain.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How many operations of accounts.
    count: usize,
    operations: BTreeSet<Arc<str>>,
    accounts: BTreeSet<Arc<str>>,
    /// One of the calls, to see more.
    call: Option<String>,
}

/// Reports that differ in nothing that a diagnosis looks at.
#[derive(PartialEq, Eq, Hash)]
struct Likeness<'a> {
    verdict: Verdict,
    status: Option<u16>,
    reason: Option<&'a str>,
    codes: &'a [String],
    text: &'a str,
    /// The catalogue's expectation is the operation's.
    operation: Option<&'a str>,
    class: Option<&'a str>,
}

/// The causes of what is not ok, in the order in which they come first; what nobody has to mend comes last.
pub(super) fn causes_of(operations: &[OperationReport], diagnoses: &Diagnoses) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    let mut known: HashMap<(Option<Verdict>, String), usize> = HashMap::new();
    for alike in alike(operations) {
        let Some(first) = alike.first() else { continue };
        let explanation = diagnosis_of(&alike, diagnoses);
        let reason = reason_of(first, explanation.as_ref());
        let by = explanation.as_ref().filter(|told| !told.healthy).and_then(|told| told.rule.clone());
        // One cause has one remedy, whether it failed an operation or kept others from being sent.
        let key = match by {
            Some(rule) => (None, rule),
            None => (Some(first.verdict), reason.clone().unwrap_or_default()),
        };
        let index = *known.entry(key).or_insert_with(|| {
            causes.push(Cause::new(first, explanation, reason));
            causes.len() - 1
        });
        causes[index].add(&alike);
    }
    causes.sort_by_key(|cause| !cause.needs_somebody());
    causes
}

/// The reports that are not ok, like beside like.
fn alike(operations: &[OperationReport]) -> Vec<Vec<&OperationReport>> {
    let mut groups: Vec<Vec<&OperationReport>> = Vec::new();
    let mut known: HashMap<Likeness<'_>, usize> = HashMap::new();
    for report in operations.iter().filter(|report| report.verdict != Verdict::Ok) {
        let index = *known.entry(likeness(report)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[index].push(report);
    }
    groups
}

fn likeness(report: &OperationReport) -> Likeness<'_> {
    let seen = report.seen.as_deref();
    Likeness {
        verdict: report.verdict,
        status: report.status,
        reason: report.reason.as_deref().filter(|_| seen.is_none()),
        codes: seen.map(|seen| seen.codes.as_slice()).unwrap_or_default(),
        text: seen.map(|seen| seen.text.as_str()).unwrap_or_default(),
        operation: (report.verdict == Verdict::Expected).then_some(&*report.operation),
        class: seen.and_then(|seen| seen.class.as_deref()),
    }
}

/// One diagnosis for all of them: it names every permission that they need.
fn diagnosis_of(alike: &[&OperationReport], diagnoses: &Diagnoses) -> Option<Explanation> {
    let first = alike.first()?;
    if first.verdict == Verdict::Expected {
        return diagnoses.of_report(first);
    }
    let mut seen = Observation::clone(first.seen.as_deref()?);
    for other in alike.iter().filter_map(|report| report.seen.as_deref()) {
        for name in &other.names.permissions {
            if !seen.names.permissions.contains(name) {
                seen.names.permissions.push(name.clone());
            }
        }
    }
    if &*first.operation == USER_LOOKUP {
        diagnoses.name_lookup(&mut seen);
    }
    Some(diagnoses.of(&seen))
}

fn reason_of(report: &OperationReport, explanation: Option<&Explanation>) -> Option<String> {
    match explanation {
        Some(told) if told.healthy => Some(told.cause.clone()),
        Some(told) if told.known => None,
        _ => report.reason.clone(),
    }
}

impl Cause {
    fn new(first: &OperationReport, explanation: Option<Explanation>, reason: Option<String>) -> Self {
        Self {
            verdict: first.verdict,
            explanation,
            reason,
            count: 0,
            operations: BTreeSet::new(),
            accounts: BTreeSet::new(),
            call: first.seen.as_deref().and_then(|seen| seen.names.call.clone()),
        }
    }

    fn add(&mut self, alike: &[&OperationReport]) {
        self.count += alike.len();
        self.operations.extend(alike.iter().map(|report| Arc::clone(&report.operation)));
        self.accounts.extend(alike.iter().map(|report| Arc::clone(&report.account)));
    }

    /// Whether it is explained at length: somebody, or time, has to mend it.
    pub(super) fn needs_somebody(&self) -> bool {
        self.explanation.as_ref().is_some_and(|told| !told.healthy)
    }

    pub(super) fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Its block, to be copied in one piece.
    pub(super) fn block(&self, language: Language) -> Vec<(Message, String)> {
        let mut lines = vec![(Message::foreign(self.verdict.word()), self.extent(language))];
        let Some(told) = &self.explanation else { return lines };
        let cause = match &self.reason {
            Some(reason) => format!("{} {reason}", told.cause),
            None => told.cause.clone(),
        };
        let texts = [
            (say!("diagnosis-what"), title(told)),
            (say!("diagnosis-why"), cause),
            (say!("diagnosis-who"), told.who.named(language).to_owned()),
            (say!("diagnosis-do"), told.steps.first().cloned().unwrap_or_default()),
            (say!("diagnosis-see"), told.link.clone().unwrap_or_default()),
            (say!("diagnosis-more"), self.more()),
        ];
        lines.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()));
        lines
    }

    /// One line, where nobody has to do anything.
    pub(super) fn line(&self, language: Language) -> (Message, String) {
        let reason = self.reason.as_deref().unwrap_or_default();
        (Message::foreign(self.verdict.word()), format!("{}: {reason}", self.extent(language)))
    }

    /// `3 operations of 2 accounts (app, person): a, b and 1 more`.
    fn extent(&self, language: Language) -> String {
        say!(
            "diagnosis-extent",
            count = self.count,
            accounts = self.accounts.len(),
            account_names = names(&self.accounts),
            operation_names = names(&self.operations),
        )
        .of(language)
    }

    /// The command that shows more.
    fn more(&self) -> String {
        match (&self.call, self.accounts.first()) {
            (Some(call), _) => format!("graphbeat explain {call}"),
            (None, Some(account)) => format!("graphbeat log --account {account} --verdict failed"),
            (None, None) => String::new(),
        }
    }
}

fn names(all: &BTreeSet<Arc<str>>) -> Message {
    let shown: Vec<&str> = all.iter().take(NAMES_SHOWN_MAX).map(|name| &**name).collect();
    let shown = shown.join(", ");
    match all.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => Message::foreign(shown),
        more => say!("diagnosis-names", shown = shown, more = more),
    }
}
