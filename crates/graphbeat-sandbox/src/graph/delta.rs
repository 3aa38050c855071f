//! Delta queries: what changed in a collection since a token. A token is the store's version.

use http::StatusCode;
use serde_json::Value;

use super::call::{Call, Metadata};
use super::error::{GraphError, Service};
use super::list::List;
use super::render::{write_entity, write_member};
use super::response::GraphResponse;
use super::route::Answer;
use crate::tenant::Tenant;
use crate::tenant::store::{Collection, Entity};

/// For so many days a service knows its delta tokens.
const DIRECTORY_DAYS: i64 = 7;
const OTHER_DAYS: i64 = 30;

/// Where a walk over changes stands: since when, up to what, and after which version it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Walk {
    since: u64,
    until: u64,
    after: u64,
}

impl Call<'_> {
    /// 200 with one page of what changed in a collection since the request's token; without a token
    /// everything that is there. `keep` chooses the entities that belong to the list; one that
    /// changed and belongs no more is told as removed.
    pub(crate) fn delta(&self, tenant: &Tenant, path: &str, list: &List<'_>, keep: &dyn Fn(&Entity) -> bool) -> Answer {
        self.check_names(list)?;
        let walk = self.walk(tenant)?;
        let collection = tenant.store.collection(path);
        let mut changed: Vec<&Entity> = collection
            .into_iter()
            .flat_map(Collection::entities)
            .filter(|entity| entity.version > walk.after.max(walk.since) && entity.version <= walk.until)
            .filter(|entity| walk.since > 0 || keep(entity))
            .filter(|entity| self.admits(entity))
            .collect();
        changed.sort_by_key(|entity| entity.version);
        let top = self.delta_page_size(list);
        let is_last = changed.len() <= top;
        changed.truncate(top);
        let removed = if is_last { self.removed(collection, walk)? } else { Vec::new() };
        let link = match changed.last().filter(|_| !is_last) {
            Some(last) => {
                ("@odata.nextLink", self.link_with("$skiptoken", &token(Walk { after: last.version, ..walk })))
            }
            None => {
                let token = format!("{}.{}", walk.until, self.request.now.as_second());
                ("@odata.deltaLink", self.link_with("$deltatoken", &token))
            }
        };
        self.changes(list, &changed, &removed, keep, link)
    }

    fn walk(&self, tenant: &Tenant) -> Result<Walk, GraphError> {
        let until = tenant.store.version();
        let read = match (self.query.skip_token.as_deref(), self.query.delta_token.as_deref()) {
            (Some(text), _) => read_token(text),
            (None, Some("latest")) => Some(Walk { since: until, until, after: 0 }),
            (None, Some(text)) => {
                let (since, issued) = text.split_once('.').map_or((text, None), |(since, at)| (since, at.parse().ok()));
                if issued.is_some_and(|issued: i64| self.is_forgotten(issued)) {
                    return Err(state_not_found());
                }
                since.parse().ok().map(|since| Walk { since, until, after: 0 })
            }
            (None, None) => Some(Walk { since: 0, until, after: 0 }),
        };
        read.filter(|walk| walk.since <= until).ok_or_else(|| GraphError::bad_request("Badly formed token."))
    }

    /// The directory knows a token for seven days, other services know it longer.
    fn is_forgotten(&self, issued: i64) -> bool {
        let days = if self.service() == Service::Directory { DIRECTORY_DAYS } else { OTHER_DAYS };
        self.request.now.as_second().saturating_sub(issued) > days * 24 * 60 * 60
    }

    /// `Prefer: odata.maxpagesize=…` and `$top` bound a page.
    fn delta_page_size(&self, list: &List<'_>) -> usize {
        self.query.top.or(self.preferred_page_size()).unwrap_or(list.page).clamp(1, list.page_max)
    }

    fn removed(&self, collection: Option<&Collection>, walk: Walk) -> Result<Vec<String>, GraphError> {
        let Some(collection) = collection.filter(|_| walk.since > 0) else { return Ok(Vec::new()) };
        let gone = collection.removed_since(walk.since).ok_or_else(state_not_found)?;
        Ok(gone.map(str::to_owned).collect())
    }

    fn changes(
        &self,
        list: &List<'_>,
        changed: &[&Entity],
        removed: &[String],
        keep: &dyn Fn(&Entity) -> bool,
        (link_name, link): (&str, String),
    ) -> Answer {
        let rendering = list.rendering.for_call(self, list.kind)?;
        let metadata = self.metadata();
        let mut out = vec![b'{'];
        if metadata == Metadata::Minimal {
            write_member(&mut out, "@odata.context", &Value::String(self.context(&list.context)));
        }
        write_member(&mut out, link_name, &Value::String(link));
        out.extend_from_slice(b",\"value\":[");
        for entity in changed {
            open(&mut out);
            if keep(entity) {
                write_entity(&mut out, entity, &rendering, metadata);
            } else {
                write_removed(&mut out, list.kind, (entity.id(), "changed"));
            }
            out.push(b'}');
        }
        for id in removed {
            open(&mut out);
            write_removed(&mut out, list.kind, (id, "deleted"));
            out.push(b'}');
        }
        out.extend_from_slice(b"]}");
        let response = GraphResponse::json_bytes(StatusCode::OK, out).obeying("$select $filter $top $deltatoken");
        Ok(rendering.preferences.noted(response, list.kind))
    }
}

fn state_not_found() -> GraphError {
    GraphError::new(
        StatusCode::GONE,
        "syncStateNotFound",
        "The sync state generation is not found; continuation token might be too old.",
    )
}

fn open(out: &mut Vec<u8>) {
    if out.last() != Some(&b'[') {
        out.push(b',');
    }
    out.push(b'{');
}

fn write_removed(out: &mut Vec<u8>, kind: &str, (id, reason): (&str, &str)) {
    // Drives tell removals by a facet of the item, everybody else by an annotation.
    match kind {
        "driveItem" => write_member(out, "deleted", &serde_json::json!({"state": "deleted"})),
        _ => write_member(out, "@removed", &serde_json::json!({"reason": reason})),
    }
    write_member(out, "id", &Value::String(id.to_owned()));
}

fn token(walk: Walk) -> String {
    format!("{}-{}-{}", walk.since, walk.until, walk.after)
}

fn read_token(text: &str) -> Option<Walk> {
    let mut numbers = text.splitn(3, '-').map(|number| number.parse::<u64>().ok());
    Some(Walk { since: numbers.next()??, until: numbers.next()??, after: numbers.next()?? })
}
