//! One rule of the knowledge: when it holds, and how exactly it was met.

use graphbeat_catalog::Mode;
use serde::Deserialize;

use super::observation::{Lack, Observation};
use super::texts::Texts;
use super::{Confidence, Who};
use crate::{Kind, Stage};

/// What the kinds of conditions count for; a rule that more of them hold for is the more specific one.
const CODE_WEIGHT: u32 = 1000;
/// A code deeper inside is more exact than one around it.
const DEPTH_WEIGHT: u32 = 10;
/// A code that many causes share (`invalid_grant`) says less than words of the message.
const SHARED_CODE_WEIGHT: u32 = 300;
const EMPTY_CODE_WEIGHT: u32 = 10;
const WORDS_WEIGHT: u32 = 500;
const STATUS_WEIGHT: u32 = 100;
/// What the token lacks is known for sure.
const LACK_WEIGHT: u32 = 150;
const CLASS_WEIGHT: u32 = 60;
const ROLE_WEIGHT: u32 = 30;
const MODE_WEIGHT: u32 = 40;
const STAGE_WEIGHT: u32 = 20;
const KIND_WEIGHT: u32 = 20;

/// One cause of failures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Its name, unique.
    pub id: String,
    /// One of these codes, at any level, in any letter case.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Or one of these, which have other causes too: words and inner codes go first.
    #[serde(default)]
    pub shared_codes: Vec<String>,
    /// Or, where no code is there, of each group one phrase: what other programs say for the same.
    #[serde(default)]
    pub or_words: Vec<Vec<String>>,
    /// The codes say no more than the status beside them: everything else goes first.
    #[serde(default)]
    pub empty: bool,
    /// One of these statuses.
    #[serde(default)]
    pub status: Vec<u16>,
    /// Of each group one phrase, in lower case, in the message or text.
    #[serde(default)]
    pub words: Vec<Vec<String>>,
    /// One of these classes of operations.
    #[serde(default)]
    pub class: Vec<String>,
    /// Only in this mode.
    pub mode: Option<Mode>,
    /// Only for an operation that needs a directory role of the user.
    #[serde(default)]
    pub needs_role: bool,
    /// Only where this is what lacks.
    pub lack: Option<Lack>,
    /// Only at this stage.
    #[serde(default, deserialize_with = "stage")]
    pub stage: Option<Stage>,
    /// Only this kind.
    #[serde(default, deserialize_with = "kind")]
    pub kind: Option<Kind>,
    /// What happened, in a few words.
    pub title: Texts,
    /// Why.
    pub cause: Texts,
    /// Who can mend it.
    pub who: Who,
    /// What to do, in order; a text, or the name of a shared step.
    pub steps: Vec<Step>,
    /// A page about it; an AADSTS code has its own at Microsoft's.
    pub link: Option<String>,
    /// Whether all is well.
    #[serde(default)]
    pub healthy: bool,
    /// How long waiting helps, in minutes.
    pub wait_minutes: Option<u32>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Failures that this rule, and no other, has to explain.
    #[serde(default)]
    pub tries: Vec<Try>,
}

/// A step: written here, or shared by its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Step {
    /// In `steps.toml`.
    Shared(String),
    /// Here.
    Own(Texts),
}

/// A test case of a rule: a pasted text, or a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Try {
    /// A pasted text.
    Text(String),
    /// What a call would say.
    Call(CallTry),
}

/// The part of a call that a rule can look at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CallTry {
    #[serde(deserialize_with = "stage")]
    pub stage: Option<Stage>,
    #[serde(deserialize_with = "kind")]
    pub kind: Option<Kind>,
    pub mode: Option<Mode>,
    pub class: Option<String>,
    pub lack: Option<Lack>,
    pub role: Option<String>,
    pub status: Option<u16>,
    pub code: Option<String>,
    pub message: String,
}

/// How a rule was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Met {
    /// The sum of what held.
    pub weight: u32,
    /// The code that it is about.
    pub code: Option<String>,
    /// Which of the observation's codes that is.
    pub depth: Option<usize>,
    /// What held, for people.
    pub evidence: Vec<String>,
}

impl Met {
    /// Whether more than the status, class and mode held.
    pub(super) fn is_by_name(&self) -> bool {
        self.weight >= SHARED_CODE_WEIGHT
    }
}

impl Rule {
    /// Whether it holds for `seen`, and by what.
    pub(super) fn meet(&self, seen: &Observation) -> Option<Met> {
        let mut met = Met { weight: 0, code: None, depth: None, evidence: Vec::new() };
        self.meet_codes(seen, &mut met)?;
        meet_words(&self.words, seen, &mut met)?;
        let is_class = |class: &String| self.class.contains(class);
        meet(!self.class.is_empty(), seen.class.as_ref().filter(|class| is_class(class)), CLASS_WEIGHT, &mut met)?;
        let status = seen.status.filter(|status| self.status.contains(status));
        meet(!self.status.is_empty(), status, STATUS_WEIGHT, &mut met)?;
        let mode = seen.mode.filter(|mode| self.mode == Some(*mode)).map(Mode::word);
        meet(self.mode.is_some(), mode, MODE_WEIGHT, &mut met)?;
        meet(self.needs_role, seen.names.role.as_ref(), ROLE_WEIGHT, &mut met)?;
        let lack = seen.lack.filter(|lack| self.lack == Some(*lack)).map(Lack::word);
        meet(self.lack.is_some(), lack, LACK_WEIGHT, &mut met)?;
        meet(self.stage.is_some(), seen.stage.filter(|stage| self.stage == Some(*stage)), STAGE_WEIGHT, &mut met)?;
        meet(self.kind.is_some(), seen.kind.filter(|kind| self.kind == Some(*kind)), KIND_WEIGHT, &mut met)?;
        (met.weight > 0).then_some(met)
    }

    /// A code, or what stands for it.
    fn meet_codes(&self, seen: &Observation, met: &mut Met) -> Option<()> {
        if self.all_codes().next().is_none() {
            return Some(());
        }
        let weight = if self.empty { EMPTY_CODE_WEIGHT } else { CODE_WEIGHT };
        meet_one(&self.codes, weight, seen, met)
            .or_else(|| meet_one(&self.shared_codes, SHARED_CODE_WEIGHT, seen, met))
            .or_else(|| if self.or_words.is_empty() { None } else { meet_words(&self.or_words, seen, met) })
    }

    /// Every code that it is about.
    pub(super) fn all_codes(&self) -> impl Iterator<Item = &String> {
        self.codes.iter().chain(&self.shared_codes)
    }
}

/// The deepest code that is one of `own`, as the knowledge spells it.
fn meet_one(own: &[String], weight: u32, seen: &Observation, met: &mut Met) -> Option<()> {
    let spelled = |code: &str| own.iter().find(|own| own.eq_ignore_ascii_case(code));
    let (depth, code) = seen.codes.iter().enumerate().rev().find_map(|(depth, code)| Some((depth, spelled(code)?)))?;
    met.weight += weight;
    if weight > EMPTY_CODE_WEIGHT {
        met.weight += u32::try_from(depth).unwrap_or_default() * DEPTH_WEIGHT;
    }
    met.evidence.push(code.clone());
    met.code = Some(code.clone());
    met.depth = Some(depth);
    Some(())
}

/// Of each group one phrase; all hold where there is no group.
fn meet_words(groups: &[Vec<String>], seen: &Observation, met: &mut Met) -> Option<()> {
    let said = |group: &Vec<String>| group.iter().find(|phrase| seen.text.contains(phrase.as_str())).cloned();
    let phrases: Vec<String> = groups.iter().map(said).collect::<Option<_>>()?;
    if !phrases.is_empty() {
        // More groups say more.
        met.weight += WORDS_WEIGHT + u32::try_from(phrases.len()).unwrap_or_default();
    }
    met.evidence.extend(phrases);
    Some(())
}

/// Counts one condition: `None` where the rule asks for it and it does not hold.
fn meet(is_asked: bool, held: Option<impl ToString>, weight: u32, met: &mut Met) -> Option<()> {
    if is_asked {
        met.evidence.push(held?.to_string());
        met.weight += weight;
    }
    Some(())
}

fn stage<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Stage>, D::Error> {
    let word = String::deserialize(from)?;
    Stage::from_word(&word)
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(format_args!("no stage is named `{word}`")))
}

fn kind<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Kind>, D::Error> {
    let word = String::deserialize(from)?;
    Kind::from_word(&word).map(Some).ok_or_else(|| serde::de::Error::custom(format_args!("no kind is named `{word}`")))
}
