//! Reading certificates, and what is signed with them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::testing::{CLIENT_ID, another_rsa_key, certificate_of, noon, pem, rsa_key};

fn refused(result: Result<CertificateCredential, CertificateError>) -> CertificateError {
    result.expect_err("a refusal")
}

/// The PKCS#1 key inside the PKCS#8 one.
fn pkcs1_pem(key: &KeyPair) -> String {
    let pkcs8 = key.serialize_der();
    // SEQUENCE, version, algorithm and the head of an OCTET STRING: 26 bytes for RSA of 2048 bits.
    pem("RSA PRIVATE KEY", &pkcs8[26..])
}

#[test]
fn key_and_certificate_are_read_in_any_order_and_kind() {
    let certificate = certificate_of(rsa_key(), 2026..2028).pem();
    let other = certificate_of(&another_rsa_key(), 2026..2028).pem();
    let pkcs8 = rsa_key().serialize_pem();
    let own = CertificateCredential::from_pem_pair(&certificate, &pkcs8, noon()).expect("a credential");
    for text in [
        format!("{certificate}{pkcs8}"),
        format!("{pkcs8}{certificate}"),
        format!("a comment\n{}\n{certificate}", pkcs1_pem(rsa_key())),
        format!("{other}{certificate}{pkcs8}"),
        format!("{pkcs8}{certificate}").replace('\n', "\r\n"),
    ] {
        let credential = CertificateCredential::from_pem(&text, noon()).expect("a credential");
        assert_eq!(credential.thumbprint(), own.thumbprint());
    }
}

#[test]
fn a_pkcs12_file_is_read_with_its_password_only() {
    let certificate = certificate_of(rsa_key(), 2026..2028);
    let chain = PrivateKeyChain::new(
        [1_u8].as_slice(),
        PrivateKey::from_der(&rsa_key().serialize_der()).expect("a key"),
        [p12_keystore::Certificate::from_der(certificate.der()).expect("a certificate")],
    );
    let mut store = KeyStore::new();
    store.add_entry("graphbeat", KeyStoreEntry::PrivateKeyChain(chain));
    let file = store.writer("pass").write().expect("a file");
    let credential = CertificateCredential::from_pkcs12(&file, &Secret::from("pass"), noon()).expect("a credential");
    assert_eq!(credential.not_after().to_string(), "2028-01-01T00:00:00Z");
    assert_eq!(
        refused(CertificateCredential::from_pkcs12(&file, &Secret::from("wrong"), noon())),
        CertificateError::Locked
    );
    assert_eq!(
        refused(CertificateCredential::from_pkcs12(b"no pfx", &Secret::from(""), noon())),
        CertificateError::Locked
    );
}

#[test]
fn what_entra_would_refuse_is_refused_early() {
    let certificate = certificate_of(rsa_key(), 2026..2028).pem();
    let key = rsa_key().serialize_pem();
    let elliptic = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    let elliptic = certificate_of(&elliptic, 2026..2028).pem() + &elliptic.serialize_pem();
    for (text, expected) in [
        (String::new(), CertificateError::NoCertificate),
        ("not PEM".to_owned(), CertificateError::NoCertificate),
        (certificate.clone(), CertificateError::NoKey),
        (key.clone(), CertificateError::NoCertificate),
        (format!("{certificate}{}", another_rsa_key().serialize_pem()), CertificateError::KeyMismatch),
        (elliptic, CertificateError::NotRsa),
        (format!("{certificate}{}", pem("EC PRIVATE KEY", b"key")), CertificateError::NotRsa),
        (format!("{certificate}{}", pem("ENCRYPTED PRIVATE KEY", b"key")), CertificateError::EncryptedKey),
        (format!("{certificate}{}", pem("PRIVATE KEY", b"junk")), CertificateError::UnusableKey),
        (format!("{key}{}", pem("CERTIFICATE", b"junk")), CertificateError::Malformed { format: "a certificate" }),
        (certificate[..certificate.len() / 2].to_owned(), CertificateError::Malformed { format: "PEM" }),
    ] {
        assert_eq!(refused(CertificateCredential::from_pem(&text, noon())), expected);
    }
}

#[test]
fn a_certificate_outside_its_time_is_refused() {
    let key = rsa_key().serialize_pem();
    let with = |years| certificate_of(rsa_key(), years).pem() + &key;
    assert!(matches!(
        refused(CertificateCredential::from_pem(&with(2024..2026), noon())),
        CertificateError::Expired { at } if at.to_string() == "2026-01-01T00:00:00Z"
    ));
    assert!(matches!(
        refused(CertificateCredential::from_pem(&with(2027..2028), noon())),
        CertificateError::NotYetValid { .. }
    ));
}

#[test]
fn the_assertion_is_signed_with_ps256_and_names_the_certificate() {
    let certificate = certificate_of(rsa_key(), 2026..2028);
    let text = certificate.pem() + &rsa_key().serialize_pem();
    let credential = CertificateCredential::from_pem(&text, noon()).expect("a credential");
    let audience = "https://login.example/t/oauth2/v2.0/token";
    let assertion = Assertion { audience, client_id: CLIENT_ID, id: Uuid::from_u128(7), now: noon() };
    let jwt = credential.sign(&assertion).expect("a signature");

    let mut validation = Validation::new(Algorithm::PS256);
    validation.validate_exp = false;
    validation.set_audience(&[audience]);
    let key = DecodingKey::from_rsa_der(rsa_key().public_key_raw());
    let decoded = jsonwebtoken::decode::<Value>(&jwt, &key, &validation).expect("a valid signature");
    assert_eq!(decoded.header.typ.as_deref(), Some("JWT"));
    let thumbprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate.der());
    assert_eq!(decoded.header.x5t_s256, Some(URL_SAFE_NO_PAD.encode(thumbprint)));
    let (now, claims) = (noon().as_second(), decoded.claims);
    assert_eq!((&claims["iss"], &claims["sub"]), (&claims["sub"], &Value::from(CLIENT_ID.to_string())));
    assert_eq!((claims["nbf"].as_i64(), claims["iat"].as_i64()), (Some(now), Some(now)));
    assert_eq!(claims["exp"].as_i64(), Some(now + 600));
    assert_eq!(claims["jti"], Value::from(Uuid::from_u128(7).to_string()));
}

#[test]
fn debug_output_shows_no_key() {
    let text = format!("{:?}", crate::Credential::Certificate(crate::testing::certificate()));
    assert!(text.contains("thumbprint") && text.len() < 200, "{text}");
}
