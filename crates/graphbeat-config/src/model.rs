//! The configuration as the rest of the program sees it: checked, typed, with absolute paths.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use graphbeat_base::SignedDuration;
use graphbeat_catalog::{CloudName, Mode};
use graphbeat_core::{Language, QuietWindow};
use url::{Host, Url};
use uuid::Uuid;

/// The schedule of an account that names none.
pub const DEFAULT_SCHEDULE: &str = "always";
/// The class of an account that names none: reads that need few permissions.
pub const DEFAULT_CLASS: &str = "starter";

/// A whole, checked configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where the ledger is.
    pub store: StoreConfig,
    /// The dashboard.
    pub web: WebConfig,
    /// How to reach the internet.
    pub proxy: ProxyConfig,
    /// The language of what users read; none: by the locale.
    pub language: Option<Language>,
    /// The schedules by name, `always` among them.
    pub schedules: BTreeMap<String, Schedule>,
    /// The clouds by name, Microsoft's among them.
    pub clouds: BTreeMap<String, Cloud>,
    /// The accounts, in the file's order.
    pub accounts: Vec<Account>,
}

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreConfig {
    /// As it was written.
    pub url: String,
    /// The file of an SQLite ledger; a relative one lies in the data directory.
    pub file: PathBuf,
}

/// The dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct WebConfig {
    /// The address it listens on.
    pub listen: SocketAddr,
}

/// How to reach the internet.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxyConfig {
    /// The way.
    pub mode: ProxyMode,
}

/// Which proxy requests go through.
#[derive(Clone, Debug, PartialEq)]
pub enum ProxyMode {
    /// As the operating system says.
    System,
    /// None at all.
    None,
    /// This one.
    Url(Url),
}

/// Rules from which the plan follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Each selected operation runs once in this time.
    pub cover_every: SignedDuration,
    /// The most calls in an hour for an account; none: only the budgets limit it.
    pub calls_per_hour_max: Option<u32>,
    /// Windows in which nothing starts.
    pub quiet: Vec<QuietWindow>,
    /// The time zone of `quiet` (`Asia/Shanghai`); none: UTC.
    pub time_zone: Option<String>,
}

/// Login and Graph hosts that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// Its name.
    pub name: Arc<str>,
    /// Which of Microsoft's clouds it is; none: a custom one.
    pub official: Option<CloudName>,
    /// Entra ID, without path.
    pub login_url: Url,
    /// Graph, without path and version.
    pub graph_url: Url,
    /// What tokens are asked for: Graph's own name, also where `graph_url` is an emulator.
    pub graph_resource: String,
    /// The hosts beside Graph that it may send graphbeat to for content: uploads, downloads, reports,
    /// monitors. Names, or endings such as `*.sharepoint.com`.
    pub content_hosts: Vec<Arc<str>>,
    /// A PEM file with a root certificate to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether Graph's documented limits apply.
    pub limits: Limits,
}

/// Whether budgets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// Graph's documented limits.
    Documented,
    /// No budgets: only for a cloud on a loopback address.
    None,
}

/// One identity in a tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its name, unique in the file.
    pub name: Arc<str>,
    /// The tenant's id or one of its domains.
    pub tenant: Arc<str>,
    /// The name of its cloud.
    pub cloud: Arc<str>,
    /// How it signs in.
    pub sign_in: SignIn,
    /// The name of its schedule.
    pub schedule: Arc<str>,
    /// Classes of operations, or the presets `starter` and `all`.
    pub classes: Vec<String>,
    /// Single operations on top.
    pub operations: Vec<String>,
    /// Operations that are left out.
    pub exclude: Vec<String>,
    /// Whether journeys run; else only reads.
    pub journeys: bool,
    /// Whether `check` sends reads together, in batches.
    pub batch: bool,
    /// As an application: the user whose mail, files … are used.
    pub user: Option<String>,
}

/// How an account signs in.
#[derive(Clone, Debug, PartialEq)]
pub enum SignIn {
    /// As the application, by a secret.
    ClientSecret {
        /// The application's id.
        client_id: Uuid,
        /// The secret.
        client_secret: SecretRef,
    },
    /// As the application, by a certificate.
    Certificate {
        /// The application's id.
        client_id: Uuid,
        /// PEM text, or a PKCS#12 file (`.pfx`, `.p12`).
        certificate: SecretRef,
        /// The private key, where `certificate` does not hold it.
        key: Option<SecretRef>,
        /// The password of a PKCS#12 file.
        password: Option<SecretRef>,
    },
    /// As the application, by a token of another issuer that the application trusts.
    FederatedToken {
        /// The application's id.
        client_id: Uuid,
        /// Where the other issuer's token is; read anew for each request.
        token: SecretRef,
    },
    /// As a user, who signs in in a browser once.
    AuthCode {
        /// The application's id.
        client_id: Uuid,
    },
    /// As a user, who types a code into a browser once.
    DeviceCode {
        /// The application's id.
        client_id: Uuid,
    },
}

/// Where a secret comes from. Never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Env(String),
    /// The first line that a command prints; run without a shell.
    Command {
        /// The program and its arguments.
        arguments: Vec<String>,
        /// Where it is run: the directory of the configuration file.
        directory: PathBuf,
    },
    /// An entry of graphbeat's own vault.
    Vault(String),
    /// An entry of the system's keyring.
    Keyring(String),
}

impl Cloud {
    /// Whether it runs on this machine, where no proxy has to be passed.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        is_loopback(&self.login_url) && is_loopback(&self.graph_url)
    }
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

impl Config {
    /// The account of a name.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| &*account.name == name)
    }

    /// The cloud of an account. The check made sure that it exists.
    #[must_use]
    pub fn cloud_of(&self, account: &Account) -> Option<&Cloud> {
        self.clouds.get(&*account.cloud)
    }

    /// The schedule of an account. The check made sure that it exists.
    #[must_use]
    pub fn schedule_of(&self, account: &Account) -> Option<&Schedule> {
        self.schedules.get(&*account.schedule)
    }
}

impl Schedule {
    /// The built-in `always`: everything once a day, spread over the whole day.
    #[must_use]
    pub fn always() -> Self {
        Self {
            cover_every: SignedDuration::from_hours(24),
            calls_per_hour_max: None,
            quiet: Vec::new(),
            time_zone: None,
        }
    }
}

impl SignIn {
    /// The word that names it in the configuration.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => "client-secret",
            Self::Certificate { .. } => "certificate",
            Self::FederatedToken { .. } => "federated-token",
            Self::AuthCode { .. } => "auth-code",
            Self::DeviceCode { .. } => "device-code",
        }
    }

    /// The application's id.
    #[must_use]
    pub const fn client_id(&self) -> Uuid {
        match self {
            Self::ClientSecret { client_id, .. }
            | Self::Certificate { client_id, .. }
            | Self::FederatedToken { client_id, .. }
            | Self::AuthCode { client_id }
            | Self::DeviceCode { client_id } => *client_id,
        }
    }

    /// The secrets that it needs, by their keys.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &SecretRef)> {
        crate::check::secrets(self)
    }

    /// Whether it signs in as the application or as a user.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        match self {
            Self::ClientSecret { .. } | Self::Certificate { .. } | Self::FederatedToken { .. } => Mode::Application,
            Self::AuthCode { .. } | Self::DeviceCode { .. } => Mode::Delegated,
        }
    }
}

impl ProxyMode {
    /// As the configuration writes it, user and password left out.
    #[must_use]
    pub fn redacted(&self) -> String {
        match self {
            Self::System => "system".to_owned(),
            Self::None => "none".to_owned(),
            Self::Url(url) => graphbeat_base::RedactedUrl(url).to_string(),
        }
    }
}
