//! Lists: filter, sort, count, page.
//!
//! Paging is by `$skiptoken`: in creation order it names the last entity that was shown, so that each
//! entity comes exactly once whatever is added or removed meanwhile; in a sorted list it is an offset.

use std::borrow::Borrow;
use std::cmp::Ordering;

use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::body::is_comparable;
use super::call::Call;
use super::error::{GraphError, Service};
use super::render::{Rendering, write_entity, write_member};
use super::response::GraphResponse;
use super::route::Answer;
use super::schema::{Property, Shape, property};
use crate::odata::{Direction, Order, compare};
use crate::tenant::store::Entity;

/// What of a query value is percent-encoded in a next link.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b',');

/// How one list is shown.
#[derive(Clone)]
pub(crate) struct List<'a> {
    /// The type of its entities, against which names in the query are checked.
    pub(crate) kind: &'static str,
    /// What follows `$metadata#`.
    pub(crate) context: String,
    /// Entities on a page where the request has no `$top`.
    pub(crate) page: usize,
    /// The greatest `$top`.
    pub(crate) page_max: usize,
    /// The order without `$orderby`: a property, newest first; `None` is the order of creation.
    pub(crate) newest_first_by: Option<&'static str>,
    /// Whether the entities come in an order of their own, which is not that of creation.
    is_arranged: bool,
    pub(crate) rendering: Rendering<'a>,
}

impl<'a> List<'a> {
    /// A list with 100 entities on a page and up to 999, in the order of creation.
    pub(crate) fn new(kind: &'static str, context: impl Into<String>) -> Self {
        let rendering = Rendering::default();
        Self {
            kind,
            context: context.into(),
            page: 100,
            page_max: 999,
            newest_first_by: None,
            is_arranged: false,
            rendering,
        }
    }

    /// With other page sizes.
    pub(crate) fn paged(mut self, page: usize, page_max: usize) -> Self {
        (self.page, self.page_max) = (page, page_max);
        self
    }

    /// Newest first by a property of times.
    pub(crate) fn newest_first(mut self, by: &'static str) -> Self {
        self.newest_first_by = Some(by);
        self
    }

    /// In the order in which the entities come, whatever their making.
    pub(crate) fn arranged(mut self) -> Self {
        self.is_arranged = true;
        self
    }

    /// With another rendering.
    pub(crate) fn rendered(mut self, rendering: Rendering<'a>) -> Self {
        self.rendering = rendering;
        self
    }
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// After the entity of this order.
    After(u64),
    /// At this place of the sorted list.
    At(usize),
}

impl Call<'_> {
    /// 200 with one page of the entities, which come in the order of creation. They may be made while
    /// they are asked for: an unsorted, uncounted list takes no more of them than its page shows.
    pub(crate) fn list<E: Borrow<Entity>>(&self, entities: impl Iterator<Item = E>, list: &List<'_>) -> Answer {
        let searched = entities.filter(|entity| self.finds(entity.borrow()));
        self.list_unsearched(searched, list)
    }

    /// The same for a route that has obeyed `$search` already.
    pub(crate) fn list_unsearched<E: Borrow<Entity>>(
        &self,
        entities: impl Iterator<Item = E>,
        list: &List<'_>,
    ) -> Answer {
        self.check_names(list)?;
        let admitted = entities.filter(|entity| self.filters(entity.borrow()));
        let orders = self.orders(list);
        if orders.is_empty() && !self.query.count {
            self.lazy_page(admitted, list)
        } else {
            self.whole_page(admitted, &orders, list)
        }
    }

    /// A page of an unsorted list.
    fn lazy_page<E: Borrow<Entity>>(&self, entities: impl Iterator<Item = E>, list: &List<'_>) -> Answer {
        let (top, start) = (self.page_size(list)?, self.start()?);
        let is_shown = |entity: &E| matches!(start, Some(Start::After(order)) if entity.borrow().order <= order);
        let mut rest = entities.skip_while(is_shown).skip(self.offset(start));
        let page: Vec<E> = rest.by_ref().take(top).collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let token = last.map(|last| match list.is_arranged {
            true => format!("o{}", self.offset(start) + page.len()),
            false => format!("a{}", last.borrow().order),
        });
        self.page(list, &page, token, None)
    }

    /// A page of a list that has to be seen whole, to sort or to count it.
    fn whole_page<E: Borrow<Entity>>(
        &self,
        entities: impl Iterator<Item = E>,
        orders: &[Order],
        list: &List<'_>,
    ) -> Answer {
        let (top, start) = (self.page_size(list)?, self.start()?);
        let mut all: Vec<E> = entities.collect();
        if !orders.is_empty() {
            all.sort_by(|one, other| in_order(orders, one.borrow(), other.borrow()));
        }
        let begin = match start {
            Some(Start::After(order)) => all.iter().take_while(|entity| (*entity).borrow().order <= order).count(),
            _ => self.offset(start).min(all.len()),
        };
        let page = &all[begin..all.len().min(begin.saturating_add(top))];
        let end = begin + page.len();
        let token = (end < all.len()).then(|| match (orders.is_empty() && !list.is_arranged, page.last()) {
            (true, Some(last)) => format!("a{}", last.borrow().order),
            _ => format!("o{end}"),
        });
        self.page(list, page, token, self.query.count.then_some(all.len()))
    }

    /// The plain number of the entities that the request's filter admits.
    ///
    /// # Errors
    /// 400 where the directory is asked without `ConsistencyLevel: eventual`.
    pub(crate) fn count<'e>(&self, entities: impl Iterator<Item = &'e Entity>, list: &List<'_>) -> Answer {
        if self.service() == Service::Directory && !self.is_eventual() {
            return Err(GraphError::invalid(Service::Directory, "$count is not currently supported."));
        }
        self.check_names(list)?;
        let number = self.number(entities.filter(|entity| self.admits(entity)).count())?;
        Ok(number.obeying("$filter $search"))
    }

    /// Whether `$filter` and `$search` admit an entity.
    pub(super) fn admits(&self, entity: &Entity) -> bool {
        self.filters(entity) && self.finds(entity)
    }

    fn filters(&self, entity: &Entity) -> bool {
        self.query.filter.as_ref().is_none_or(|filter| filter.admits(&entity.properties))
    }

    fn finds(&self, entity: &Entity) -> bool {
        self.query.search.as_deref().is_none_or(|words| is_found(entity, words))
    }

    /// The names in the query, against the type and what the service needs for them.
    pub(super) fn check_names(&self, list: &List<'_>) -> Result<(), GraphError> {
        let filtered = self.query.filter.iter().flat_map(|filter| filter.properties());
        let ordered = self.query.order.iter().filter_map(|order| order.path.first());
        for name in filtered.chain(ordered) {
            if property(list.kind, name).is_none() && list.kind != "directoryObject" {
                return Err(GraphError::bad_request(format!(
                    "Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
                    list.kind
                )));
            }
        }
        for (path, value) in self.query.filter.iter().flat_map(|filter| filter.comparisons()) {
            check_types(list.kind, path, value)?;
        }
        if self.service() == Service::Directory && !self.is_eventual() {
            self.check_plain_query()?;
        }
        Ok(())
    }

    /// What Entra ID serves only with `ConsistencyLevel: eventual`.
    fn check_plain_query(&self) -> Result<(), GraphError> {
        if self.query.search.is_some() {
            return Err(GraphError::invalid(
                Service::Directory,
                "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
            ));
        }
        match self.query.filter.as_ref().and_then(|filter| filter.advanced()) {
            Some(operator) => Err(GraphError::new(
                StatusCode::BAD_REQUEST,
                "Request_UnsupportedQuery",
                format!(
                    "Operator '{operator}' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information"
                ),
            )),
            None => Ok(()),
        }
    }

    pub(super) fn page_size(&self, list: &List<'_>) -> Result<usize, GraphError> {
        let preferred = self.preferred_page_size().map(|size| size.clamp(1, list.page_max));
        let top = self.query.top.or(preferred).unwrap_or(list.page);
        if (1..=list.page_max).contains(&top) || (top == 0 && self.service() == Service::Outlook) {
            return Ok(top);
        }
        let code = if self.service() == Service::Directory { "Request_UnsupportedQuery" } else { "BadRequest" };
        let message =
            format!("Invalid page size specified: '{top}'. Must be between 1 and {} inclusive.", list.page_max);
        Err(GraphError::new(StatusCode::BAD_REQUEST, code, message))
    }

    fn orders(&self, list: &List<'_>) -> Vec<Order> {
        match (self.query.order.is_empty(), list.newest_first_by) {
            (true, Some(by)) => vec![Order { path: vec![by.to_owned()], direction: Direction::Descending }],
            _ => self.query.order.clone(),
        }
    }

    fn start(&self) -> Result<Option<Start>, GraphError> {
        let Some(token) = self.query.skip_token.as_deref() else { return Ok(None) };
        let read = match token.split_at_checked(1) {
            Some(("a", number)) => number.parse().ok().map(Start::After),
            Some(("o", number)) => number.parse().ok().map(Start::At),
            _ => None,
        };
        let refuse = || {
            GraphError::new(
                StatusCode::BAD_REQUEST,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            )
        };
        read.map(Some).ok_or_else(refuse)
    }

    fn offset(&self, start: Option<Start>) -> usize {
        match start {
            None => self.query.skip,
            Some(Start::At(place)) => place,
            Some(Start::After(_)) => 0,
        }
    }

    fn page<E: Borrow<Entity>>(
        &self,
        list: &List<'_>,
        page: &[E],
        token: Option<String>,
        count: Option<usize>,
    ) -> Answer {
        let rendering = Rendering { declared: Some(list.kind), ..list.rendering.for_call(self, list.kind)? };
        let metadata = self.metadata();
        let mut out = Vec::with_capacity(256 + page.len() * 512);
        out.push(b'{');
        if metadata == super::call::Metadata::Minimal {
            let select =
                if self.query.select.is_empty() { String::new() } else { format!("({})", self.query.select.join(",")) };
            write_member(
                &mut out,
                "@odata.context",
                &Value::String(self.context(&format!("{}{select}", list.context))),
            );
        }
        if let Some(count) = count {
            write_member(&mut out, "@odata.count", &count.into());
        }
        if let Some(token) = token {
            write_member(&mut out, "@odata.nextLink", &Value::String(self.link_with("$skiptoken", &token)));
        }
        write_values(&mut out, page, |out, entity| write_entity(out, entity, &rendering, metadata));
        out.push(b'}');
        let options = match rendering.expansion {
            Some(_) => "$select $filter $orderby $top $skip $count $search $expand",
            None => "$select $filter $orderby $top $skip $count $search",
        };
        Ok(rendering.preferences.noted(GraphResponse::json_bytes(StatusCode::OK, out).obeying(options), list.kind))
    }

    /// The request's own address with one token instead of its tokens and `$skip`.
    pub(super) fn link_with(&self, name: &str, value: &str) -> String {
        let own = ["$skiptoken", "$deltatoken", "$skip", "skiptoken", "deltatoken", "skip"];
        let mut link = format!("{}?", self.address(self.request.path));
        for pair in self.request.query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let key = pair.split('=').next().unwrap_or_default().replace("%24", "$").to_ascii_lowercase();
            if !own.contains(&key.as_str()) {
                link.push_str(pair);
                link.push('&');
            }
        }
        format!("{link}{name}={}", utf8_percent_encode(value, ESCAPED))
    }
}

/// Refuses to compare a property with a value of another type.
fn check_types(kind: &str, path: &[String], value: &Value) -> Result<(), GraphError> {
    let mut known = None;
    for name in path {
        known = property(known.map_or(kind, |it: Property| it.holds), name);
        if known.is_none() {
            // An open type, a cast, or the name of something that is checked elsewhere.
            return Ok(());
        }
    }
    match known {
        Some(known) if known.shape == Shape::One && !is_comparable(known.holds, value) => {
            Err(GraphError::bad_request(format!(
                "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '{}' and '{}' for operator kind 'Equal'.",
                edm_name(known.holds),
                edm_type(value)
            )))
        }
        _ => Ok(()),
    }
}

fn edm_name(holds: &str) -> String {
    if holds.starts_with(|letter: char| letter.is_ascii_uppercase()) {
        format!("Edm.{holds}")
    } else {
        format!("microsoft.graph.{holds}")
    }
}

fn edm_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "Edm.Boolean",
        Value::Number(number) if number.is_f64() => "Edm.Double",
        Value::Number(_) => "Edm.Int32",
        _ => "Edm.String",
    }
}

/// Writes `"value":[{…},…]`.
fn write_values<E: Borrow<Entity>>(out: &mut Vec<u8>, page: &[E], write: impl Fn(&mut Vec<u8>, &Entity)) {
    out.extend_from_slice(if out.last() == Some(&b'{') { b"\"value\":[" } else { b",\"value\":[" });
    for (at, entity) in page.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        write(out, entity.borrow());
        out.push(b'}');
    }
    out.push(b']');
}

fn in_order(orders: &[Order], one: &Entity, other: &Entity) -> Ordering {
    let by_property = orders.iter().map(|order| {
        let ascending = compare(at_path(one, &order.path), at_path(other, &order.path)).unwrap_or(Ordering::Equal);
        if order.direction == Direction::Descending { ascending.reverse() } else { ascending }
    });
    by_property.fold(Ordering::Equal, Ordering::then).then(one.order.cmp(&other.order))
}

fn at_path<'e>(entity: &'e Entity, path: &[String]) -> &'e Value {
    let (first, rest) = path.split_first().map_or(("", path), |(first, rest)| (first.as_str(), rest));
    rest.iter().fold(entity.get(first), |value, name| value.get(name.as_str()).unwrap_or(&Value::Null))
}

/// `$search="words"` in any text of the entity; `property:words` in that one.
fn is_found(entity: &Entity, words: &str) -> bool {
    let words = words.to_lowercase();
    match words.split_once(':') {
        Some((name, words)) => {
            let named = entity.properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            named.is_some_and(|(_, value)| contains(value, words.trim_matches('"'), 0))
        }
        None => entity.properties.iter().any(|(name, value)| !name.starts_with('_') && contains(value, &words, 0)),
    }
}

fn contains(value: &Value, words: &str, depth: usize) -> bool {
    /// How deep a search looks.
    const DEPTH_MAX: usize = 8;
    match value {
        Value::String(text) => text.to_lowercase().contains(words),
        Value::Array(items) => depth < DEPTH_MAX && items.iter().any(|item| contains(item, words, depth + 1)),
        Value::Object(members) => depth < DEPTH_MAX && members.values().any(|item| contains(item, words, depth + 1)),
        _ => false,
    }
}
