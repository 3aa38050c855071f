//! Ids, names for people, and duplicates.

use std::collections::BTreeSet;

use super::operations::check_expectation;
use super::{Draft, Entry, Index, journeys, operations};
use crate::builtin::BUCKETS_FILE;
use crate::model::Names;
use crate::problem::Problem;
use crate::source::{Place, Source};
use crate::template;

pub(super) fn check(draft: &Draft<'_>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    for (source, file) in draft.files {
        check_class(source, &file.class, problems);
        check_names(source, "/names", &file.names, problems);
        for (number, expectation) in file.expect.iter().enumerate() {
            check_expectation(source, &format!("/expect/{number}"), expectation, problems);
        }
    }
    for entry in operations(draft) {
        check_id(&entry, &entry.item.id, OPERATION_ID, problems);
        check_names(entry.source, &entry.pointer("names"), &entry.item.names, problems);
        if let Some(first) = index.operations.get(&*entry.item.id) {
            check_first(&entry, first, &entry.item.id, problems);
        }
    }
    for entry in journeys(draft) {
        check_id(&entry, &entry.item.id, JOURNEY_ID, problems);
        check_names(entry.source, &entry.pointer("names"), &entry.item.names, problems);
        if let Some(first) = index.journeys.get(&*entry.item.id) {
            check_first(&entry, first, &entry.item.id, problems);
        }
    }
    check_buckets(draft, problems);
}

/// How an id looks.
#[derive(Clone, Copy)]
struct IdShape {
    what: &'static str,
    parts: usize,
    shape: &'static str,
}

const OPERATION_ID: IdShape = IdShape { what: "operation", parts: 3, shape: "resource.action" };
const JOURNEY_ID: IdShape = IdShape { what: "journey", parts: 2, shape: "thing" };

fn check_class(source: &Source, class: &str, problems: &mut Vec<Problem>) {
    if !template::is_name(class) {
        let message = format!("`{class}` is no name of a class");
        problems.push(source.problem(&Place::at("/class"), message, Some(LETTERS.to_owned())));
    }
    if RESERVED_CLASSES.contains(&class) {
        let message = format!("`{class}` is a preset, not a class");
        problems.push(source.problem(&Place::at("/class"), message, None));
    }
}

fn check_id<T>(entry: &Entry<'_, T>, id: &str, shape: IdShape, problems: &mut Vec<Problem>) {
    let parts: Vec<&str> = id.split('.').collect();
    let class = entry.class;
    if parts.len() != shape.parts || !parts.iter().all(|part| template::is_name(part)) {
        let message = format!("`{id}` is no id of {} {}", article(shape.what), shape.what);
        let hint = format!("write `{class}.{}`: {LETTERS}", shape.shape);
        problems.push(entry.problem("id", message, Some(hint)));
    } else if parts[0] != class {
        let message = format!("{} `{id}` stands in the file of the class `{class}`", shape.what);
        let hint = format!("its id must begin with `{class}.`");
        problems.push(entry.problem("id", message, Some(hint)));
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn check_first<T>(entry: &Entry<'_, T>, first: &Entry<'_, T>, id: &str, problems: &mut Vec<Problem>) {
    if !std::ptr::eq(entry.item, first.item) {
        let there = first.problem("id", String::new(), None);
        let hint = format!("the first one stands in {} line {}", there.file, there.line);
        problems.push(entry.problem("id", format!("{} `{id}` exists twice", entry.kind), Some(hint)));
    }
}

/// Complains about an empty name; every text for people needs both languages.
pub(super) fn check_names(source: &Source, pointer: &str, names: &Names, problems: &mut Vec<Problem>) {
    for (language, text) in [("en", &names.en), ("zh-CN", &names.zh_cn)] {
        if text.trim().is_empty() {
            let place = Place::at(format!("{pointer}/{language}"));
            problems.push(source.problem(&place, format!("the text for `{language}` is empty"), None));
        }
    }
}

fn check_buckets(draft: &Draft<'_>, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    for bucket in draft.buckets {
        if !seen.insert(&*bucket.id) {
            problems.push(Problem {
                file: BUCKETS_FILE.0.to_owned(),
                line: 1,
                column: 1,
                message: format!("bucket `{}` exists twice", bucket.id),
                hint: None,
            });
        }
    }
}

const LETTERS: &str = "small letters, digits and hyphens";

/// Words of a selection that no class may take.
const RESERVED_CLASSES: [&str; 2] = ["starter", "all"];
