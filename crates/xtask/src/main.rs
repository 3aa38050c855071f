//! Chores of the repository: `cargo xtask test`, `ci`, `bench`, `fuzz`, `judges`, `permissions`, `parity`, `picture`.
#![expect(clippy::print_stdout, reason = "a program for the developer's terminal")]

mod bench;
mod fuzz;
mod judges;
mod picture;
mod shell;

use anyhow::{Result, bail};

use crate::shell::{ensure, run, run_with};

const USAGE: &str = "\
usage: cargo xtask <command>

  test      install what is missing, then run all tests
  ci        what .ci/run runs: tests, judges of Python, Node and the desktop, formatting, lints, docs, licences, and the demo from a release build
  bench     print the figures of docs/BENCHMARKS.md (release build; installs wrk); --build times a clean build too
  fuzz      fuzz the sandbox and the client for 10 minutes (installs g++); --minutes N, --target NAME
  judges    run programs that are not ours against the sandbox, installed into target/judges: with names only
            these, of python, node, rust, desktop and azure-cli; --all
  permissions
            run everything with each permission taken away, in both modes; the tests run what it concerns alone
  parity    write docs/SANDBOX-PARITY.md anew from the sandbox's routes
  picture   draw docs/demo.svg from a real run of the demo (installs tmux)";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("test") => test(),
        Some("ci") => ci(),
        Some("bench") => bench::bench(&arguments[1..]),
        Some("fuzz") => fuzz::fuzz(&arguments[1..]),
        Some("judges") => judges::judges(&arguments[1..]),
        Some("permissions") => {
            run_with("cargo test --package graphbeat-engine --test engine taken_away", &[("GRAPHBEAT_WHOLE_WALK", "1")])
        }
        Some("parity") => run_with("cargo test -p graphbeat-sandbox --lib table_of_parity", &[("UPDATE_EXPECT", "1")]),
        Some("picture") => picture::picture(),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("{USAGE}"),
    }
}

/// What README's test command runs.
fn test() -> Result<()> {
    ensure("cc", &["gcc", "libc6-dev"])?;
    run("cargo test --workspace --all-targets --locked")
}

/// The gate. Cheap checks first, so that they fail first.
fn ci() -> Result<()> {
    run("cargo fmt --all --check")?;
    test()?;
    judges::of_ci()?;
    run("cargo test --workspace --doc --locked")?;
    run("cargo clippy --workspace --all-targets --locked -- -D warnings")?;
    run_with("cargo doc --workspace --no-deps --locked --document-private-items", &[("RUSTDOCFLAGS", "-D warnings")])?;
    if !shell::is_there("cargo-deny") {
        println!("installing cargo-deny");
        run("cargo install cargo-deny --locked --version ^0.20")?;
    }
    run("cargo deny check bans licenses sources")?;
    run("cargo run --release --locked -- demo --for 20s")
}
