//! Which way a request takes: directly, or through which proxy.

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::settings::{NetworkError, ProxyMode};

/// Where a SOCKS proxy listens whose address names no port.
const SOCKS_PORT: u16 = 1080;
/// The proxy addresses that are understood.
pub(super) const PROXY_SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The proxies of one client.
pub(super) struct Proxies(Option<Matcher>);

/// One proxy, for one request.
pub(super) struct Proxy {
    intercept: Intercept,
    pub(super) kind: ProxyKind,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProxyKind {
    /// HTTP, over TLS or not.
    Http,
    /// SOCKS 4; whether names are resolved here.
    Socks4 { local_names: bool },
    /// SOCKS 5; whether names are resolved here.
    Socks5 { local_names: bool },
}

impl Proxies {
    pub(super) fn new(mode: &ProxyMode) -> Result<Self, NetworkError> {
        Ok(Self(match mode {
            ProxyMode::System => Some(Matcher::from_system()),
            ProxyMode::None => None,
            ProxyMode::Url(address) => Some(explicit(address)?),
        }))
    }

    /// The proxy for an address; none: directly.
    pub(super) fn of(&self, target: &Uri) -> Option<Proxy> {
        let intercept = self.0.as_ref()?.intercept(target)?;
        let kind = kind(intercept.uri().scheme_str()?)?;
        Some(Proxy { intercept, kind })
    }

    /// What a request itself must say to the proxy: plain HTTP is not tunnelled, so that each request
    /// passes through the proxy's hands.
    pub(super) fn authorization_of_request(&self, target: &Uri) -> Option<HeaderValue> {
        self.0.as_ref()?;
        if target.scheme() != Some(&Scheme::HTTP) {
            return None;
        }
        self.of(target)?.basic_auth().cloned()
    }
}

impl Proxy {
    /// Where it listens.
    pub(super) fn uri(&self) -> Uri {
        let uri = self.intercept.uri();
        match (self.kind, uri.authority()) {
            (ProxyKind::Socks4 { .. } | ProxyKind::Socks5 { .. }, Some(authority)) if authority.port().is_none() => {
                with_authority(uri, &format!("{authority}:{SOCKS_PORT}")).unwrap_or_else(|| uri.clone())
            }
            _ => uri.clone(),
        }
    }

    pub(super) fn basic_auth(&self) -> Option<&HeaderValue> {
        self.intercept.basic_auth()
    }

    /// Name and password for SOCKS.
    pub(super) fn raw_auth(&self) -> Option<(&str, &str)> {
        self.intercept.raw_auth()
    }
}

/// The same address with another host and port; none where that is no address.
pub(super) fn with_authority(uri: &Uri, authority: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(Authority::try_from(authority).ok()?);
    Uri::from_parts(parts).ok()
}

fn kind(scheme: &str) -> Option<ProxyKind> {
    Some(match scheme {
        "http" | "https" => ProxyKind::Http,
        "socks4" => ProxyKind::Socks4 { local_names: true },
        "socks4a" => ProxyKind::Socks4 { local_names: false },
        "socks5" => ProxyKind::Socks5 { local_names: true },
        "socks5h" => ProxyKind::Socks5 { local_names: false },
        _ => return None,
    })
}

/// The library leaves out what it cannot use; here it is an error, and one that does not show the
/// address, since that may hold a password.
fn explicit(address: &str) -> Result<Matcher, NetworkError> {
    let url = url::Url::parse(address).map_err(|_| NetworkError::Proxy)?;
    if !PROXY_SCHEMES.contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
        return Err(NetworkError::Proxy);
    }
    let matcher = Matcher::builder().all(url.as_str()).build();
    // Any address will do: this proxy is for all of them.
    let everywhere = Uri::from_static("https://graph.microsoft.com/");
    match matcher.intercept(&everywhere) {
        Some(_) => Ok(matcher),
        None => Err(NetworkError::Proxy),
    }
}
