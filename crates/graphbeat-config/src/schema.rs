//! The published JSON schema of the configuration file.

use serde_json::Value;

use crate::table::FileTable;

/// The JSON schema of `graphbeat.toml`, for editors; the reader checks files against the same one.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(FileTable).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every property of every table that describes more than itself alone.
    fn properties(schema: &Value, found: &mut Vec<(String, Value)>) {
        // A table of one key, such as `{ file = … }`, is described as a whole.
        if let Some(Value::Object(properties)) = schema.get("properties")
            && (properties.len() > 1 || schema.get("description").is_none())
        {
            found.extend(properties.iter().map(|(name, property)| (name.clone(), property.clone())));
        }
        match schema {
            Value::Object(entries) => entries.values().for_each(|value| properties(value, found)),
            Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_key_says_what_it_is_for() {
        let mut found = Vec::new();
        properties(&schema(), &mut found);
        assert!(found.len() > 20, "{}", found.len());
        for (name, property) in found {
            let constant = property.get("const").is_some();
            assert!(constant || property.get("description").is_some(), "`{name}` has no description");
        }
    }

    #[test]
    fn every_table_of_named_keys_refuses_others() {
        fn check(schema: &Value) {
            if let Value::Object(entries) = schema {
                if entries.contains_key("properties") {
                    assert_eq!(entries.get("additionalProperties"), Some(&Value::Bool(false)), "{schema}");
                }
                entries.values().for_each(check);
            } else if let Value::Array(items) = schema {
                items.iter().for_each(check);
            }
        }
        check(&schema());
    }
}
