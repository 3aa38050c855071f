//! RSA keys with a certificate: the one that signs tokens, and the first application's own.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{self, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graphbeat_base::{SignedDuration, Timestamp};
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DnType, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

/// How long before their making the certificates begin: clocks of clients differ.
const VALID_BEFORE: SignedDuration = SignedDuration::from_hours(48);

/// A key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("could not make a key and its certificate")]
pub struct KeyError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl KeyError {
    /// A key error with its cause.
    pub(crate) fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// An RSA key of 2,048 bits with a self-signed certificate.
pub(crate) struct RsaIdentity {
    key: KeyPair,
    key_pem: String,
    certificate_pem: String,
    certificate_der: Vec<u8>,
    public_key: Vec<u8>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    key_id: String,
}

impl std::fmt::Debug for RsaIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RsaIdentity").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl RsaIdentity {
    /// A new key whose certificate is valid for `life` from `now`.
    pub(crate) fn generate(common_name: &str, now: Timestamp, life: SignedDuration) -> Result<Self, KeyError> {
        let pair = rcgen::KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(KeyError::new)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(KeyError::new)?;
        params.distinguished_name.push(DnType::CommonName, common_name);
        set_validity(&mut params, now, life);
        let certificate = params.self_signed(&pair).map_err(KeyError::new)?;
        let certificate_der = certificate.der().to_vec();
        let (public_key, modulus, exponent) =
            rsa_parts(&certificate_der).ok_or_else(|| KeyError::new("the certificate holds no RSA key"))?;
        let key = KeyPair::from_pkcs8(pair.serialized_der()).map_err(|rejected| KeyError::new(rejected.to_string()))?;
        let key_id = URL_SAFE_NO_PAD.encode(sha1(&certificate_der));
        let (key_pem, certificate_pem) = (pair.serialize_pem(), certificate.pem());
        Ok(Self { key, key_pem, certificate_pem, certificate_der, public_key, modulus, exponent, key_id })
    }

    /// The certificate.
    pub(crate) fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// Key and certificate in one PEM text.
    pub(crate) fn pem(&self) -> String {
        format!("{}{}", self.key_pem, self.certificate_pem)
    }

    /// A JWT of these claims, signed by RS256.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let header = json!({ "typ": "JWT", "alg": "RS256", "x5t": self.key_id, "kid": self.key_id });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut token = format!("{}.{}", part(&header), part(claims));
        let mut signed = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signed)
            .map_err(|_| KeyError::new("the key refused to sign"))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&signed, &mut token);
        Ok(token)
    }

    /// Whether this key signed `message`.
    pub(crate) fn verifies(&self, message: &[u8], signed: &[u8]) -> bool {
        UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, &self.public_key).verify(message, signed).is_ok()
    }

    /// The public half as a JSON web key.
    pub(crate) fn json_web_key(&self) -> Value {
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.key_id,
            "x5t": self.key_id,
            "n": URL_SAFE_NO_PAD.encode(&self.modulus),
            "e": URL_SAFE_NO_PAD.encode(&self.exponent),
            "x5c": [STANDARD.encode(&self.certificate_der)],
        })
    }
}

/// The RSA public key (PKCS #1) of a certificate; `None` where it holds another kind of key.
pub(crate) fn rsa_public_key(certificate_der: &[u8]) -> Option<Vec<u8>> {
    rsa_parts(certificate_der).map(|(public_key, _, _)| public_key)
}

/// The public key, its modulus and its exponent.
fn rsa_parts(certificate_der: &[u8]) -> Option<(Vec<u8>, Vec<u8>, Vec<u8>)> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate_der).ok()?;
    let public_key = certificate.public_key();
    match public_key.parsed().ok()? {
        x509_parser::public_key::PublicKey::RSA(rsa) => {
            let trimmed = |number: &[u8]| number.iter().copied().skip_while(|&byte| byte == 0).collect::<Vec<u8>>();
            Some((public_key.subject_public_key.data.to_vec(), trimmed(rsa.modulus), trimmed(rsa.exponent)))
        }
        _ => None,
    }
}

/// Sets the days in which a certificate is valid.
pub(crate) fn set_validity(params: &mut CertificateParams, now: Timestamp, life: SignedDuration) {
    let day = |at: Timestamp| {
        let date = TimeZone::UTC.to_datetime(at).date();
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    params.not_before = day(now.checked_sub(VALID_BEFORE).unwrap_or(now));
    params.not_after = day(now.checked_add(life).unwrap_or(now));
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}
