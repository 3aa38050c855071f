//! The command line, as types only: what can be typed, and the help that says so.

mod account;
mod agent;
mod backup;
mod knowledge;
mod localized;
mod mistake;
mod setup;
mod typed;
mod value;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use graphbeat_core::Language;

use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) use account::{
    AccountChange, AccountCommand, AccountFlags, MethodWord, RekeyArguments, SignInArguments, VaultCommand,
};
pub(crate) use agent::{
    CheckArguments, CleanArguments, Client, DemoArguments, LogArguments, RunArguments, SandboxArguments,
    SandboxCommand, SandboxEnvArguments, Throttle,
};
pub(crate) use backup::BackupArguments;
pub(crate) use knowledge::{
    AccessWord, CatalogCommand, CloudWord, CompletionsArguments, ConfigCommand, DoctorArguments, ExplainArguments,
    LinksArguments, LintArguments, ListArguments, ManArguments, ModeWord, PermissionsArguments, PermissionsBy,
};
pub(crate) use localized::shown_command;
pub(crate) use setup::{
    AppArguments, AppCommand, DeleteArguments, InitArguments, InitMode, RegistrationWay, RotateArguments,
};
pub(crate) use typed::{Typed, platform};

/// Keeps a Microsoft 365 developer tenant tested, watched and understood.
#[derive(Debug, Parser)]
#[command(name = "graphbeat", version, about, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 all as expected; 1 an operation failed unexpectedly; 2 wrong usage; \
    3 configuration; 4 sign-in needed or refused; 5 ledger or vault; 6 network; 7 throttled or locked out: wait; \
    70 a bug in graphbeat.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct GlobalArguments {
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
    /// The language of texts: `en` or `zh-CN`
    #[arg(long, global = true, value_parser = value::language, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The directory where everything lives
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// For programs: whole, with the documented field names
    Json,
    /// For spreadsheets
    Csv,
}

/// What graphbeat does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sandbox and agent in one process, time sped up; needs nothing
    Demo(DemoArguments),
    /// The emulator of Entra ID and Graph alone
    Sandbox(SandboxArguments),
    /// Run the selected operations now, once
    Check(CheckArguments),
    /// The agent, until stopped
    Run(RunArguments),
    /// The ledger: every request that left
    Log(LogArguments),
    /// Each account: its state and reason, counters, last round, next slot
    Status,
    /// Set an account up, from the registration to a first check
    Init(Box<InitArguments>),
    /// The application registration that an account signs in under
    #[command(subcommand)]
    App(AppCommand),
    /// The accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// The encrypted secrets
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Configuration, vault and ledger in one encrypted file
    Backup(BackupArguments),
    /// A backup into an empty data directory
    Restore(BackupArguments),
    /// What journeys left behind: list it, remove it
    Clean(CleanArguments),
    /// The operations that graphbeat knows
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// What a failure means and who can mend it
    Explain(ExplainArguments),
    /// Looks for whatever stands in the way: machine, network, sign-in, permissions
    Doctor(DoctorArguments),
    /// Microsoft's pages that you need, right for cloud and tenant
    Links(LinksArguments),
    /// A script that completes commands in a shell
    Completions(CompletionsArguments),
    /// The manual page
    Man(ManArguments),
}

/// Understands the command line; `None` where it asked for help or the version, which are printed then.
pub(crate) fn parse(language: Language) -> Result<Option<Arguments>, Failure> {
    let command = localized::command(language);
    match command.try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => Ok(Some(arguments)),
        Err(error) => match error.kind() {
            // Help where a command was expected goes to stderr.
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                error.print()?;
                Err(Failure::told(Exit::Usage))
            }
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                error.print()?;
                Ok(None)
            }
            _ => Err(mistake::failure(&error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    const PAGES: [&str; 2] = [include_str!("../../../docs/COMMANDS.md"), include_str!("../../../docs/SANDBOX.md")];

    fn is_documented(word: &str) -> bool {
        PAGES.iter().any(|page| page.contains(word))
    }

    /// Walks the commands below one, `path` being how it is typed.
    fn check_documented(command: &clap::Command, path: &str) {
        for flag in command.get_arguments().filter_map(|argument| argument.get_long()) {
            let is_named = ["`", " "].iter().any(|end| is_documented(&format!("`--{flag}{end}")));
            assert!(is_named, "no page names `--{flag}` of `{path}`");
        }
        for below in command.get_subcommands() {
            let path = format!("{path} {}", below.get_name());
            assert!(is_documented(&format!("`{}", path.trim_start())), "no page names `{path}`");
            check_documented(below, &path);
        }
    }

    #[test]
    fn the_pages_name_every_command_and_flag() {
        check_documented(&Arguments::command(), "");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
