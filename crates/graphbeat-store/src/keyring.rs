//! The keyring of the operating system: the Secret Service of a Linux desktop, the keychain of macOS, the
//! Credential Manager of Windows. A server has none, and is told so.
//!
//! Each request runs on a thread of its own and is waited for only so long: a keyring may ask a person to
//! unlock it, and its library must not run inside an async runtime.

use std::fmt;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use graphbeat_base::{ExposeSecret as _, Secret};
use keyring_core::{CredentialStore, Entry};

/// What our entries are called by, beside their own names.
const SERVICE: &str = "graphbeat";
/// How long a keyring may take, a person's answer to its prompt included.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(60);

/// Reaches the store of credentials, anew for each request: a desktop's session comes and goes.
type Connect = dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync;

/// Texts by name in the keyring of whoever runs the program.
#[derive(Clone)]
pub struct Keyring(Arc<Connect>);

/// Why a keyring gave or took nothing. Never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// Nothing answers where a keyring would be.
    #[error("no keyring answers on this machine, or not to this user")]
    Unavailable(#[source] keyring_core::Error),
    /// It is locked, and nobody unlocked it.
    #[error("the keyring is locked, and nobody unlocked it")]
    Locked(#[source] keyring_core::Error),
    /// It took too long.
    #[error("the keyring gave no answer within {} s", ANSWER_WAIT_MAX.as_secs())]
    Slow,
    /// Somebody put several entries under the name.
    #[error("the keyring holds several entries `{0}` of `{SERVICE}`")]
    Ambiguous(String),
    /// What is in the entry is no text.
    #[error("the keyring's entry `{0}` is no text")]
    NotText(String),
    /// It refused for a reason of its own.
    #[error("the keyring refused")]
    Refused(#[source] keyring_core::Error),
    /// The operating system gave no thread.
    #[error("could not ask the keyring")]
    Thread(#[source] std::io::Error),
}

impl KeyringError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => {
                "a server has no keyring: give a secret by `vault`, `file`, `env` or `command`, and keep the vault's \
                 key in its file or a passphrase"
            }
            Self::Locked(_) | Self::Slow => "unlock the keyring, as by logging on to the desktop, and try again",
            Self::Ambiguous(_) => "remove all but one in the system's program for passwords",
            Self::NotText(_) => "store it as text",
            Self::Refused(_) | Self::Thread(_) => "look at it in the system's program for passwords",
        }
    }
}

impl Keyring {
    /// The one of this system.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(connect))
    }

    /// One that is given, for tests.
    #[must_use]
    pub fn of(store: Arc<CredentialStore>) -> Self {
        Self(Arc::new(move || Ok(Arc::clone(&store))))
    }

    /// None at all, as on a server.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::new(|| Err(keyring_core::Error::NotSupportedByStore("there is none".to_owned()))))
    }

    /// The text under the name; `None` where there is none. Blocks.
    ///
    /// # Errors
    /// Where no keyring answers, or not with a text.
    pub fn read(&self, name: &str) -> Result<Option<Secret>, KeyringError> {
        self.entry(name, |entry| entry.get_password().map(Secret::from))
    }

    /// Puts the text under the name, in the place of an older one. Blocks.
    ///
    /// # Errors
    /// Where no keyring answers, or does not take it; Windows takes 1,280 characters.
    pub fn write(&self, name: &str, secret: &Secret) -> Result<(), KeyringError> {
        let secret = secret.clone();
        self.entry(name, move |entry| entry.set_password(secret.expose_secret())).map(drop)
    }

    /// Removes the entry; nothing happens where there is none. Blocks.
    ///
    /// # Errors
    /// Where no keyring answers.
    pub fn remove(&self, name: &str) -> Result<(), KeyringError> {
        self.entry(name, |entry| entry.delete_credential()).map(drop)
    }

    /// What comes of the work on an entry; `None` where the entry is not there.
    fn entry<T, Work>(&self, name: &str, work: Work) -> Result<Option<T>, KeyringError>
    where
        T: Send + 'static,
        Work: FnOnce(&Entry) -> keyring_core::Result<T> + Send + 'static,
    {
        let (connect, entry_name) = (Arc::clone(&self.0), name.to_owned());
        let (answer, waiting) = mpsc::sync_channel(1);
        let ask = move || {
            let store = connect().map_err(KeyringError::Unavailable)?;
            match Entry::new_in_store(&store, SERVICE, &entry_name).and_then(|entry| work(&entry)) {
                Err(keyring_core::Error::NoEntry) => Ok(None),
                done => done.map(Some).map_err(|error| fault(error, entry_name)),
            }
        };
        // Not joined when time is over: the keyring may wait for a person for as long as it likes.
        thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || drop(answer.send(ask())))
            .map_err(KeyringError::Thread)?;
        waiting.recv_timeout(ANSWER_WAIT_MAX).unwrap_or(Err(KeyringError::Slow))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

/// The bytes that some of these errors carry may be the secret: they are dropped.
fn fault(error: keyring_core::Error, name: String) -> KeyringError {
    match error {
        keyring_core::Error::NoStorageAccess(_) => KeyringError::Locked(error),
        keyring_core::Error::BadEncoding(_) | keyring_core::Error::BadDataFormat(..) => KeyringError::NotText(name),
        keyring_core::Error::Ambiguous(_) => KeyringError::Ambiguous(name),
        _ => KeyringError::Refused(error),
    }
}

#[cfg(target_os = "macos")]
fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(not(any(unix, windows)))]
fn connect() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(keyring_core::Error::NotSupportedByStore("this system has no keyring that is known".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyring_core::mock;

    fn keyring() -> Keyring {
        Keyring::of(mock::Store::new().expect("a store"))
    }

    #[test]
    fn what_was_put_in_is_read_replaced_and_removed() {
        let keyring = keyring();
        let text = |name: &str| keyring.read(name).expect("an answer").map(|text| text.expose_secret().to_owned());
        assert_eq!(text("app"), None);
        keyring.write("app", &Secret::from("first")).expect("written");
        keyring.write("app", &Secret::from("second")).expect("written");
        assert_eq!((text("app").as_deref(), text("other")), (Some("second"), None));
        keyring.remove("app").expect("removed");
        keyring.remove("app").expect("nothing to remove");
        assert_eq!(text("app"), None);
    }

    #[test]
    fn a_machine_without_a_keyring_is_told_what_to_use_instead() {
        let error = Keyring::none().read("app").expect_err("nothing answers");
        assert!(matches!(error, KeyringError::Unavailable(_)) && error.hint().contains("`vault`"), "{error}");
    }

    #[test]
    fn an_error_never_holds_what_the_keyring_gave() {
        let error = fault(keyring_core::Error::BadEncoding(b"s3cret".to_vec()), "app".to_owned());
        assert!(!format!("{error:?} {error}").contains("s3cret") && !format!("{error:?}").contains("115"), "{error:?}");
    }
}
