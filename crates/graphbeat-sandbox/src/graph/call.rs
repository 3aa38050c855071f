//! One call of a route: what the request asked for, and the ways to answer it.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::error::{GraphError, Service};
use super::render::{Rendering, write_entity};
use super::response::GraphResponse;
use super::route::{Answer, Route};
use super::{Caller, GraphRequest, body};
use crate::odata::Query;
use crate::tenant::Tenant;
use crate::tenant::store::{Entity, Properties};

/// A request whose route, caller and permission are settled.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a GraphRequest<'a>,
    pub(crate) caller: &'a Caller,
    pub(crate) route: &'static Route,
    pub(crate) query: Query,
    /// The path's parameters; `user` is resolved to an id.
    pub(super) parameters: Vec<(String, String)>,
}

impl Call<'_> {
    /// A parameter of the path; empty where the pattern has none of this name.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The same request as if its path had these parameters.
    pub(crate) fn at(&self, parameters: &[(&str, &str)]) -> Call<'_> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let parameters = parameters.iter().map(owned).collect();
        Call { request: self.request, caller: self.caller, route: self.route, query: self.query.clone(), parameters }
    }

    /// The id of the user in the path (`/me` or `/users/{user}`).
    pub(crate) fn user(&self) -> &str {
        self.parameter("user")
    }

    /// `users/{id}/` and the rest: a collection of the user in the path.
    pub(crate) fn user_path(&self, rest: &str) -> String {
        format!("users/{}/{rest}", self.user())
    }

    /// The context of something of the user in the path: `users('…')/photo`.
    pub(crate) fn context_of_user(&self, rest: &str) -> String {
        format!("users('{}')/{rest}", self.user())
    }

    /// The service behind the route.
    pub(crate) fn service(&self) -> Service {
        self.route.service
    }

    /// The absolute address of a path after `/v1.0`.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}/v1.0{path}", self.request.base_url)
    }

    /// A header of the request as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// `Prefer: odata.maxpagesize=…`
    pub(super) fn preferred_page_size(&self) -> Option<usize> {
        let (_, text) = self.header("prefer")?.split_once("odata.maxpagesize=")?;
        text.split([',', ';', ' ']).next()?.trim_matches('"').parse().ok()
    }

    /// Whether the client asked for `ConsistencyLevel: eventual`.
    pub(crate) fn is_eventual(&self) -> bool {
        self.header("consistencylevel").is_some_and(|value| value.eq_ignore_ascii_case("eventual"))
    }

    /// The JSON object of the body, any properties.
    ///
    /// # Errors
    /// 400 where the body is none.
    pub(crate) fn json(&self) -> Result<Properties, GraphError> {
        body::json_object(self.request.body)
    }

    /// The JSON object of the body, checked against a type of Graph; annotations (`@odata.type`,
    /// `members@odata.bind` …) of its top level are left out.
    ///
    /// # Errors
    /// 400 where the body is no such object.
    pub(crate) fn body(&self, kind: &str) -> Result<Properties, GraphError> {
        let mut properties = self.json()?;
        body::respell(kind, &mut properties);
        body::check(kind, &properties)?;
        body::settle(kind, &mut properties);
        Ok(properties.into_iter().filter(|(name, _)| !name.contains('@')).collect())
    }

    /// 404 for an id, in the service's words.
    pub(crate) fn not_found(&self, id: &str) -> GraphError {
        GraphError::not_found(self.service(), id)
    }

    /// The entity of an id, or the service's 404.
    ///
    /// # Errors
    /// 404 where it does not exist.
    pub(crate) fn find<'t>(&self, tenant: &'t Tenant, path: &str, id: &str) -> Result<&'t Entity, GraphError> {
        tenant.store.get(path, id).ok_or_else(|| self.not_found(id))
    }

    /// 200 with an entity, `$select` obeyed. `context` is what follows `$metadata#`, without
    /// `/$entity`: `users('…')/messages`.
    pub(crate) fn entity(&self, entity: &Entity, context: &str) -> Answer {
        self.entity_with(StatusCode::OK, entity, context, &Rendering::default())
    }

    /// 201 with a new entity.
    pub(crate) fn created(&self, entity: &Entity, context: &str) -> Answer {
        self.entity_with(StatusCode::CREATED, entity, context, &Rendering::default())
    }

    /// An entity, in more detail: which properties by default, which expanded ones.
    pub(crate) fn entity_with(
        &self,
        status: StatusCode,
        entity: &Entity,
        context: &str,
        rendering: &Rendering<'_>,
    ) -> Answer {
        let rendering = rendering.for_call(self, entity.kind)?;
        let mut out = Vec::with_capacity(1024);
        out.push(b'{');
        if !self.has_no_metadata() {
            let select =
                if self.query.select.is_empty() { String::new() } else { format!("({})", self.query.select.join(",")) };
            let context = self.context(&format!("{context}{select}/$entity"));
            super::render::write_member(&mut out, "@odata.context", &Value::String(context));
        }
        write_entity(&mut out, entity, &rendering, self.metadata());
        out.push(b'}');
        let options = if rendering.expansion.is_some() { "$select $expand" } else { "$select" };
        Ok(rendering.preferences.noted(GraphResponse::json_bytes(status, out).obeying(options), entity.kind))
    }

    /// 200 with any object, `@odata.context` before it.
    pub(crate) fn value(&self, value: Value, context: &str) -> Answer {
        let mut all = Map::new();
        if !self.has_no_metadata() {
            all.insert("@odata.context".to_owned(), Value::String(self.context(context)));
        }
        match value {
            Value::Object(properties) => all.extend(properties),
            other => {
                all.insert("value".to_owned(), other);
            }
        }
        Ok(GraphResponse::json(StatusCode::OK, &Value::Object(all)))
    }

    /// 200 with a plain number, as `$count` answers.
    pub(crate) fn number(&self, number: usize) -> Answer {
        Ok(GraphResponse::bytes(StatusCode::OK, "text/plain", number.to_string().into_bytes().into()))
    }

    /// Compares `If-Match` with the entity's version.
    ///
    /// # Errors
    /// 412 where the client knows another version.
    pub(crate) fn check_version(&self, entity: &Entity) -> Result<(), GraphError> {
        let Some(wanted) = self.header("if-match").filter(|wanted| *wanted != "*") else { return Ok(()) };
        let known = super::render::etag(entity);
        // The tag of a drive's item has a comma of its own.
        let matches = [wanted].into_iter().chain(wanted.split(',')).any(|tag| plain_tag(tag) == plain_tag(&known));
        if matches { Ok(()) } else { Err(GraphError::changed_meanwhile(self.service())) }
    }

    /// The full `@odata.context`.
    pub(crate) fn context(&self, rest: &str) -> String {
        self.address(&format!("/$metadata#{rest}"))
    }

    /// Whether ETags and types are shown.
    pub(super) fn metadata(&self) -> Metadata {
        if self.has_no_metadata() { Metadata::None } else { Metadata::Minimal }
    }

    fn has_no_metadata(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.to_ascii_lowercase().contains("odata.metadata=none"))
    }
}

/// How much OData metadata an answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metadata {
    None,
    Minimal,
}

fn plain_tag(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/").trim_matches('"')
}

/// The ids that `name@odata.bind` of a body refers to.
pub(crate) fn bound_ids(properties: &Properties, name: &str) -> Vec<String> {
    let bound = properties.get(&format!("{name}@odata.bind")).and_then(Value::as_array);
    bound.into_iter().flatten().filter_map(|address| address.as_str().and_then(last_id)).collect()
}

/// The id at the end of an entity's address.
fn last_id(address: &str) -> Option<String> {
    let id = address.trim_end_matches('/').rsplit(['/', '(']).next()?;
    Some(id.trim_matches([')', '\'']).to_owned()).filter(|id| !id.is_empty())
}

/// A reference to an entity, as `$ref` bodies carry it: the last segment of `@odata.id`.
pub(crate) fn referenced_id(properties: &Properties) -> Result<String, GraphError> {
    let address = properties.get("@odata.id").and_then(Value::as_str);
    address.and_then(last_id).ok_or_else(|| {
        let message = "The reference in '@odata.id' is missing or invalid.";
        GraphError::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    })
}

/// An empty JSON list, for what the sandbox's tenant has none of.
pub(crate) fn empty_list(call: &Call<'_>, context: &str) -> Answer {
    call.value(json!({"value": []}), context)
}
