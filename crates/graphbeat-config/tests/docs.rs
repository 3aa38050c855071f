//! The page about the configuration says what the program does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use graphbeat_catalog::Catalog;
use graphbeat_config::{BUILTIN_CLOUDS, ConfigFile, FileCheck, Known, Sources, VARIABLES, load, schema};
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/CONFIGURATION.md");

#[test]
fn the_page_names_every_variable_and_the_key_that_it_overrides() {
    for variable in VARIABLES {
        let key = variable.overrides.map(|pointer| pointer.trim_start_matches('/').replace('/', "."));
        let row = PAGE.lines().find(|line| line.contains(&format!("`{}`", variable.name)) && line.starts_with('|'));
        let row = row.expect(variable.name);
        assert!(key.is_none_or(|key| row.starts_with(&format!("| `{key}` |"))), "{row}");
        assert!(!variable.description.is_empty());
    }
}

#[test]
fn the_page_names_every_key() {
    fn keys(schema: &Value, found: &mut Vec<String>) {
        if let Some(Value::Object(properties)) = schema.get("properties") {
            found.extend(properties.keys().cloned());
        }
        match schema {
            Value::Object(entries) => entries.values().for_each(|value| keys(value, found)),
            Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    keys(&schema(), &mut found);
    for key in found {
        assert!(PAGE.contains(&key), "the page does not name `{key}`");
    }
}

#[test]
fn the_page_names_where_each_cloud_of_microsoft_may_lead() {
    for cloud in BUILTIN_CLOUDS {
        let hosts = cloud.content_hosts.iter().map(|host| format!("`{host}`")).collect::<Vec<_>>().join(", ");
        let row = format!("| `{}` | {hosts} |", cloud.name);
        assert!(PAGE.contains(&row), "{row}");
    }
}

#[test]
fn the_pages_example_is_a_good_file() {
    let example = PAGE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let file = ConfigFile { path: PathBuf::from("graphbeat.toml"), text: example.to_owned() };
    let known = Known::of(&Catalog::builtin().expect("the catalogue"));
    let sources = Sources {
        file: &file,
        data_dir: Path::new("."),
        environment: &BTreeMap::new(),
        language: None,
        known: &known,
        files: FileCheck::Read,
    };
    let config = load(&sources).expect("the example is right");
    assert_eq!(config.accounts.len(), 1);
}
