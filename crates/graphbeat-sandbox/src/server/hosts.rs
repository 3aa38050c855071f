//! The names that the sandbox answers to: those of this machine, and the hosts of Microsoft.

use std::net::IpAddr;

/// The hosts of Microsoft that the sandbox answers for; a leading `*.` stands for one label.
pub(super) const MICROSOFT_HOSTS: [&str; 17] = [
    "login.microsoftonline.com",
    "login.microsoft.com",
    "*.login.microsoft.com",
    "login.windows.net",
    "sts.windows.net",
    "graph.microsoft.com",
    "management.azure.com",
    "management.core.windows.net",
    "login.microsoftonline.us",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "microsoftgraph.chinacloudapi.cn",
    "microsoft.com",
    "www.microsoft.com",
    "aka.ms",
];

/// Whether `CONNECT` to a host is ended here.
pub(super) fn is_microsoft_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    MICROSOFT_HOSTS.iter().any(|known| match known.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|label| label.len() > 1 && label.ends_with('.')),
        None => host == *known,
    })
}

/// Whether an authority (`host:port`) names this machine's loopback.
pub(super) fn is_local(authority: &str) -> bool {
    let host = without_port(authority);
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether the sandbox answers for an authority when it is asked as a proxy, or for the control API.
pub(super) fn is_served(authority: &str) -> bool {
    is_local(authority) || is_microsoft_host(without_port(authority))
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hosts_of_microsoft_are_ended_here() {
        for host in ["graph.microsoft.com", "LOGIN.microsoftonline.com", "westeurope.login.microsoft.com"] {
            assert!(is_microsoft_host(host), "{host}");
        }
        for host in ["example.com", "evilgraph.microsoft.com.example", ".login.microsoft.com", "xlogin.microsoft.com"] {
            assert!(!is_microsoft_host(host), "{host}");
        }
    }

    #[test]
    fn this_machine_has_few_names() {
        for authority in ["127.0.0.1:8443", "127.9.9.9", "localhost", "LOCALHOST:1", "[::1]:8443", "[::1]"] {
            assert!(is_local(authority) && is_served(authority), "{authority}");
        }
        for authority in ["", ":", "example.com", "localhost.example.com", "10.0.0.1:80", "127.0.0.1.example.com:80"] {
            assert!(!is_served(authority), "{authority}");
        }
        assert!(is_served("graph.microsoft.com:443") && !is_local("graph.microsoft.com"));
    }
}
