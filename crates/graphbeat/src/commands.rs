//! The commands, one file each.

mod catalog;
mod completions;
mod config;
mod explain;
mod man;

use crate::arguments::Command;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs a command.
pub(crate) fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Catalog(command) => catalog::run(command, context),
        Command::Config(command) => config::run(command, context),
        Command::Explain(arguments) => explain::run(&arguments, context),
        Command::Completions(arguments) => completions::run(&arguments, context),
        Command::Man(arguments) => man::run(&arguments, context),
        _ => Err(Failure::new(Exit::Usage, "this command is not in this version yet")),
    }
}
