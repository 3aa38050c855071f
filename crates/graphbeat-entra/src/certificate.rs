//! An application's certificate with its private key, and the assertion that it signs.
//!
//! What Entra would refuse anyway is refused when the credential is read: keys that are not RSA,
//! a key of another certificate, a certificate that is over.

mod assertion;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use graphbeat_base::{Secret, Timestamp};
use jsonwebtoken::EncodingKey;

pub(crate) use assertion::Assertion;
use read::Material;

/// A certificate with its private key. Clones share the key.
#[derive(Clone)]
pub struct CertificateCredential {
    shared: Arc<Shared>,
}

struct Shared {
    key: EncodingKey,
    /// `x5t#S256`: base64url of the SHA-256 of the certificate in DER.
    thumbprint: String,
    /// `x5t`: base64url of its SHA-1, which proofs of possession name it by.
    thumbprint_sha1: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// A certificate that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The text or file is neither PEM nor PKCS#12.
    #[error("the file cannot be read as {format}")]
    Malformed {
        /// What it was read as.
        format: &'static str,
    },
    /// The password of the PKCS#12 file is wrong, or the file is damaged.
    #[error("the PKCS#12 file cannot be opened: its password is wrong, or it is damaged or of an unsupported kind")]
    Locked,
    /// There is no certificate in it.
    #[error("there is no certificate in the file")]
    NoCertificate,
    /// There is no private key in it.
    #[error("there is no private key in the file")]
    NoKey,
    /// The private key in a PEM text is encrypted.
    #[error("the private key is encrypted: give it in clear, or as a PKCS#12 file with a password")]
    EncryptedKey,
    /// The key is not RSA.
    #[error("the private key is not RSA: Entra accepts RSA keys only")]
    NotRsa,
    /// The RSA key is damaged or too short.
    #[error("the private key cannot be used: it is damaged, or shorter than 2048 bits")]
    UnusableKey,
    /// The key belongs to none of the certificates.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// The certificate is over.
    #[error("the certificate expired at {at}")]
    Expired {
        /// Its end.
        at: Timestamp,
    },
    /// The certificate is not valid yet.
    #[error("the certificate is not valid before {from}: check the clock")]
    NotYetValid {
        /// Its begin.
        from: Timestamp,
    },
}

impl CertificateCredential {
    /// From one PEM text with key and certificate in any order; of a chain, the key's own is taken.
    ///
    /// # Errors
    /// [`CertificateError`] where it cannot be used at `now`.
    pub fn from_pem(pem: &str, now: Timestamp) -> Result<Self, CertificateError> {
        Self::from_material(&Material::from_pem(&[pem])?, now)
    }

    /// From a certificate and a key in two PEM texts.
    ///
    /// # Errors
    /// [`CertificateError`] where they cannot be used at `now`.
    pub fn from_pem_pair(certificate: &str, key: &str, now: Timestamp) -> Result<Self, CertificateError> {
        Self::from_material(&Material::from_pem(&[certificate, key])?, now)
    }

    /// From a PKCS#12 file (`.pfx`, `.p12`) with its password, which may be empty.
    ///
    /// # Errors
    /// [`CertificateError`] where it cannot be used at `now`.
    pub fn from_pkcs12(file: &[u8], password: &Secret, now: Timestamp) -> Result<Self, CertificateError> {
        Self::from_material(&Material::from_pkcs12(file, password)?, now)
    }

    /// The certificate's end.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.shared.not_after
    }

    /// The certificate's begin.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.shared.not_before
    }

    /// The certificate's `x5t#S256`, as Entra's portal and Graph can show it.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.shared.thumbprint
    }

    fn from_material(material: &Material, now: Timestamp) -> Result<Self, CertificateError> {
        let credential = Self { shared: Arc::new(material.pair()?) };
        credential.check_time(now)?;
        Ok(credential)
    }

    pub(crate) fn check_time(&self, now: Timestamp) -> Result<(), CertificateError> {
        let Shared { not_before, not_after, .. } = *self.shared;
        if now > not_after {
            return Err(CertificateError::Expired { at: not_after });
        }
        if now < not_before {
            return Err(CertificateError::NotYetValid { from: not_before });
        }
        Ok(())
    }
}

impl fmt::Debug for CertificateCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateCredential")
            .field("thumbprint", &self.shared.thumbprint)
            .field("not_after", &self.shared.not_after)
            .finish_non_exhaustive()
    }
}
