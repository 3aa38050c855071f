//! Microsoft's own clouds: which login and Graph hosts belong together.

use std::collections::BTreeMap;
use std::sync::Arc;

use graphbeat_catalog::CloudName;
use url::Url;

use crate::model::{Cloud, Limits};

/// What a token for a custom cloud is asked for: emulators stand in for the global Graph.
pub(crate) const CUSTOM_GRAPH_RESOURCE: &str = "https://graph.microsoft.com";

/// One of Microsoft's clouds.
#[derive(Clone, Copy, Debug)]
pub struct BuiltinCloud {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Which one it is.
    pub official: CloudName,
    /// Entra ID.
    pub login_url: &'static str,
    /// Graph; tokens are asked for by the same name.
    pub graph_url: &'static str,
    /// Where Graph sends clients for content: SharePoint and OneDrive for uploads, downloads and monitors,
    /// the reports service for its files.
    pub content_hosts: &'static [&'static str],
}

/// Microsoft's clouds. GCC uses the hosts of `global`.
pub const BUILTIN_CLOUDS: [BuiltinCloud; 4] = [
    BuiltinCloud {
        name: "global",
        official: CloudName::Global,
        login_url: "https://login.microsoftonline.com",
        graph_url: "https://graph.microsoft.com",
        content_hosts: &["*.sharepoint.com", "*.office.com"],
    },
    BuiltinCloud {
        name: "us-gov",
        official: CloudName::UsGov,
        login_url: "https://login.microsoftonline.us",
        graph_url: "https://graph.microsoft.us",
        content_hosts: &["*.sharepoint.us", "*.office365.us"],
    },
    BuiltinCloud {
        name: "us-dod",
        official: CloudName::UsDod,
        login_url: "https://login.microsoftonline.us",
        graph_url: "https://dod-graph.microsoft.us",
        content_hosts: &["*.sharepoint-mil.us", "*.office365.us"],
    },
    BuiltinCloud {
        name: "china",
        official: CloudName::China,
        login_url: "https://login.partner.microsoftonline.cn",
        graph_url: "https://microsoftgraph.chinacloudapi.cn",
        content_hosts: &["*.sharepoint.cn", "*.partner.office365.cn"],
    },
];

/// Microsoft's clouds by name.
pub(crate) fn builtin_clouds() -> BTreeMap<String, Cloud> {
    let pairs = BUILTIN_CLOUDS.iter().filter_map(|builtin| {
        // The addresses are constants; a test parses each.
        let login_url = Url::parse(builtin.login_url).ok()?;
        let graph_url = Url::parse(builtin.graph_url).ok()?;
        let cloud = Cloud {
            name: Arc::from(builtin.name),
            official: Some(builtin.official),
            login_url,
            graph_url,
            graph_resource: builtin.graph_url.to_owned(),
            content_hosts: builtin.content_hosts.iter().copied().map(Arc::from).collect(),
            ca_file: None,
            limits: Limits::Documented,
        };
        Some((builtin.name.to_owned(), cloud))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cloud_of_microsoft_trusts_a_host_that_a_config_could_not_name() {
        let hosts = BUILTIN_CLOUDS.iter().flat_map(|cloud| cloud.content_hosts);
        assert!(hosts.clone().count() > 0 && hosts.into_iter().all(|host| crate::check::is_content_host(host)));
    }

    #[test]
    fn every_cloud_of_microsoft_is_there_with_its_own_graph() {
        let clouds = builtin_clouds();
        let graphs: Vec<&str> = clouds.values().map(|cloud| cloud.graph_resource.as_str()).collect();
        assert_eq!(
            graphs,
            [
                "https://microsoftgraph.chinacloudapi.cn",
                "https://graph.microsoft.com",
                "https://dod-graph.microsoft.us",
                "https://graph.microsoft.us"
            ]
        );
    }
}
