//! The pure heart of graphbeat: words, plans, budgets, verdicts and explanations.
//!
//! **Invariant:** no async, no IO, no clock, no globals. The same input gives the same output.

mod account;
mod budget;
mod call;
mod error_body;
pub mod explain;
mod journal;
mod language;
pub mod links;
mod permission_check;
pub mod plan;
mod quiet;
pub mod retry;
mod said;
mod verdict;

pub use account::{AccountStanding, AccountState, Refusal};
pub use budget::Budget;
pub use call::{CALL_FIELDS, Call, Kind, Method, Stage, Verdict, reason_phrase, status_text, time_text};
pub use error_body::ErrorBody;
pub use graphbeat_base::CallPath;
pub use journal::{Artefact, ArtefactState, Intent};
pub use language::Language;
pub use permission_check::PermissionCheck;
pub use quiet::{QuietWindow, QuietWindowError, covers_whole_week};
pub use said::Said;
pub use verdict::{Answer, Judgement, judge};
