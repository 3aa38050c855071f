//! The sealing of secrets with the vault's key (AES-256-GCM).
//!
//! The name of a secret is authenticated with it, so that a row that was moved to another name does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use graphbeat_base::{ExposeSecret as _, Secret};
use zeroize::{Zeroize as _, Zeroizing};

use crate::StoreError;

pub(crate) const KEY_BYTES: usize = 32;
/// Before the name in what is authenticated.
const PURPOSE: &str = "graphbeat-vault-1:";
/// No secret has this name: names are not empty.
const CHECK_NAME: &str = "";
const CHECK_TEXT: &str = "graphbeat";

/// A key, ready for use.
pub(crate) struct VaultKey(RandomizedNonceKey);

impl VaultKey {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, StoreError> {
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
    use super::*;

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
}
