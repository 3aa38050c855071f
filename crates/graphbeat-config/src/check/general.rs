//! The tables `store`, `web` and `proxy`.

use std::net::{Ipv4Addr, SocketAddr};

use graphbeat_core::said;
use url::Url;

use super::Checker;
use crate::model::{ProxyConfig, ProxyMode, StoreConfig, WebConfig};
use crate::table::{ProxyTable, StoreTable, WebTable};

const STORE_URL_DEFAULT: &str = "sqlite:graphbeat.db";
const WEB_PORT_DEFAULT: u16 = 8365;
const PROXY_SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

impl Checker<'_, '_> {
    pub(super) fn store(&mut self, table: StoreTable) -> StoreConfig {
        let url = table.url.unwrap_or_else(|| STORE_URL_DEFAULT.to_owned());
        let file = match url.split_once(':') {
            Some(("sqlite", rest)) if is_plain_file(rest) => self.data_dir.join(sqlite_file(rest)),
            Some(("postgres" | "postgresql", _)) => {
                let message = said!("a PostgreSQL ledger is not in this version yet", "此版本尚不支持 PostgreSQL 台账");
                self.findings.report(
                    "/store/url",
                    message,
                    said!("use a file: url = \"{STORE_URL_DEFAULT}\"", "请使用文件：url = \"{STORE_URL_DEFAULT}\""),
                );
                self.data_dir.clone()
            }
            _ => {
                let message = said!("`store.url` does not name an SQLite file", "`store.url` 没有指明 SQLite 文件");
                self.findings.report(
                    "/store/url",
                    message,
                    said!("for example: url = \"{STORE_URL_DEFAULT}\"", "例如：url = \"{STORE_URL_DEFAULT}\""),
                );
                self.data_dir.clone()
            }
        };
        StoreConfig { url, file }
    }

    pub(super) fn web(&mut self, table: WebTable) -> WebConfig {
        let fallback = SocketAddr::from((Ipv4Addr::LOCALHOST, WEB_PORT_DEFAULT));
        let Some(text) = table.listen else { return WebConfig { listen: fallback } };
        let listen = text.replace("localhost:", "127.0.0.1:").parse().unwrap_or_else(|_| {
            let message = said!("`{text}` is not an address and port", "`{text}` 不是地址和端口");
            self.findings.report(
                "/web/listen",
                message,
                said!("for example: listen = \"{fallback}\"", "例如：listen = \"{fallback}\""),
            );
            fallback
        });
        WebConfig { listen }
    }

    pub(super) fn proxy(&mut self, table: ProxyTable) -> ProxyConfig {
        let mode = match table.mode.as_deref() {
            None | Some("system") => ProxyMode::System,
            Some("none") => ProxyMode::None,
            Some(text) => self.proxy_url(text),
        };
        ProxyConfig { mode }
    }

    fn proxy_url(&mut self, text: &str) -> ProxyMode {
        match Url::parse(text) {
            Ok(url) if PROXY_SCHEMES.contains(&url.scheme()) && url.host_str().is_some() => ProxyMode::Url(url),
            // The text is not repeated: it may hold the proxy's password.
            _ => {
                let message = said!(
                    "`proxy.mode` is neither `system` nor `none` nor a proxy's URL",
                    "`proxy.mode` 既不是 `system` 或 `none`，也不是代理的 URL"
                );
                let hint = said!(
                    "for example: mode = \"socks5://127.0.0.1:1080\"",
                    "例如：mode = \"socks5://127.0.0.1:1080\""
                );
                self.findings.report("/proxy/mode", message, hint);
                ProxyMode::System
            }
        }
    }
}

fn is_plain_file(rest: &str) -> bool {
    let file = sqlite_file(rest);
    !file.is_empty() && !file.contains(['?', '\0']) && file != ":memory:"
}

/// `sqlite:x.db`, `sqlite:/x.db` and `sqlite:///x.db` name files.
fn sqlite_file(rest: &str) -> &str {
    rest.strip_prefix("//").unwrap_or(rest)
}
