//! Passwords and certificates of applications, as Graph shows and takes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphbeat_base::Rng;
use serde_json::{Value, json};

use super::error::{GraphError, Service};
use crate::identity::{AppCertificate, AppSecret};
use crate::tenant::ids::stamp;

/// A `passwordCredential` without its value.
pub(super) fn password(secret: &AppSecret) -> Value {
    json!({
        "customKeyIdentifier": null, "displayName": secret.display_name, "endDateTime": stamp(secret.end), "hint": secret.hint,
        "keyId": secret.key_id, "secretText": null, "startDateTime": stamp(secret.start),
    })
}

/// A `keyCredential`; the key itself is never shown in a list.
pub(super) fn certificate(certificate: &AppCertificate) -> Value {
    json!({
        "customKeyIdentifier": null, "displayName": certificate.display_name, "endDateTime": stamp(certificate.end), "key": null,
        "keyId": certificate.key_id, "startDateTime": stamp(certificate.start), "type": "AsymmetricX509Cert", "usage": "Verify",
    })
}

/// The certificates of a new `keyCredentials`: entries with a key are new, entries with only the id of
/// a known one keep it, all others go.
pub(super) fn certificates(
    keys: &Value,
    known: &[AppCertificate],
    rng: &mut Rng,
) -> Result<Vec<AppCertificate>, GraphError> {
    let read = |key: &Value| match key.get("key").and_then(Value::as_str) {
        Some(text) => new_certificate(key, text, rng),
        None => {
            let id = key.get("keyId").and_then(Value::as_str).unwrap_or_default();
            let kept = known.iter().find(|it| it.key_id.to_string().eq_ignore_ascii_case(id));
            kept.cloned().ok_or_else(|| invalid("Key credential must have a value or name an existing one."))
        }
    };
    keys.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(read).collect()
}

fn new_certificate(key: &Value, text: &str, rng: &mut Rng) -> Result<AppCertificate, GraphError> {
    let der = der(text).ok_or_else(|| invalid("Key value is invalid certificate"))?;
    let key_id = key.get("keyId").and_then(Value::as_str).and_then(|id| id.parse().ok()).unwrap_or_else(|| rng.uuid());
    let display_name = key.get("displayName").and_then(Value::as_str).map(str::to_owned);
    AppCertificate::parse(key_id, display_name, der).ok_or_else(|| invalid("Key value is invalid certificate"))
}

/// base64 of DER, or base64 of PEM text, as some clients send it.
fn der(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let bytes = STANDARD.decode(compact).ok()?;
    if !bytes.starts_with(b"-----BEGIN") {
        return Some(bytes);
    }
    let (_, pem) = x509_parser::pem::parse_x509_pem(&bytes).ok()?;
    Some(pem.contents)
}

fn invalid(message: &str) -> GraphError {
    GraphError::invalid(Service::Directory, message)
}
