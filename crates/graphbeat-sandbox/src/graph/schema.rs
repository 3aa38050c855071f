//! Graph's types: which properties a type has and what they hold, from `data/schema.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// How deep types may inherit.
const BASES_MAX: usize = 8;

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Property {
    /// The type's name: `String`, `Boolean`, `itemBody`, `importance`.
    pub(crate) holds: &'static str,
    pub(crate) shape: Shape,
}

/// Whether a property holds one value, many, or leads to other entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    One,
    Many,
    /// A navigation property: not part of the entity itself.
    Elsewhere,
}

#[derive(Debug)]
struct Type {
    base: Option<&'static str>,
    is_open: bool,
    properties: HashMap<&'static str, Property>,
}

#[derive(Debug, Default)]
struct Schema {
    types: HashMap<&'static str, Type>,
    members: HashMap<&'static str, Vec<&'static str>>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| read(include_str!("../../data/schema.txt")));

/// A property of a type or of what it inherits from, its name in any case as the services take it.
pub(crate) fn property(kind: &str, name: &str) -> Option<Property> {
    let exact = lineage(kind).find_map(|it| it.properties.get(name).copied());
    exact.or_else(|| lineage(kind).find_map(|it| it.properties.get(spelling(it, name)?).copied()))
}

/// A property's name in its own case; unknown names stay as they are.
pub(crate) fn spelled<'n>(kind: &str, name: &'n str) -> &'n str {
    if lineage(kind).any(|it| it.properties.contains_key(name)) {
        return name;
    }
    lineage(kind).find_map(|it| spelling(it, name)).unwrap_or(name)
}

fn spelling(kind: &Type, name: &str) -> Option<&'static str> {
    kind.properties.keys().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

/// Whether the type is known.
pub(crate) fn is_type(kind: &str) -> bool {
    SCHEMA.types.contains_key(kind)
}

/// The name of a known type, as it lives in the table.
pub(crate) fn known_kind(kind: &str) -> Option<&'static str> {
    SCHEMA.types.get_key_value(kind).map(|(name, _)| *name)
}

/// Whether the type takes properties that its declaration does not name.
pub(crate) fn is_open(kind: &str) -> bool {
    // Outlook's items are open in the metadata, but the service refuses unknown names all the same.
    matches!(kind, "openTypeExtension" | "extension" | "fieldValueSet" | "dictionary") || {
        let by_nature = SCHEMA.types.get(kind).is_some_and(|it| it.is_open);
        by_nature && lineage(kind).all(|it| it.properties.is_empty())
    }
}

/// The members of an enumeration; `None` for any other type.
pub(crate) fn members(kind: &str) -> Option<&'static [&'static str]> {
    SCHEMA.members.get(kind).map(Vec::as_slice)
}

fn lineage(kind: &str) -> impl Iterator<Item = &'static Type> {
    let first = SCHEMA.types.get(kind);
    std::iter::successors(first, |it| it.base.and_then(|base| SCHEMA.types.get(base))).take(BASES_MAX)
}

fn read(text: &'static str) -> Schema {
    let mut schema = Schema::default();
    for line in text.lines() {
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            (Some("type"), Some(name)) => {
                let base = words.next().filter(|base| *base != "-");
                let is_open = words.next() == Some("open");
                let properties = words.filter_map(read_property).collect();
                schema.types.insert(name, Type { base, is_open, properties });
            }
            (Some("enum"), Some(name)) => {
                schema.members.insert(name, words.collect());
            }
            _ => {}
        }
    }
    schema
}

fn read_property(word: &'static str) -> Option<(&'static str, Property)> {
    let (name, held) = word.split_once(':')?;
    let (shape, held) = match (held.strip_prefix('>'), held.strip_prefix('*')) {
        (Some(rest), _) => (Shape::Elsewhere, rest.trim_start_matches('*')),
        (None, Some(rest)) => (Shape::Many, rest),
        (None, None) => (Shape::One, held),
    };
    Some((name, Property { holds: held, shape }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inherited_and_own_properties_are_known() {
        assert_eq!(property("message", "subject").map(|it| it.holds), Some("String"));
        assert_eq!(property("message", "id").map(|it| it.holds), Some("String"));
        assert_eq!(property("message", "toRecipients").map(|it| it.shape), Some(Shape::Many));
        assert_eq!(property("message", "attachments").map(|it| it.shape), Some(Shape::Elsewhere));
        assert_eq!(property("message", "colour"), None);
        assert_eq!(property("message", "toRECIPIENTS"), property("message", "toRecipients"));
        assert_eq!((spelled("user", "Id"), spelled("user", "mailNickName")), ("id", "mailNickname"));
        assert_eq!(spelled("user", "Colour"), "Colour");
        assert_eq!(members("importance"), Some(&["low", "normal", "high"][..]));
        assert!(is_open("openTypeExtension") && !is_open("message"));
    }
}
