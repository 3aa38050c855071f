//! The whole program against `graphbeat sandbox` as a process of its own, over HTTPS with its authority.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests may panic as tests do")]

mod accounts;
mod agent;
mod app;
mod app_care;
mod backup;
mod browser;
mod check;
mod crash;
mod doctor;
mod guard;
mod ledger;
mod permissions;
mod secrets;
mod set_up;
mod sign_in;
mod support;
#[cfg(unix)]
mod terminal;
mod throttle;
