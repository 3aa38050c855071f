//! The write journal's records: what a journey made, or meant to make, in a tenant.
//!
//! A create is journalled before its request leaves ([`ArtefactState::Intent`]), gets its id when the
//! answer comes ([`ArtefactState::Exists`]), and leaves the journal when the undo is confirmed
//! ([`ArtefactState::Gone`]). Only what the journal knows is ever deleted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use graphbeat_base::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How far an artefact is known to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArtefactState {
    /// The create may have left; no answer is known.
    Intent,
    /// The service answered with an id.
    Exists,
    /// The undo is confirmed.
    Gone,
}

/// One thing that a journey made or meant to make.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Artefact {
    /// The journal's own key.
    pub id: i64,
    /// The account that made it.
    pub account: Arc<str>,
    /// The journey's id in the catalogue.
    pub journey: Arc<str>,
    /// The artefact's name within the journey (`message`, `folder`).
    pub name: Arc<str>,
    /// The random word that the artefact carries in its name or subject.
    pub marker: Arc<str>,
    /// What the journey's operations need to address it again: placeholder to value, its own id included.
    pub values: BTreeMap<String, String>,
    /// How far it is known to exist.
    pub state: ArtefactState,
    /// When the intent was written.
    pub intended_at: Timestamp,
    /// The process that made it, so that a second one does not clean up under the first one's feet.
    pub session: Uuid,
    /// Why the last try to remove it failed.
    pub trouble: Option<String>,
}

/// An artefact before the journal has given it a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// The account that makes it.
    pub account: Arc<str>,
    /// The journey's id.
    pub journey: Arc<str>,
    /// The artefact's name within the journey.
    pub name: Arc<str>,
    /// The random word that it will carry.
    pub marker: Arc<str>,
    /// The values that are known before the answer.
    pub values: BTreeMap<String, String>,
    /// Now.
    pub intended_at: Timestamp,
    /// This process.
    pub session: Uuid,
}

impl ArtefactState {
    /// The word in outputs and in the ledger.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Exists => "exists",
            Self::Gone => "gone",
        }
    }

    /// The state of a word; `None` for an unknown one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "intent" => Some(Self::Intent),
            "exists" => Some(Self::Exists),
            "gone" => Some(Self::Gone),
            _ => None,
        }
    }
}

impl fmt::Display for ArtefactState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
