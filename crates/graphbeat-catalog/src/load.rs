//! From a file's text to the model: syntax, known keys and types, with every problem's place.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

use crate::model::{Bucket, ClassFile};
use crate::problem::{Problem, did_you_mean};
use crate::source::{CATALOG_FILE_BYTES_MAX, Source};

/// The operations of a class file stand in `[[operation]]` tables.
const OPERATIONS: &str = "operation";
/// The journeys of a class file stand in `[[journey]]` tables.
const JOURNEYS: &str = "journey";
/// The buckets stand in `[[bucket]]` tables.
const BUCKETS: &str = "bucket";

/// Reads a class file; `None` with at least one more problem where that is not possible.
pub(crate) fn class_file(source: &Source, problems: &mut Vec<Problem>) -> Option<ClassFile> {
    let before = problems.len();
    let mut table = table(source, problems)?;
    let operations = entries(source, &mut table, OPERATIONS, problems);
    let journeys = entries(source, &mut table, JOURNEYS, problems);
    let head: Option<ClassFile> = one(source, Spanned::new(0..0, DeValue::Table(table)), problems);
    let file = ClassFile { operations, journeys, ..head? };
    (problems.len() == before).then_some(file)
}

/// Reads the file of the buckets.
pub(crate) fn buckets(source: &Source, problems: &mut Vec<Problem>) -> Vec<Bucket> {
    let Some(mut table) = table(source, problems) else { return Vec::new() };
    let buckets = entries(source, &mut table, BUCKETS, problems);
    problems.extend(
        table
            .iter()
            .filter(|(key, _)| key.get_ref() != BUCKETS)
            .map(|(key, _)| source.problem_at(key.span().start, format!("unknown key `{}`", key.get_ref()), None)),
    );
    buckets
}

fn table<'text>(source: &'text Source, problems: &mut Vec<Problem>) -> Option<DeTable<'text>> {
    if source.text.len() > CATALOG_FILE_BYTES_MAX {
        let message = format!("the file is longer than {CATALOG_FILE_BYTES_MAX} bytes");
        problems.push(source.problem_at(0, message, None));
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    problems.extend(errors.iter().map(|error| syntax_problem(source, error)));
    errors.is_empty().then(|| table.into_inner())
}

/// Takes the tables `[[name]]` out of the file; what is no such table is a problem.
fn entries<T: DeserializeOwned>(
    source: &Source,
    table: &mut DeTable<'_>,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Vec<T> {
    let Some(value) = table.get_mut(name) else { return Vec::new() };
    let start = value.span().start;
    match std::mem::replace(value.get_mut(), DeValue::Array(DeArray::default())) {
        DeValue::Array(items) => items.into_iter().filter_map(|item| one(source, item, problems)).collect(),
        other => {
            let message = format!("`{name}` is a single {}", other.type_str());
            problems.push(source.problem_at(start, message, Some(format!("write `[[{name}]]`"))));
            Vec::new()
        }
    }
}

fn one<T: DeserializeOwned>(source: &Source, value: Spanned<DeValue<'_>>, problems: &mut Vec<Problem>) -> Option<T> {
    let around = value.span();
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(read) => Some(read),
        Err(error) => {
            problems.push(shape_problem(source, &error, around));
            None
        }
    }
}

fn syntax_problem(source: &Source, error: &toml::de::Error) -> Problem {
    let offset = error.span().map_or(0, |span| span.start);
    source.problem_at(offset, format!("this is not TOML: {}", error.message()), None)
}

/// Serde's words for a wrong key, value or type, in ours.
fn shape_problem(source: &Source, error: &toml::de::Error, around: Range<usize>) -> Problem {
    let offset = error.span().unwrap_or(around).start;
    let text = error.message();
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let (message, hint) = match (text.split(' ').next(), quoted.split_first()) {
        (Some("unknown"), Some((wrong, known))) => {
            let what = if text.starts_with("unknown field") { "key" } else { "value" };
            (format!("unknown {what} `{wrong}`"), did_you_mean(wrong, known.iter().copied()).or_else(|| one_of(known)))
        }
        (Some("missing"), Some((key, _))) => (format!("the key `{key}` is missing"), None),
        (Some("invalid"), _) => (wrong_type(text), None),
        _ => (text.to_owned(), None),
    };
    source.problem_at(offset, message, hint)
}

fn one_of(known: &[&str]) -> Option<String> {
    (!known.is_empty()).then(|| format!("known here: `{}`", known.join("`, `")))
}

/// `invalid type: sequence, expected u16` becomes `wrong type: array, expected a whole number`.
fn wrong_type(text: &str) -> String {
    OUR_WORDS.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replacen(theirs, ours, 1))
}

/// Serde's words in a message about a wrong type, and ours.
const OUR_WORDS: [(&str, &str); 6] = [
    ("invalid type", "wrong type"),
    ("invalid value", "wrong value"),
    (": sequence", ": array"),
    (": map", ": table"),
    ("expected u16", "expected a whole number up to 65535"),
    ("expected u32", "expected a whole number"),
];
