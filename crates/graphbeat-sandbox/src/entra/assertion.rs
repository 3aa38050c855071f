//! Client assertions: a JWT that an application signs with the key of one of its certificates.
//!
//! Lenient about every dialect that Microsoft's libraries speak (facts: padded, unpadded, standard and
//! URL-safe base64; dates with fractions; no `iat`; `x5c` in any form), strict about what it proves.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use graphbeat_base::Timestamp;
use serde_json::Value;

use super::error::EntraError;
use crate::identity::{AppCertificate, Application};
use crate::keys::rsa_public_key;

/// The clock difference that Entra forgives.
const CLOCK_SKEW_S: f64 = 300.0;
/// A longer assertion is not read.
const ASSERTION_MAX: usize = 65_536;
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// What `aud` may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Audience<'a> {
    /// `scheme://host` of this request.
    pub(crate) base_url: &'a str,
    /// The ways to write the tenant: as in this request, by id, by domain.
    pub(crate) tenants: [&'a str; 3],
}

impl Audience<'_> {
    fn accepts(&self, audience: &str) -> bool {
        let bases = [
            self.base_url,
            "https://login.microsoftonline.com",
            "https://login.windows.net",
            "https://sts.windows.net",
        ];
        bases.iter().any(|base| {
            let rest = audience
                .get(..base.len())
                .filter(|start| start.eq_ignore_ascii_case(base))
                .and(audience.get(base.len()..));
            rest.is_some_and(|rest| {
                self.tenants.iter().any(|tenant| {
                    let path = rest.strip_prefix('/').and_then(|rest| {
                        rest.get(..tenant.len())
                            .filter(|it| it.eq_ignore_ascii_case(tenant))
                            .and(rest.get(tenant.len()..))
                    });
                    path.is_some_and(|path| {
                        matches!(path.trim_end_matches('/'), "/oauth2/v2.0/token" | "/oauth2/token" | "/v2.0" | "")
                    })
                })
            })
        })
    }
}

/// Checks who signed an assertion, for whom and when.
pub(crate) fn check(
    application: &Application,
    parts: &Parts<'_>,
    audience: &Audience<'_>,
    now: Timestamp,
) -> Result<(), EntraError> {
    let certificate = parts.certificate(application)?;
    parts.check_signature(application, certificate)?;
    if now < certificate.start {
        return Err(bad_signature(application, "The certificate used to sign the client assertion is not valid yet."));
    }
    if now >= certificate.end {
        return Err(bad_signature(application, "The certificate used to sign the client assertion is expired."));
    }
    parts.check_claims(application, audience, now)
}

/// Whom a proof of possession is for: the directory itself.
const POSSESSION_AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";

/// Whether a proof shows that its maker holds a certificate of the application.
pub(crate) fn proves_possession(application: &Application, proof: &str, now: Timestamp) -> bool {
    let Some(parts) = Parts::read(proof) else { return false };
    let is = |claim: &str, id: &str| parts.claims[claim].as_str().is_some_and(|own| own.eq_ignore_ascii_case(id));
    let signed = parts.certificate(application).and_then(|certificate| {
        parts.check_signature(application, certificate)?;
        Ok((certificate.start..certificate.end).contains(&now))
    });
    signed.unwrap_or(false)
        && is("aud", POSSESSION_AUDIENCE)
        && is("iss", &application.object_id.to_string())
        && parts.check_time(now).is_ok()
}

/// A JWT in its parts, not yet believed.
pub(super) struct Parts<'a> {
    header: Value,
    pub(super) claims: Value,
    pub(super) signed: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    /// The parts; `None` where it is no JWT.
    pub(super) fn read(assertion: &'a str) -> Option<Self> {
        let assertion = assertion.trim();
        if assertion.len() > ASSERTION_MAX {
            return None;
        }
        let (signed, signature) = assertion.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)?).ok().filter(Value::is_object);
        Some(Self { header: json(header)?, claims: json(claims)?, signed, signature: decode(signature)? })
    }

    /// The registered certificate that the header names by a thumbprint.
    fn certificate<'b>(&self, application: &'b Application) -> Result<&'b AppCertificate, EntraError> {
        let thumbprint = |name: &str| self.header[name].as_str().and_then(decode);
        let (sha1, sha256) = (thumbprint("x5t"), thumbprint("x5t#S256"));
        let key_id = self.header["kid"].as_str().unwrap_or_default();
        application
            .certificates
            .iter()
            .find(|certificate| {
                let (own_sha1, own_sha256) = (certificate.sha1_thumbprint(), certificate.sha256_thumbprint());
                sha256.as_ref() == Some(&own_sha256)
                    || sha1.as_ref() == Some(&own_sha1)
                    || hex(&own_sha1).eq_ignore_ascii_case(key_id)
            })
            .ok_or_else(|| bad_signature(application, "The key was not found."))
    }

    fn check_signature(&self, application: &Application, certificate: &AppCertificate) -> Result<(), EntraError> {
        let algorithm: &'static RsaParameters = match self.header["alg"].as_str() {
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            _ => return Err(bad_signature(application, "The algorithm must be RS256 or PS256.")),
        };
        let key = rsa_public_key(&certificate.der).unwrap_or_default();
        UnparsedPublicKey::new(algorithm, key).verify(self.signed.as_bytes(), &self.signature).map_err(|_| {
            bad_signature(application, "The key was found, but use of the key to verify the signature failed.")
        })
    }

    fn check_claims(
        &self,
        application: &Application,
        audience: &Audience<'_>,
        now: Timestamp,
    ) -> Result<(), EntraError> {
        let client_id = application.client_id.to_string();
        let is_client = |name: &str| self.claims[name].as_str().is_some_and(|id| id.eq_ignore_ascii_case(&client_id));
        if !is_client("iss") || !is_client("sub") {
            return Err(EntraError::new(
                "invalid_client",
                50048,
                "Subject and issuer of the client assertion must both be the client's id.",
            ));
        }
        let for_us = match &self.claims["aud"] {
            Value::String(text) => audience.accepts(text),
            Value::Array(all) => all.iter().filter_map(Value::as_str).any(|text| audience.accepts(text)),
            _ => false,
        };
        if !for_us {
            return Err(EntraError::new(
                "invalid_client",
                700_023,
                "Client assertion audience claim does not match Realm issuer.",
            ));
        }
        self.check_time(now)
    }

    /// Whether it is valid now.
    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), EntraError> {
        let out_of_range = || {
            let now = now.strftime("%Y-%m-%dT%H:%M:%S.0000000Z");
            EntraError::new(
                "invalid_client",
                700_024,
                format!("Client assertion is not within its valid time range. Current time: {now}."),
            )
        };
        let seconds = now.as_second() as f64;
        let expires = number(&self.claims["exp"]).ok_or_else(out_of_range)?;
        let begins = number(&self.claims["nbf"]).unwrap_or(f64::MIN);
        if expires + CLOCK_SKEW_S <= seconds || begins - CLOCK_SKEW_S > seconds {
            return Err(out_of_range());
        }
        Ok(())
    }
}

/// A numeric date; some libraries write it as a text.
fn number(claim: &Value) -> Option<f64> {
    claim.as_f64().or_else(|| claim.as_str()?.parse().ok())
}

/// Base64 in the standard or the URL-safe alphabet, padded or not, with white space in it.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .map(|letter| match letter {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE.decode(plain).ok()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// Something else than a JWT.
pub(super) fn malformed() -> EntraError {
    EntraError::new("invalid_request", 50027, "JWT token is invalid or malformed.")
}

fn bad_signature(application: &Application, reason: &str) -> EntraError {
    EntraError::new(
        "invalid_client",
        700_027,
        format!(
            "The certificate with identifier used to sign the client assertion is not registered on application '{}', or the assertion failed signature validation. [Reason - {reason}]",
            application.client_id
        ),
    )
}
