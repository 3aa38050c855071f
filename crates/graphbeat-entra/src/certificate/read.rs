//! Finding key and certificate in PEM and PKCS#12, and checking that they belong together.

use aws_lc_rs::digest;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graphbeat_base::{ExposeSecret, Secret, Timestamp};
use jsonwebtoken::EncodingKey;
use p12_keystore::{Pkcs12Archive, PrivateKey};
use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;
use x509_parser::pem::Pem;

use super::{CertificateError, Shared};

/// The largest text or file that is read: a chain with its key has a few kilobytes.
const FILE_BYTES_MAX: usize = 256 * 1024;
/// Certificates looked at in one file.
const CERTIFICATES_MAX: usize = 32;
/// rsaEncryption, RFC 8017.
const RSA_OID: &str = "1.2.840.113549.1.1.1";

/// A private key in DER.
enum Key {
    Pkcs8(Vec<u8>),
    Pkcs1(Vec<u8>),
}

/// What was found, not yet checked.
pub(super) struct Material {
    key: Key,
    /// In DER.
    certificates: Vec<Vec<u8>>,
}

impl Material {
    pub(super) fn from_pem(texts: &[&str]) -> Result<Self, CertificateError> {
        let (mut key, mut certificates) = (None, Vec::new());
        for text in texts {
            if text.len() > FILE_BYTES_MAX {
                return Err(CertificateError::Malformed { format: "PEM" });
            }
            for block in Pem::iter_from_buffer(text.as_bytes()) {
                let block = block.map_err(|_| CertificateError::Malformed { format: "PEM" })?;
                match block.label.as_str() {
                    "CERTIFICATE" => certificates.push(block.contents),
                    "PRIVATE KEY" => key = Some(Key::Pkcs8(block.contents)),
                    "RSA PRIVATE KEY" => key = Some(Key::Pkcs1(block.contents)),
                    "ENCRYPTED PRIVATE KEY" => return Err(CertificateError::EncryptedKey),
                    "EC PRIVATE KEY" => return Err(CertificateError::NotRsa),
                    _ => {}
                }
            }
        }
        Self::found(key, certificates)
    }

    pub(super) fn from_pkcs12(file: &[u8], password: &Secret) -> Result<Self, CertificateError> {
        if file.is_empty() || file.len() > FILE_BYTES_MAX {
            return Err(CertificateError::Malformed { format: "PKCS#12" });
        }
        let archive =
            Pkcs12Archive::from_pkcs12(file, password.expose_secret()).map_err(|_| CertificateError::Locked)?;
        let key = archive.keys.first().map(|bag| Key::Pkcs8(bag.key.as_der().to_vec()));
        Self::found(key, archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect())
    }

    fn found(key: Option<Key>, mut certificates: Vec<Vec<u8>>) -> Result<Self, CertificateError> {
        certificates.truncate(CERTIFICATES_MAX);
        match key {
            _ if certificates.is_empty() => Err(CertificateError::NoCertificate),
            None => Err(CertificateError::NoKey),
            Some(key) => Ok(Self { key, certificates }),
        }
    }

    /// The key with the certificate that it belongs to.
    pub(super) fn pair(&self) -> Result<Shared, CertificateError> {
        let public_key = self.key.public_key()?;
        for der in &self.certificates {
            let (_, certificate) =
                parse_x509_certificate(der).map_err(|_| CertificateError::Malformed { format: "a certificate" })?;
            if *certificate.public_key().subject_public_key.data == *public_key {
                return self.shared(der, &certificate);
            }
        }
        Err(CertificateError::KeyMismatch)
    }

    fn shared(&self, der: &[u8], certificate: &X509Certificate<'_>) -> Result<Shared, CertificateError> {
        let validity = certificate.validity();
        Ok(Shared {
            key: EncodingKey::from_rsa_pem(self.key.to_pem().as_bytes()).map_err(|_| CertificateError::UnusableKey)?,
            thumbprint_sha1: URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der)),
            thumbprint: URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, der)),
            not_before: Timestamp::from_second(validity.not_before.timestamp()).unwrap_or(Timestamp::MIN),
            not_after: Timestamp::from_second(validity.not_after.timestamp()).unwrap_or(Timestamp::MAX),
        })
    }
}

impl Key {
    /// The public half, PKCS#1 in DER, as certificates hold it.
    fn public_key(&self) -> Result<Vec<u8>, CertificateError> {
        let pair = match self {
            Self::Pkcs1(der) => RsaKeyPair::from_der(der),
            Self::Pkcs8(der) => {
                let key = PrivateKey::from_der(der).map_err(|_| CertificateError::UnusableKey)?;
                if key.oid().to_string() != RSA_OID {
                    return Err(CertificateError::NotRsa);
                }
                RsaKeyPair::from_pkcs8(der)
            }
        };
        let pair = pair.map_err(|_| CertificateError::UnusableKey)?;
        Ok(pair.public_key().as_ref().to_vec())
    }

    /// The JWT library reads keys of either kind from PEM only.
    fn to_pem(&self) -> String {
        let (label, der) = match self {
            Self::Pkcs8(der) => ("PRIVATE KEY", der),
            Self::Pkcs1(der) => ("RSA PRIVATE KEY", der),
        };
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }
}
