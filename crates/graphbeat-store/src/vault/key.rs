//! The vault's key: a file of its own, and the sealing with it (AES-256-GCM).
//!
//! The name of a secret is authenticated with it, so that a row that was moved to another name does not
//! open. The file is read for each use and wiped from memory after it: it holds 32 bytes.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphbeat_base::{ExposeSecret as _, Rng, Secret};
use zeroize::{Zeroize as _, Zeroizing};

use crate::StoreError;
use crate::place::{put_in_place, unfinished};

const KEY_BYTES: usize = 32;
/// The first line of a key file.
const HEADER: &str = "graphbeat vault key 1";
/// A key file is shorter than this.
const KEY_FILE_BYTES_MAX: u64 = 200;
/// Before the name in what is authenticated.
const PURPOSE: &str = "graphbeat-vault-1:";
/// No secret has this name: names are not empty.
const CHECK_NAME: &str = "";
const CHECK_TEXT: &str = "graphbeat";

/// Where the key is kept.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    rng: Mutex<Rng>,
}

impl KeyFile {
    pub(crate) fn new(path: PathBuf, rng: Rng) -> Self {
        Self { path, rng: Mutex::new(rng) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The key for a vault that holds secrets already.
    pub(crate) fn existing(&self) -> Result<VaultKey, StoreError> {
        self.read()?.ok_or_else(|| StoreError::KeyMissing { path: self.path.clone() })
    }

    /// The key for a vault without secrets: made where there is none.
    pub(crate) fn existing_or_new(&self) -> Result<VaultKey, StoreError> {
        if let Some(key) = self.read()? {
            return Ok(key);
        }
        self.make()?;
        self.existing()
    }

    fn read(&self) -> Result<Option<VaultKey>, StoreError> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(StoreError::file("read", &self.path))?,
        };
        refuse_exposed(&file, &self.path)?;
        let mut text = Zeroizing::new(String::with_capacity(KEY_FILE_BYTES_MAX as usize));
        let malformed = || StoreError::KeyMalformed { path: self.path.clone() };
        match file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(malformed()),
            read => read.map_err(StoreError::file("read", &self.path))?,
        };
        let encoded = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n')).ok_or_else(malformed)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded.trim_end()).map_err(|_| malformed())?);
        if bytes.len() != KEY_BYTES {
            return Err(malformed());
        }
        VaultKey::new(&bytes).map(Some)
    }

    fn make(&self) -> Result<(), StoreError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        let unique = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            rng.fill(&mut bytes[..]);
            rng.uuid()
        };
        let text = Zeroizing::new(format!("{HEADER}\n{}\n", STANDARD.encode(&bytes[..])));
        let path = unfinished(&self.path, unique);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = || {
            let mut file = options.open(&path)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().map_err(StoreError::file("write", &path))?;
        put_in_place(&path, &self.path).map_err(StoreError::file("make", &self.path))
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

/// A key, ready for use.
pub(crate) struct VaultKey(RandomizedNonceKey);

impl VaultKey {
    fn new(bytes: &[u8]) -> Result<Self, StoreError> {
        RandomizedNonceKey::new(&AES_256_GCM, bytes).map(Self).map_err(|_| StoreError::Cryptography { act: "work" })
    }

    /// Nonce, encrypted secret and tag.
    pub(crate) fn seal(&self, name: &str, secret: &Secret) -> Result<Vec<u8>, StoreError> {
        // Room for the tag, so that the clear text is not copied when it is appended.
        let clear = secret.expose_secret().as_bytes();
        let mut sealed = Vec::with_capacity(clear.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(clear);
        let nonce = match self.0.seal_in_place_append_tag(aad(name), &mut sealed) {
            Ok(nonce) => nonce,
            Err(_) => {
                sealed.zeroize();
                return Err(StoreError::Cryptography { act: "seal" });
            }
        };
        sealed.splice(0..0, nonce.as_ref().iter().copied());
        Ok(sealed)
    }

    /// The secret; `None` where key, name or bytes do not fit together.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Option<Secret> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let clear = self.0.open_in_place(Nonce::assume_unique_for_key(*nonce), aad(name), &mut bytes).ok()?;
        std::str::from_utf8(clear).ok().map(Secret::from)
    }

    /// What tells later whether a key is this one.
    pub(crate) fn seal_check(&self) -> Result<Vec<u8>, StoreError> {
        self.seal(CHECK_NAME, &Secret::from(CHECK_TEXT))
    }

    pub(crate) fn fits(&self, check: &[u8]) -> bool {
        self.open(CHECK_NAME, check).is_some()
    }
}

fn aad(name: &str) -> Aad<String> {
    Aad::from(format!("{PURPOSE}{name}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

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
    fn a_secret_opens_only_under_its_own_name() {
        let key = VaultKey::new(&[7; KEY_BYTES]).expect("a key");
        let sealed = key.seal("contoso", &Secret::from("s3cret")).expect("sealed");
        assert_eq!(key.open("contoso", &sealed).expect("opens").expose_secret(), "s3cret");
        assert!(key.open("fabrikam", &sealed).is_none());
        assert!(VaultKey::new(&[8; KEY_BYTES]).expect("a key").open("contoso", &sealed).is_none());
        assert!(key.open("contoso", &sealed[..11]).is_none());
    }

    #[test]
    fn the_same_secret_is_never_sealed_to_the_same_bytes() {
        let key = VaultKey::new(&[7; KEY_BYTES]).expect("a key");
        let seal = || key.seal("contoso", &Secret::from("s3cret")).expect("sealed");
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_made_key_is_private_and_reads_back() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("vault.key");
        let keys = KeyFile::new(path.clone(), Rng::seeded(1));
        let sealed = keys.existing_or_new().expect("made").seal_check().expect("sealed");
        assert!(keys.existing().expect("there").fits(&sealed));
        assert_eq!(fs::read_dir(directory.path()).expect("read").count(), 1, "nothing unfinished stays");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_malformed_key_file_is_refused() {
        for text in ["", "graphbeat vault key 1\n", "graphbeat vault key 1\nAAAA\n", "something else", "\u{fffd}"] {
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
