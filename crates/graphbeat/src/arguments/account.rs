//! What `account` and `vault` take.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use uuid::Uuid;

use super::mistake::WrongValue;
use crate::texts::say;

/// `account`
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Every account with its state
    List,
    /// One account: sign-in, selection, what is left out and why
    Show(AccountName),
    /// Add an account to the configuration
    Add(Box<AccountChange>),
    /// Change an account in the configuration
    Edit(Box<AccountChange>),
    /// Take an account out of the configuration, with its tokens and secrets; the ledger stays
    Remove(AccountName),
    /// Sign in as a user, or try an application's secret or certificate
    SignIn(SignInArguments),
    /// Forget a user's tokens, and hear what Entra keeps
    SignOut(AccountName),
    /// Stop using an account
    Pause(AccountName),
    /// Use a paused account again
    Resume(AccountName),
}

/// `vault`
#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Seal the secrets with a new key
    Rekey(RekeyArguments),
}

/// `vault rekey`
#[derive(Debug, Args)]
pub(crate) struct RekeyArguments {
    /// The new key follows from a passphrase; without this and the next it lies in the key file
    #[arg(long)]
    pub(crate) passphrase: bool,
    /// The new key lies in the system's keyring
    #[arg(long, conflicts_with = "passphrase")]
    pub(crate) keyring: bool,
}

/// `account sign-in`
#[derive(Debug, Args)]
pub(crate) struct SignInArguments {
    /// The account's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Sign in by a code that is typed into a browser on any device
    #[arg(long)]
    pub(crate) device_code: bool,
    /// Open no browser: print addresses, and read the one that the browser ends on
    #[arg(long, conflicts_with = "device_code")]
    pub(crate) no_browser: bool,
}

/// The account that is meant.
#[derive(Debug, Args)]
pub(crate) struct AccountName {
    /// The account's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

/// `account add` and `account edit`
#[derive(Debug, Args)]
pub(crate) struct AccountChange {
    /// The account's name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) flags: AccountFlags,
}

/// What an account is. `default` as a value takes a key out of the file.
#[derive(Debug, Args)]
pub(crate) struct AccountFlags {
    /// The tenant's id or one of its domains
    #[arg(long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// The cloud: global, us-gov, us-dod, china, or one of the configuration's
    #[arg(long, value_name = "CLOUD")]
    pub(crate) cloud: Option<String>,
    /// How it signs in; `auth-code` for a new account
    #[arg(long, value_enum, value_name = "METHOD")]
    pub(crate) method: Option<MethodWord>,
    /// The application's id
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<Uuid>,
    /// Where the client secret is: `vault:NAME`, `keyring:NAME`, `file:PATH`, `env:NAME` or `command:PROGRAM ARGUMENT…`
    #[arg(long, value_parser = secret_place, value_name = "PLACE")]
    pub(crate) client_secret: Option<Value>,
    /// Where the certificate is, as for `--client-secret`
    #[arg(long, value_parser = secret_place, value_name = "PLACE")]
    pub(crate) certificate: Option<Value>,
    /// Where the certificate's private key is, if not with it
    #[arg(long, value_parser = secret_place, value_name = "PLACE")]
    pub(crate) key: Option<Value>,
    /// Where the password of a PKCS#12 certificate is
    #[arg(long, value_parser = secret_place, value_name = "PLACE")]
    pub(crate) password: Option<Value>,
    /// Where the other issuer's token is
    #[arg(long, value_parser = secret_place, value_name = "PLACE")]
    pub(crate) token: Option<Value>,
    /// The schedule
    #[arg(long, value_name = "SCHEDULE")]
    pub(crate) schedule: Option<String>,
    /// Classes of operations, or `starter` or `all`
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "CLASS")]
    pub(crate) classes: Option<Vec<String>>,
    /// Single operations on top
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "OPERATION")]
    pub(crate) operations: Option<Vec<String>>,
    /// What is left out
    #[arg(long, value_delimiter = ',', num_args = 1.., value_name = "NAME")]
    pub(crate) exclude: Option<Vec<String>>,
    /// Whether journeys run: they write, and remove what they wrote
    #[arg(long, value_name = "true|false")]
    pub(crate) journeys: Option<bool>,
    /// Whether `check` sends reads together, in batches
    #[arg(long, value_name = "true|false")]
    pub(crate) batch: Option<bool>,
    /// As an application: on whom mail, files … are read
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodWord {
    /// A person, in a browser
    AuthCode,
    /// A person, by a code
    DeviceCode,
    /// An application, by a secret
    ClientSecret,
    /// An application, by a certificate
    Certificate,
    /// An application, by another issuer's token
    FederatedToken,
}

impl MethodWord {
    /// The word of the configuration.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::AuthCode => "auth-code",
            Self::DeviceCode => "device-code",
            Self::ClientSecret => "client-secret",
            Self::Certificate => "certificate",
            Self::FederatedToken => "federated-token",
        }
    }
}

/// `file:secret.txt` as the file writes it. What is no place is not repeated: it may be the secret.
fn secret_place(text: &str) -> Result<Value, WrongValue> {
    match text.split_once(':') {
        Some((kind @ ("vault" | "keyring" | "file" | "env"), place)) if !place.is_empty() => Ok(json!({ kind: place })),
        Some(("command", line)) if !line.trim().is_empty() => {
            Ok(json!({ "command": line.split_whitespace().collect::<Vec<_>>() }))
        }
        _ => Err(WrongValue(say!("usage-want-place"))),
    }
}
