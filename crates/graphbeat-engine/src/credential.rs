//! The proof of an account's identity, read from where the configuration says it is.

use std::sync::Arc;

use graphbeat_base::{Secret, Timestamp};
use graphbeat_config::{Account as AccountConfig, SecretRef, SignIn};
use graphbeat_entra::{CertificateCredential, CertificateError, Credential};

use crate::federated::FederatedToken;
use crate::setup::{Parts, SetupError};

/// The credential.
pub(crate) fn credential(parts: &Parts<'_>, account: &AccountConfig) -> Result<Credential, SetupError> {
    let secret_error = |source| SetupError::Secret { account: Arc::clone(&account.name), source };
    let certificate_error = |source| SetupError::Certificate { account: Arc::clone(&account.name), source };
    let secret = |reference: &SecretRef| (parts.secrets)(reference).map_err(secret_error);
    match &account.sign_in {
        SignIn::ClientSecret { client_secret, .. } => Ok(Credential::ClientSecret(text_of(&secret(client_secret)?))),
        SignIn::Certificate { certificate, key, password, .. } => {
            let file = secret(certificate)?;
            let key = key.as_ref().map(secret).transpose()?;
            let password = password.as_ref().map(secret).transpose()?;
            let now = parts.clock.now();
            let credential = read_certificate(&file, key.as_deref(), password.as_deref(), now);
            credential.map(Credential::Certificate).map_err(certificate_error)
        }
        SignIn::FederatedToken { token, .. } => {
            let source = FederatedToken { reader: parts.secrets.clone(), place: token.clone() };
            Ok(Credential::Federated(Arc::new(source)))
        }
        SignIn::AuthCode { .. } | SignIn::DeviceCode { .. } => Ok(Credential::Public),
    }
}

/// PEM where it looks like PEM, else PKCS#12.
fn read_certificate(
    file: &[u8],
    key: Option<&[u8]>,
    password: Option<&[u8]>,
    now: Timestamp,
) -> Result<CertificateCredential, CertificateError> {
    match (std::str::from_utf8(file), key) {
        (Ok(pem), Some(key)) if pem.contains("-----BEGIN") => {
            CertificateCredential::from_pem_pair(pem, &String::from_utf8_lossy(key), now)
        }
        (Ok(pem), None) if pem.contains("-----BEGIN") => CertificateCredential::from_pem(pem, now),
        _ => {
            let password = password.map_or_else(|| Secret::from(""), text_of);
            CertificateCredential::from_pkcs12(file, &password, now)
        }
    }
}

pub(crate) fn text_of(bytes: impl AsRef<[u8]>) -> Secret {
    Secret::from(String::from_utf8_lossy(bytes.as_ref()).trim_end_matches(['\r', '\n']).to_owned())
}
