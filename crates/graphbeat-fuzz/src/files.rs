//! Files and texts that a user hands to the client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use graphbeat_catalog::Catalog;
use graphbeat_config::{ConfigFile, FileCheck, Known, Sources, load, show_json, show_toml};
use graphbeat_core::explain::Knowledge;
use graphbeat_core::{ErrorBody, Language};

/// A longer text is explained no further, and a longer file is only slower.
const TEXT_BYTES_MAX: usize = 16_384;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::builtin().expect("the catalogue"));

fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok().filter(|text| text.len() <= TEXT_BYTES_MAX)
}

/// A configuration is read or refused, and what was read can be shown.
pub(crate) fn run_config(input: &[u8]) {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::of(&CATALOG));
    let Some(text) = text(input) else { return };
    let file = ConfigFile { path: PathBuf::from("graphbeat.toml"), text: text.to_owned() };
    let environment = BTreeMap::new();
    let sources = Sources {
        file: &file,
        data_dir: Path::new("data"),
        environment: &environment,
        language: None,
        known: &KNOWN,
        files: FileCheck::Skip,
    };
    match load(&sources) {
        Ok(config) => {
            let _ = (show_json(&config), show_toml(&config));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A file of operations is taken or refused.
pub(crate) fn run_catalog(input: &[u8]) {
    let Some(text) = text(input) else { return };
    if let Err(error) = CATALOG.with_files(&[("mine.toml", text)]) {
        assert!(!error.to_string().is_empty());
    }
}

/// A text is explained, and read as the body of an error.
pub(crate) fn run_explain(input: &[u8]) {
    static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::builtin().expect("the knowledge"));
    let body = ErrorBody::parse(input);
    let _ = (body.code(), body.has_code("ErrorItemNotFound"));
    let Some(text) = text(input) else { return };
    for language in [Language::English, Language::SimplifiedChinese] {
        assert!(!KNOWLEDGE.explain(text, language).title.is_empty());
    }
}
