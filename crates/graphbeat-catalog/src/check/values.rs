//! Placeholders and their sources: each name has one, and no source waits for itself.

use std::collections::BTreeSet;

use super::names::check_names;
use super::{Entry, Index, is_pointer};
use crate::model::{Access, Journey, Mode, Operation, ValueSource};
use crate::problem::{Problem, did_you_mean};
use crate::template::{BUILTIN_PLACEHOLDERS, MARKER, is_name, placeholders};

/// The longest chain of operations whose answers one operation may need.
pub(super) const VALUE_CHAIN_MAX: usize = 8;

pub(super) fn check(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    check_placeholders(entry, index, problems);
    for (name, value) in &entry.item.values {
        check_name(entry, name, problems);
        check_source(entry, name, value, index, problems);
    }
    check_chain(entry, index, problems);
}

fn check_placeholders(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let known = known_placeholders(entry.item, index);
    for (key, text) in keyed_texts(entry.item) {
        for name in placeholders(text).into_iter().filter(|name| !known.contains(name)) {
            let message = format!("placeholder `{{{name}}}` has no source");
            let place = entry.within(&key, &format!("{{{name}}}"));
            problems.push(entry.source.problem(&place, message, placeholder_hint(name, &known)));
        }
    }
}

fn placeholder_hint(name: &str, known: &BTreeSet<&str>) -> Option<String> {
    if name == MARKER {
        return Some("only operations of a journey have a marker".to_owned());
    }
    did_you_mean(name, known.iter().copied())
        .map(|hint| hint.replacen('`', "`{", 1).replacen("`?", "}`?", 1))
        .or_else(|| Some(format!("say under `values` where it comes from: `{name} = {{ from = …, pick = … }}`")))
}

/// What an operation may use: built-in names, its own values and, for one of a journey, the marker and
/// what its journeys keep. Whether a journey has kept it by then is the journey's own check.
pub(super) fn known_placeholders<'draft>(operation: &'draft Operation, index: &Index<'draft>) -> BTreeSet<&'draft str> {
    let mut known: BTreeSet<&str> = BUILTIN_PLACEHOLDERS.into_iter().collect();
    known.extend(operation.values.keys().map(String::as_str));
    if operation.access == Access::Read && !operation.helper {
        return known;
    }
    known.insert(MARKER);
    let using = |journey: &&Journey| journey.operation_ids().any(|id| *id == operation.id);
    for journey in index.journeys.values().map(|entry| entry.item).filter(using) {
        known.extend(journey.steps.iter().flat_map(|step| step.keep.keys()).map(String::as_str));
        for artefact in &journey.artefacts {
            known.extend(artefact.keep.keys().map(String::as_str));
            known.extend(artefact.remove.iter().flat_map(|step| step.keep.keys()).map(String::as_str));
        }
    }
    known
}

/// The operation's texts with the keys under which they stand.
fn keyed_texts(operation: &Operation) -> Vec<(String, &str)> {
    let mut texts = vec![("path".to_owned(), operation.path.as_str())];
    texts.extend(operation.query.iter().map(|(name, text)| (format!("query/{name}"), text.as_str())));
    texts.extend(operation.headers.iter().map(|(name, text)| (format!("headers/{name}"), text.as_str())));
    texts.extend(operation.body.as_ref().map(|body| ("body".to_owned(), body.text())));
    texts
}

fn check_name(entry: &Entry<'_, Operation>, name: &str, problems: &mut Vec<Problem>) {
    let key = format!("values/{name}");
    if !is_name(name) {
        let hint = "small letters, digits and hyphens".to_owned();
        problems.push(entry.problem(&key, format!("`{name}` is no name of a placeholder"), Some(hint)));
    } else if BUILTIN_PLACEHOLDERS.contains(&name) || name == MARKER {
        problems.push(entry.problem(&key, format!("`{name}` is built in and needs no source"), None));
    } else if !entry.item.texts().any(|text| placeholders(text).contains(&name)) {
        problems.push(entry.problem(&key, format!("nothing uses the value `{name}`"), None));
    }
}

fn check_source(
    entry: &Entry<'_, Operation>,
    name: &str,
    value: &ValueSource,
    index: &Index<'_>,
    problems: &mut Vec<Problem>,
) {
    let key = format!("values/{name}");
    if !is_pointer(&value.pick) {
        let hint = "a JSON pointer begins with `/`: `/value/0/id`".to_owned();
        let message = format!("`{}` is no JSON pointer", value.pick);
        problems.push(entry.problem(&format!("{key}/pick"), message, Some(hint)));
    }
    check_names(entry.source, &entry.pointer(&format!("{key}/missing")), &value.missing, problems);
    let trouble = match index.operation(&value.from) {
        None => {
            let hint = did_you_mean(&value.from, index.operations.keys().copied());
            Some((format!("unknown operation `{}`", value.from), hint))
        }
        Some(from) => source_trouble(entry.item, from).map(|message| (message, None)),
    };
    if let Some((message, hint)) = trouble {
        problems.push(entry.problem(&format!("{key}/from"), message, hint));
    }
}

/// Why the answer of `from` cannot be had wherever `operation` runs.
fn source_trouble(operation: &Operation, from: &Operation) -> Option<String> {
    if !from.is_standalone() {
        return Some(format!("`{}` is no read that runs on its own", from.id));
    }
    let mode = Mode::ALL.into_iter().find(|mode| operation.runs_as(*mode) && !from.runs_as(*mode));
    if let Some(mode) = mode {
        return Some(format!("`{}` cannot run as `{}`, but `{}` can", from.id, mode.word(), operation.id));
    }
    let cloud = operation.clouds.iter().find(|cloud| !from.clouds.contains(cloud))?;
    Some(format!("`{}` does not exist in the cloud `{}`, but `{}` does", from.id, cloud.word(), operation.id))
}

fn check_chain(entry: &Entry<'_, Operation>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    for (name, value) in &entry.item.values {
        let mut waiting = vec![&*value.from];
        for _ in 0..VALUE_CHAIN_MAX {
            let next = waiting.iter().filter_map(|id| index.operation(id));
            waiting = next.flat_map(|operation| operation.values.values()).map(|value| &*value.from).collect();
        }
        if value.from == entry.item.id || !waiting.is_empty() {
            let message = format!("the value `{name}` waits for itself");
            let hint = format!("follow `from`: the chain must end within {VALUE_CHAIN_MAX} operations");
            problems.push(entry.problem(&format!("values/{name}/from"), message, Some(hint)));
        }
    }
}
