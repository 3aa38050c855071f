//! The tables `cloud.…`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use super::Checker;
use crate::cloud::{BUILTIN_CLOUDS, CUSTOM_GRAPH_RESOURCE, builtin_clouds};
use crate::load::FileCheck;
use crate::model::{Cloud, Limits, is_loopback};
use crate::problem::io_text;
use crate::table::{CloudTable, LimitsWord};
use crate::walk::escape;

impl Checker<'_, '_> {
    pub(super) fn clouds(&mut self, tables: BTreeMap<String, CloudTable>) -> BTreeMap<String, Cloud> {
        let mut clouds = builtin_clouds();
        for (name, table) in tables {
            let pointer = format!("/cloud/{}", escape(&name));
            if BUILTIN_CLOUDS.iter().any(|builtin| builtin.name == name) {
                let message = format!("the cloud `{name}` is built in");
                self.findings.report(&pointer, message, "give yours another name".to_owned());
                continue;
            }
            if let Some(cloud) = self.cloud(&name, &table, &pointer) {
                clouds.insert(name, cloud);
            }
        }
        clouds
    }

    fn cloud(&mut self, name: &str, table: &CloudTable, pointer: &str) -> Option<Cloud> {
        let login_url = self.host_url(&table.login_url, &format!("{pointer}/login_url"));
        let graph_url = self.host_url(&table.graph_url, &format!("{pointer}/graph_url"));
        self.content_hosts(&table.content_hosts, pointer);
        let ca_file = table.ca_file.as_deref().map(|file| self.ca_file(file, &format!("{pointer}/ca_file")));
        let (login_url, graph_url) = (login_url?, graph_url?);
        let limits = match table.limits {
            Some(LimitsWord::None) if is_loopback(&login_url) && is_loopback(&graph_url) => Limits::None,
            Some(LimitsWord::None) => {
                let message = "only a cloud on a loopback address may have no limits".to_owned();
                let hint = "remove the key: Graph's documented limits apply".to_owned();
                self.findings.report(&format!("{pointer}/limits"), message, hint);
                Limits::Documented
            }
            Some(LimitsWord::Documented) | None => Limits::Documented,
        };
        Some(Cloud {
            name: Arc::from(name),
            official: None,
            login_url,
            graph_url,
            graph_resource: CUSTOM_GRAPH_RESOURCE.to_owned(),
            content_hosts: table.content_hosts.iter().map(|host| Arc::from(host.as_str())).collect(),
            ca_file,
            limits,
        })
    }

    fn content_hosts(&mut self, hosts: &[String], pointer: &str) {
        for (index, host) in hosts.iter().enumerate().filter(|(_, host)| !is_content_host(host)) {
            let message = format!("`{host}` is neither a host's name nor the ending of one");
            let hint = "small letters, without port; for example: content_hosts = [\"*.sharepoint.com\"]".to_owned();
            self.findings.report(&format!("{pointer}/content_hosts/{index}"), message, hint);
        }
    }

    /// A URL of scheme, host and port only; plain HTTP only on a loopback address.
    fn host_url(&mut self, text: &str, pointer: &str) -> Option<Url> {
        let example = "for example: https://127.0.0.1:8443".to_owned();
        let url = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => url,
            _ => {
                self.findings.report(pointer, "this is not the URL of a web server".to_owned(), example);
                return None;
            }
        };
        let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        let (message, hint) = if !url.username().is_empty() || url.password().is_some() {
            ("this URL holds a user name or password".to_owned(), "sign-in belongs into `sign_in`".to_owned())
        } else if has_more {
            ("this URL holds more than a host and port".to_owned(), example)
        } else if url.scheme() == "http" && !is_loopback(&url) {
            let hint = "use https: tokens would travel in clear".to_owned();
            ("plain http is only for a cloud on a loopback address".to_owned(), hint)
        } else {
            return Some(url);
        };
        self.findings.report(pointer, message, hint);
        None
    }

    fn ca_file(&mut self, file: &Path, pointer: &str) -> PathBuf {
        let file = self.absolute(file);
        if self.files == FileCheck::Read
            && let Err(error) = std::fs::File::open(&file).and_then(|file| file.metadata())
        {
            let message = format!("could not read the root certificate `{}` ({})", file.display(), io_text(&error));
            let hint = "correct its name; a relative one starts at the configuration's".to_owned();
            self.findings.report(pointer, message, hint);
        }
        file
    }
}

/// The longest name of a host.
const HOST_CHARACTERS_MAX: usize = 253;

/// A host's name of at least two labels, or `*.` and the ending of one: `*.com` would be everybody.
pub(crate) fn is_content_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    host.len() <= HOST_CHARACTERS_MAX && name.split('.').count() >= 2 && name.split('.').all(is_label)
}
