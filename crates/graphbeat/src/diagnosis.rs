//! What a failure means, in the user's language: the knowledge, with what configuration and catalogue say of
//! the account and its operation. Every command that shows a failure asks here.

use std::collections::HashMap;
use std::sync::Arc;

use graphbeat_base::SignedDuration;
use graphbeat_catalog::{Catalog, Mode, Operation, USER_LOOKUP, user_lookup_operation};
use graphbeat_config::{Config, FileCheck};
use graphbeat_core::explain::{Explanation, Knowledge, Observation, Who};
use graphbeat_core::{Answer, Call, ErrorBody, Language, Verdict, judge};
use graphbeat_engine::OperationReport;

use crate::context::Context;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// Gives diagnoses.
pub(crate) struct Diagnoses {
    knowledge: Knowledge,
    catalog: Catalog,
    /// As what each account of the configuration calls.
    modes: HashMap<Arc<str>, Mode>,
    language: Language,
}

/// An operation's answer, as far as the catalogue may expect it.
struct Answered<'a> {
    operation: &'a str,
    mode: Option<Mode>,
    status: Option<u16>,
    codes: &'a [String],
}

impl Diagnoses {
    /// With the catalogue and the accounts of this configuration.
    pub(crate) fn new(config: &Config, catalog: Catalog, language: Language) -> Result<Self, Failure> {
        let modes = config.accounts.iter().map(|account| (Arc::clone(&account.name), account.sign_in.mode())).collect();
        Ok(Self { knowledge: Knowledge::builtin()?, catalog, modes, language })
    }

    /// With what a command was started with.
    pub(crate) fn load(context: &Context) -> Result<Self, Failure> {
        let catalog = context.catalog()?;
        let config = context.config(&catalog, FileCheck::Skip)?;
        Self::new(&config, catalog, context.language())
    }

    /// The language that they speak.
    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// Of a row of the ledger.
    pub(crate) fn of_call(&self, call: &Call) -> Explanation {
        let mode = self.modes.get(&call.account).copied();
        let mut seen = Observation::of_call(call);
        match (self.operation(&call.operation, mode), mode) {
            (Some(operation), Some(mode)) => seen = seen.of_operation(operation, mode),
            (None, Some(mode)) => seen.mode = Some(mode),
            (_, None) => {}
        }
        let answered = Answered { operation: &call.operation, mode, status: call.status, codes: &seen.codes };
        let reason = self.expected_reason(call.verdict, &answered);
        self.told(&seen, reason)
    }

    /// The catalogue's operation; for the look-up of a user the one that needs the same.
    fn operation(&self, id: &str, mode: Option<Mode>) -> Option<&Operation> {
        match mode {
            Some(mode) if id == USER_LOOKUP => user_lookup_operation(&self.catalog, mode).map(Arc::as_ref),
            _ => self.catalog.operation(id).map(Arc::as_ref),
        }
    }

    /// Of an operation's end; `None` where no service and no network had a part in it.
    pub(crate) fn of_report(&self, report: &OperationReport) -> Option<Explanation> {
        let seen = report.seen.as_deref()?;
        let answered =
            Answered { operation: &report.operation, mode: seen.mode, status: report.status, codes: &seen.codes };
        Some(self.told(seen, self.expected_reason(report.verdict, &answered)))
    }

    /// Of the code for which an account does not run.
    pub(crate) fn of_code(&self, account: &Arc<str>, code: &str) -> Explanation {
        let mut seen = Observation::of_answer(Some(code), "");
        seen.names.account = Some(account.to_string());
        seen.mode = self.modes.get(account).copied();
        self.of(&seen)
    }

    /// Names what the look-up of a user needs: the catalogue has no operation of that name.
    pub(crate) fn name_lookup(&self, seen: &mut Observation) {
        let operation = self.operation(USER_LOOKUP, seen.mode).zip(seen.mode);
        let permissions = operation.and_then(|(operation, mode)| operation.permissions(mode));
        seen.names.permissions = permissions.unwrap_or_default().to_vec();
    }

    /// Of a failure in itself.
    pub(crate) fn of(&self, seen: &Observation) -> Explanation {
        self.knowledge.diagnose(seen, self.language)
    }

    /// A failure that is expected is healthy, for the catalogue's reason.
    fn told(&self, seen: &Observation, expected: Option<String>) -> Explanation {
        let explanation = self.of(seen);
        match expected {
            Some(cause) => Explanation { cause, who: Who::Nobody, steps: Vec::new(), healthy: true, ..explanation },
            None => explanation,
        }
    }

    fn expected_reason(&self, verdict: Verdict, answered: &Answered<'_>) -> Option<String> {
        if verdict != Verdict::Expected {
            return None;
        }
        let error = ErrorBody { codes: answered.codes.to_vec(), message: None };
        let answer =
            Answer { status: answered.status?, asks_to_wait: false, error: &error, failing_for: SignedDuration::ZERO };
        let judgement = judge(self.catalog.operation(answered.operation)?, answered.mode?, &answer);
        judgement.reason.map(|names| match self.language {
            Language::English => names.en.clone(),
            Language::SimplifiedChinese => names.zh_cn.clone(),
        })
    }
}

/// An explanation for people, to be copied in one piece: labels and texts.
pub(crate) fn lines(explanation: &Explanation, language: Language) -> Vec<(Message, String)> {
    let steps: Vec<String> =
        explanation.steps.iter().enumerate().map(|(index, step)| format!("{}. {step}", index + 1)).collect();
    let lines = [
        (say!("diagnosis-what"), title(explanation)),
        (say!("diagnosis-why"), explanation.cause.clone()),
        (say!("diagnosis-who"), explanation.who.named(language).to_owned()),
        (say!("diagnosis-do"), steps.join("\n")),
        (say!("diagnosis-see"), explanation.link.clone().unwrap_or_default()),
    ];
    lines.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// What happened, with its code.
pub(crate) fn title(explanation: &Explanation) -> String {
    match &explanation.code {
        Some(code) => format!("{code}: {}", explanation.title),
        None => explanation.title.clone(),
    }
}
