//! Arguments of the commands that need no service: what graphbeat knows and how it is set up.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;

/// `catalog`
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Every operation
    List(ListArguments),
    /// One operation or journey
    Show(ShowArguments),
    /// The least permissions for a selection
    Permissions(PermissionsArguments),
    /// Check the catalogue, your own files in the data directory included
    Lint(LintArguments),
}

/// `catalog list`
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Only these classes
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "CLASS")]
    pub(crate) class: Vec<String>,
    /// Only what can be called in this mode
    #[arg(long, value_enum, value_name = "MODE")]
    pub(crate) mode: Option<ModeWord>,
    /// Only what needs one of these services in the user's licence; `any` is what needs none
    #[arg(long, alias = "licence", value_delimiter = ',', num_args = 1.., value_name = "LICENSE")]
    pub(crate) license: Vec<String>,
    /// Only what this cloud offers
    #[arg(long, value_enum, value_name = "CLOUD")]
    pub(crate) cloud: Option<CloudWord>,
    /// Only reads or only writes
    #[arg(long, value_enum, value_name = "ACCESS")]
    pub(crate) access: Option<AccessWord>,
}

/// `catalog show`
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The id of an operation (`mail.messages.list`) or of a journey (`mail.draft`)
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// `catalog permissions`
#[derive(Debug, Args)]
pub(crate) struct PermissionsArguments {
    /// The selection of this account
    #[arg(long, value_name = "NAME", conflicts_with_all = ["class", "operation", "journeys", "mode"])]
    pub(crate) account: Option<String>,
    /// These classes, or `starter` or `all`
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "CLASS")]
    pub(crate) class: Vec<String>,
    /// These operations
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "OPERATION")]
    pub(crate) operation: Vec<String>,
    /// The journeys of these classes too
    #[arg(long)]
    pub(crate) journeys: bool,
    /// Only in this mode
    #[arg(long, value_enum, value_name = "MODE")]
    pub(crate) mode: Option<ModeWord>,
    /// What a row is about
    #[arg(long, value_enum, value_name = "WHAT", default_value = "permission")]
    pub(crate) by: PermissionsBy,
}

/// One of Microsoft's clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CloudWord {
    /// The public cloud
    Global,
    /// US Government L4
    UsGov,
    /// US Government L5 (Department of Defense)
    UsDod,
    /// China, operated by 21Vianet
    China,
}

/// Whether something changes the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccessWord {
    /// It changes nothing
    Read,
    /// It changes the tenant
    Write,
}

/// What a row of `catalog permissions` is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermissionsBy {
    /// A permission, with the operations that are refused without it
    Permission,
    /// An operation, with the permissions that it uses, or why it cannot be called
    Operation,
}

/// How an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeWord {
    /// As the application
    Application,
    /// As a user
    Delegated,
}

/// `catalog lint`
#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// These files, instead of those in the data directory
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// `config`
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the file and everything that it names
    Check,
    /// What is in force, defaults included, secrets masked
    Show,
    /// The JSON schema of the file, for editors
    Schema,
    /// Where the file and the data directory are
    Path,
}

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A code, a status, a tag, a call's id, or an error's text; without it, standard input
    #[arg(value_name = "TEXT")]
    pub(crate) text: Vec<String>,
}

/// `doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Only these accounts
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "NAME")]
    pub(crate) account: Vec<String>,
}

/// `links`
#[derive(Debug, Args)]
pub(crate) struct LinksArguments {
    /// The pages of this account's cloud, tenant and application
    #[arg(long, value_name = "NAME", conflicts_with = "cloud")]
    pub(crate) account: Option<String>,
    /// The pages of this cloud
    #[arg(long, value_enum, value_name = "CLOUD")]
    pub(crate) cloud: Option<CloudWord>,
}

/// `completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// `man`
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Write a page for every command into this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}
