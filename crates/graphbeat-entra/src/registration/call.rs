//! One request to Graph about a registration: shown to its owner first, then sent.

use std::fmt;
use std::sync::Arc;

use graphbeat_base::CallPath;
use http::Method;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use crate::Endpoints;

/// The version of Graph that every path stands under.
const VERSION: &str = "/v1.0";
/// Length of a UUID in a path.
const UUID_CHARS: usize = 36;

/// One request to Graph.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphCall {
    /// How the ledger names it, `app.application.create`.
    pub operation: &'static str,
    /// The verb.
    pub method: Method,
    /// The path after the version, with its query.
    pub path: String,
    /// What is sent along.
    pub body: Option<Value>,
}

impl GraphCall {
    /// A request that reads.
    #[must_use]
    pub fn get(operation: &'static str, path: impl Into<String>) -> Self {
        Self { operation, method: Method::GET, path: path.into(), body: None }
    }

    pub(super) fn post(operation: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self { operation, method: Method::POST, path: path.into(), body: Some(body) }
    }

    pub(super) fn patch(operation: &'static str, path: impl Into<String>, body: Value) -> Self {
        Self { operation, method: Method::PATCH, path: path.into(), body: Some(body) }
    }

    pub(super) fn delete(operation: &'static str, path: impl Into<String>) -> Self {
        Self { operation, method: Method::DELETE, path: path.into(), body: None }
    }

    /// Where it goes in a cloud; `None` for a host that takes no paths.
    #[must_use]
    pub fn url(&self, endpoints: &Endpoints) -> Option<Url> {
        let base = endpoints.graph_url.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}{VERSION}{}", self.path)).ok()
    }

    /// The path as the ledger keeps it: without query, ids apart.
    pub(super) fn wire_path(&self) -> CallPath {
        let path = self.path.split('?').next().unwrap_or_default();
        let (mut template, mut ids) = (VERSION.to_owned(), Vec::new());
        let mut rest = path;
        while let Some(first) = rest.chars().next() {
            match rest.get(..UUID_CHARS).filter(|piece| Uuid::try_parse(piece).is_ok()) {
                Some(id) => {
                    template.push_str("{}");
                    ids.push(Arc::from(id));
                    rest = rest.get(UUID_CHARS..).unwrap_or_default();
                }
                None => {
                    template.push(first);
                    rest = rest.get(first.len_utf8()..).unwrap_or_default();
                }
            }
        }
        CallPath { template: Arc::from(template), ids }
    }
}

impl fmt::Display for GraphCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {VERSION}{}", self.method, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_with_its_ids_apart_and_without_its_query() {
        let id = Uuid::from_u128(7);
        let call = GraphCall::get("app.application.get", format!("/applications(appId='{id}')?$select=id"));
        let path = call.wire_path();
        assert_eq!(&*path.template, "/v1.0/applications(appId='{}')");
        assert_eq!(path.to_string(), format!("/v1.0/applications(appId='{id}')"));
    }
}
