//! graphbeat: the command line. This file only wires: arguments → command → exit code.

mod arguments;
mod browser;
mod commands;
mod context;
mod demo;
mod exit;
mod failure;
mod logging;
mod printer;
mod registrar;
mod runtime;
mod stop;

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return print_usage(&error),
    };
    failure::report_panics();
    let work = || run(arguments);
    let result = std::panic::catch_unwind(work).unwrap_or_else(|_| Err(Failure::crashed()));
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.print().into(),
    }
}

fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let context = Context::new(arguments.global, environment());
    logging::start(&context.environment)?;
    commands::run(arguments.command, &context)
}

/// The process's environment, as far as it is text: the one place that reads it.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Help and version go to stdout, mistakes to stderr with exit code 2.
fn print_usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to hear of it where this fails.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() }
}
