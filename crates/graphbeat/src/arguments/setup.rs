//! Arguments of the commands that set an account and its registration up.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use url::Url;
use uuid::Uuid;

/// `init` and `app create`
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The account's name in the configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The tenant: its id, or one of its domains
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// The cloud: `global`, `us-gov`, `us-dod`, `china`, or one of the configuration's
    #[arg(long, value_name = "CLOUD")]
    pub(crate) cloud: Option<String>,
    /// The login address of a cloud of one's own, such as a sandbox
    #[arg(long, value_name = "URL", requires = "cloud_graph")]
    pub(crate) cloud_login: Option<Url>,
    /// The Graph address of a cloud of one's own
    #[arg(long, value_name = "URL", requires = "cloud_login")]
    pub(crate) cloud_graph: Option<Url>,
    /// The root certificate of a cloud of one's own, in PEM
    #[arg(long, value_name = "FILE", requires = "cloud_login")]
    pub(crate) ca_file: Option<PathBuf>,
    /// As whom graphbeat signs in
    #[arg(long = "as", value_enum, value_name = "MODE")]
    pub(crate) mode: Option<InitMode>,
    /// What it runs: classes, or `starter` or `all`
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "CLASS")]
    pub(crate) class: Vec<String>,
    /// Whether it also makes, changes and removes things of its own
    #[arg(long)]
    pub(crate) journeys: bool,
    /// As an application: the user whose mail, files and so on are used
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// How the registration is made
    #[arg(long, value_enum, value_name = "WAY")]
    pub(crate) way: Option<RegistrationWay>,
    /// The application (client) id of a registration made in the portal
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<Uuid>,
    /// The object id of that registration: with it `app rotate` needs no further right
    #[arg(long, value_name = "ID")]
    pub(crate) object_id: Option<Uuid>,
    /// How many days the certificate lives
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=730), value_name = "DAYS")]
    pub(crate) days: u16,
    /// Open no browser: print addresses, and read the one that the browser ends on
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Ask nothing: every answer is a flag, or its default
    #[arg(long)]
    pub(crate) yes: bool,
    /// Show what would be asked for and each request, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// As whom an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum InitMode {
    /// As the application itself, by a certificate
    Application,
    /// As a user, in a browser
    User,
}

/// How a registration is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RegistrationWay {
    /// By the owner's own `az`, which has to be signed in
    AzureCli,
    /// By the owner, on one page of the portal
    Portal,
}

/// `app`
#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Make a registration for a new account
    Create(Box<InitArguments>),
    /// Take over the registration that an account signs in under, and say what it lacks and has too much
    Adopt(AppArguments),
    /// What is granted, and what the account's selection needs
    Show(AppArguments),
    /// Get an administrator's consent to what the registration asks for
    Consent(AppArguments),
    /// A new certificate or secret, proven before the old one goes
    Rotate(RotateArguments),
    /// Bring a deleted registration back, within 30 days
    Restore(AppArguments),
    /// Remove the registration with everything that hangs on it
    Delete(DeleteArguments),
}

/// Which registration, and by whose hand.
#[derive(Debug, Args)]
pub(crate) struct AppArguments {
    /// The account's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// By the owner's own `az`, which has to be signed in
    #[arg(long, conflicts_with = "through")]
    pub(crate) azure_cli: bool,
    /// By an administrator who signs in in a browser, under this application of the owner's own; without a
    /// value, under the account's
    #[arg(long, value_name = "CLIENT-ID", num_args = 0..=1, default_missing_value = "account")]
    pub(crate) through: Option<String>,
    /// Open no browser: print addresses, and read the one that the browser ends on
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,
    /// Show each request, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `app rotate`
#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    #[command(flatten)]
    pub(crate) app: AppArguments,
    /// How many days the new one lives; a secret's default is 90
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=730), value_name = "DAYS")]
    pub(crate) days: Option<u16>,
    /// The object id of the registration, where it is not known yet
    #[arg(long, value_name = "ID")]
    pub(crate) object_id: Option<Uuid>,
}

/// `app delete`
#[derive(Debug, Args)]
pub(crate) struct DeleteArguments {
    #[command(flatten)]
    pub(crate) app: AppArguments,
    /// Out of the bin, too: it cannot be restored then
    #[arg(long)]
    pub(crate) for_good: bool,
}
