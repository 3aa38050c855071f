//! The commands, one file each.

mod account;
mod app;
pub(crate) mod ask;
mod backup;
mod catalog;
mod check;
mod clean;
mod completions;
mod config;
mod doctor;
mod explain;
mod init;
mod links;
mod log;
mod man;
mod restore;
mod run;
mod sandbox;
pub(crate) mod secret_input;
mod status;
mod vault;

use crate::arguments::Command;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Runs a command.
pub(crate) fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Demo(arguments) => crate::demo::run(&arguments, context),
        Command::Check(arguments) => check::run(&arguments, context),
        Command::Run(arguments) => run::run(&arguments, context),
        Command::Log(arguments) => log::run(&arguments, context),
        Command::Status => status::run(context),
        Command::Account(command) => account::run(command, context),
        Command::Init(arguments) => init::run(&arguments, context),
        Command::App(command) => app::run(command, context),
        Command::Clean(arguments) => clean::run(&arguments, context),
        Command::Catalog(command) => catalog::run(command, context),
        Command::Config(command) => config::run(command, context),
        Command::Explain(arguments) => explain::run(&arguments, context),
        Command::Doctor(arguments) => doctor::run(&arguments, context),
        Command::Links(arguments) => links::run(&arguments, context),
        Command::Completions(arguments) => completions::run(&arguments, context),
        Command::Sandbox(arguments) => sandbox::run(&arguments, context),
        Command::Backup(arguments) => backup::run(&arguments, context),
        Command::Restore(arguments) => restore::run(&arguments, context),
        Command::Vault(command) => vault::run(&command, context),
        Command::Man(arguments) => man::run(&arguments, context),
    }
}
