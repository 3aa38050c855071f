//! Talking to the sandbox's control API, as any user of it could.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use graphbeat_http::{NetworkSettings, NetworkTransport, ProxyMode, Request, Transport as _, address};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::exit::Exit;
use crate::failure::Failure;

const TIMEOUT: Duration = Duration::from_secs(30);

/// The control API of one sandbox.
pub(crate) struct Control {
    transport: NetworkTransport,
    base: Url,
}

impl Control {
    /// The control API below an address of plain HTTP. No TLS is spoken, but a client wants roots: the
    /// sandbox's own are there where a slim system has none.
    pub(crate) fn new(base: &str, ca_file: &Path) -> Result<Self, Failure> {
        let roots = std::fs::read(ca_file).map_err(|error| Failure::bug(&error))?;
        let settings = NetworkSettings { proxy: ProxyMode::None, extra_roots: Some(roots) };
        let transport = NetworkTransport::new(&settings).map_err(|error| Failure::bug(&error))?;
        let base = Url::parse(base).map_err(|error| Failure::bug(&error))?;
        Ok(Self { transport, base })
    }

    /// What the tenant holds, bins included.
    pub(crate) async fn state(&self) -> Result<Value, Failure> {
        self.ask("GET", "/_sandbox/state", None).await
    }

    /// How many requests the sandbox has received.
    pub(crate) async fn requests(&self) -> Result<usize, Failure> {
        let answer = self.ask("GET", "/_sandbox/requests", None).await?;
        Ok(answer["requests"].as_array().map_or(0, Vec::len))
    }

    /// Approves a device code on behalf of a user.
    pub(crate) async fn approve(&self, user_code: &str, user: Uuid) -> Result<(), Failure> {
        let body = json!({"user_code": user_code, "user_id": user, "approve": true});
        self.ask("POST", "/_sandbox/device", Some(body)).await.map(drop)
    }

    /// Grants an application exactly these permissions.
    pub(crate) async fn grant(
        &self,
        client_id: Uuid,
        application: &[String],
        delegated: &[String],
    ) -> Result<(), Failure> {
        let body = json!({"application": application, "delegated": delegated});
        self.ask("PUT", &format!("/_sandbox/grants/{client_id}"), Some(body)).await.map(drop)
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let url = self.base.join(path).map_err(|error| Failure::bug(&error))?;
        let mut headers = http::HeaderMap::new();
        let bytes = body.map(|body| {
            headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            Bytes::from(body.to_string())
        });
        let method = http::Method::from_bytes(method.as_bytes()).map_err(|error| Failure::bug(&error))?;
        let request =
            Request { method, uri: address(&url), headers, body: bytes.unwrap_or_default(), timeout: TIMEOUT };
        let response = self.transport.send(request).await.map_err(|error| Failure::bug(&error))?;
        if !response.status.is_success() {
            let sentence = format!("the sandbox's control API answered {} to {path}", response.status);
            return Err(Failure::new(Exit::Bug, sentence));
        }
        if response.body.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&response.body)?)
    }
}
