//! Microsoft Search: words in the messages, events and files of the signed-in user.
//!
//! Each kind asks for its own permission on top of the route's. Applications get 403: the real service
//! lets them search files alone, and only with a region that a client cannot learn from Graph.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::error::{GraphError, Service};
use super::render::etag;
use super::route::{Answer, Route};
use crate::objects::place;
use crate::tenant::Tenant;
use crate::tenant::store::Entity;

/// Hits on one page where the request says nothing.
const PAGE: usize = 25;
/// The most hits on one page.
const PAGE_MAX: usize = 500;

/// The routes of search.
pub(super) const ROUTES: &[Route] = &[Route::ask("search.query.run", "/search/query", query).of(Service::SharePoint)];

/// Something that can be searched: its name in requests, and the scopes of which it needs one.
struct Kind {
    entity_type: &'static str,
    scopes: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind { entity_type: "message", scopes: &["Mail.Read", "Mail.ReadWrite"] },
    Kind { entity_type: "event", scopes: &["Calendars.Read", "Calendars.ReadWrite"] },
    Kind {
        entity_type: "driveItem",
        scopes: &["Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"],
    },
];

fn invalid(message: &str) -> GraphError {
    GraphError::bad_request(message)
}

fn query(tenant: &Tenant, call: &Call<'_>) -> Answer {
    let body = call.json()?;
    let requests = body.get("requests").and_then(Value::as_array).map(Vec::as_slice);
    // The real service takes one request for each call as well.
    let Some([request]) = requests else { return Err(invalid("'requests' must hold exactly one search request.")) };
    let kind = wanted_kind(request)?;
    let Some(user) = call.caller.user_id.map(|user| user.to_string()) else {
        return Err(GraphError::denied(Service::SharePoint));
    };
    if !kind.scopes.iter().any(|scope| call.caller.permissions.contains(*scope)) {
        let message = format!("Access to {} is denied. The token has none of the needed scopes.", kind.entity_type);
        return Err(GraphError::new(StatusCode::FORBIDDEN, "Forbidden", message));
    }
    let words = request.pointer("/query/queryString").and_then(Value::as_str).filter(|words| !words.trim().is_empty());
    let words = words.ok_or_else(|| invalid("'query.queryString' is required."))?.to_lowercase();
    let size = bounded(request, "size", PAGE)?.min(PAGE_MAX);
    let from = bounded(request, "from", 0)?;
    let found: Vec<&Entity> =
        entities(tenant, kind, &user).into_iter().filter(|entity| holds(entity, &words)).collect();
    let hits: Vec<Value> =
        found.iter().skip(from).take(size).enumerate().map(|(at, entity)| hit(entity, from + at + 1)).collect();
    let more = found.len() > from + hits.len();
    let container = json!({"hits": hits, "total": found.len(), "moreResultsAvailable": more});
    let response = json!({"searchTerms": words.split_whitespace().collect::<Vec<_>>(), "hitsContainers": [container]});
    call.value(json!({"value": [response]}), "Collection(microsoft.graph.searchResponse)")
}

fn wanted_kind(request: &Value) -> Result<&'static Kind, GraphError> {
    let wanted = request["entityTypes"].as_array().map(Vec::as_slice);
    let Some([Value::String(wanted)]) = wanted else {
        return Err(invalid("'entityTypes' must hold exactly one type here."));
    };
    let kind = KINDS.iter().find(|kind| kind.entity_type == wanted);
    kind.ok_or_else(|| invalid(&format!("The entity type '{wanted}' is not served.")))
}

fn bounded(request: &Value, name: &str, default: usize) -> Result<usize, GraphError> {
    let Some(given) = request.get(name).filter(|given| !given.is_null()) else { return Ok(default) };
    let number = given.as_u64().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number <= 10_000).ok_or_else(|| invalid(&format!("The value of '{name}' is not valid.")))
}

/// Everything of a kind that the user has.
fn entities<'t>(tenant: &'t Tenant, kind: &Kind, user: &str) -> Vec<&'t Entity> {
    let store = &tenant.store;
    match kind.entity_type {
        "message" => {
            let folders = store.list(&place::mail_folders(user));
            folders.flat_map(|folder| store.list(&place::messages(user, folder.id()))).collect()
        }
        "event" => {
            let calendars = store.list(&place::calendars(user));
            calendars.flat_map(|calendar| store.list(&place::events(user, calendar.id()))).collect()
        }
        _ => store.list(&place::items(&place::drive_of(user))).collect(),
    }
}

/// Whether a visible text of the entity holds the words.
fn holds(entity: &Entity, words: &str) -> bool {
    const NAMES: &[&str] = &["subject", "bodyPreview", "name", "description"];
    NAMES.iter().any(|name| entity.text(name).to_lowercase().contains(words))
}

/// A hit with the few properties that the real service shows.
fn hit(entity: &Entity, rank: usize) -> Value {
    const SHOWN: &[&str] = &[
        "subject",
        "bodyPreview",
        "receivedDateTime",
        "sentDateTime",
        "hasAttachments",
        "isRead",
        "importance",
        "start",
        "end",
        "name",
        "size",
        "createdDateTime",
        "lastModifiedDateTime",
        "webUrl",
        "webLink",
        "parentReference",
    ];
    let shown = entity.properties.iter().filter(|(name, _)| SHOWN.contains(&name.as_str()));
    let mut resource = Map::from_iter([("@odata.type".to_owned(), json!(format!("#microsoft.graph.{}", entity.kind)))]);
    resource.insert("id".to_owned(), json!(entity.id()));
    resource.extend(shown.map(|(name, value)| (name.clone(), value.clone())));
    if entity.kind == "driveItem" {
        resource.insert("eTag".to_owned(), json!(etag(entity)));
    }
    json!({"hitId": entity.id(), "rank": rank, "summary": entity.text("bodyPreview"), "resource": resource})
}
