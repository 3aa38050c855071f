//! The shape of `graphbeat.toml`, written once: the reader, the check for unknown keys and the JSON
//! schema all come from these types. Doc comments are the schema's descriptions, and the examples are
//! what an error of type proposes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// The configuration of graphbeat, `graphbeat.toml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "graphbeat.toml")]
pub(crate) struct FileTable {
    /// The language of what users read; by default that of the locale.
    #[schemars(extend("examples" = ["zh-CN"]))]
    pub(crate) language: Option<LanguageWord>,
    /// Where the ledger is.
    #[serde(default)]
    pub(crate) store: StoreTable,
    /// The dashboard.
    #[serde(default)]
    pub(crate) web: WebTable,
    /// How to reach the internet.
    #[serde(default)]
    pub(crate) proxy: ProxyTable,
    /// Schedules by name; `always` is built in.
    #[serde(default)]
    pub(crate) schedule: BTreeMap<String, ScheduleTable>,
    /// Custom clouds by name; `global`, `us-gov`, `us-dod` and `china` are built in.
    #[serde(default)]
    pub(crate) cloud: BTreeMap<String, CloudTable>,
    /// The accounts.
    #[serde(default)]
    pub(crate) account: Vec<AccountTable>,
}

/// A language.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(crate) enum LanguageWord {
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    SimplifiedChinese,
}

/// Where the ledger is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreTable {
    /// `sqlite:` and a file; a relative one lies in the data directory.
    #[schemars(extend("examples" = ["sqlite:graphbeat.db"]))]
    pub(crate) url: Option<String>,
}

/// The dashboard.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebTable {
    /// The address and port it listens on.
    #[schemars(extend("examples" = ["127.0.0.1:8365"]))]
    pub(crate) listen: Option<String>,
}

/// How to reach the internet.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProxyTable {
    /// `system`, `none`, or a proxy's URL.
    #[schemars(extend("examples" = ["socks5://127.0.0.1:1080"]))]
    pub(crate) mode: Option<String>,
}

/// Rules from which the plan follows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleTable {
    /// Each selected operation runs once in this time.
    #[schemars(extend("examples" = ["24h"]))]
    pub(crate) cover_every: Option<String>,
    /// The most calls in an hour for an account: a cap, checked against Graph's documented limits.
    #[schemars(extend("examples" = [60]))]
    pub(crate) calls_per_hour_max: Option<u32>,
    /// Windows in which nothing starts.
    #[serde(default)]
    #[schemars(extend("examples" = [["Sat-Sun", "Mon-Fri 22:00-07:00"]]))]
    pub(crate) quiet: Vec<String>,
    /// The time zone of `quiet`; by default UTC.
    #[schemars(extend("examples" = ["Asia/Shanghai"]))]
    pub(crate) time_zone: Option<String>,
}

/// A custom cloud, such as the sandbox.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloudTable {
    /// Entra ID, without path.
    #[schemars(extend("examples" = ["https://127.0.0.1:8443"]))]
    pub(crate) login_url: String,
    /// Graph, without path and version.
    #[schemars(extend("examples" = ["https://127.0.0.1:8443"]))]
    pub(crate) graph_url: String,
    /// Hosts beside Graph that it may send graphbeat to for content: names, or endings such as
    /// `*.sharepoint.com`. None by default.
    #[serde(default)]
    #[schemars(extend("examples" = [["*.sharepoint.com"]]))]
    pub(crate) content_hosts: Vec<String>,
    /// A PEM file with a root certificate to trust.
    #[schemars(extend("examples" = ["sandbox-ca.pem"]))]
    pub(crate) ca_file: Option<PathBuf>,
    /// `documented`, or `none` for no budgets: only for a cloud on a loopback address.
    #[schemars(extend("examples" = ["documented"]))]
    pub(crate) limits: Option<LimitsWord>,
}

/// Whether Graph's documented limits apply.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LimitsWord {
    Documented,
    None,
}

/// One identity in a tenant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountTable {
    /// Its name, unique in the file.
    #[schemars(extend("examples" = ["contoso-app"]))]
    pub(crate) name: String,
    /// The tenant's id or one of its domains.
    #[schemars(extend("examples" = ["contoso.onmicrosoft.com"]))]
    pub(crate) tenant: String,
    /// The name of its cloud; by default `global`.
    #[schemars(extend("examples" = ["global"]))]
    pub(crate) cloud: Option<String>,
    /// How it signs in.
    #[schemars(extend("examples" = [{"method": "device-code", "client_id": "00001111-aaaa-2222-bbbb-3333cccc4444"}]))]
    pub(crate) sign_in: SignInTable,
    /// The name of its schedule; by default `always`.
    #[schemars(extend("examples" = ["always"]))]
    pub(crate) schedule: Option<String>,
    /// Classes of operations, or the presets `starter` (the default) and `all`.
    #[schemars(extend("examples" = [["users", "mail", "files"]]))]
    pub(crate) classes: Option<Vec<String>>,
    /// Single operations on top.
    #[serde(default)]
    #[schemars(extend("examples" = [["reports.active-users.get"]]))]
    pub(crate) operations: Vec<String>,
    /// Operations that are left out.
    #[serde(default)]
    #[schemars(extend("examples" = [["mail.rules.list"]]))]
    pub(crate) exclude: Vec<String>,
    /// Whether journeys run: they write, and remove what they wrote. By default only reads run.
    #[serde(default)]
    #[schemars(extend("examples" = [true]))]
    pub(crate) journeys: bool,
    /// Whether `check` sends reads together, up to 20 in one request. By default each is sent alone.
    #[serde(default)]
    #[schemars(extend("examples" = [true]))]
    pub(crate) batch: bool,
    /// As an application: the id or name of the user whose mail, files … are used.
    #[schemars(extend("examples" = ["megan@contoso.onmicrosoft.com"]))]
    pub(crate) user: Option<String>,
}

/// How an account signs in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum SignInTable {
    /// As the application, by a secret.
    ClientSecret {
        /// The application's id.
        #[schemars(extend("examples" = ["00001111-aaaa-2222-bbbb-3333cccc4444"]))]
        client_id: String,
        /// Where the secret comes from.
        #[schemars(extend("examples" = [{"file": "secret.txt"}]))]
        client_secret: SecretTable,
    },
    /// As the application, by a certificate.
    Certificate {
        /// The application's id.
        #[schemars(extend("examples" = ["00001111-aaaa-2222-bbbb-3333cccc4444"]))]
        client_id: String,
        /// The certificate: PEM, with its key or without, or PKCS#12.
        #[schemars(extend("examples" = [{"file": "app.pem"}]))]
        certificate: SecretTable,
        /// The private key, where the certificate's file does not hold it.
        #[schemars(extend("examples" = [{"file": "app.key"}]))]
        key: Option<SecretTable>,
        /// The password of a PKCS#12 file.
        #[schemars(extend("examples" = [{"env": "APP_PFX_PASSWORD"}]))]
        password: Option<SecretTable>,
    },
    /// As the application, by a token of another issuer that the application trusts.
    FederatedToken {
        /// The application's id.
        #[schemars(extend("examples" = ["00001111-aaaa-2222-bbbb-3333cccc4444"]))]
        client_id: String,
        /// Where the other issuer's token is; read anew for each request.
        #[schemars(extend("examples" = [{"file": "/var/run/secrets/tokens/token"}]))]
        token: SecretTable,
    },
    /// As a user, who signs in in a browser once: the first choice for a person.
    AuthCode {
        /// The application's id.
        #[schemars(extend("examples" = ["00001111-aaaa-2222-bbbb-3333cccc4444"]))]
        client_id: String,
    },
    /// As a user, who types a code into a browser once.
    DeviceCode {
        /// The application's id.
        #[schemars(extend("examples" = ["00001111-aaaa-2222-bbbb-3333cccc4444"]))]
        client_id: String,
    },
}

/// Where a secret comes from: exactly one of these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SecretTable {
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Env(String),
    /// A program and its arguments, run without a shell; what it prints is the secret.
    Command(Vec<String>),
    /// An entry of graphbeat's own vault.
    Vault(String),
    /// An entry of the system's keyring, under the service `graphbeat`.
    Keyring(String),
}
