//! Accounts against the sandbox in the same process, over real HTTPS; all share one clock, which a test moves.

#![expect(clippy::expect_used, reason = "helpers of tests may panic as tests do")]

mod batch;
mod claims;
mod crash;
mod delta;
mod diagnoses;
mod kills;
mod permissions;
mod removal;
mod sign_in;
mod throttle;
mod tokens;
mod upload;
mod version;
mod world;
