//! Printing an error with its causes: `Display` of our errors never prints its source.

use std::error::Error;
use std::fmt::Write as _;

/// The longest chain that is printed; a longer one is a bug somewhere else.
const CAUSES_MAX: usize = 16;

/// The error and its causes in one line, `could not read the ledger: disk full`.
#[must_use]
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    for _ in 0..CAUSES_MAX {
        let Some(current) = cause else { break };
        let next = current.to_string();
        // Some libraries print their source in `Display`: do not say it twice.
        if !text.ends_with(&next) {
            let _ = write!(text, ": {next}");
        }
        cause = current.source();
    }
    text
}
