//! A catalogue file as text, and where in it a thing stands.
//!
//! Positions are looked up only when there is something to complain about, by parsing the text again:
//! so the model needs no spans.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::Problem;

/// The longest catalogue file that is read.
pub const CATALOG_FILE_BYTES_MAX: usize = 1024 * 1024;

/// A file's name and text.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
}

/// A place in a file: a pointer like `/operation/3/path`, and what to look for in the value there.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pointer: String,
    needle: Option<String>,
}

impl Place {
    /// The value at the pointer, or the nearest thing around it that exists.
    pub(crate) fn at(pointer: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), needle: None }
    }

    /// A text within the value at the pointer.
    pub(crate) fn within(pointer: impl Into<String>, needle: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), needle: Some(needle.into()) }
    }
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// A problem at a place.
    pub(crate) fn problem(&self, place: &Place, message: impl Into<String>, hint: Option<String>) -> Problem {
        self.problem_at(self.offset(place), message, hint)
    }

    /// A problem at a byte offset.
    pub(crate) fn problem_at(&self, offset: usize, message: impl Into<String>, hint: Option<String>) -> Problem {
        let (line, column) = line_and_column(&self.text, offset);
        Problem { file: self.name.to_string(), line, column, message: message.into(), hint }
    }

    fn offset(&self, place: &Place) -> usize {
        let Ok(table) = DeTable::parse(&self.text) else { return 0 };
        let span = find(&table, &place.pointer);
        let inside = place.needle.as_ref().and_then(|needle| self.text.get(span.clone())?.find(needle.as_str()));
        span.start + inside.unwrap_or(0)
    }
}

/// The span of the deepest thing on the pointer's way that exists.
fn find(table: &Spanned<DeTable<'_>>, pointer: &str) -> Range<usize> {
    let mut segments = pointer.split('/').skip(1);
    let Some(mut value) = segments.next().and_then(|name| table.get_ref().get(name)) else {
        return 0..0;
    };
    for segment in segments {
        let next = match value.get_ref() {
            DeValue::Array(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)),
            DeValue::Table(inner) => inner.get(segment),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => break,
        }
    }
    value.span()
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
