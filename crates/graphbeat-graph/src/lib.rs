//! Running one operation of the catalogue: render it, send it once, judge the answer, write the row.
//!
//! One [`Client::attempt`] is one try. It never waits: what came of it says whether and when another try
//! makes sense, and waiting is the engine's.

mod client;
mod compile;
mod hop;
mod row;
mod values;

pub use client::{Attempt, AttemptError, CallLog, Client, Completion, LedgerFailure};
pub use compile::{Compiled, RenderError, Target, compile};
pub use row::{RowOutcome, call_row};
pub use values::{Values, built_in, pick};
