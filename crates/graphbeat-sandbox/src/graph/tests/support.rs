//! A tenant with 25 users and short ways to ask it.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, RwLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::super::{Caller, GraphRequest, GraphResponse, answer};
use super::shape::problems;
use crate::identity::{PermissionKind, permission_values};
use crate::tenant::Tenant;

/// A tenant and who calls it.
pub(in crate::graph) struct Client {
    pub(in crate::graph) tenant: RwLock<Tenant>,
    pub(in crate::graph) user: Option<Uuid>,
    pub(in crate::graph) permissions: Arc<BTreeSet<String>>,
    pub(in crate::graph) headers: HeaderMap,
}

/// Status and JSON body (null where the body is no JSON).
pub(in crate::graph) type Seen = (u16, Value);

impl Client {
    /// An application with every permission.
    pub(in crate::graph) fn application() -> Self {
        /// Made once: a copy costs much less.
        static TENANT: LazyLock<Tenant> =
            LazyLock::new(|| Tenant::seeded(7, 25, "2026-11-24T12:00:00Z".parse().expect("a timestamp")));
        Self {
            tenant: RwLock::new(TENANT.clone()),
            user: None,
            permissions: permission_values(PermissionKind::Application).into(),
            headers: HeaderMap::new(),
        }
    }

    /// The user at a place, signed in with every scope.
    pub(in crate::graph) fn user(place: usize) -> Self {
        let client = Self::application();
        let user = client.read().users()[place].id;
        Self { user: Some(user), permissions: permission_values(PermissionKind::Delegated).into(), ..client }
    }

    pub(in crate::graph) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    pub(in crate::graph) fn read(&self) -> std::sync::RwLockReadGuard<'_, Tenant> {
        self.tenant.read().expect("no panic in a handler")
    }

    /// The id of the user at a place.
    pub(in crate::graph) fn id(&self, place: usize) -> String {
        self.read().users()[place].id.to_string()
    }

    /// Sends any request; `target` is path and query after `/v1.0`.
    pub(in crate::graph) fn send(&self, method: &str, target: &str, body: &str) -> GraphResponse {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let caller = Caller {
            app_id: Uuid::nil(),
            application_name: "test".into(),
            user_id: self.user,
            permissions: Arc::clone(&self.permissions),
        };
        let body = Bytes::from(body.to_owned());
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = GraphRequest {
            method: &method,
            path,
            query,
            headers: &self.headers,
            body: &body,
            caller: Ok(caller),
            base_url: "https://127.0.0.1:8443",
            now: "2026-11-24T12:00:00Z".parse().expect("a timestamp"),
            request_id: Uuid::nil(),
            gate: None,
        };
        let response = answer(&self.tenant, &request);
        if response.status.is_success() {
            let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
            assert_eq!(problems(&body), Vec::<String>::new(), "{method} {target}");
        }
        response
    }

    pub(in crate::graph) fn get(&self, target: &str) -> Seen {
        seen(&self.send("GET", target, ""))
    }

    pub(in crate::graph) fn ask(&self, method: &str, target: &str, body: Value) -> Seen {
        seen(&self.send(method, target, &body.to_string()))
    }

    /// The code of the error that a request is answered with.
    pub(in crate::graph) fn error(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        let (status, body) = seen(&self.send(method, target, body));
        (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Every entity of a list, page by page.
    pub(in crate::graph) fn walk(&self, target: &str) -> Vec<Value> {
        let (mut all, mut next) = (Vec::new(), Some(target.to_owned()));
        while let Some(target) = next {
            let (status, page) = self.get(&target);
            assert_eq!(status, 200, "{target}: {page}");
            all.extend(page["value"].as_array().expect("a list").clone());
            next = page["@odata.nextLink"]
                .as_str()
                .map(|link| link.trim_start_matches("https://127.0.0.1:8443/v1.0").to_owned());
            assert!(all.len() < 10_000, "the walk does not end");
        }
        all
    }
}

fn seen(response: &GraphResponse) -> Seen {
    (response.status.as_u16(), serde_json::from_slice(&response.body).unwrap_or(Value::Null))
}

/// 200 and the body, or the test's end.
pub(in crate::graph) fn ok((status, body): Seen) -> Value {
    assert!(StatusCode::from_u16(status).is_ok_and(|status| status.is_success()), "{status}: {body}");
    body
}
