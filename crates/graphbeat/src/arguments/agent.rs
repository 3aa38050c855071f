//! Arguments of the commands that call services or read what came of it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use graphbeat_base::SignedDuration;
use graphbeat_core::{Stage, Verdict};

use super::value::{self, TimeBound};

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// End after this real time, such as `60s`
    #[arg(long = "for", value_parser = value::duration, value_name = "DURATION")]
    pub(crate) duration: Option<SignedDuration>,
    /// End after every operation ran once
    #[arg(long, conflicts_with = "duration")]
    pub(crate) once: bool,
}

/// `sandbox`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SandboxArguments {
    /// The address of HTTPS; port 0 chooses a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// The address of plain HTTP, which is a proxy for the Microsoft hosts too
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    pub(crate) http: SocketAddr,
    /// The tenant's content follows from this number
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// How many users the tenant has
    #[arg(long, default_value_t = 25, value_name = "N")]
    pub(crate) users: u32,
    /// Faults to begin with, as the control API takes them
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Which limits apply
    #[arg(long, value_enum, default_value_t, value_name = "LIMITS")]
    pub(crate) throttle: Throttle,
    #[command(subcommand)]
    pub(crate) command: Option<SandboxCommand>,
}

/// What can be asked about a sandbox that runs.
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// The settings that make another client use a running sandbox
    Env(SandboxEnvArguments),
}

/// `sandbox env`
#[derive(Debug, Args)]
pub(crate) struct SandboxEnvArguments {
    /// The client
    #[arg(long = "for", value_enum, value_name = "CLIENT")]
    pub(crate) client: Client,
    /// The line that the sandbox printed when it was ready; standard input without it
    #[arg(long, value_name = "FILE")]
    pub(crate) ready: Option<PathBuf>,
}

/// A client that can use a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// msal of Python
    MsalPython,
    /// azure-identity of Python
    AzureIdentity,
    /// @azure/identity of Node
    AzureIdentityJs,
    /// azure_identity of Rust
    AzureIdentityRust,
    /// msgraph-sdk of Python
    MsgraphSdk,
    /// @azure/msal-node
    MsalNode,
    /// @microsoft/microsoft-graph-client of Node
    #[value(name = "microsoft-graph-client")]
    MicrosoftGraph,
    /// graph-rs-sdk of Rust
    GraphRsSdk,
    /// az
    AzureCli,
    /// m365
    #[value(name = "cli-microsoft365")]
    CliMicrosoft365,
    /// Microsoft.Graph of PowerShell
    PowershellMsgraph,
    /// curl
    Curl,
    /// A configuration file of this program
    Graphbeat,
}

/// Which limits the sandbox applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Throttle {
    /// Graph's documented ones
    #[default]
    Documented,
    /// None
    None,
}

/// `check`
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Only these accounts
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "NAME")]
    pub(crate) account: Vec<String>,
    /// These classes, or `starter` or `all`, instead of the account's own selection
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "CLASS")]
    pub(crate) class: Vec<String>,
    /// These operations, instead of the account's own selection
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "OPERATION")]
    pub(crate) operation: Vec<String>,
    /// How many operations run at once
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    pub(crate) concurrency: Option<u16>,
    /// No journeys, whatever the configuration says
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Reads together, up to 20 in one request, whatever the configuration says
    #[arg(long)]
    pub(crate) batch: bool,
}

/// `run`
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Run everything once now, as `check` does, and end
    #[arg(long)]
    pub(crate) once: bool,
    /// End after this real time, such as `24h`
    #[arg(long = "for", value_parser = value::duration, value_name = "DURATION", conflicts_with = "once")]
    pub(crate) duration: Option<SignedDuration>,
    /// Without the dashboard
    #[arg(long)]
    pub(crate) no_web: bool,
}

/// `log`
#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// Only calls of these accounts
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "NAME")]
    pub(crate) account: Vec<String>,
    /// Only calls of these classes
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "CLASS")]
    pub(crate) class: Vec<String>,
    /// Only calls of these operations
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "OPERATION")]
    pub(crate) operation: Vec<String>,
    /// Only calls that came to this: ok, expected, failed, throttled, skipped, interrupted
    #[arg(long, value_delimiter = ',', num_args = 1.., value_parser = value::verdict, value_name = "VERDICT")]
    pub(crate) verdict: Vec<Verdict>,
    /// Only calls that failed in this stage: TOKEN, REQUEST
    #[arg(long, value_parser = value::stage, value_name = "STAGE")]
    pub(crate) stage: Option<Stage>,
    /// Only calls that started then or later: a time, or `2h` for two hours ago
    #[arg(long, value_parser = value::time_bound, value_name = "TIME")]
    pub(crate) since: Option<TimeBound>,
    /// Only calls that started before: a time, or `2h` for two hours ago
    #[arg(long, value_parser = value::time_bound, value_name = "TIME")]
    pub(crate) until: Option<TimeBound>,
    /// Only calls whose code, message, path or operation holds this
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// The most rows of a table, the newest; JSON and CSV are whole
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) limit: u32,
    /// Go on with calls as they come, until stopped
    #[arg(long)]
    pub(crate) follow: bool,
}

/// `clean`
#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// Only list what would be removed
    #[arg(long, visible_alias = "list")]
    pub(crate) dry_run: bool,
    /// Only of these accounts
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "NAME")]
    pub(crate) account: Vec<String>,
}
