//! What Graph's answers come to. The transport is scripted: it gives one answer after the other and keeps what
//! was asked.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests may panic as tests do")]

mod batch;
mod elsewhere;
mod script;
mod single;
