//! Everything about one request that left, apart from its meaning.

use std::sync::Arc;

use graphbeat_base::{CallId, CallPath, Timestamp};
use http::Method;
use uuid::Uuid;

use crate::{Response, TransportError};

/// On whose behalf a request leaves.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// When the plan wanted it; none: now.
    pub planned_at: Option<Timestamp>,
    /// The account's name.
    pub account: Arc<str>,
    /// The tenant, as the configuration names it.
    pub tenant: Arc<str>,
    /// The operation's id, or a name such as `token.client-secret` outside the catalogue.
    pub operation: Arc<str>,
    /// The journey that it is a step of.
    pub journey: Option<Arc<str>>,
    /// 1 for the first try.
    pub attempt: u16,
}

/// What is written down before a request leaves.
#[derive(Clone, Debug)]
pub struct Departure {
    /// The call's id.
    pub id: CallId,
    /// On whose behalf.
    pub context: CallContext,
    /// The verb.
    pub method: Method,
    /// The path.
    pub path: CallPath,
    /// Sent as `client-request-id`.
    pub client_request_id: Uuid,
    /// When it leaves.
    pub started_at: Timestamp,
}

/// A request that left, and what came back.
#[derive(Debug)]
pub struct Exchange {
    /// What left.
    pub departure: Departure,
    /// Real time until the whole answer was there, or the failure.
    pub duration_ms: u32,
    /// The answer.
    pub result: Result<Response, TransportError>,
}

impl Exchange {
    /// The HTTP status, where an answer came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.result.as_ref().ok().map(|response| response.status.as_u16())
    }

    /// The service's own id of the request: Graph's `request-id`, Entra's `x-ms-request-id`.
    #[must_use]
    pub fn request_id(&self) -> Option<Uuid> {
        let headers = &self.result.as_ref().ok()?.headers;
        ["request-id", "x-ms-request-id"]
            .into_iter()
            .filter_map(|name| headers.get(name)?.to_str().ok())
            .find_map(|text| Uuid::try_parse(text.trim()).ok())
    }

    /// Bytes of the answer's body.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.result.as_ref().map_or(0, |response| response.body.len() as u64)
    }
}
