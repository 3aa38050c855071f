//! The tables `cloud.…`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphbeat_core::{Said, said};
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
                let message = said!("the cloud `{name}` is built in", "云 `{name}` 是内置的，不能更改");
                self.findings.report(&pointer, message, said!("give yours another name", "请为您的取另一个名称"));
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
                let message =
                    said!("only a cloud on a loopback address may have no limits", "只有环回地址上的云才可以没有限制");
                let hint =
                    said!("remove the key: Graph's documented limits apply", "请删除该键：将采用 Graph 文档中的限制");
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
            let message = said!(
                "`{host}` is neither a host's name nor the ending of one",
                "`{host}` 既不是主机名，也不是主机名的结尾"
            );
            let hint = said!(
                "small letters, without port; for example: content_hosts = [\"*.sharepoint.com\"]",
                "小写字母，不带端口；例如：content_hosts = [\"*.sharepoint.com\"]"
            );
            self.findings.report(&format!("{pointer}/content_hosts/{index}"), message, hint);
        }
    }

    /// A URL of scheme, host and port only; plain HTTP only on a loopback address.
    fn host_url(&mut self, text: &str, pointer: &str) -> Option<Url> {
        let example = said!("for example: https://127.0.0.1:8443", "例如：https://127.0.0.1:8443");
        let url = match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => url,
            _ => {
                self.findings.report(
                    pointer,
                    said!("this is not the URL of a web server", "这不是 Web 服务器的 URL"),
                    example,
                );
                return None;
            }
        };
        let has_more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
        let (message, hint) = if !url.username().is_empty() || url.password().is_some() {
            (
                said!("this URL holds a user name or password", "此 URL 含有用户名或密码"),
                said!("sign-in belongs into `sign_in`", "登录信息应写在 `sign_in` 中"),
            )
        } else if has_more {
            (said!("this URL holds more than a host and port", "此 URL 不只含有主机和端口"), example)
        } else if url.scheme() == "http" && !is_loopback(&url) {
            let hint = said!("use https: tokens would travel in clear", "请使用 https：否则令牌将以明文传输");
            (said!("plain http is only for a cloud on a loopback address", "普通 http 只用于环回地址上的云"), hint)
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
            let (path, why) = (file.display(), io_text(&error));
            let message = Said {
                en: format!("could not read the root certificate `{path}` ({})", why.en),
                zh_cn: format!("无法读取根证书 `{path}`（{}）", why.zh_cn),
            };
            let hint = said!(
                "correct its name; a relative one starts at the configuration's",
                "请更正其名称；相对路径从配置文件所在目录开始"
            );
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
