//! Making an application's key and certificate. The private half leaves this machine in no form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphbeat_base::{Secret, SignedDuration, Timestamp};
use jiff::tz::TimeZone;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{CertificateCredential, CertificateError};

/// How far a certificate reaches back: the clocks of this machine and of Entra may differ.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// A new key with its certificate.
#[derive(Clone, Debug)]
pub struct MadeKey {
    /// Private key and certificate, as PEM: for the vault.
    pub pem: Secret,
    /// What Entra gets.
    pub public: PublicKey,
}

/// The half of a key that Entra gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// Its id in the registration, chosen here, so that it can be removed again without reading.
    pub key_id: Uuid,
    /// The certificate, base64 of DER.
    pub certificate: String,
    /// What the portal shows beside it.
    pub name: String,
    /// Its begin.
    pub not_before: Timestamp,
    /// Its end.
    pub not_after: Timestamp,
}

/// A key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The library could not.
    #[error("no key could be made")]
    Make(#[source] rcgen::Error),
    /// The lifetime leaves the calendar.
    #[error("a certificate cannot live that long")]
    Lifetime,
    /// What was made cannot be used.
    #[error("the key that was made cannot be used")]
    Unusable(#[source] CertificateError),
}

/// Makes an RSA key of 2048 bits, which is what Entra takes, and a certificate for so many days.
///
/// # Errors
/// [`KeyError`].
pub fn make_key(name: &str, key_id: Uuid, now: Timestamp, days: u16) -> Result<MadeKey, KeyError> {
    let lifetime = SignedDuration::from_hours(24 * i64::from(days));
    let from = now.checked_sub(BEFORE).map_err(|_| KeyError::Lifetime)?;
    let until = now.checked_add(lifetime).map_err(|_| KeyError::Lifetime)?;
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(KeyError::Make)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // The library dates certificates by days.
    let [from, until] = [from, until].map(|at| TimeZone::UTC.to_datetime(at).date());
    params.not_before = date_time_ymd(i32::from(from.year()), from.month().unsigned_abs(), from.day().unsigned_abs());
    params.not_after = date_time_ymd(i32::from(until.year()), until.month().unsigned_abs(), until.day().unsigned_abs());
    let certificate = params.self_signed(&key).map_err(KeyError::Make)?;
    let pem = format!("{}{}", key.serialize_pem(), certificate.pem());
    let credential = CertificateCredential::from_pem(&pem, now).map_err(KeyError::Unusable)?;
    let public = PublicKey {
        key_id,
        certificate: STANDARD.encode(certificate.der()),
        name: format!("CN={name}"),
        not_before: credential.not_before(),
        not_after: credential.not_after(),
    };
    Ok(MadeKey { pem: Secret::from(pem), public })
}

impl PublicKey {
    /// As a member of `keyCredentials`.
    #[must_use]
    pub fn credential(&self) -> Value {
        json!({
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "keyId": self.key_id,
            "displayName": self.name,
            "startDateTime": self.not_before,
            "endDateTime": self.not_after,
            "key": self.certificate,
        })
    }
}
