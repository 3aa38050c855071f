//! graphbeat: the command line. This file only wires: arguments → command → exit code.

mod arguments;
mod backup;
mod browser;
mod commands;
mod context;
mod crash;
mod demo;
mod diagnosis;
mod exit;
mod failure;
mod logging;
mod printer;
mod registrar;
mod runtime;
mod stop;
mod texts;

use std::collections::BTreeMap;
use std::process::ExitCode;

use graphbeat_core::Language;

use crate::arguments::Typed;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

fn main() -> ExitCode {
    let environment = environment();
    let typed = Typed::scan(std::env::args_os());
    let language = context::language(&typed.locations(&environment), typed.lang(), &environment);
    crash::report_panics(language);
    let work = || run(language, environment);
    let result = std::panic::catch_unwind(work).unwrap_or_else(|_| Err(Failure::crashed()));
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.print(language).into(),
    }
}

fn run(language: Language, environment: BTreeMap<String, String>) -> Result<Exit, Failure> {
    let Some(arguments) = arguments::parse(language)? else { return Ok(Exit::Ok) };
    let context = Context::new(arguments.global, language, environment);
    crash::keep_reports_in(&context.locations.data_dir, context.environment.get("HOME").map(String::as_str));
    logging::start(&context.environment)?;
    commands::run(arguments.command, &context)
}

/// The process's environment, as far as it is text: the one place that reads it.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
