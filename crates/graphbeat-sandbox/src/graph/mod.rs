//! Microsoft Graph over the tenant: a pure function of the tenant, a request and the time.

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use graphbeat_base::Timestamp;
use http::{HeaderMap, Method, StatusCode};
use uuid::Uuid;

use crate::tenant::Tenant;

/// Who calls, as the access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The application (client) id.
    pub(crate) app_id: Uuid,
    /// Its display name.
    pub(crate) application_name: Arc<str>,
    /// The signed-in user; `None` for an application by itself.
    pub(crate) user_id: Option<Uuid>,
    /// `roles` of an application, `scp` of a user.
    pub(crate) permissions: Arc<BTreeSet<String>>,
}

/// Why a request has no caller: answered with 401 `InvalidAuthenticationToken` and [`TokenProblem::message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    /// No `Authorization: Bearer`.
    Missing,
    /// Not a JWT.
    Malformed,
    /// Signed by somebody else, or changed.
    Signature,
    /// Its time is over, or has not come.
    Expired,
    /// Made for another resource.
    Audience,
}

impl TokenProblem {
    /// Graph's words for it.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Missing => "Access token is empty.",
            Self::Malformed => "IDX14100: JWT is not well formed, there are no dots (.).",
            Self::Signature => "Signing key is invalid.",
            Self::Expired => "Lifetime validation failed, the token is expired.",
            Self::Audience => "Access token validation failure. Invalid audience.",
        }
    }
}

/// One request to Graph.
#[derive(Debug)]
pub(crate) struct GraphRequest<'a> {
    pub(crate) method: &'a Method,
    /// Raw and percent-encoded, after `/v1.0`, slashes collapsed, `/myorganization` removed.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    pub(crate) caller: Result<Caller, TokenProblem>,
    /// `scheme://host` as the client used it.
    pub(crate) base_url: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) request_id: Uuid,
}

/// The answer to one request; the server adds `request-id`, `client-request-id` and `Date`.
#[derive(Debug)]
pub(crate) struct GraphResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The name (`class.resource.action`) of the route that serves a path, for faults and throttling.
pub(crate) fn route_name(_method: &Method, _path: &str) -> Option<&'static str> {
    None
}

/// Answers one request.
pub(crate) fn answer(_tenant: &RwLock<Tenant>, _request: &GraphRequest<'_>) -> GraphResponse {
    GraphResponse { status: StatusCode::NOT_IMPLEMENTED, headers: HeaderMap::new(), body: Bytes::new() }
}

/// Answers a request outside of `/v1.0`: pre-authenticated downloads and uploads (`path` is then the whole
/// path and no caller is checked); `None` where there is nothing.
pub(crate) fn answer_unversioned(_tenant: &RwLock<Tenant>, _request: &GraphRequest<'_>) -> Option<GraphResponse> {
    None
}
