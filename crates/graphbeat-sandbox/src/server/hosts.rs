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

/// The hosts of SharePoint, each with one label for the tenant before it.
const SHAREPOINT_HOSTS: [&str; 3] = ["*.sharepoint.com", "*.sharepoint.us", "*.sharepoint.cn"];

/// Hosts whose services are not emulated: what is asked of them gets an honest refusal instead of the network.
pub(super) const OTHER_HOSTS: [&str; 28] = [
    "*.sharepoint.com",
    "*.sharepoint.us",
    "*.sharepoint.cn",
    PORTAL_HOST,
    "portal.azure.com",
    "entra.microsoft.com",
    "admin.microsoft.com",
    "admin.exchange.microsoft.com",
    "outlook.office365.com",
    "graph.windows.net",
    "management.usgovcloudapi.net",
    "management.chinacloudapi.cn",
    "login.live.com",
    "outlook.office.com",
    "manage.office.com",
    "tasks.office.com",
    "substrate.office.com",
    "api.flow.microsoft.com",
    "service.flow.microsoft.com",
    "api.bap.microsoft.com",
    "api.powerapps.com",
    "service.powerapps.com",
    "api.powerplatform.com",
    "api.powerbi.com",
    "analysis.windows.net",
    "www.yammer.com",
    "api.yammer.com",
    "admin.services.crm.dynamics.com",
];
/// Where the Azure portal, and the command line for Azure, consent for everybody.
const PORTAL_HOST: &str = "main.iam.ad.ext.azure.com";
/// What the management host answers: nothing is there.
const MANAGEMENT_PATHS: [&str; 2] = ["/subscriptions", "/tenants"];

/// Whether a path of a host is one that nobody here serves.
pub(super) fn is_unserved(host: &str, path: &str) -> bool {
    let host = without_port(host).to_ascii_lowercase();
    let is_management = host.starts_with("management.");
    let is_other = OTHER_HOSTS.iter().any(|known| is_named(known, &host));
    (is_other || is_management) && !(is_management && MANAGEMENT_PATHS.contains(&path))
}

/// Whether an authority is one of SharePoint.
pub(super) fn is_sharepoint(authority: &str) -> bool {
    let host = without_port(authority).to_ascii_lowercase();
    SHAREPOINT_HOSTS.iter().any(|known| is_named(known, &host))
}

/// Whether an authority is that of the Azure portal's directory pages.
pub(super) fn is_portal(authority: &str) -> bool {
    without_port(authority).eq_ignore_ascii_case(PORTAL_HOST)
}

/// Whether `CONNECT` to a host is ended here: it is one of Microsoft's.
pub(crate) fn is_microsoft_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    MICROSOFT_HOSTS.iter().chain(&OTHER_HOSTS).any(|known| is_named(known, &host))
}

fn is_named(known: &str, host: &str) -> bool {
    match known.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|label| label.len() > 1 && label.ends_with('.')),
        None => host == known,
    }
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
        for host in [
            "graph.microsoft.com",
            "LOGIN.microsoftonline.com",
            "westeurope.login.microsoft.com",
            "contoso.sharepoint.com",
        ] {
            assert!(is_microsoft_host(host), "{host}");
        }
        for host in ["example.com", "evilgraph.microsoft.com.example", ".login.microsoft.com", "xlogin.microsoft.com"] {
            assert!(!is_microsoft_host(host), "{host}");
        }
    }

    #[test]
    fn a_service_that_is_not_here_is_not_served() {
        for (host, path, unserved) in [
            ("contoso.sharepoint.com", "/_api/web", true),
            ("portal.azure.com:443", "/", true),
            ("management.azure.com", "/subscriptions", false),
            ("management.azure.com", "/providers", true),
            ("graph.microsoft.com", "/", false),
        ] {
            assert_eq!(is_unserved(host, path), unserved, "{host}{path}");
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
