//! The file that says where the vault's key is: in the file itself, or in a passphrase that a person knows.
//!
//! It is read for each use, so that every process sees a new key at once. A new key is written beside it
//! first, and takes its name when the secrets are sealed with it; whoever finds both knows by the vault's
//! own check which one counts.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphbeat_base::{ExposeSecret as _, Rng, Secret};
use zeroize::Zeroizing;

use super::key::{KEY_BYTES, VaultKey};
use crate::StoreError;
use crate::place::{directory_of, put_in_place, sync_directory, unfinished};

/// The first line of a file that holds the key.
const RAW: &str = "graphbeat vault key 1";
/// The first line of a file whose key follows from a passphrase.
const PASSPHRASE: &str = "graphbeat vault passphrase 1";
/// A key file is shorter than this.
const KEY_FILE_BYTES_MAX: u64 = 200;
const SALT_BYTES: usize = 16;
/// Argon2id's cost for new keys: 64 MiB, three passes, one lane; some tenths of a second.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
/// The highest cost that a file may ask for.
const COST_MAX: Cost = Cost { memory_kib: 1024 * 1024, passes: 64, lanes: 16 };

/// Asks for the passphrase; `None` where there is nobody to ask.
pub type PassphraseReader = Arc<dyn Fn() -> Option<Secret> + Send + Sync>;

/// What a vault's new key is.
#[derive(Clone, Debug)]
pub enum NewKey {
    /// A random key in the key file.
    File,
    /// One that follows from a passphrase.
    Passphrase(Secret),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Where the key is kept.
pub(crate) struct KeyFile {
    path: PathBuf,
    rng: Mutex<Rng>,
    passphrase: Mutex<Option<PassphraseReader>>,
    /// The last key that followed from a passphrase, by the file's text: making it is slow on purpose.
    derived: Mutex<Option<(String, Zeroizing<[u8; KEY_BYTES]>)>>,
}

impl KeyFile {
    pub(crate) fn new(path: PathBuf, rng: Rng) -> Self {
        Self { path, rng: Mutex::new(rng), passphrase: Mutex::default(), derived: Mutex::default() }
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
        match fs::read_to_string(&self.path) {
            Ok(text) if text.starts_with(PASSPHRASE) => StoreError::PassphraseWrong { path },
            _ => StoreError::KeyWrong { path },
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
                *self.derived.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file("remove", &next)(error));
            }
            _ => {}
        }
        self.write(&next, new)?;
        sync_directory(directory_of(&next)).map_err(StoreError::file("write", &next))?;
        let key = match new {
            NewKey::Passphrase(passphrase) => {
                let text = self.text_of(&next)?.ok_or_else(|| StoreError::KeyMissing { path: next.clone() })?;
                Some(self.derive(&text, passphrase, &next)?)
            }
            NewKey::File => self.read(&next)?,
        };
        key.ok_or(StoreError::KeyMissing { path: next })
    }

    /// The new key takes the place of the old one.
    pub(crate) fn promote(&self) -> Result<(), StoreError> {
        match fs::rename(self.next(), &self.path) {
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.path.exists() => Ok(()),
            renamed => renamed
                .and_then(|()| sync_directory(directory_of(&self.path)))
                .map_err(StoreError::file("replace", &self.path)),
        }
    }

    fn next(&self) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_os_string();
        name.push(".next");
        self.path.with_file_name(name)
    }

    fn read(&self, path: &Path) -> Result<Option<VaultKey>, StoreError> {
        let Some(text) = self.text_of(path)? else { return Ok(None) };
        let malformed = || StoreError::KeyMalformed { path: path.into() };
        if let Some(encoded) = text.strip_prefix(RAW).and_then(|rest| rest.strip_prefix('\n')) {
            let bytes = Zeroizing::new(STANDARD.decode(encoded.trim_end()).map_err(|_| malformed())?);
            return if bytes.len() == KEY_BYTES { VaultKey::new(&bytes).map(Some) } else { Err(malformed()) };
        }
        if !text.starts_with(PASSPHRASE) {
            return Err(malformed());
        }
        if let Some((of, key)) = &*self.derived.lock().unwrap_or_else(PoisonError::into_inner)
            && **of == **text
        {
            return VaultKey::new(&key[..]).map(Some);
        }
        // What the file asks for is checked before a person is.
        recipe(&text).ok_or_else(malformed)?;
        let reader = self.passphrase.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let passphrase = reader.and_then(|read| read());
        let passphrase = passphrase.ok_or_else(|| StoreError::PassphraseMissing { path: path.into() })?;
        self.derive(&text, &passphrase, path).map(Some)
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

    /// The key that follows from a passphrase as the file says.
    fn derive(&self, text: &str, passphrase: &Secret, path: &Path) -> Result<VaultKey, StoreError> {
        let (cost, salt) = recipe(text).ok_or_else(|| StoreError::KeyMalformed { path: path.into() })?;
        let failed = |_| StoreError::Cryptography { act: "work" };
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEY_BYTES)).map_err(failed)?;
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose_secret().as_bytes(), &salt, &mut key[..])
            .map_err(failed)?;
        let ready = VaultKey::new(&key[..])?;
        *self.derived.lock().unwrap_or_else(PoisonError::into_inner) = Some((text.to_owned(), key));
        Ok(ready)
    }

    fn write(&self, path: &Path, new: &NewKey) -> Result<(), StoreError> {
        let text = Zeroizing::new(match new {
            NewKey::File => {
                let bytes = Zeroizing::new(self.random::<KEY_BYTES>());
                format!("{RAW}\n{}\n", STANDARD.encode(&bytes[..]))
            }
            NewKey::Passphrase(_) => {
                let Cost { memory_kib, passes, lanes } = COST;
                let salt = STANDARD.encode(self.random::<SALT_BYTES>());
                format!("{PASSPHRASE}\n{memory_kib} {passes} {lanes} {salt}\n")
            }
        });
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = || {
            let mut file = options.open(path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(StoreError::file("write", path))
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

/// Cost and salt of a file whose key follows from a passphrase.
fn recipe(text: &str) -> Option<(Cost, Vec<u8>)> {
    let mut words = text.strip_prefix(PASSPHRASE)?.strip_prefix('\n')?.split_whitespace();
    let mut number = |max: u32| words.next()?.parse().ok().filter(|number| (1..=max).contains(number));
    let cost = Cost {
        memory_kib: number(COST_MAX.memory_kib)?,
        passes: number(COST_MAX.passes)?,
        lanes: number(COST_MAX.lanes)?,
    };
    let salt = STANDARD.decode(words.next()?).ok().filter(|salt| salt.len() == SALT_BYTES)?;
    Some((cost, salt))
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
