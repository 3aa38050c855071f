//! The pure heart of graphbeat: words, plans, budgets, verdicts and explanations.
//!
//! **Invariant:** no async, no IO, no clock, no globals. The same input gives the same output.

mod account;
mod call;
mod journal;

pub use account::{AccountStanding, AccountState, Refusal};
pub use call::{Call, CallPath, Kind, Method, Stage, Verdict, reason_phrase, status_text};
pub use journal::{Artefact, ArtefactState, Intent};
