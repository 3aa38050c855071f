//! The proof of an account's identity, read from where the configuration says it is.

use std::sync::Arc;

use graphbeat_base::{ExposeSecret, Secret, Timestamp};
use graphbeat_config::{Account as AccountConfig, SecretRef, SignIn};
use graphbeat_entra::{CertificateCredential, CertificateError, Credential};

use crate::federated::FederatedToken;
use crate::setup::{Parts, SetupError};

/// The credential, and a fingerprint of it.
pub(crate) fn credential(parts: &Parts<'_>, account: &AccountConfig) -> Result<(Credential, Arc<str>), SetupError> {
    let secret_error = |source| SetupError::Secret { account: Arc::clone(&account.name), source };
    let certificate_error = |source| SetupError::Certificate { account: Arc::clone(&account.name), source };
    let secret = |reference: &SecretRef| (parts.secrets)(reference).map_err(secret_error);
    match &account.sign_in {
        SignIn::ClientSecret { client_secret, .. } => {
            let text = text_of(&secret(client_secret)?);
            let print = fingerprint(&text);
            Ok((Credential::ClientSecret(text), print))
        }
        SignIn::Certificate { certificate, key, password, .. } => {
            let file = secret(certificate)?;
            let key = key.as_ref().map(secret).transpose()?;
            let password = password.as_ref().map(secret).transpose()?;
            let now = parts.clock.now();
            let credential = read_certificate(&file, key.as_deref(), password.as_deref(), now);
            let credential = credential.map_err(certificate_error)?;
            let print = Arc::from(credential.thumbprint());
            Ok((Credential::Certificate(credential), print))
        }
        SignIn::FederatedToken { token, .. } => {
            let source = FederatedToken { reader: parts.secrets.clone(), place: token.clone() };
            Ok((Credential::Federated(Arc::new(source)), Arc::from("federated-token")))
        }
        SignIn::AuthCode { .. } | SignIn::DeviceCode { .. } => Ok((Credential::Public, Arc::from("refresh-token"))),
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

/// Enough of a hash to see that a secret was changed, too little to test a guess with.
fn fingerprint(secret: &Secret) -> Arc<str> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    secret.expose_secret().hash(&mut hasher);
    Arc::from(format!("{:04x}", hasher.finish() & 0xffff))
}
