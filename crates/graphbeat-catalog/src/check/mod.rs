//! What a catalogue must hold beyond its shape: names that exist, values that have a source, writes that
//! are undone. The same checks run when graphbeat is built and over a user's own files.

mod follow_ups;
mod journeys;
mod names;
mod operations;
mod values;

pub(crate) use self::operations::LICENSES;

use std::collections::BTreeMap;

use crate::model::{Bucket, ClassFile, Journey, Operation};
use crate::problem::Problem;
use crate::source::{Place, Source};

/// Files that have the right shape, before anything else is known of them.
pub(crate) struct Draft<'draft> {
    pub(crate) files: &'draft [(Source, ClassFile)],
    pub(crate) buckets: &'draft [Bucket],
}

/// An operation and where it stands.
struct Entry<'draft, T> {
    source: &'draft Source,
    class: &'draft str,
    kind: &'static str,
    index: usize,
    item: &'draft T,
}

impl<T> Entry<'_, T> {
    /// The place of one of its keys (`values/group-id/from`).
    fn place(&self, key: &str) -> Place {
        Place::at(self.pointer(key))
    }

    /// The place of a text within one of its keys.
    fn within(&self, key: &str, needle: &str) -> Place {
        Place::within(self.pointer(key), needle)
    }

    fn pointer(&self, key: &str) -> String {
        format!("/{}/{}/{key}", self.kind, self.index)
    }

    fn problem(&self, key: &str, message: impl Into<String>, hint: Option<String>) -> Problem {
        self.source.problem(&self.place(key), message, hint)
    }
}

/// The draft with look-ups by id; of two things with one id, the first counts.
struct Index<'draft> {
    operations: BTreeMap<&'draft str, Entry<'draft, Operation>>,
    journeys: BTreeMap<&'draft str, Entry<'draft, Journey>>,
    buckets: Vec<&'draft str>,
}

impl<'draft> Index<'draft> {
    fn new(draft: &Draft<'draft>) -> Self {
        let mut index = Self {
            operations: BTreeMap::new(),
            journeys: BTreeMap::new(),
            buckets: draft.buckets.iter().map(|bucket| &*bucket.id).collect(),
        };
        for entry in operations(draft) {
            index.operations.entry(&entry.item.id).or_insert(entry);
        }
        for entry in journeys(draft) {
            index.journeys.entry(&entry.item.id).or_insert(entry);
        }
        index
    }

    fn operation(&self, id: &str) -> Option<&'draft Operation> {
        self.operations.get(id).map(|entry| entry.item)
    }

    fn is_used_by_a_journey(&self, operation: &str) -> bool {
        self.journeys.values().any(|entry| entry.item.operation_ids().any(|id| &**id == operation))
    }
}

/// All problems of a draft, file by file and line by line.
pub(crate) fn check(draft: &Draft<'_>) -> Vec<Problem> {
    let index = Index::new(draft);
    let mut problems = Vec::new();
    names::check(draft, &index, &mut problems);
    for entry in operations(draft) {
        operations::check(&entry, &index, &mut problems);
        values::check(&entry, &index, &mut problems);
        follow_ups::check(&entry, &index, &mut problems);
    }
    for entry in journeys(draft) {
        journeys::check(&entry, &index, &mut problems);
    }
    sort(draft, &mut problems);
    problems
}

fn sort(draft: &Draft<'_>, problems: &mut [Problem]) {
    let file_number = |name: &str| draft.files.iter().position(|(source, _)| &*source.name == name);
    problems.sort_by_key(|problem| (file_number(&problem.file), problem.line, problem.column));
}

fn operations<'draft>(draft: &Draft<'draft>) -> impl Iterator<Item = Entry<'draft, Operation>> {
    draft.files.iter().flat_map(|(source, file)| {
        let entry = move |(index, item)| Entry { source, class: &file.class, kind: "operation", index, item };
        file.operations.iter().enumerate().map(entry)
    })
}

fn journeys<'draft>(draft: &Draft<'draft>) -> impl Iterator<Item = Entry<'draft, Journey>> {
    draft.files.iter().flat_map(|(source, file)| {
        let entry = move |(index, item)| Entry { source, class: &file.class, kind: "journey", index, item };
        file.journeys.iter().enumerate().map(entry)
    })
}

/// Whether a text is a JSON pointer to something within a value.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
}
