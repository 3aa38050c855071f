//! The answer to one request to Graph.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// The content type of Graph's JSON answers.
const JSON_TYPE: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// The answer to one request; the server adds `request-id`, `client-request-id` and `Date`.
#[derive(Debug)]
pub(crate) struct GraphResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The OData options that the answer obeys.
    pub(crate) obeys: &'static str,
}

impl GraphResponse {
    /// A JSON answer.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::json_bytes(status, body.to_string().into_bytes())
    }

    /// A JSON answer whose bytes are written already.
    pub(crate) fn json_bytes(status: StatusCode, body: Vec<u8>) -> Self {
        Self::bytes(status, JSON_TYPE, body.into())
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), obeys: "" }
    }

    /// Any other body.
    pub(crate) fn bytes(status: StatusCode, content_type: &str, body: Bytes) -> Self {
        let mut response = Self { status, headers: HeaderMap::new(), body, obeys: "" };
        response.set(CONTENT_TYPE, content_type);
        response
    }

    /// 302 to another address.
    pub(crate) fn found(location: &str) -> Self {
        Self::empty(StatusCode::FOUND).with(LOCATION, location)
    }

    /// With the OData options that it obeys, for the table of parity.
    pub(crate) fn obeying(mut self, options: &'static str) -> Self {
        self.obeys = options;
        self
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.set(name, value);
        self
    }

    fn set(&mut self, name: HeaderName, value: &str) {
        // A value with control characters cannot be a header: better none than a broken answer.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }
}
