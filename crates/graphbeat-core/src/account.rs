//! The state of an account: whether the agent may use it, and if not, why and until when.

use std::fmt;
use std::sync::Arc;

use graphbeat_base::Timestamp;
use serde::Serialize;

/// Whether the agent may use an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountState {
    /// It runs.
    Active,
    /// Its owner stopped it, or repeated refusals did; `account resume` starts it.
    Paused,
    /// A person has to sign in.
    NeedsSignIn,
    /// Entra or Graph asked to wait; it resumes by itself.
    Waiting,
}

/// An account's state, its reason, and how long it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountStanding {
    /// The account's name.
    pub account: Arc<str>,
    /// Its state.
    pub state: AccountState,
    /// Why, in a sentence; none for an active account.
    pub reason: Option<String>,
    /// The code behind the reason (`AADSTS7000222`).
    pub code: Option<String>,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// Since when.
    pub since: Timestamp,
}

/// A sign-in that Entra refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The account's name.
    pub account: Arc<str>,
    /// A hash of the credential, so that a mended secret starts afresh.
    pub credential: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// The AADSTS code.
    pub code: Arc<str>,
}

impl AccountState {
    /// The word in outputs and in the ledger.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::NeedsSignIn => "needs-sign-in",
            Self::Waiting => "waiting",
        }
    }

    /// The state of a word; `None` for an unknown one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Paused, Self::NeedsSignIn, Self::Waiting].into_iter().find(|state| state.word() == word)
    }
}

impl fmt::Display for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
