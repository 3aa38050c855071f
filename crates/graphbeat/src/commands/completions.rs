//! `completions`: a script for a shell.

use clap::CommandFactory as _;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

pub(super) fn run(arguments: &CompletionsArguments, context: &Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "graphbeat", &mut script);
    context.printer.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
