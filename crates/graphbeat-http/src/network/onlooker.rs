//! Looking at the way without sending a request: does the name have an address, does anybody listen, and
//! whose certificate is shown.
//!
//! The handshake is broken off as soon as the certificate was seen, whether it is trusted or not: no
//! request ever leaves over such a connection, and so none needs a row in the ledger.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use graphbeat_base::{plain_text, redact_addresses};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tower_service::Service as _;
use url::Url;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::NetworkSettings;
use super::connect::{CONNECT_TIMEOUT, Connector};
use super::proxy::Proxies;
use crate::{TransportError, TransportFault, address};

/// The longest name of an issuer that is kept.
const ISSUER_CHARS_MAX: usize = 80;
/// Addresses of one name that are counted.
const ADDRESSES_MAX: usize = 64;

/// The certificate that a host, or whoever answers in its place, showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenCertificate {
    /// Who issued it, by organisation and name.
    pub issuer: String,
    /// Why it is not trusted; none where it is.
    pub trouble: Option<TlsTrouble>,
}

/// Why a certificate is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsTrouble {
    /// Its issuer is not among the roots: often a proxy that looks into TLS.
    UnknownIssuer,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It is for another name.
    OtherName,
    /// Another fault of the certificate.
    Other,
}

/// Looks a name up; gives the number of its addresses.
///
/// # Errors
/// [`TransportFault::Dns`] where it has none, [`TransportFault::Timeout`] where nobody answers.
pub async fn resolve(host: &str, port: u16) -> Result<usize, TransportError> {
    addresses(host, port).await.map(|found| found.len())
}

/// Opens a connection and closes it again.
///
/// # Errors
/// [`TransportFault::Dns`] or [`TransportFault::Connect`].
pub async fn reach(host: &str, port: u16) -> Result<(), TransportError> {
    let found = addresses(host, port).await?;
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, tokio::net::TcpStream::connect(&found[..])).await;
    match connected {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(fault(TransportFault::Connect, &error.to_string())),
        Err(_) => Err(fault(TransportFault::Connect, "timed out")),
    }
}

async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, TransportError> {
    // A URL writes an IPv6 address in brackets.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::time::timeout(CONNECT_TIMEOUT, tokio::net::lookup_host((host, port))).await;
    let found: Vec<SocketAddr> = match found {
        Ok(Ok(found)) => found.take(ADDRESSES_MAX).collect(),
        Ok(Err(error)) => return Err(fault(TransportFault::Dns, &error.to_string())),
        Err(_) => return Err(fault(TransportFault::Dns, "timed out")),
    };
    if found.is_empty() { Err(fault(TransportFault::Dns, "no address")) } else { Ok(found) }
}

fn fault(fault: TransportFault, detail: &str) -> TransportError {
    TransportError { fault, detail: plain_text(detail, ISSUER_CHARS_MAX) }
}

/// Goes the way that requests to `url` go, proxies included, and looks at the certificate at its end.
///
/// # Errors
/// [`TransportError`] where no certificate was shown.
pub async fn see_certificate(settings: &NetworkSettings, url: &Url) -> Result<SeenCertificate, TransportError> {
    let onlooker = Arc::new(Onlooker::new(settings)?);
    let refused = |error: &dyn std::error::Error| fault(TransportFault::Tls, &error.to_string());
    let tls = config(&onlooker).map_err(|error| refused(&error))?;
    let proxies = Proxies::new(&settings.proxy).map_err(|error| refused(&error))?;
    let link = Connector::new(tls, Arc::new(proxies)).call(address(url)).await;
    match (onlooker.seen(), link) {
        (Some(seen), _) => Ok(seen),
        (None, Err(failure)) => Err(failure.into()),
        (None, Ok(_)) => Err(fault(TransportFault::Tls, "the host showed no certificate")),
    }
}

fn config(onlooker: &Arc<Onlooker>) -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::clone(&onlooker.provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(onlooker) as _)
        .with_no_client_auth();
    Ok(config)
}

/// Judges a certificate as the real client does, keeps what it saw, and refuses it whatever it is.
#[derive(Debug)]
struct Onlooker {
    provider: Arc<CryptoProvider>,
    judge: Verifier,
    seen: Mutex<Option<SeenCertificate>>,
}

impl Onlooker {
    fn new(settings: &NetworkSettings) -> Result<Self, TransportError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let pem = settings.extra_roots.as_deref().unwrap_or_default();
        let roots: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
        let judge = judge(roots, &provider).map_err(|error| fault(TransportFault::Tls, &error.to_string()))?;
        Ok(Self { provider, judge, seen: Mutex::default() })
    }

    fn seen(&self) -> Option<SeenCertificate> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn judge(roots: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Result<Verifier, rustls::Error> {
    if roots.is_empty() {
        return Verifier::new(Arc::clone(provider));
    }
    Verifier::new_with_extra_roots(roots, Arc::clone(provider))
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged = self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let seen =
            SeenCertificate { issuer: issuer_of(end_entity), trouble: judged.err().map(|error| trouble(&error)) };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Err(rustls::Error::General("seen".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("seen".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("seen".to_owned()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

fn trouble(error: &rustls::Error) -> TlsTrouble {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => TlsTrouble::UnknownIssuer,
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            TlsTrouble::Expired
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => TlsTrouble::NotYetValid,
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => TlsTrouble::OtherName,
        _ => TlsTrouble::Other,
    }
}

/// `DigiCert Inc (DigiCert Global G2 TLS RSA SHA256 2020 CA1)`.
fn issuer_of(certificate: &CertificateDer<'_>) -> String {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return String::new() };
    let issuer = certificate.issuer();
    let organisation = issuer.iter_organization().find_map(|one| one.as_str().ok());
    let name = issuer.iter_common_name().find_map(|one| one.as_str().ok());
    let text = match (organisation, name) {
        (Some(organisation), Some(name)) => format!("{organisation} ({name})"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    };
    plain_text(&redact_addresses(&text), ISSUER_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::ProxyMode;

    #[tokio::test]
    async fn a_name_without_address_and_a_port_where_nobody_listens_are_told_apart() {
        assert_eq!(resolve("127.0.0.1", 1).await, Ok(1));
        assert_eq!(resolve("[::1]", 1).await, Ok(1));
        let dns = resolve("no-such-host.invalid", 443).await.expect_err("no address");
        assert_eq!(dns.fault, TransportFault::Dns);
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
        assert_eq!(reach("127.0.0.1", free.port()).await.expect_err("nobody").fault, TransportFault::Connect);
    }

    /// A server that shows a certificate, and what reached it after the handshake.
    async fn look(extra_roots: Option<Vec<u8>>, key: rcgen::CertifiedKey<rcgen::KeyPair>) -> (SeenCertificate, String) {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let secret = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).expect("a key");
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![key.cert.der().clone()], secret)
            .expect("a certificate");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://localhost:{}/secret", listener.local_addr().expect("its address").port());
        let server = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut session = rustls::ServerConnection::new(Arc::new(config)).expect("a session");
                let mut text = String::new();
                // It ends with the alert that the client does not go on.
                let _ = rustls::Stream::new(&mut session, &mut stream).read_to_string(&mut text);
                text
            })
            .expect("a thread");
        let settings = NetworkSettings { proxy: ProxyMode::None, extra_roots };
        let seen = see_certificate(&settings, &url.parse().expect("a URL")).await.expect("a certificate");
        (seen, server.join().expect("its end"))
    }

    #[tokio::test]
    async fn a_certificate_is_seen_and_judged_and_no_request_is_sent() {
        let key = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (seen, received) = look(None, key()).await;
        assert_eq!((seen.trouble, received.as_str()), (Some(TlsTrouble::UnknownIssuer), ""));
        let trusted = key();
        let roots = trusted.cert.pem().into_bytes();
        let (seen, received) = look(Some(roots), trusted).await;
        assert_eq!((seen.trouble, received.as_str()), (None, ""));
        assert_eq!(seen.issuer, "rcgen self signed cert");
    }
}
