//! The file that says where the vault's key is: in the file itself, in a passphrase that a person knows, or
//! in the system's keyring.
//!
//! It is read for each use, so that every process sees a new key at once. A new key is written beside it
//! first, and takes its name when the secrets are sealed with it; whoever finds both knows by the vault's
//! own check which one counts.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use graphbeat_base::{ExposeSecret as _, Rng, Secret};
use zeroize::Zeroizing;

use super::key::{KEY_BYTES, VaultKey};
use super::key_text::{KeyBytes, KeyText, Recipe, decode_key, encode_key, entry_of};
use crate::place::{directory_of, put_in_place, sync_directory, unfinished};
use crate::{Keyring, StoreError};

/// A key file is shorter than this.
const KEY_FILE_BYTES_MAX: u64 = 200;

/// Asks for the passphrase; `None` where there is nobody to ask.
pub type PassphraseReader = Arc<dyn Fn() -> Option<Secret> + Send + Sync>;

/// What a vault's new key is.
#[derive(Clone, Debug)]
pub enum NewKey {
    /// A random key in the key file.
    File,
    /// One that follows from a passphrase.
    Passphrase(Secret),
    /// A random key in the system's keyring.
    Keyring,
}

/// Where the key is kept.
pub(crate) struct KeyFile {
    path: PathBuf,
    rng: Mutex<Rng>,
    passphrase: Mutex<Option<PassphraseReader>>,
    keyring: Mutex<Keyring>,
    /// The last key that is not in its file, by the file's text: to get it takes a while, or a person.
    fetched: Mutex<Option<(Zeroizing<String>, KeyBytes)>>,
}

impl KeyFile {
    pub(crate) fn new(path: PathBuf, rng: Rng) -> Self {
        Self {
            path,
            rng: Mutex::new(rng),
            passphrase: Mutex::default(),
            keyring: Mutex::new(Keyring::system()),
            fetched: Mutex::default(),
        }
    }

    pub(crate) fn use_keyring(&self, keyring: Keyring) {
        *self.keyring.lock().unwrap_or_else(PoisonError::into_inner) = keyring;
    }

    pub(crate) fn ask_by(&self, reader: PassphraseReader) {
        *self.passphrase.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong where the key does not open the vault.
    pub(crate) fn wrong(&self) -> StoreError {
        let path = self.path.clone();
        match self.text_of(&self.path).ok().flatten().and_then(|text| KeyText::parse(&text)) {
            Some(KeyText::Passphrase(_)) => StoreError::PassphraseWrong { path },
            _ => StoreError::KeyWrong { path },
        }
    }

    /// Keeps every other process from changing the key, for as long as the answer lives.
    pub(crate) fn hold(&self) -> Result<File, StoreError> {
        let path = self.beside(".lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(StoreError::file("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(StoreError::KeyBusy { path: self.path.clone() }),
            Err(TryLockError::Error(source)) => Err(StoreError::file("lock", &path)(source)),
        }
    }

    /// The key that `fits` a vault with secrets. One that a process left unfinished gets its name now.
    pub(crate) fn fitting(&self, fits: impl Fn(&VaultKey) -> bool) -> Result<VaultKey, StoreError> {
        let key = self.read(&self.path)?;
        match key {
            Some(key) if fits(&key) => return Ok(key),
            _ => {}
        }
        let next = self.next();
        match self.read(&next)? {
            Some(key) if fits(&key) => {
                self.promote()?;
                Ok(key)
            }
            _ if self.path.exists() => {
                // A wrong passphrase may be typed again.
                *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Err(self.wrong())
            }
            _ => Err(StoreError::KeyMissing { path: self.path.clone() }),
        }
    }

    /// The key for a vault without secrets: made where there is none.
    pub(crate) fn existing_or_new(&self) -> Result<VaultKey, StoreError> {
        if let Some(key) = self.read(&self.path)? {
            return Ok(key);
        }
        let unique = self.with_rng(Rng::uuid);
        let made = unfinished(&self.path, unique);
        self.write(&made, &NewKey::File)?;
        put_in_place(&made, &self.path).map_err(StoreError::file("make", &self.path))?;
        self.read(&self.path)?.ok_or_else(|| StoreError::KeyMissing { path: self.path.clone() })
    }

    /// Writes a new key beside the old one, durably; it counts when the vault is sealed with it.
    pub(crate) fn prepare(&self, new: &NewKey) -> Result<VaultKey, StoreError> {
        let next = self.next();
        // One that another process left unfinished, and that does not fit.
        let stale = self.text_of(&next)?;
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file("remove", &next)(error));
            }
            _ => {}
        }
        self.forget(stale);
        self.write(&next, new)?;
        sync_directory(directory_of(&next)).map_err(StoreError::file("write", &next))?;
        if let NewKey::Passphrase(passphrase) = new {
            let text = self.text_of(&next)?.ok_or_else(|| StoreError::KeyMissing { path: next.clone() })?;
            if let Some(KeyText::Passphrase(recipe)) = KeyText::parse(&text) {
                self.remember(text, derive(&recipe, passphrase)?);
            }
        }
        self.read(&next)?.ok_or(StoreError::KeyMissing { path: next })
    }

    /// The new key takes the place of the old one.
    pub(crate) fn promote(&self) -> Result<(), StoreError> {
        let replaced = self.text_of(&self.path)?;
        match fs::rename(self.next(), &self.path) {
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.path.exists() => return Ok(()),
            renamed => renamed
                .and_then(|()| sync_directory(directory_of(&self.path)))
                .map_err(StoreError::file("replace", &self.path))?,
        }
        self.forget(replaced);
        Ok(())
    }

    /// The text of a key file that opens the vault on any machine; `None` where no key was made yet. A key that
    /// is in the keyring stands in it. `check` is the vault's own, of which the key has to be.
    pub(crate) fn portable(&self, check: Option<&[u8]>) -> Result<Option<Zeroizing<String>>, StoreError> {
        let fits = |key: &VaultKey| check.is_none_or(|check| key.fits(check));
        if self.next().exists() && check.is_some() {
            // A change that was cut off comes to its end, so that one file says it all.
            self.fitting(fits)?;
        }
        let Some(text) = self.text_of(&self.path)? else {
            let missing = StoreError::KeyMissing { path: self.path.clone() };
            return if check.is_some() { Err(missing) } else { Ok(None) };
        };
        let key = match self.parse(&text, &self.path)? {
            KeyText::Passphrase(_) => return Ok(Some(text)),
            KeyText::Raw(key) => key,
            KeyText::Keyring(entry) => self.read_keyring(&entry, &self.path)?,
        };
        if !fits(&VaultKey::new(&key[..])?) {
            return Err(self.wrong());
        }
        Ok(Some(KeyText::Raw(key).render()))
    }

    fn next(&self) -> PathBuf {
        self.beside(".next")
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_os_string();
        name.push(ending);
        self.path.with_file_name(name)
    }

    fn read(&self, path: &Path) -> Result<Option<VaultKey>, StoreError> {
        let Some(text) = self.text_of(path)? else { return Ok(None) };
        // What the file asks for is checked before a person is asked.
        let parsed = self.parse(&text, path)?;
        if let KeyText::Raw(key) = parsed {
            return VaultKey::new(&key[..]).map(Some);
        }
        if let Some((of, key)) = &*self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
            && **of == *text
        {
            return VaultKey::new(&key[..]).map(Some);
        }
        let key = match parsed {
            KeyText::Raw(key) => key,
            KeyText::Keyring(entry) => self.read_keyring(&entry, path)?,
            KeyText::Passphrase(recipe) => {
                let reader = self.passphrase.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let passphrase = reader.and_then(|read| read());
                derive(&recipe, &passphrase.ok_or_else(|| StoreError::PassphraseMissing { path: path.into() })?)?
            }
        };
        let ready = VaultKey::new(&key[..])?;
        self.remember(text, key);
        Ok(Some(ready))
    }

    fn parse(&self, text: &str, path: &Path) -> Result<KeyText, StoreError> {
        KeyText::parse(text).ok_or_else(|| StoreError::KeyMalformed { path: path.into() })
    }

    fn remember(&self, text: Zeroizing<String>, key: KeyBytes) {
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = Some((text, key));
    }

    fn text_of(&self, path: &Path) -> Result<Option<Zeroizing<String>>, StoreError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(StoreError::file("read", path))?,
        };
        refuse_exposed(&file, path)?;
        let mut text = Zeroizing::new(String::with_capacity(KEY_FILE_BYTES_MAX as usize));
        match file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(StoreError::KeyMalformed { path: path.into() })
            }
            read => read.map_err(StoreError::file("read", path)).map(|_| Some(text)),
        }
    }

    fn write(&self, path: &Path, new: &NewKey) -> Result<(), StoreError> {
        let said = match new {
            NewKey::File => KeyText::Raw(Zeroizing::new(self.random::<KEY_BYTES>())),
            NewKey::Passphrase(_) => KeyText::Passphrase(Recipe::new(self.random())),
            NewKey::Keyring => self.put_into_keyring(path)?,
        };
        let text = said.render();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = || {
            let mut file = options.open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(|error| {
            self.forget(Some(text.clone()));
            StoreError::file("write", path)(error)
        })
    }

    /// Puts a random key into the keyring, and makes sure that it comes out again.
    fn put_into_keyring(&self, path: &Path) -> Result<KeyText, StoreError> {
        let failed = |source| StoreError::KeyInKeyring { path: path.into(), source };
        let (key, entry) = (Zeroizing::new(self.random::<KEY_BYTES>()), entry_of(self.with_rng(Rng::uuid)));
        let keyring = self.keyring();
        keyring.write(&entry, &Secret::from(encode_key(&key).as_str())).map_err(failed)?;
        if *self.read_keyring(&entry, path)? != *key {
            return Err(StoreError::KeyWrong { path: path.into() });
        }
        Ok(KeyText::Keyring(entry))
    }

    fn read_keyring(&self, entry: &str, path: &Path) -> Result<KeyBytes, StoreError> {
        let failed = |source| StoreError::KeyInKeyring { path: path.into(), source };
        let text = self.keyring().read(entry).map_err(failed)?;
        let text = text.ok_or_else(|| StoreError::KeyNotInKeyring { entry: entry.to_owned() })?;
        decode_key(text.expose_secret()).ok_or_else(|| StoreError::KeyNotInKeyring { entry: entry.to_owned() })
    }

    /// Takes the key of a file that is gone out of the keyring. Where that fails, an entry that opens nothing stays.
    fn forget(&self, gone: Option<Zeroizing<String>>) {
        let Some(KeyText::Keyring(entry)) = gone.and_then(|text| KeyText::parse(&text)) else { return };
        if let Err(error) = self.keyring().remove(&entry) {
            tracing::warn!(keyring.entry = %entry, "could not remove an old key from the keyring: {error}");
        }
    }

    fn keyring(&self) -> Keyring {
        self.keyring.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.with_rng(|rng| rng.fill(&mut bytes));
        bytes
    }

    fn with_rng<T>(&self, use_it: impl FnOnce(&mut Rng) -> T) -> T {
        use_it(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The key that follows from a passphrase.
fn derive(recipe: &Recipe, passphrase: &Secret) -> Result<KeyBytes, StoreError> {
    let failed = |_| StoreError::Cryptography { act: "work" };
    let cost = recipe.cost;
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_BYTES)).map_err(failed)?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose_secret().as_bytes(), &recipe.salt, &mut key[..])
        .map_err(failed)?;
    Ok(key)
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Refuses a key that others can read or change.
#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), StoreError> {
    let metadata = file.metadata().map_err(StoreError::file("read", path))?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o077 != 0 {
        return Err(StoreError::KeyExposed { path: path.into(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_file: &File, _path: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_file(text: &str, mode: u32) -> (tempfile::TempDir, KeyFile) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("vault.key");
        fs::write(&path, text).expect("written");
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("set");
        (directory, KeyFile::new(path, Rng::seeded(1)))
    }

    #[test]
    fn a_made_key_is_private_and_reads_back() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("vault.key");
        let keys = KeyFile::new(path.clone(), Rng::seeded(1));
        let sealed = keys.existing_or_new().expect("made").seal_check().expect("sealed");
        assert!(keys.fitting(|key| key.fits(&sealed)).is_ok());
        assert_eq!(fs::read_dir(directory.path()).expect("read").count(), 1, "nothing unfinished stays");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_malformed_key_file_is_refused() {
        for text in [
            "",
            "graphbeat vault key 1\n",
            "graphbeat vault key 1\nAAAA\n",
            "something else",
            "\u{fffd}",
            "graphbeat vault passphrase 1\n",
            "graphbeat vault passphrase 1\n9999999 3 1 AAAA\n",
            "graphbeat vault keyring 1\nanother program's entry\n",
        ] {
            let (_directory, keys) = key_file(text, 0o600);
            assert!(matches!(keys.existing_or_new(), Err(StoreError::KeyMalformed { .. })), "{text:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let (_directory, keys) = key_file("graphbeat vault key 1\n", 0o640);
        assert!(matches!(keys.existing_or_new(), Err(StoreError::KeyExposed { mode: 0o640, .. })));
    }
}
