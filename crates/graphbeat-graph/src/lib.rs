//! Running one operation of the catalogue: render it, send it once, judge the answer, write the row.
//!
//! One [`Client::attempt`] is one try. It never waits: what came of it says whether and when another try
//! makes sense, and waiting is the engine's.

mod batch;
mod client;
mod compile;
mod completion;
mod delta;
mod hop;
mod hosts;
mod judging;
mod monitor;
mod row;
mod upload;
mod values;

pub use batch::{BATCH_OPERATION, BATCH_PARTS_MAX, BatchAttempt, BatchCompletion, BatchPart, PartOutcome};
pub use client::{Attempt, AttemptError, CallLog, Client, LedgerFailure};
pub use compile::{Compiled, RenderError, Target, compile};
pub use completion::{Completion, FollowUp};
pub use delta::{DELTA_BOOKMARK_BYTES_MAX, DeltaBookmark};
pub use hosts::ContentHosts;
pub use monitor::{Monitor, MonitorState};
pub use row::{RowOutcome, call_row};
pub use upload::{UploadProgress, UploadSession, UploadStep, upload_content};
pub use values::{Values, built_in, pick};
