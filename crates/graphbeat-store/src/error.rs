//! What goes wrong with the ledger, the vault and the flight file, and what the caller can do about it.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::KeyringError;

/// A cause from the database driver, kept without naming the driver.
type Cause = Box<dyn Error + Send + Sync>;

/// Why the store refused or failed. Whatever it is, the exit code is 5.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory that should hold the file is not there.
    #[error("the directory `{}` of the ledger does not exist", path.display())]
    DirectoryMissing {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory could not be read or written.
    #[error("could not {act} `{}`", path.display())]
    File {
        /// What was tried, such as `write`.
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file is something else than a ledger of graphbeat.
    #[error("`{}` is not a graphbeat ledger: {reason}; it was left as it is", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What gives it away.
        reason: &'static str,
    },
    /// The file is a ledger, but a damaged or truncated one.
    #[error("the ledger `{}` is damaged: {reason}; it was left as it is", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer graphbeat wrote the file.
    #[error("the ledger `{}` has format {found}, newer than the {known} that this graphbeat knows", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program knows.
        known: u32,
    },
    /// A migration that was applied differs from the one of that number in this program.
    #[error("the ledger `{}` was made by another build: its migration {version} differs", path.display())]
    MigrationDiffers {
        /// The file.
        path: PathBuf,
        /// The migration's number.
        version: u32,
    },
    /// Another process held the database for too long.
    #[error("the ledger is in use by another process and did not become free")]
    Busy(#[source] Cause),
    /// The database failed.
    #[error("could not {act} the ledger")]
    Database {
        /// What was tried.
        act: &'static str,
        /// Why not.
        #[source]
        source: Cause,
    },
    /// Something appended earlier could not be written; the first such error is kept and told from then on.
    #[error("the ledger lost the ability to write")]
    Writer(#[source] Arc<StoreError>),
    /// The ledger was closed before.
    #[error("the ledger is closed")]
    Closed,
    /// A row holds what this program cannot read.
    #[error("a row of the ledger cannot be read: {0}")]
    Row(String),
    /// The artefact is not in the state that the change starts from: somebody else moved it.
    #[error("artefact {id} of the journal is gone already, or unknown")]
    ArtefactMoved {
        /// The journal's key.
        id: i64,
    },
    /// Secrets are sealed, but their key is not there.
    #[error("the key file `{}` is missing, but the vault holds secrets sealed with it", path.display())]
    KeyMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The key file can be read by others.
    #[error("the key file `{}` is open to others (mode {mode:03o}); it must be 600", path.display())]
    KeyExposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file holds something else than a key.
    #[error("`{}` is not a key file of graphbeat", path.display())]
    KeyMalformed {
        /// The key file.
        path: PathBuf,
    },
    /// The key is not the one that the vault was sealed with.
    #[error("the key in `{}` does not open this vault", path.display())]
    KeyWrong {
        /// The key file.
        path: PathBuf,
    },
    /// The vault's key is in the keyring, which does not give or take it.
    #[error("the keyring does not give the vault's key (`{}`)", path.display())]
    KeyInKeyring {
        /// The key file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: KeyringError,
    },
    /// The keyring answers, but holds no such key.
    #[error("the vault's key is the entry `{entry}` of another keyring than this one")]
    KeyNotInKeyring {
        /// The entry's name.
        entry: String,
    },
    /// Another process changes or copies the key.
    #[error("another process changes or copies the vault's key (`{}`)", path.display())]
    KeyBusy {
        /// The key file.
        path: PathBuf,
    },
    /// The vault's key follows from a passphrase, and nobody gave it.
    #[error("the vault is locked with a passphrase (`{}`), and none was given", path.display())]
    PassphraseMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The passphrase is another one.
    #[error("the passphrase does not open this vault (`{}`)", path.display())]
    PassphraseWrong {
        /// The key file.
        path: PathBuf,
    },
    /// One sealed secret does not open, though the key is right.
    #[error("the sealed secret `{name}` is damaged, or was moved from another name")]
    SecretDamaged {
        /// Its name.
        name: String,
    },
    /// The operating system's cryptography failed.
    #[error("could not {act} with the vault's key")]
    Cryptography {
        /// What was tried.
        act: &'static str,
    },
    /// More requests are under way than the flight file has room for.
    #[error("the flight file is full: {slots} slots are in use")]
    FlightFull {
        /// The slots there are.
        slots: usize,
    },
    /// What was to be noted of a request is too long for the flight file.
    #[error("the note of a request has {bytes} bytes, more than the flight file takes")]
    NoteTooLong {
        /// The note's length.
        bytes: usize,
    },
    /// Another agent runs in the data directory.
    #[error("another agent runs in `{}`{}", path.display(), pid.map_or_else(String::new, |pid| format!(" (process {pid})")))]
    AgentRuns {
        /// The data directory.
        path: PathBuf,
        /// Its process, where the lock file says so.
        pid: Option<u32>,
    },
}

/// What a caller can do about a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorClass {
    /// The file or its place has to be put right by a person.
    Unusable,
    /// Somebody else is at it: try later.
    Busy,
    /// The vault's key or a sealed secret has to be put right by a person.
    Vault,
    /// The row was moved by somebody else: read it again.
    Moved,
    /// Rows can no longer be written: stop.
    Lost,
    /// The store was used after its end, or beyond its bounds.
    Misused,
}

impl StoreError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn class(&self) -> StoreErrorClass {
        match self {
            Self::DirectoryMissing { .. }
            | Self::File { .. }
            | Self::Foreign { .. }
            | Self::Damaged { .. }
            | Self::Newer { .. }
            | Self::MigrationDiffers { .. }
            | Self::Row(_) => StoreErrorClass::Unusable,
            Self::Busy(_) | Self::AgentRuns { .. } | Self::KeyBusy { .. } => StoreErrorClass::Busy,
            Self::KeyMissing { .. }
            | Self::KeyExposed { .. }
            | Self::KeyMalformed { .. }
            | Self::KeyWrong { .. }
            | Self::KeyInKeyring { .. }
            | Self::KeyNotInKeyring { .. }
            | Self::PassphraseMissing { .. }
            | Self::PassphraseWrong { .. }
            | Self::SecretDamaged { .. }
            | Self::Cryptography { .. } => StoreErrorClass::Vault,
            Self::ArtefactMoved { .. } => StoreErrorClass::Moved,
            Self::Database { .. } | Self::Writer(_) => StoreErrorClass::Lost,
            Self::Closed | Self::FlightFull { .. } | Self::NoteTooLong { .. } => StoreErrorClass::Misused,
        }
    }

    /// What to do next, for the `hint` line; none where the error says it all.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::DirectoryMissing { .. } => Some("make the directory, or name another with `--data`"),
            Self::Foreign { .. } => Some("name another file in `[store] url`, or move this one away"),
            Self::Damaged { .. } => Some("move the file away to start a new ledger, or put back a copy of it"),
            Self::Newer { .. } => Some("use the graphbeat that wrote it, or a newer one"),
            Self::KeyMissing { .. } | Self::KeyWrong { .. } => {
                Some("put back the key file that belongs to this data directory")
            }
            Self::PassphraseMissing { .. } => Some("type it on a terminal, or set `GRAPHBEAT_VAULT_PASSPHRASE`"),
            Self::PassphraseWrong { .. } => Some("nothing was changed: try again with the right one"),
            Self::KeyExposed { .. } => Some("run `chmod 600` on it; if others may have read it, renew the secrets"),
            Self::KeyMalformed { .. } => Some("put back the key file, or name another"),
            Self::KeyInKeyring { source, .. } => Some(source.hint()),
            Self::KeyNotInKeyring { .. } => Some(
                "run graphbeat as the user, and on the machine, that ran `graphbeat vault rekey --keyring`, or restore a backup",
            ),
            Self::KeyBusy { .. } => Some("nothing was changed: try again in a moment"),
            Self::AgentRuns { .. } => Some("stop it first; `check`, `log` and `status` work beside it"),
            _ => None,
        }
    }

    /// Wraps an error of the file system.
    pub(crate) fn file(act: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { act, path, source }
    }
}
