//! Microsoft Graph over the tenant: a pure function of the tenant, a request and the time.
//!
//! # How to add a route
//! 1. Write a handler: `fn(&Tenant, &Call<'_>) -> Answer` reads, `fn(&mut Tenant, &Call<'_>) -> Answer`
//!    changes. `call.user()` is the resolved id of `{user}`, `call.parameter("message")` any other
//!    parameter, `call.body("message")?` the body checked against Graph's type of that name,
//!    `call.find(tenant, path, id)?` an entity or the service's 404, `call.check_version(entity)?` `If-Match`.
//! 2. Answer with `call.list(entities, &List::new("message", context))`, `call.delta(…)`,
//!    `call.entity(…)`, `call.created(…)`, `call.value(json, context)`, `GraphResponse::no_content()`.
//!    Select, filter, order, paging, ETags and `changeKey` are done there. Properties whose name
//!    starts with `_` are the sandbox's own: kept and dumped, never shown.
//! 3. Add a row to the class's `ROUTES`: `Route::get("mail.messages.list", "/users/{user}/messages", list)
//!    .of(Service::Outlook)`, and the class to `table.rs`. `/me/…` reaches the same row. A path with
//!    `root:/{path}:/content` takes everything between the colons.
//! 4. What it accepts stands in `data/accepted_permissions.csv` under the same method and path (names of
//!    parameters do not matter, `/me` and `/users/{…}` are one); `.like("GET /me/messages")` uses another row.
//!    A test fails for a route that has no row. Licence and provisioning are checked by the service
//!    (`Outlook`, `Drive`, `OneNote`) for the user in the path.
//! 5. Addresses that are served without a token start with one of [`OPEN_PREFIXES`], have a row with
//!    [`route::Gate::AnyToken`], and check `tenant.signature(path)`.
//! 6. Entities live in `tenant.store` under paths such as `users/{id}/messages`; ids come from
//!    `crate::tenant::ids` and `tenant.rng`. A user's seeded content is made in `tenant/fill.rs`.

mod administrative_units;
mod application_keys;
mod applications;
mod audit;
mod batch;
mod body;
mod calendar;
mod call;
mod chats;
mod contacts;
mod credentials;
mod delta;
mod directory;
mod dispatch;
mod drive;
mod error;
mod federated_credentials;
mod grants;
mod group_settings;
mod groups;
mod invitations;
mod licences;
mod list;
mod list_items;
mod mail;
mod meetings;
mod metadata;
mod onenote;
mod outlook;
mod passwords;
mod path;
mod people;
mod permission;
mod plain;
pub(crate) mod planner;
mod policies;
mod preferences;
mod presence;
mod profile_cards;
mod published_permissions;
mod relations;
mod render;
mod reports;
mod response;
mod role_assignments;
mod route;
mod schema;
mod search;
mod security;
mod service_principals;
mod sites;
mod subscriptions;
mod table;
mod teams;
mod tenant_relations;
mod todo;
mod token_policies;
mod user_changes;
mod users;
mod workbook;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use graphbeat_base::Timestamp;
use http::{HeaderMap, Method};
use serde_json::json;
use uuid::Uuid;

pub(crate) use self::applications::bin as bin_application;
use self::dispatch::OPEN_PREFIXES;
pub(crate) use self::dispatch::{answer, route_name};
pub(crate) use self::grants::CONSENTS_MAX;
pub(crate) use self::response::GraphResponse;
pub(crate) use self::schema::known_kind;
pub(crate) use self::table::listed;
use crate::standing::AuthenticationContext;
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
    /// Ended before its time, of a client that said it can be told so; a new one must be issued after then.
    Revoked(Timestamp),
    /// The sign-in behind it did not prove as much as the tenant demands.
    ContextMissing(AuthenticationContext),
}

impl TokenProblem {
    /// What the next token must be asked for with, as JSON, where that mends it.
    pub(crate) fn demand(self) -> Option<String> {
        match self {
            Self::Revoked(at) => {
                let at = at.as_second().to_string();
                Some(json!({ "access_token": { "nbf": { "essential": true, "value": at } } }).to_string())
            }
            Self::ContextMissing(context) => Some(context.claims()),
            Self::Missing | Self::Malformed | Self::Signature | Self::Expired | Self::Audience => None,
        }
    }

    /// Graph's words for it.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Missing => "Access token is empty.",
            Self::Malformed => "IDX14100: JWT is not well formed, there are no dots (.).",
            Self::Signature => "Signing key is invalid.",
            Self::Expired => "Lifetime validation failed, the token is expired.",
            Self::Audience => "Access token validation failure. Invalid audience.",
            Self::ContextMissing(_) => "The token does not satisfy the authentication context that is required.",
            Self::Revoked(_) => {
                "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp"
            }
        }
    }
}

/// What stands before the parts of a batch, as it stands before requests: faults and limits.
pub(crate) trait PartGate: std::fmt::Debug {
    /// The answer that a part gets instead of being served; `None` lets it through.
    fn hold(&self, part: &GraphRequest<'_>) -> Option<GraphResponse>;
}

/// One request to Graph.
#[derive(Debug)]
pub(crate) struct GraphRequest<'a> {
    pub(crate) method: &'a Method,
    /// Raw and percent-encoded, after `/v1.0`, slashes collapsed, `/myorganization` removed; or a path
    /// that begins with one of [`OPEN_PREFIXES`].
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    pub(crate) caller: Result<Caller, TokenProblem>,
    /// `scheme://host` as the client used it.
    pub(crate) base_url: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) request_id: Uuid,
    /// Asked for each part of a batch.
    pub(crate) gate: Option<&'a dyn PartGate>,
}

/// Method and pattern of every route, `/users/{user}/messages/{message}`.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    table::routes().map(|route| (route.method, route.pattern))
}

/// Answers a request outside of `/v1.0`: pre-authenticated downloads and uploads (`path` is then the whole
/// path and no caller is checked); `None` where there is nothing.
pub(crate) fn answer_unversioned(tenant: &RwLock<Tenant>, request: &GraphRequest<'_>) -> Option<GraphResponse> {
    OPEN_PREFIXES.iter().any(|prefix| request.path.starts_with(prefix)).then(|| answer(tenant, request))
}
