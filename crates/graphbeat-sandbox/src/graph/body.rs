//! Bodies of requests, checked against Graph's types: an unknown property or a wrong type is answered
//! with 400 as the services do, never swallowed.

use serde_json::{Map, Value};

use super::error::GraphError;
use super::schema::{Shape, is_open, is_type, members, property, spelled};
use crate::tenant::store::Properties;

/// How deep a body may nest.
const DEPTH_MAX: usize = 16;

/// The JSON object of a body.
pub(crate) fn json_object(body: &[u8]) -> Result<Properties, GraphError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(properties)) => Ok(properties),
        _ => Err(GraphError::bad_request(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )),
    }
}

/// Gives the properties of a body their own case: the services take their names in any.
pub(crate) fn respell(kind: &str, properties: &mut Properties) {
    respell_object(kind, properties, 0);
}

fn respell_object(kind: &str, properties: &mut Properties, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    let kind = properties.get("@odata.type").and_then(Value::as_str).map_or(kind, named_kind).to_owned();
    let all = std::mem::take(properties);
    for (name, mut value) in all {
        let own = spelled(&kind, &name);
        if let Some(known) = property(&kind, own) {
            respell_value(known.holds, &mut value, depth);
        }
        let own = if own == name { name } else { own.to_owned() };
        properties.insert(own, value);
    }
}

fn respell_value(holds: &str, value: &mut Value, depth: usize) {
    match value {
        Value::Object(inner) => respell_object(holds, inner, depth + 1),
        Value::Array(items) => items.iter_mut().for_each(|item| respell_value(holds, item, depth)),
        _ => {}
    }
}

/// Checks the properties of a body against a type.
pub(crate) fn check(kind: &str, properties: &Properties) -> Result<(), GraphError> {
    check_object(kind, properties, 0)
}

/// Gives the members of enumerations in a checked body their own letter case.
pub(crate) fn settle(kind: &str, properties: &mut Properties) {
    let kind = properties.get("@odata.type").and_then(Value::as_str).map_or(kind, named_kind).to_owned();
    for (name, value) in properties.iter_mut() {
        if let Some(known) = property(&kind, name) {
            settle_value(known.holds, value);
        }
    }
}

fn settle_value(holds: &str, value: &mut Value) {
    match (value, members(holds)) {
        (Value::Object(inner), _) => settle(holds, inner),
        (Value::Array(items), _) => items.iter_mut().for_each(|item| settle_value(holds, item)),
        (Value::String(text), Some(members)) => {
            let own = |part: &str| members.iter().find(|known| known.eq_ignore_ascii_case(part.trim())).copied();
            *text = text.split(',').filter_map(own).collect::<Vec<_>>().join(",");
        }
        _ => {}
    }
}

fn check_object(kind: &str, properties: &Map<String, Value>, depth: usize) -> Result<(), GraphError> {
    if depth > DEPTH_MAX {
        return Err(unreadable("The depth limit for entries in nested expanded navigation links was reached."));
    }
    let kind = properties.get("@odata.type").and_then(Value::as_str).map_or(kind, named_kind);
    for (name, value) in properties {
        if name.contains('@') {
            continue;
        }
        match property(kind, name) {
            Some(known) => check_value(known.holds, known.shape, value, depth)?,
            None if is_open(kind) || !is_type(kind) => {}
            None => {
                return Err(unreadable(format!(
                    "The property '{name}' does not exist on type 'microsoft.graph.{kind}'. Make sure to only use property names that are defined by the type."
                )));
            }
        }
    }
    Ok(())
}

fn check_value(holds: &str, shape: Shape, value: &Value, depth: usize) -> Result<(), GraphError> {
    match (shape, value) {
        (_, Value::Null) => Ok(()),
        (Shape::Many | Shape::Elsewhere, Value::Array(items)) => {
            items.iter().try_for_each(|item| check_value(holds, Shape::One, item, depth + 1))
        }
        (Shape::Many, other) => Err(wrong(holds, other)),
        (Shape::One | Shape::Elsewhere, Value::Object(inner)) if is_type(holds) => {
            check_object(holds, inner, depth + 1)
        }
        (_, value) if fits(holds, value) => Ok(()),
        (_, value) => Err(wrong(holds, value)),
    }
}

fn fits(holds: &str, value: &Value) -> bool {
    if let Some(members) = members(holds) {
        let known = |text: &str| members.iter().any(|member| member.eq_ignore_ascii_case(text.trim()));
        return value.as_str().is_some_and(|text| text.split(',').all(known));
    }
    match holds {
        "Boolean" => value.is_boolean(),
        "Byte" | "SByte" | "Int16" | "Int32" | "Int64" => value.is_i64() || value.is_u64(),
        "Double" | "Single" | "Decimal" => value.is_number(),
        "Guid" => value.as_str().is_some_and(|text| text.parse::<uuid::Uuid>().is_ok()),
        "DateTimeOffset" => value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        "Date" => value.as_str().is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok()),
        "String" | "Binary" | "TimeOfDay" | "Duration" | "Stream" => value.is_string(),
        _ => !is_type(holds),
    }
}

/// Whether a filter may compare a property that holds a type with a value; times may come in quotes.
pub(super) fn is_comparable(holds: &str, value: &Value) -> bool {
    let is_loose = matches!(holds, "DateTimeOffset" | "Date" | "Guid" | "Binary" | "TimeOfDay" | "Duration");
    value.is_null() || (is_loose && value.is_string()) || (!is_type(holds) && fits(holds, value))
}

/// The type that `#microsoft.graph.x` names.
fn named_kind(text: &str) -> &str {
    let text = text.trim_start_matches('#');
    text.strip_prefix("microsoft.graph.").unwrap_or(text)
}

fn wrong(holds: &str, value: &Value) -> GraphError {
    let mut shown = value.to_string();
    if shown.len() > 60 {
        shown = shown.chars().take(60).collect();
    }
    unreadable(format!("Cannot convert the literal '{shown}' to the expected type 'Edm.{holds}'."))
}

fn unreadable(message: impl Into<String>) -> GraphError {
    GraphError::new(http::StatusCode::BAD_REQUEST, "RequestBodyRead", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check_message(body: Value) -> Result<(), String> {
        check("message", &crate::tenant::store::object(body)).map_err(|error| error.message)
    }

    #[test]
    fn a_body_of_known_properties_and_types_passes() {
        let body = json!({
            "subject": "hello", "importance": "high", "isRead": true, "categories": ["blue"],
            "toRecipients": [{"emailAddress": {"address": "a@b.c", "name": null}}],
            "body": {"contentType": "html", "content": "<p>"},
            "singleValueExtendedProperties": [{"id": "String {…} Name x", "value": "y"}],
            "attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a", "contentBytes": "QQ=="}],
        });
        assert_eq!(check_message(body), Ok(()));
    }

    #[test]
    fn a_property_may_be_written_in_any_case() {
        let mut body = crate::tenant::store::object(json!({
            "Subject": "hello", "TORecipients": [{"emailaddress": {"Address": "a@b.c"}}], "isRead": true,
        }));
        respell("message", &mut body);
        let own = json!({"subject": "hello", "toRecipients": [{"emailAddress": {"address": "a@b.c"}}], "isRead": true});
        assert_eq!(Value::Object(body), own);
    }

    #[test]
    fn an_unknown_property_or_a_wrong_type_is_refused() {
        for body in [
            json!({"colour": "red"}),
            json!({"isRead": "yes"}),
            json!({"toRecipients": {}}),
            json!({"importance": "huge"}),
            json!({"body": {"kind": "html"}}),
            json!({"body": "text"}),
            json!({"receivedDateTime": "yesterday"}),
            json!({"subject": 5}),
            json!({"toRecipients": ["a@b.c"]}),
        ] {
            assert!(check_message(body.clone()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for body in ["", "[]", "5", "{", "{\"a\":}", "\u{0}"] {
            assert_eq!(json_object(body.as_bytes()).expect_err(body).code, "BadRequest");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(json_object(deep.as_bytes()).is_err());
    }
}
