//! The sandbox's own certificate authority, made at start, and the leaf that it serves every host with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphbeat_base::{Clock, SignedDuration};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::hosts::{MICROSOFT_HOSTS, OTHER_HOSTS};
use crate::keys::{KeyError, set_validity};
use crate::sandbox::SandboxError;

/// The file that holds the authority's certificate.
const CA_FILE: &str = "sandbox-ca.pem";
/// Some verifiers refuse leaves that live longer than 398 days.
const CERTIFICATE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 390);

/// Makes the authority and the leaf, writes the authority's certificate into `data`, and gives the
/// acceptor together with the file's absolute path.
pub(crate) fn acceptor(data: &Path) -> Result<(TlsAcceptor, PathBuf), SandboxError> {
    let authority = Authority::new()?;
    let path = data.join(CA_FILE);
    std::fs::write(&path, &authority.certificate_pem)
        .map_err(|source| SandboxError::Write { path: path.clone(), source })?;
    let path = std::path::absolute(&path).map_err(|source| SandboxError::Write { path: path.clone(), source })?;
    Ok((authority.acceptor()?, path))
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
}

impl Authority {
    fn new() -> Result<Self, KeyError> {
        let key = KeyPair::generate().map_err(KeyError::new)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(KeyError::new)?;
        params.distinguished_name.push(DnType::CommonName, "graphbeat sandbox CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        set_wall_clock_validity(&mut params);
        let certificate_pem = params.self_signed(&key).map_err(KeyError::new)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate_pem })
    }

    fn acceptor(&self) -> Result<TlsAcceptor, SandboxError> {
        let key = KeyPair::generate().map_err(KeyError::new)?;
        let certificate = leaf_params()?.signed_by(&key, &self.issuer).map_err(KeyError::new)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(SandboxError::Tls)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(SandboxError::Tls)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn leaf_params() -> Result<CertificateParams, KeyError> {
    let local = ["127.0.0.1", "::1", "localhost"];
    let names: Vec<String> =
        local.iter().chain(&MICROSOFT_HOSTS).chain(&OTHER_HOSTS).map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).map_err(KeyError::new)?;
    params.distinguished_name.push(DnType::CommonName, "graphbeat sandbox");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_wall_clock_validity(&mut params);
    Ok(params)
}

/// TLS is checked by the client's own clock, whatever time the sandbox lives in.
fn set_wall_clock_validity(params: &mut CertificateParams) {
    set_validity(params, Clock::system().now(), CERTIFICATE_LIFE);
}
