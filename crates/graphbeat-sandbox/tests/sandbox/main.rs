//! The sandbox as its clients see it: over real HTTPS and HTTP, with an HTTP client that knows nothing of it.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper of tests fails as a test does")]

mod auth_code;
mod bodies;
mod browser;
mod consent;
mod continuous;
mod control;
mod device;
mod discovery;
mod elsewhere;
mod errors;
mod faults;
mod federation;
mod graph;
mod lifecycle;
mod on_behalf_of;
mod registration;
mod states;
mod support;
mod tokens;
mod transport;
mod version_one;
