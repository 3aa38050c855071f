//! The way to a cloud: names, proxy, certificates. No request is sent for this, so that it works without a
//! ledger too.

use std::collections::BTreeMap;

use graphbeat_config::{BUILTIN_CLOUDS, Cloud, ProxyMode};
use graphbeat_core::explain::Knowledge;
use graphbeat_engine::network_settings;
use graphbeat_http::{NetworkSettings, SeenCertificate, TlsTrouble, TransportFault, reach, resolve, see_certificate};
use url::Url;

use super::finding::{Board, Check, Finding};
use super::said::{Diagnosis, Part, Said, of_code};
use crate::exit::Exit;

/// Where programs look for the system's proxy.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTION_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];
const SOCKS_PORT: u16 = 1_080;
/// Who issues certificates for Microsoft's own hosts.
const ISSUERS_OF_MICROSOFT: [&str; 4] = ["Microsoft", "DigiCert", "Baltimore", "GlobalSign"];

/// A cloud that accounts use, and what is needed to look at it.
pub(super) struct Way<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) proxy: &'a ProxyMode,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) knowledge: &'a Knowledge,
    pub(super) board: &'a Board,
}

impl Way<'_> {
    /// Looks at names, proxy and certificates; says whether requests would arrive.
    pub(super) async fn look(&self) -> bool {
        let proxy = self.effective_proxy();
        let (names, passed) = tokio::join!(self.names(proxy.as_ref()), self.pass(proxy.as_ref()));
        if !names || !passed {
            let because = Said::new("see what is said of names and proxy", "参见域名和代理两项");
            self.board.put(Finding::skipped(Check::Tls, because));
            return false;
        }
        self.certificates().await
    }

    /// The proxy that requests to this cloud pass, as far as it can be known.
    fn effective_proxy(&self) -> Option<Url> {
        match self.proxy {
            ProxyMode::Url(url) => Some(url.clone()),
            ProxyMode::System if !self.cloud.is_on_this_machine() && !self.is_excepted() => self.system_proxy(),
            ProxyMode::System | ProxyMode::None => None,
        }
    }

    fn system_proxy(&self) -> Option<Url> {
        let text = PROXY_VARIABLES.iter().find_map(|name| self.variable(name))?;
        Url::parse(text).or_else(|_| Url::parse(&format!("http://{text}"))).ok()
    }

    fn is_excepted(&self) -> bool {
        let host = self.cloud.login_url.host_str().unwrap_or_default();
        let list = EXCEPTION_VARIABLES.iter().find_map(|name| self.variable(name)).unwrap_or_default();
        list.split(',').map(|entry| entry.trim().trim_start_matches('.')).filter(|entry| !entry.is_empty()).any(
            |entry| entry == "*" || host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.')),
        )
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn hosts(&self) -> Vec<(&Url, Part)> {
        let Cloud { login_url, graph_url, .. } = self.cloud;
        let mut hosts = vec![(login_url, host_part(login_url, ("the login host", "登录主机")))];
        if graph_url.authority() != login_url.authority() {
            hosts.push((graph_url, host_part(graph_url, ("the Graph host", "Graph 主机"))));
        }
        hosts
    }

    async fn names(&self, proxy: Option<&Url>) -> bool {
        if proxy.is_some_and(|proxy| proxy.scheme() != "socks5" && proxy.scheme() != "socks4") {
            let because = Said::new("the proxy looks names up", "由代理解析域名");
            self.board.put(Finding::skipped(Check::Dns, because));
            return true;
        }
        for (url, part) in self.hosts() {
            let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
            if resolve(host, port).await.is_err() {
                let what = Said::new("{} has no address", "{} 没有对应地址").with(part);
                self.failed(Check::Dns, what, "Dns");
                return false;
            }
        }
        self.board.put(Finding::ok(Check::Dns, Said::new("the names have addresses", "域名解析正常")));
        true
    }

    async fn pass(&self, proxy: Option<&Url>) -> bool {
        let Some(proxy) = proxy else {
            let what = Said::new("none is needed: connections are made directly", "无需代理：直接连接");
            self.board.put(Finding::ok(Check::Proxy, what));
            return true;
        };
        let port = proxy.port_or_known_default().unwrap_or(SOCKS_PORT);
        match reach(proxy.host_str().unwrap_or_default(), port).await {
            Ok(()) => {
                self.board.put(Finding::ok(Check::Proxy, Said::new("it answers", "可以连接")));
                true
            }
            Err(_) => {
                let source = match self.proxy {
                    ProxyMode::Url(_) => Part::phrase("the configuration", "配置"),
                    ProxyMode::System | ProxyMode::None => Part::phrase("the environment", "环境变量"),
                };
                let what =
                    Said::new("the proxy that {} names cannot be reached", "无法连接{}中指定的代理").with(source);
                self.failed(Check::Proxy, what, "Proxy");
                false
            }
        }
    }

    async fn certificates(&self) -> bool {
        let settings = match network_settings(self.cloud, self.proxy) {
            Ok(settings) => settings,
            Err(_) => {
                let what = Said::new("the file that `ca_file` names cannot be read", "无法读取 `ca_file` 指定的文件");
                let step = Said::new("check its name and who may read it", "检查文件名及读取权限");
                self.board.put(Finding::failed(Check::Tls, Exit::Configuration, what).step(step));
                return false;
            }
        };
        let mut seen = None;
        for (url, part) in self.hosts() {
            if url.scheme() != "https" {
                let because = Said::new("this cloud is spoken to without TLS", "与此云的通信不使用 TLS");
                self.board.put(Finding::skipped(Check::Tls, because));
                return true;
            }
            match self.certificate(&settings, url, part).await {
                Some(certificate) => seen = Some(certificate),
                None => return false,
            }
        }
        if let Some(seen) = seen {
            self.board.put(self.judge(&seen));
        }
        true
    }

    /// A certificate that is trusted, or nothing and a finding.
    async fn certificate(&self, settings: &NetworkSettings, url: &Url, part: Part) -> Option<SeenCertificate> {
        let seen = match see_certificate(settings, url).await {
            Ok(seen) => seen,
            Err(error) => {
                let what = Said::new("{} showed no certificate", "{} 未出示证书").with(part);
                let check = if error.fault == TransportFault::Proxy { Check::Proxy } else { Check::Tls };
                if check == Check::Proxy {
                    self.board.withdraw(Check::Proxy);
                    self.board
                        .put(Finding::skipped(Check::Tls, Said::new("see what is said of the proxy", "参见代理一项")));
                }
                self.failed(check, what, error.fault.code());
                return None;
            }
        };
        let Some(trouble) = seen.trouble else { return Some(seen) };
        let (what, code) = match trouble {
            TlsTrouble::UnknownIssuer => (
                Said::new(
                    "somebody in between, or an authority that is not trusted, shows a certificate for {}; it was issued by {}",
                    "中间有人或不受信任的颁发机构为 {} 出示了证书，颁发者为 {}",
                ),
                "Tls",
            ),
            TlsTrouble::Expired => (
                Said::new("the certificate of {}, issued by {}, is over", "{} 的证书（颁发者 {}）已过期"),
                "TlsExpired",
            ),
            TlsTrouble::NotYetValid => (
                Said::new("the certificate of {}, issued by {}, is not valid yet", "{} 的证书（颁发者 {}）尚未生效"),
                "TlsExpired",
            ),
            TlsTrouble::OtherName => (
                Said::new(
                    "the certificate shown for {}, issued by {}, is for another name",
                    "为 {} 出示的证书（颁发者 {}）属于其他名称",
                ),
                "Tls",
            ),
            TlsTrouble::Other => (
                Said::new("the certificate of {}, issued by {}, is not trusted", "{} 的证书（颁发者 {}）不受信任"),
                "Tls",
            ),
        };
        self.failed(Check::Tls, what.with(part).with(Part::issuer(&seen.issuer)), code);
        None
    }

    /// Whose certificate it is, though it is trusted.
    fn judge(&self, seen: &SeenCertificate) -> Finding {
        let issuer = Part::issuer(&seen.issuer);
        let is_of_microsoft = ISSUERS_OF_MICROSOFT.iter().any(|known| seen.issuer.starts_with(known));
        if self.cloud.official.is_none() || is_of_microsoft {
            return Finding::ok(Check::Tls, Said::new("trusted, issued by {}", "受信任，颁发者 {}").with(issuer));
        }
        let what = Said::new(
            "trusted, but issued by {}: it looks as if a proxy looks into the connections",
            "受信任，但颁发者是 {}：似乎有代理在检查连接内容",
        );
        Finding::warning(Check::Tls, what.with(issuer)).step(Said::new(
            "ask whoever runs the network to leave the login and Graph hosts out of TLS inspection",
            "请网络管理员将登录主机和 Graph 主机排除在 TLS 检查之外",
        ))
    }

    fn failed(&self, check: Check, what: Said, code: &str) {
        let Diagnosis { steps, .. } = of_code(self.knowledge, code, None);
        self.board.put(Finding::failed(check, Exit::Network, what).steps(without_doctor(steps)));
    }
}

/// A host of Microsoft's by its name; one's own is not told.
fn host_part(url: &Url, (en, zh_cn): (&'static str, &'static str)) -> Part {
    let known = BUILTIN_CLOUDS.iter().flat_map(|cloud| [cloud.login_url, cloud.graph_url]);
    let name = known.filter_map(|address| address.strip_prefix("https://")).find(|name| url.host_str() == Some(*name));
    name.map_or(Part::phrase(en, zh_cn), Part::word)
}

/// The doctor does not send anybody to the doctor.
pub(super) fn without_doctor(steps: Vec<Said>) -> Vec<Said> {
    let is_other = |step: &Said| !step.of(graphbeat_core::Language::English).contains("graphbeat doctor");
    steps.into_iter().filter(is_other).collect()
}
