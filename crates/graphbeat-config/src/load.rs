//! From sources to a configuration: read, layer, check.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use graphbeat_catalog::{Bucket, BucketScope, Catalog, Limit};
use graphbeat_core::{Language, Said, said};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check::check;
use crate::environment::{VARIABLES, set, unknown_variables};
use crate::locate::directory_of;
use crate::model::Config;
use crate::problem::{ConfigError, Place, Problem, io_text};
use crate::schema::schema;
use crate::source::SourceText;
use crate::table::FileTable;
use crate::walk::{Findings, Walk};

/// The largest configuration file: ten thousand accounts need about a quarter of it.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const SECONDS_PER_HOUR: u64 = 3_600;

/// A configuration file that was read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// What the catalogue knows, and how much Graph documents.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The classes, without the presets.
    pub classes: Vec<String>,
    /// The operations and journeys that can be selected.
    pub operations: Vec<String>,
    /// What can be left out beside them: classes.
    pub excludable: Vec<String>,
    /// The most calls in an hour that Graph's documented limits leave an account.
    pub calls_per_hour_max: u32,
}

/// Whether the files that the configuration names are looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileCheck {
    /// Secret files and root certificates must be readable, secret variables set: for what signs in.
    Read,
    /// They are not looked at: for what only reads the ledger.
    Skip,
}

/// Everything that a configuration is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The file.
    pub file: &'a ConfigFile,
    /// The data directory.
    pub data_dir: &'a Path,
    /// The process's environment, as far as it is text.
    pub environment: &'a BTreeMap<String, String>,
    /// `--lang`.
    pub language: Option<Language>,
    /// What names may be used.
    pub known: &'a Known,
    /// Whether named files are looked into.
    pub files: FileCheck,
}

impl Known {
    /// What a catalogue knows. Operations that only journeys use cannot be selected.
    #[must_use]
    pub fn of(catalog: &Catalog) -> Self {
        let classes: Vec<String> = catalog.classes().iter().map(|class| class.id.to_string()).collect();
        let operations = catalog.operations().iter().filter(|operation| operation.is_standalone());
        let operations = operations.map(|operation| operation.id.to_string());
        let journeys = catalog.journeys().iter().map(|journey| journey.id.to_string());
        Self {
            excludable: classes.clone(),
            classes,
            operations: operations.chain(journeys).collect(),
            calls_per_hour_max: catalog.buckets().iter().filter_map(|bucket| calls_per_hour(bucket)).max().unwrap_or(0),
        }
    }
}

/// What a bucket that counts for one account alone lets pass in an hour.
fn calls_per_hour(bucket: &Bucket) -> Option<u32> {
    let in_an_hour = |limit: &Limit| {
        let calls = u64::from(limit.amount) * SECONDS_PER_HOUR / u64::from(limit.window_s.max(1));
        u32::try_from(calls).unwrap_or(u32::MAX)
    };
    (bucket.scope == BucketScope::AppUser).then(|| bucket.limits.iter().map(in_an_hour).min()).flatten()
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// A [`ConfigError`] where it is missing, unreadable, too large, or no text.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let refuse = |message: Said, hint: Said| ConfigError::single(Place::File(shown.clone()), message, Some(hint));
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
        match read {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let hint = said!(
                    "write one, name one with `--config`, or try `graphbeat demo`, which needs none",
                    "请编写一个，用 `--config` 指定一个，或试用不需要配置的 `graphbeat demo`"
                );
                return Err(refuse(said!("there is no configuration file", "没有配置文件"), hint));
            }
            Err(error) => {
                let why = io_text(&error);
                let message = Said {
                    en: format!("could not read the configuration file ({})", why.en),
                    zh_cn: format!("无法读取配置文件（{}）", why.zh_cn),
                };
                return Err(refuse(message, said!("check its name and who may read it", "请检查其名称以及读取权限")));
            }
            Ok(_) if bytes.len() as u64 > FILE_BYTES_MAX => {
                let message = said!(
                    "the configuration file is larger than {FILE_BYTES_MAX} bytes",
                    "配置文件大于 {FILE_BYTES_MAX} 字节"
                );
                return Err(refuse(message, said!("check that it is the right file", "请检查是否为正确的文件")));
            }
            Ok(_) => {}
        }
        let not_text = |_| {
            let message = said!("the configuration file is not UTF-8 text", "配置文件不是 UTF-8 文本");
            refuse(message, said!("save it as UTF-8", "请保存为 UTF-8"))
        };
        let text = String::from_utf8(bytes).map_err(not_text)?;
        Ok(Self { path: path.to_owned(), text })
    }
}

/// Reads, layers and checks a configuration.
///
/// # Errors
/// A [`ConfigError`] with everything that is wrong.
pub fn load(sources: &Sources<'_>) -> Result<Config, ConfigError> {
    let name = sources.file.path.display().to_string();
    let mut findings = Findings::new(SourceText { name: &name, text: &sources.file.text });
    let table = read_layers(sources, &mut findings)?;
    let mut config = check(sources, table, &mut findings);
    if sources.language.is_some() {
        config.language = sources.language;
    }
    findings.problems.extend(unknown_variables(sources.environment, &crate::check::named_variables(&config)));
    let mut problems = findings.problems;
    if problems.is_empty() {
        return Ok(config);
    }
    problems.sort_by_key(|problem| match &problem.place {
        Place::Line { line, column, .. } => (*line, *column),
        Place::File(_) | Place::Variable(_) => (usize::MAX, 0),
    });
    Err(ConfigError { problems })
}

/// What fits the file's shape, overridden by the environment.
fn read_layers(sources: &Sources<'_>, findings: &mut Findings<'_>) -> Result<FileTable, ConfigError> {
    let schema = schema();
    let (parsed, errors) = DeTable::parse_recoverable(&sources.file.text);
    // One mistake of syntax makes others: the first is the one to mend.
    if let Some(error) = errors.first() {
        let place = match error.span() {
            Some(span) => findings.source.place(&span),
            None => Place::File(findings.source.name.to_owned()),
        };
        let why = error.message().lines().next().unwrap_or_default();
        let message = said!("malformed TOML: {why}", "TOML 格式错误：`{why}`");
        let hint = Some(said!(
            "a text stands in quotes, a table's name in brackets, one key on a line",
            "文本用引号，表名用方括号，每行一个键"
        ));
        return Err(ConfigError { problems: vec![Problem { place, message, hint }] });
    }
    let mut document = Walk { schema: &schema, findings }.file(&parsed);
    for variable in VARIABLES {
        let (Some(pointer), Some(text)) = (variable.overrides, set(sources.environment, variable.name)) else {
            continue;
        };
        findings.comes_from_variable(pointer, variable.name);
        let property = property(&schema, pointer);
        let value = Spanned::new(0..0, DeValue::String(text.into()));
        if let Some(value) = (Walk { schema: &schema, findings }).value(&property, &value, pointer) {
            put(&mut document, pointer, value);
        }
    }
    serde_json::from_value(document).map_err(|error| {
        // The schema and the reader come from the same types: what fits the one fits the other.
        let message = said!("could not read the configuration: {error}", "无法读取配置：`{error}`");
        ConfigError::single(Place::File(findings.source.name.to_owned()), message, None)
    })
}

/// The schema of the key at `pointer`.
fn property(schema: &Value, pointer: &str) -> Value {
    let mut current = schema.clone();
    for key in pointer.split('/').filter(|key| !key.is_empty()) {
        let reference = current.get("$ref").and_then(Value::as_str).map(|reference| reference.trim_start_matches('#'));
        let table = reference.and_then(|reference| schema.pointer(reference)).unwrap_or(&current);
        current = table.get("properties").and_then(|all| all.get(key)).cloned().unwrap_or_default();
    }
    current
}

/// Puts a value at a pointer and makes the tables around it.
fn put(document: &mut Value, pointer: &str, value: Value) {
    let mut current = document;
    for key in pointer.split('/').filter(|key| !key.is_empty()) {
        if !current.is_object() {
            *current = Value::Object(Map::new());
        }
        current = &mut current[key];
    }
    *current = value;
}

/// The directory at which the file's relative paths start, absolute.
pub(crate) fn base_directory(file: &Path) -> PathBuf {
    let directory = directory_of(file);
    std::path::absolute(&directory).unwrap_or(directory)
}
