//! Writing entities as JSON, straight into the bytes of the answer.

use serde_json::Value;

use super::call::{Call, Metadata};
use super::error::GraphError;
use super::preferences::Preferences;
use super::schema::{Shape, property, spelled};
use crate::tenant::ids::change_key;
use crate::tenant::store::Entity;

/// Types that show `@odata.etag`.
const WITH_ETAG: &[&str] = &[
    "message",
    "event",
    "contact",
    "todoTask",
    "todoTaskList",
    "checklistItem",
    "listItem",
    "plannerTask",
    "plannerTaskDetails",
    "plannerPlan",
    "plannerPlanDetails",
    "plannerBucket",
    "calendar",
];
/// Types that show a `changeKey`.
const WITH_CHANGE_KEY: &[&str] = &["message", "event", "contact", "calendar"];
/// Types that show `eTag` as a property.
const WITH_ETAG_PROPERTY: &[&str] = &["driveItem", "listItem", "list", "sitePage"];

/// What Microsoft's metadata does not name, though it may be selected and filtered by.
const UNDECLARED: &[&str] = &["resourceBehaviorOptions", "resourceProvisioningOptions"];

/// Gives the value of an expanded navigation property.
pub(crate) type Expansion<'a> = &'a dyn Fn(&Entity, &str) -> Option<Value>;

/// Which properties of an entity are shown.
#[derive(Clone, Default)]
pub(crate) struct Rendering<'a> {
    /// Shown where the request has no `$select`; `None` shows all.
    pub(crate) default: Option<&'a [&'a str]>,
    /// How `$expand` is served; `None` ignores it.
    pub(crate) expansion: Option<Expansion<'a>>,
    /// Whether `@odata.type` is shown: in lists of several types.
    pub(crate) typing: Typing,
    /// The type that the list promises; an entity of another one names its own. Set by the framework.
    pub(super) declared: Option<&'static str>,
    /// From the request: how Outlook's times and bodies are written; set by the framework.
    pub(super) preferences: Preferences,
    /// From the request: the selected names; set by the framework.
    pub(crate) select: Vec<String>,
    /// From the request: the names to expand; set by the framework.
    pub(crate) expand: Vec<String>,
}

/// Whether `@odata.type` is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Typing {
    #[default]
    Hidden,
    Shown,
}

impl<'a> Rendering<'a> {
    /// Shows these properties where the request has no `$select`.
    pub(crate) fn showing(default: &'a [&'a str]) -> Self {
        Self { default: Some(default), ..Self::default() }
    }

    /// Every entity with its `@odata.type`.
    pub(crate) fn typed() -> Self {
        Self { typing: Typing::Shown, ..Self::default() }
    }

    /// The same for a request's `$select`, `$expand` and `Prefer`, checked against the type.
    pub(super) fn for_call(&self, call: &Call<'_>, kind: &str) -> Result<Self, GraphError> {
        let query = &call.query;
        for name in query.select.iter().chain(&query.expand) {
            let first = name.split('/').next().unwrap_or_default();
            let known = first == "*"
                || first.contains(['.', '@'])
                || property(kind, first).is_some()
                || kind == "directoryObject";
            if !known {
                return Err(GraphError::bad_request(format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{first}' on type 'microsoft.graph.{kind}'."
                )));
            }
        }
        let own = |name: &String| match name.split_once('/') {
            Some((first, rest)) => format!("{}/{rest}", spelled(kind, first)),
            None => spelled(kind, name).to_owned(),
        };
        let mut select: Vec<String> = query.select.iter().map(own).collect();
        if select.iter().any(|name| name == "*") {
            select.clear();
        }
        let (expand, preferences) = (query.expand.iter().map(own).collect(), Preferences::of(call)?);
        Ok(Self { select, expand, preferences, ..self.clone() })
    }

    fn shows(&self, name: &str) -> bool {
        match (self.select.is_empty(), self.default) {
            (false, _) => name == "id" || self.select.iter().any(|known| known.split('/').next() == Some(name)),
            (true, Some(default)) => default.contains(&name),
            (true, None) => !UNDECLARED.contains(&name),
        }
    }
}

/// The entity's ETag.
pub(crate) fn etag(entity: &Entity) -> String {
    match entity.kind {
        "driveItem" => format!("\"{{{}}},{}\"", entity.id(), entity.version),
        "listItem" | "list" | "sitePage" => format!("\"{},{}\"", entity.id(), entity.version),
        _ => format!("W/\"{}\"", change_key(entity.version)),
    }
}

/// Writes the members of an entity, without the braces.
pub(super) fn write_entity(out: &mut Vec<u8>, entity: &Entity, rendering: &Rendering<'_>, metadata: Metadata) {
    if metadata == Metadata::Minimal {
        if rendering.typing == Typing::Shown || rendering.declared.is_some_and(|kind| kind != entity.kind) {
            write_member(out, "@odata.type", &Value::String(format!("#microsoft.graph.{}", entity.kind)));
        }
        if WITH_ETAG.contains(&entity.kind) {
            write_member(out, "@odata.etag", &Value::String(etag(entity)));
        }
    }
    for (name, value) in &entity.properties {
        if !name.starts_with('_') && rendering.shows(name) {
            match rendering.preferences.shown(entity.kind, name, value) {
                Some(shown) => write_member(out, name, &shown),
                None => write_member(out, name, value),
            }
        }
    }
    write_version(out, entity, rendering);
    write_missing(out, entity, rendering);
    if let Some(expansion) = rendering.expansion {
        for name in &rendering.expand {
            if let Some(value) = expansion(entity, name) {
                write_member(out, name, &value);
            }
        }
    }
}

/// The properties that follow from the entity's version.
fn write_version(out: &mut Vec<u8>, entity: &Entity, rendering: &Rendering<'_>) {
    if WITH_CHANGE_KEY.contains(&entity.kind) && rendering.shows("changeKey") {
        write_member(out, "changeKey", &Value::String(change_key(entity.version)));
    }
    if WITH_ETAG_PROPERTY.contains(&entity.kind) {
        if rendering.shows("eTag") {
            write_member(out, "eTag", &Value::String(etag(entity)));
        }
        if entity.kind == "driveItem" && rendering.shows("cTag") {
            let tag = format!("\"c:{{{}}},{}\"", entity.id(), entity.version);
            write_member(out, "cTag", &Value::String(tag));
        }
    }
}

/// Selected properties that the entity has no value for: null, or an empty list.
fn write_missing(out: &mut Vec<u8>, entity: &Entity, rendering: &Rendering<'_>) {
    for name in &rendering.select {
        let made = matches!(name.as_str(), "changeKey" | "eTag" | "cTag");
        if made || entity.properties.contains_key(name) {
            continue;
        }
        match property(entity.kind, name).map(|known| known.shape) {
            Some(Shape::One) => write_member(out, name, &Value::Null),
            Some(Shape::Many) => write_member(out, name, &Value::Array(Vec::new())),
            Some(Shape::Elsewhere) | None => {}
        }
    }
}

/// Writes `"name":value`, with a comma before it where it is not the first member.
pub(super) fn write_member(out: &mut Vec<u8>, name: &str, value: &Value) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    // Writing JSON values into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, name);
    out.push(b':');
    let _ = serde_json::to_writer(&mut *out, value);
}
