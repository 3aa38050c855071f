//! Whom the client trusts: the system's roots as the platform's own verifier sees them, and extra ones.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use super::settings::NetworkError;

/// The settings of TLS, with the roots of `extra_roots` (PEM) beside the system's.
pub(super) fn config(extra_roots: Option<&[u8]>) -> Result<ClientConfig, NetworkError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = verifier(extra_roots, Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(NetworkError::Client)?
        // The platform's verifier is installed this way; it checks as much as the default one.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(extra_roots: Option<&[u8]>, provider: Arc<CryptoProvider>) -> Result<Verifier, NetworkError> {
    let Some(pem) = extra_roots else { return Verifier::new(provider).map_err(NetworkError::Client) };
    let roots: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(NetworkError::ExtraRoots)?;
    if roots.is_empty() {
        return Err(NetworkError::NoExtraRoots);
    }
    Verifier::new_with_extra_roots(roots, provider).map_err(NetworkError::Client)
}
