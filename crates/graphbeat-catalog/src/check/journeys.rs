//! Journeys: each step exists and has its values by then, and all that is made is found and removed.

use std::collections::BTreeSet;

use super::names::check_names;
use super::values::known_placeholders;
use super::{Entry, Index, is_pointer};
use crate::model::{Access, ArtefactKind, Journey, Mode, Operation};
use crate::problem::{Problem, did_you_mean};
use crate::template::{BUILTIN_PLACEHOLDERS, MARKER, is_name, placeholders};

pub(super) fn check(entry: &Entry<'_, Journey>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let journey = entry.item;
    if let Some(residue) = &journey.residue {
        check_names(entry.source, &entry.pointer("residue"), residue, problems);
    }
    check_operations(entry, index, problems);
    check_steps(entry, index, problems);
    for (number, artefact) in journey.artefacts.iter().enumerate() {
        let site = Site { entry, index, artefact, key: format!("artefact/{number}") };
        check_maker(&site, problems);
        for (name, pointer) in &artefact.keep {
            check_keep(entry, &site.key, (name, pointer), problems);
        }
        check_removal(&site, problems);
        check_find(&site, problems);
    }
    check_partners(entry, index, problems);
    check_modes(entry, index, problems);
}

/// What a step reads before it changes something, and what it compares with, belong to the journey.
fn check_partners(entry: &Entry<'_, Journey>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let ids: BTreeSet<&str> = entry.item.operation_ids().map(|id| &**id).collect();
    for (key, id) in keyed_operations(entry.item) {
        let Some(operation) = index.operation(id) else { continue };
        let partners = operation.if_match.iter().map(|if_match| &if_match.from).chain(&operation.equals_upload);
        for partner in partners.filter(|partner| !ids.contains(&***partner)) {
            let message = format!("`{id}` needs `{partner}`, which is no step of this journey");
            problems.push(entry.problem(&key, message, None));
        }
    }
}

/// An artefact, where it stands.
struct Site<'site, 'draft> {
    entry: &'site Entry<'draft, Journey>,
    index: &'site Index<'draft>,
    artefact: &'draft ArtefactKind,
    key: String,
}

impl Site<'_, '_> {
    fn problem(&self, key: &str, message: impl Into<String>, hint: Option<String>) -> Problem {
        self.entry.problem(&format!("{}/{key}", self.key), message, hint)
    }
}

fn check_operations(entry: &Entry<'_, Journey>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    for (key, id) in keyed_operations(entry.item) {
        if index.operation(id).is_none() {
            let hint = did_you_mean(id, index.operations.keys().copied());
            problems.push(entry.problem(&key, format!("unknown operation `{id}`"), hint));
        }
    }
}

fn keyed_operations(journey: &Journey) -> Vec<(String, &str)> {
    let steps = journey.steps.iter().enumerate();
    let mut found: Vec<_> =
        steps.map(|(number, step)| (format!("step/{number}/operation"), &*step.operation)).collect();
    for (number, artefact) in journey.artefacts.iter().enumerate() {
        let key = format!("artefact/{number}");
        found.extend(artefact.find.iter().map(|find| (format!("{key}/find/operation"), &*find.operation)));
        let removals = artefact.remove.iter().enumerate();
        found.extend(removals.map(|(step, remove)| (format!("{key}/remove/{step}/operation"), &*remove.operation)));
    }
    found
}

/// Walks the steps with the placeholders that are known by then.
fn check_steps(entry: &Entry<'_, Journey>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let journey = entry.item;
    let mut known = always_known();
    for (number, step) in journey.steps.iter().enumerate() {
        let key = format!("step/{number}");
        let moment = Moment { key: format!("{key}/operation"), operation: &step.operation, known: &known };
        check_known(entry, index, &moment, problems);
        for (role, name) in [("makes", &step.makes), ("removes", &step.removes)] {
            let unknown = name.as_ref().filter(|name| journey.artefact(name).is_none());
            if let Some(name) = unknown {
                let hint = did_you_mean(name, journey.artefacts.iter().map(|artefact| &*artefact.name));
                problems.push(entry.problem(&format!("{key}/{role}"), format!("unknown artefact `{name}`"), hint));
            }
        }
        let made = step.makes.as_ref().and_then(|name| journey.artefact(name));
        let made = made.filter(|artefact| !artefact.by_find);
        for (name, pointer) in &step.keep {
            check_keep(entry, &key, (name, pointer), problems);
        }
        known.extend(step.keep.keys().map(String::as_str));
        known.extend(made.into_iter().flat_map(|artefact| artefact.keep.keys()).map(String::as_str));
    }
}

fn always_known<'names>() -> BTreeSet<&'names str> {
    BUILTIN_PLACEHOLDERS.into_iter().chain([MARKER]).collect()
}

/// A place where an operation is sent, and the placeholders that have values by then.
struct Moment<'moment, 'draft> {
    key: String,
    operation: &'moment str,
    known: &'moment BTreeSet<&'draft str>,
}

/// A name that nothing at all gives is the operation's own problem; here it is about the order.
fn check_known(entry: &Entry<'_, Journey>, index: &Index<'_>, moment: &Moment<'_, '_>, problems: &mut Vec<Problem>) {
    let Some(operation) = index.operation(moment.operation) else { return };
    let somewhere = known_placeholders(operation, index);
    let has = |name: &str| moment.known.contains(name) || operation.values.contains_key(name);
    let used: BTreeSet<&str> = operation.texts().flat_map(placeholders).collect();
    for name in used.into_iter().filter(|name| !has(name) && somewhere.contains(name)) {
        let message = format!("operation `{}` needs `{{{name}}}`, which is not known here", operation.id);
        let hint = format!("keep it from an earlier answer: `keep = {{ {name} = \"/id\" }}`");
        problems.push(entry.problem(&moment.key, message, Some(hint)));
    }
}

fn check_keep(entry: &Entry<'_, Journey>, key: &str, keep: (&str, &str), problems: &mut Vec<Problem>) {
    let (name, pointer) = keep;
    if !is_name(name) || always_known().contains(name) {
        problems.push(entry.problem(&format!("{key}/keep"), format!("nothing can be kept as `{name}`"), None));
    }
    if !is_pointer(pointer) {
        let hint = "a JSON pointer begins with `/`: `/id`".to_owned();
        problems.push(entry.problem(&format!("{key}/keep"), format!("`{pointer}` is no JSON pointer"), Some(hint)));
    }
}

fn check_maker(site: &Site<'_, '_>, problems: &mut Vec<Problem>) {
    let name = &site.artefact.name;
    let makers: Vec<_> = site.entry.item.steps.iter().filter(|step| step.makes.as_ref() == Some(name)).collect();
    let [maker] = makers.as_slice() else {
        let message = match makers.len() {
            0 => format!("no step makes the artefact `{name}`"),
            many => format!("artefact `{name}` is made by {many} steps"),
        };
        problems.push(site.problem("name", message, None));
        return;
    };
    let Some(operation) = site.index.operation(&maker.operation) else { return };
    if operation.access == Access::Read {
        problems.push(site.problem("name", format!("artefact `{name}` is made by a read"), None));
    }
    let marked = operation.texts().any(|text| placeholders(text).contains(&MARKER));
    if site.artefact.inside.is_none() && !marked {
        let message = format!("artefact `{name}` does not carry the marker");
        let hint = format!("put `{{{MARKER}}}` into the path or the body of `{}`", operation.id);
        problems.push(site.problem("name", message, Some(hint)));
    }
}

fn check_removal(site: &Site<'_, '_>, problems: &mut Vec<Problem>) {
    let artefact = site.artefact;
    let name = &artefact.name;
    match &artefact.inside {
        Some(around) => {
            if **around == **name || site.entry.item.artefact(around).is_none() {
                problems.push(site.problem("inside", format!("unknown artefact `{around}`"), None));
            }
            if !artefact.remove.is_empty() || artefact.find.is_some() {
                let message = format!("artefact `{name}` is removed with `{around}`: it needs no removal of its own");
                problems.push(site.problem("name", message, None));
            }
        }
        None if artefact.remove.is_empty() => {
            let message = format!("artefact `{name}` is never removed");
            let hint = "list the operations that remove it for good under `remove`".to_owned();
            problems.push(site.problem("name", message, Some(hint)));
        }
        None => check_remove_steps(site, problems),
    }
}

/// A removal may come after a crash: only the marker and what the artefact itself kept are known then.
fn check_remove_steps(site: &Site<'_, '_>, problems: &mut Vec<Problem>) {
    let mut known = always_known();
    known.extend(site.artefact.keep.keys().map(String::as_str));
    for (number, step) in site.artefact.remove.iter().enumerate() {
        let key = format!("{}/remove/{number}", site.key);
        let moment = Moment { key: format!("{key}/operation"), operation: &step.operation, known: &known };
        check_known(site.entry, site.index, &moment, problems);
        for (name, pointer) in &step.keep {
            check_keep(site.entry, &key, (name, pointer), problems);
            known.insert(name);
        }
    }
    let last = site.artefact.remove.last().and_then(|step| site.index.operation(&step.operation));
    if last.is_some_and(|operation| operation.access == Access::Read) {
        let message = format!("the removal of artefact `{}` ends with a read", site.artefact.name);
        problems.push(site.problem("remove", message, None));
    }
}

fn check_find(site: &Site<'_, '_>, problems: &mut Vec<Problem>) {
    let Some(find) = &site.artefact.find else {
        if site.artefact.by_find {
            problems.push(site.problem("by_find", "there is no `find` to give the values", None));
        }
        return;
    };
    let pointers = find.items.iter().chain([&find.marker]);
    for pointer in pointers.filter(|pointer| !is_pointer(pointer)) {
        let hint = "a JSON pointer begins with `/`: `/value`".to_owned();
        problems.push(site.problem("find", format!("`{pointer}` is no JSON pointer"), Some(hint)));
    }
    let Some(operation) = site.index.operation(&find.operation) else { return };
    if operation.access == Access::Write {
        problems.push(site.problem("find", format!("`{}` looks for an artefact, but writes", operation.id), None));
    }
    let key = format!("{}/find/operation", site.key);
    let moment = Moment { key, operation: &find.operation, known: &always_known() };
    check_known(site.entry, site.index, &moment, problems);
}

fn check_modes(entry: &Entry<'_, Journey>, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let operations: Vec<&Operation> = entry.item.operation_ids().filter_map(|id| index.operation(id)).collect();
    let runs = |mode: Mode| operations.iter().all(|operation| operation.runs_as(mode));
    if !Mode::ALL.into_iter().any(runs) {
        let message = format!("journey `{}` runs in no mode: its operations share none", entry.item.id);
        problems.push(entry.problem("id", message, None));
    }
    if entry.item.steps.is_empty() {
        problems.push(entry.problem("id", format!("journey `{}` has no steps", entry.item.id), None));
    }
}
