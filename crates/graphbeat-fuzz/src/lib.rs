//! What is fuzzed: each target takes any bytes and panics where they show a fault of ours.
//!
//! `cargo xtask fuzz` runs the targets under libFuzzer; the tests replay the kept corpus. The sandbox's
//! targets send a request the whole way, from bytes on a connection to bytes of an answer, and check that
//! the answer is Graph's or Entra's: no 5xx, and an error in the service's shape. The client's targets
//! hand it answers and files that nobody vouches for: it may refuse them, and must not break.
#![expect(clippy::panic, clippy::expect_used, reason = "a panic is how a target tells a fault")]

mod client;
pub mod corpus;
mod files;
pub mod grammar;
mod harness;
mod reply;
mod request;
mod seeds;

use graphbeat_base::Rng;

/// One thing that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, also its corpus's.
    pub name: &'static str,
    /// Tries one input; panics where it shows a fault.
    pub run: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Changes an input so that it stays one that gets far.
    pub mutate: fn(&[u8], &mut Rng) -> Vec<u8>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "graph", run: request::run, seeds: seeds::graph, mutate: grammar::request },
    Target { name: "batch", run: request::run, seeds: seeds::batch, mutate: grammar::request },
    Target { name: "query", run: request::run_query, seeds: seeds::query, mutate: grammar::query },
    Target { name: "entra", run: request::run, seeds: seeds::entra, mutate: grammar::form },
    Target { name: "control", run: request::run, seeds: seeds::control, mutate: grammar::request },
    Target { name: "wire", run: request::run_wire, seeds: seeds::wire, mutate: grammar::splice },
    Target { name: "answer", run: client::run_answer, seeds: seeds::answer, mutate: grammar::request },
    Target { name: "token", run: client::run_token, seeds: seeds::token, mutate: grammar::request },
    Target { name: "config", run: files::run_config, seeds: seeds::config, mutate: grammar::splice },
    Target { name: "catalog", run: files::run_catalog, seeds: seeds::catalog, mutate: grammar::splice },
    Target { name: "explain", run: files::run_explain, seeds: seeds::explain, mutate: grammar::splice },
];

/// The target of a name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
