//! Where requests without a token may go: the addresses that Graph hands out for uploads, downloads,
//! reports and monitors lie on hosts of their own.
//!
//! Nothing goes to a host that the configuration does not name, and no token to any but Graph's.

use std::sync::Arc;

use url::Url;

/// The hosts beside Graph itself that Graph may send graphbeat to, as names (`reports.office.com`) or as
/// endings (`*.sharepoint.com`). Only HTTPS at its usual port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentHosts(Vec<Arc<str>>);

impl ContentHosts {
    /// Hosts by name or ending, in small letters.
    #[must_use]
    pub fn new(hosts: impl IntoIterator<Item = Arc<str>>) -> Self {
        Self(hosts.into_iter().collect())
    }

    /// Whether an address that Graph named may be asked: on Graph itself, or on one of these hosts.
    pub(crate) fn admit(&self, graph: &Url, url: &Url) -> bool {
        has_no_user(url) && (url.origin() == graph.origin() || self.is_named(url))
    }

    fn is_named(&self, url: &Url) -> bool {
        let Some(host) = url.domain().filter(|_| url.scheme() == "https" && url.port().is_none()) else {
            return false;
        };
        self.0.iter().any(|known| match known.strip_prefix('*') {
            Some(ending) => host.len() > ending.len() && host.ends_with(ending),
            None => host == &**known,
        })
    }
}

/// A user in an address would replace the token.
pub(crate) fn has_no_user(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_graph_and_the_named_hosts_are_admitted() {
        let hosts = ContentHosts::new(["*.sharepoint.com", "reports.office.com"].map(Arc::from));
        let graph = Url::parse("https://graph.microsoft.com").expect("a URL");
        let admit = |url: &str| hosts.admit(&graph, &Url::parse(url).expect("a URL"));
        for good in [
            "https://graph.microsoft.com/x",
            "https://contoso-my.sharepoint.com/personal/a/_api/v2.0/upload?tempauth=1",
            "https://CONTOSO.sharepoint.com:443/",
            "https://reports.office.com/data",
        ] {
            assert!(admit(good), "{good}");
        }
        for bad in [
            "http://graph.microsoft.com/x",
            "http://contoso.sharepoint.com/",
            "https://contoso.sharepoint.com:8443/",
            "https://a:b@contoso.sharepoint.com/",
            "https://sharepoint.com/",
            "https://.sharepoint.com.evil.example/",
            "https://evilsharepoint.com/",
            "https://x.reports.office.com/",
            "https://127.0.0.1/",
            "file:///etc/passwd",
        ] {
            assert!(!admit(bad), "{bad}");
        }
    }
}
