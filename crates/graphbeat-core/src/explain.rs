//! What a failure means: cause, who can mend it, how. The knowledge is data (`knowledge/*.toml`), in
//! every language that graphbeat speaks; the code here only finds the rule that a failure meets best.
//!
//! A failure comes as an [`Observation`]: of a call in the ledger, or of a pasted text. Each rule says
//! when it holds; of those that hold, the most specific one wins (`rule.rs` has the weights). A code
//! that no rule knows gets an honest "unknown", and what to send to whom.
//!
//! No remedy advises to switch multi-factor authentication or security defaults off, or to be left out
//! of them: `lint.rs` reads every step.

mod document;
mod lint;
mod observation;
mod reading;
mod rule;
#[cfg(test)]
mod tests;
mod texts;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Language;
use rule::{Met, Rule, Step};
use texts::Texts;

pub use observation::{Lack, Names, Observation};
pub use reading::TEXT_BYTES_MAX;

/// The data, each file with its name for errors.
const FILES: &[(&str, &str)] = &[
    ("status.toml", include_str!("../knowledge/status.toml")),
    ("network.toml", include_str!("../knowledge/network.toml")),
    ("entra.toml", include_str!("../knowledge/entra.toml")),
    ("graph.toml", include_str!("../knowledge/graph.toml")),
    ("topics.toml", include_str!("../knowledge/topics.toml")),
];
const STEPS: (&str, &str) = ("steps.toml", include_str!("../knowledge/steps.toml"));
/// Who can mend a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The person at the keyboard, or the user who signs in.
    You,
    /// An administrator of the tenant.
    TenantAdmin,
    /// Whoever owns the app registration.
    AppOwner,
    /// Microsoft, or the authors of graphbeat.
    Microsoft,
    /// Time.
    Wait,
    /// Nobody has to.
    Nobody,
}

/// How sure an explanation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess from a word in a longer text, or nothing is known.
    Low,
    /// The code has several causes.
    Medium,
    /// The code has this cause.
    High,
}

/// A diagnosis: the JSON output of `explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether anything is known.
    pub known: bool,
    /// The code that it is about; none where the text holds none.
    pub code: Option<String>,
    /// What happened, in a few words.
    pub title: String,
    /// Why.
    pub cause: String,
    /// Who can mend it.
    pub who: Who,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// A page about it.
    pub link: Option<String>,
    /// Whether all is well.
    pub healthy: bool,
    /// How long waiting helps, in minutes; none where it does not.
    #[serde(skip)]
    pub wait_minutes: Option<u32>,
    /// How sure this is.
    pub confidence: Confidence,
    /// What in the text led here.
    pub evidence: Vec<String>,
    /// The rule of the knowledge: failures with the same one have the same cause.
    #[serde(skip)]
    pub rule: Option<String>,
}

/// Everything that is known about failures.
#[derive(Clone, Debug)]
pub struct Knowledge {
    rules: Vec<Rule>,
    /// Steps that many rules share, by name.
    steps: BTreeMap<String, Texts>,
    /// Every code of the rules, in lower case.
    codes: BTreeSet<String>,
}

/// Why the knowledge could not be read: a mistake in the data, which a test finds.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// A file is no TOML of the expected shape.
    #[error("could not read the knowledge in `{file}`")]
    Malformed {
        /// The file.
        file: &'static str,
        /// What is wrong in it.
        source: Box<toml::de::Error>,
    },
    /// Two rules have one name.
    #[error("the knowledge has two rules named `{0}`")]
    Twice(String),
    /// A rule names a shared step that there is not.
    #[error("the rule `{rule}` names the step `{step}`, which is not in steps.toml")]
    NoSuchStep {
        /// The rule.
        rule: String,
        /// The step.
        step: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnowledgeFile {
    rule: Vec<Rule>,
}

impl Knowledge {
    /// What graphbeat brings along.
    ///
    /// # Errors
    /// [`KnowledgeError`] where the data is wrong.
    pub fn builtin() -> Result<Self, KnowledgeError> {
        let mut rules: Vec<Rule> = Vec::new();
        for &(file, text) in FILES {
            rules.extend(parse::<KnowledgeFile>(file, text)?.rule);
        }
        let steps: BTreeMap<String, Texts> = parse(STEPS.0, STEPS.1)?;
        let mut ids = BTreeSet::new();
        for rule in &rules {
            if !ids.insert(rule.id.as_str()) {
                return Err(KnowledgeError::Twice(rule.id.clone()));
            }
            let names = rule.steps.iter().filter_map(|step| match step {
                Step::Shared(name) => Some(name),
                Step::Own(_) => None,
            });
            if let Some(step) = names.into_iter().find(|name| !steps.contains_key(*name)) {
                return Err(KnowledgeError::NoSuchStep { rule: rule.id.clone(), step: step.clone() });
            }
        }
        let codes = rules.iter().flat_map(Rule::all_codes).map(|code| code.to_lowercase()).collect();
        Ok(Self { rules, steps, codes })
    }

    /// Explains an AADSTS code, a code of Graph, an HTTP status, a tag (`REQUEST-HTTPER:404 Not Found`),
    /// or a pasted text.
    #[must_use]
    pub fn explain(&self, text: &str, language: Language) -> Explanation {
        self.diagnose(&self.read(text), language)
    }

    fn read(&self, text: &str) -> Observation {
        reading::read(text, |code| self.knows(code))
    }

    /// Whether a rule is about the code, in any letter case.
    fn knows(&self, code: &str) -> bool {
        self.codes.contains(&code.to_lowercase())
    }

    /// Explains a failure.
    #[must_use]
    pub fn diagnose(&self, seen: &Observation, language: Language) -> Explanation {
        let best = self.best(seen);
        let strange = self.strange_code(seen);
        match best {
            Some((rule, met)) if met.is_by_name() || strange.is_none() => {
                // A code deeper inside that nobody knows leaves a doubt.
                let is_deeper = strange.is_some_and(|(depth, _)| met.depth.is_some_and(|known| depth > known));
                self.told(rule, met, seen, is_deeper, language)
            }
            best => {
                let code = strange.map(|(_, code)| code).or_else(|| seen.codes.last().map(String::as_str));
                unknown::explanation(code, best.map(|(rule, _)| rule), seen, language)
            }
        }
    }

    /// The rule that holds best; of equals the first.
    fn best(&self, seen: &Observation) -> Option<(&Rule, Met)> {
        let mut best: Option<(&Rule, Met)> = None;
        for rule in &self.rules {
            let Some(met) = rule.meet(seen) else { continue };
            if best.as_ref().is_none_or(|(_, known)| met.weight > known.weight) {
                best = Some((rule, met));
            }
        }
        best
    }

    /// The deepest code that no rule knows, with its depth.
    fn strange_code<'a>(&self, seen: &'a Observation) -> Option<(usize, &'a str)> {
        seen.codes.iter().map(String::as_str).enumerate().rfind(|(_, code)| !self.knows(code))
    }

    fn told(&self, rule: &Rule, met: Met, seen: &Observation, is_doubtful: bool, language: Language) -> Explanation {
        let names = &seen.names;
        let doubt = match (met.is_by_name() || seen.is_exact, is_doubtful) {
            (true, false) => Confidence::High,
            (true, true) => Confidence::Medium,
            (false, _) => Confidence::Low,
        };
        let status = seen.status.map(|status| status.to_string());
        let told = status.clone().filter(|_| !rule.status.is_empty());
        let code = met.code.or(told).or_else(|| seen.codes.last().cloned()).or(status);
        Explanation {
            known: true,
            link: rule.link.clone().or_else(|| code.as_deref().and_then(unknown::page_of)),
            code,
            title: rule.title.fill(language, names),
            cause: rule.cause.fill(language, names),
            who: rule.who,
            steps: rule
                .steps
                .iter()
                .filter_map(|step| self.step(step))
                .map(|text| text.fill(language, names))
                .collect(),
            healthy: rule.healthy,
            wait_minutes: rule.wait_minutes,
            confidence: rule.confidence.min(doubt),
            evidence: seen.tag.iter().cloned().chain(met.evidence).collect(),
            rule: Some(rule.id.clone()),
        }
    }

    fn step<'a>(&'a self, step: &'a Step) -> Option<&'a Texts> {
        match step {
            Step::Own(texts) => Some(texts),
            Step::Shared(name) => self.steps.get(name),
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(file: &'static str, text: &str) -> Result<T, KnowledgeError> {
    toml::from_str(text).map_err(|source| KnowledgeError::Malformed { file, source: Box::new(source) })
}

impl Who {
    /// The word in outputs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::TenantAdmin => "tenant-admin",
            Self::AppOwner => "app-owner",
            Self::Microsoft => "microsoft",
            Self::Wait => "wait",
            Self::Nobody => "nobody",
        }
    }
}
