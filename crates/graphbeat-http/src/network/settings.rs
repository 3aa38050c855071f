//! What sets one client apart from another: its proxy and the roots that it trusts.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use graphbeat_base::RedactedUrl;

use super::proxy::PROXY_SCHEMES;

/// How requests leave this machine.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub enum ProxyMode {
    /// As the system says: the environment, and on macOS and Windows the system's settings.
    #[default]
    System,
    /// Directly.
    None,
    /// By this proxy: `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`.
    Url(String),
}

/// One client's settings. Equal settings can share a client.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct NetworkSettings {
    /// How requests leave.
    pub proxy: ProxyMode,
    /// Certificates in PEM that are trusted beside the system's: a custom cloud's own authority.
    pub extra_roots: Option<Vec<u8>>,
}

/// Settings that no client can be made from.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The proxy's address cannot be used.
    #[error("the proxy's address cannot be used: it must be like `http://host:8080` or `socks5://host:1080`")]
    Proxy,
    /// The extra roots are not PEM certificates.
    #[error("the file with the certificates to trust cannot be read: it must hold certificates in PEM")]
    ExtraRoots(#[source] rustls::pki_types::pem::Error),
    /// The file of the extra roots holds no certificate.
    #[error("the file with the certificates to trust holds no certificate")]
    NoExtraRoots,
    /// The client could not be made, most often because the system has no TLS roots.
    #[error("the network client could not be made")]
    Client(#[source] rustls::Error),
}

impl FromStr for ProxyMode {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "system" => Self::System,
            "none" => Self::None,
            address => Self::Url(address.to_owned()),
        })
    }
}

impl fmt::Debug for ProxyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::None => f.write_str("None"),
            Self::Url(address) => match url::Url::parse(address) {
                Ok(url) if PROXY_SCHEMES.contains(&url.scheme()) => write!(f, "Url({})", RedactedUrl(&url)),
                // What is no address may be a password in the wrong place.
                _ => f.write_str("Url(…)"),
            },
        }
    }
}

impl fmt::Debug for NetworkSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkSettings")
            .field("proxy", &self.proxy)
            .field("extra_roots", &self.extra_roots.as_ref().map(Vec::len))
            .finish()
    }
}
