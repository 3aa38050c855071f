//! Graph's own description, `GET /$metadata`: the types of `data/schema.txt` and the roots of the route table
//! as CSDL. Like the real one, it asks for no token.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderName, StatusCode};

use super::call::Call;
use super::path::{Piece, pieces};
use super::response::GraphResponse;
use super::route::{Answer, Gate, Route};
use super::table;
use crate::tenant::Tenant;

/// The path, which is open to everybody.
pub(super) const PATH: &str = "/$metadata";
/// The routes of the description.
pub(super) const ROUTES: &[Route] = &[Route::get("metadata.document.get", PATH, document).behind(Gate::AnyToken)];

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
/// The base of everything that has an id.
const ENTITY: &str = "entity";
/// Names of `data/schema.txt` that are types of the protocol; `Json` is a value of any type.
const PRIMITIVES: &[&str] = &[
    "Binary",
    "Boolean",
    "Date",
    "DateTimeOffset",
    "Double",
    "Duration",
    "Guid",
    "Int16",
    "Int32",
    "Int64",
    "Stream",
    "String",
    "TimeOfDay",
];
const UNTYPED: &str = "Json";
/// Roots that hold many, and of what. Every other root of the route table is one thing.
const SETS: &[(&str, &str)] = &[
    ("applications", "application"),
    ("chats", "chat"),
    ("contacts", "orgContact"),
    ("devices", "device"),
    ("directoryObjects", "directoryObject"),
    ("directoryRoles", "directoryRole"),
    ("domains", "domain"),
    ("drives", "drive"),
    ("groupSettingTemplates", "groupSettingTemplate"),
    ("groupSettings", "groupSetting"),
    ("groups", "group"),
    ("invitations", "invitation"),
    ("oauth2PermissionGrants", "oAuth2PermissionGrant"),
    ("organization", "organization"),
    ("places", "place"),
    ("servicePrincipals", "servicePrincipal"),
    ("shares", "sharedDriveItem"),
    ("sites", "site"),
    ("subscribedSkus", "subscribedSku"),
    ("subscriptions", "subscription"),
    ("teams", "team"),
    ("users", "user"),
];

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(written(include_str!("../../data/schema.txt"))));

fn document(_: &Tenant, _: &Call<'_>) -> Answer {
    let answer = GraphResponse::bytes(StatusCode::OK, "application/xml", DOCUMENT.clone());
    Ok(answer.with(ODATA_VERSION, "4.0"))
}

/// A line of the schema: `type NAME BASE open|closed PROPERTY…`.
struct Type<'t> {
    name: &'t str,
    base: Option<&'t str>,
    is_open: bool,
    properties: Vec<(&'t str, &'t str)>,
}

/// The schema as it stands in the file, in its order.
struct Schema<'t> {
    types: Vec<Type<'t>>,
    enumerations: Vec<(&'t str, Vec<&'t str>)>,
}

impl<'t> Schema<'t> {
    fn read(text: &'t str) -> Self {
        let mut schema = Self { types: Vec::new(), enumerations: Vec::new() };
        for line in text.lines() {
            let mut words = line.split(' ').filter(|word| !word.is_empty());
            match (words.next(), words.next()) {
                (Some("type"), Some(name)) => schema.types.push(Type {
                    name,
                    base: words.next().filter(|base| *base != "-"),
                    is_open: words.next() == Some("open"),
                    properties: words.filter_map(|word| word.split_once(':')).collect(),
                }),
                (Some("enum"), Some(name)) => schema.enumerations.push((name, words.collect())),
                _ => {}
            }
        }
        schema
    }

    fn find(&self, name: &str) -> Option<&Type<'t>> {
        self.types.iter().find(|it| it.name == name)
    }

    fn is_entity(&self, one: &Type<'t>) -> bool {
        one.name == ENTITY || one.base.and_then(|base| self.find(base)).is_some_and(|base| self.is_entity(base))
    }

    /// A type's name in the document; `None` where the schema does not have it.
    fn named(&self, name: &str) -> Option<String> {
        let is_known = self.find(name).is_some() || self.enumerations.iter().any(|(known, _)| *known == name);
        match name {
            UNTYPED => Some("Edm.Untyped".to_owned()),
            _ if PRIMITIVES.contains(&name) => Some(format!("Edm.{name}")),
            _ => is_known.then(|| format!("graph.{name}")),
        }
    }
}

/// The whole document.
fn written(text: &str) -> String {
    let schema = Schema::read(text);
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>\n<Schema Namespace=\"microsoft.graph\" Alias=\"graph\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n",
    );
    for (name, members) in &schema.enumerations {
        xml.push_str(&format!("<EnumType Name=\"{name}\">"));
        for (number, member) in members.iter().enumerate() {
            xml.push_str(&format!("<Member Name=\"{member}\" Value=\"{number}\"/>"));
        }
        xml.push_str("</EnumType>\n");
    }
    schema.types.iter().for_each(|one| write_type(&mut xml, &schema, one));
    write_container(&mut xml, &schema);
    xml.push_str("</Schema>\n</edmx:DataServices></edmx:Edmx>\n");
    xml
}

fn write_type(xml: &mut String, schema: &Schema<'_>, one: &Type<'_>) {
    let element = if schema.is_entity(one) { "EntityType" } else { "ComplexType" };
    xml.push_str(&format!("<{element} Name=\"{}\"", one.name));
    if let Some(base) = one.base.and_then(|base| schema.named(base)) {
        xml.push_str(&format!(" BaseType=\"{base}\""));
    }
    if one.name == ENTITY {
        xml.push_str(" Abstract=\"true\"");
    }
    if one.is_open {
        xml.push_str(" OpenType=\"true\"");
    }
    xml.push('>');
    if one.name == ENTITY {
        xml.push_str("<Key><PropertyRef Name=\"id\"/></Key>");
    }
    one.properties.iter().for_each(|(name, held)| write_property(xml, schema, (one.name, name), held));
    xml.push_str(&format!("</{element}>\n"));
}

/// A property whose type the schema does not have is left out: a document names nothing that it lacks.
fn write_property(xml: &mut String, schema: &Schema<'_>, (owner, name): (&str, &str), held: &str) {
    let (element, held) = match held.strip_prefix('>') {
        Some(held) => ("NavigationProperty", held),
        None => ("Property", held),
    };
    let Some(mut of) = schema.named(held.trim_start_matches('*')) else { return };
    if held.starts_with('*') {
        of = format!("Collection({of})");
    }
    let is_key = owner == ENTITY && name == "id";
    let nullable = if is_key { " Nullable=\"false\"" } else { "" };
    xml.push_str(&format!("<{element} Name=\"{name}\" Type=\"{of}\"{nullable}/>"));
}

/// What the paths of the route table begin with.
fn roots() -> BTreeSet<String> {
    let first = |route: &Route| match pieces(route.pattern).into_iter().next() {
        Some(Piece::Literal(name)) if name != PATH.trim_start_matches('/') => Some(name.to_string()),
        _ => None,
    };
    table::routes().filter_map(first).chain(["me".to_owned()]).collect()
}

/// A root that is one thing has the type of its name, or one that has nothing but the name.
fn write_container(xml: &mut String, schema: &Schema<'_>) {
    let mut container = String::from("<EntityContainer Name=\"GraphService\">");
    for root in roots() {
        match SETS.iter().find(|(set, _)| *set == root) {
            Some((set, of)) => {
                container.push_str(&format!("<EntitySet Name=\"{set}\" EntityType=\"microsoft.graph.{of}\"/>"));
            }
            None => {
                let of = if root == "me" { "user" } else { &root };
                if schema.find(of).is_none() {
                    xml.push_str(&format!("<EntityType Name=\"{of}\" BaseType=\"graph.{ENTITY}\"/>\n"));
                }
                container.push_str(&format!("<Singleton Name=\"{root}\" Type=\"microsoft.graph.{of}\"/>"));
            }
        }
    }
    xml.push_str(&container);
    xml.push_str("</EntityContainer>\n");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn document() -> String {
        String::from_utf8(DOCUMENT.to_vec()).expect("text")
    }

    #[test]
    fn the_description_is_xml_and_names_no_type_that_it_lacks() {
        let text = document();
        let document = roxmltree::Document::parse(&text).expect("XML");
        let attribute = |name: &'static str| {
            let nodes = document.descendants().collect::<Vec<_>>();
            nodes.into_iter().filter_map(move |node| node.attribute(name).map(str::to_owned)).collect::<Vec<_>>()
        };
        let declared: BTreeSet<String> = document
            .descendants()
            .filter(|node| ["EntityType", "ComplexType", "EnumType"].contains(&node.tag_name().name()))
            .filter_map(|node| node.attribute("Name").map(str::to_owned))
            .collect();
        assert!(declared.len() > 500, "{}", declared.len());
        for named in ["Type", "BaseType", "EntityType"].into_iter().flat_map(attribute) {
            let bare = named.trim_start_matches("Collection(").trim_end_matches(')');
            let own = bare.strip_prefix("graph.").or_else(|| bare.strip_prefix("microsoft.graph."));
            assert!(bare.starts_with("Edm.") || own.is_some_and(|own| declared.contains(own)), "{named}");
        }
    }

    #[test]
    fn every_root_of_the_routes_is_in_the_container_and_every_set_has_entities() {
        let text = document();
        let document = roxmltree::Document::parse(&text).expect("XML");
        let container = document.descendants().find(|node| node.tag_name().name() == "EntityContainer");
        let names: BTreeSet<String> = container
            .expect("a container")
            .children()
            .filter_map(|node| node.attribute("Name").map(str::to_owned))
            .collect();
        assert_eq!(names, roots());
        let schema = Schema::read(include_str!("../../data/schema.txt"));
        for (set, of) in SETS {
            assert!(schema.find(of).is_some_and(|it| schema.is_entity(it)), "{set}: {of}");
        }
    }
}
