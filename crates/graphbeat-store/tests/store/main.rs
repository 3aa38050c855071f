//! The stores from outside: conformance, failing writes, foreign and damaged files, the death of the process, size.
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where its set-up fails")]

mod conformance;
mod crash;
mod failure;
mod files;
mod keyring;
mod size;
mod snapshot;
mod sqlite;
mod support;
