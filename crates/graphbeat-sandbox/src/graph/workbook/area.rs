//! Addresses of cells and areas: `B2`, `A1:C4`.

use serde_json::{Map, Value};

/// Columns and rows of a worksheet that are served.
const COLUMNS_MAX: usize = 702;
const ROWS_MAX: usize = 10_000;

/// A rectangle of cells, counted from zero, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Area {
    first: (usize, usize),
    last: (usize, usize),
}

impl Area {
    /// Reads `A1:B3` or `A1`, quoted or not.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim_matches('\'');
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let (first, last) = (cell(first)?, cell(last)?);
        (first.0 <= last.0 && first.1 <= last.1).then_some(Self { first, last })
    }

    /// The smallest that holds all cells; `None` where there are none.
    pub(super) fn around(cells: &Map<String, Value>) -> Option<Self> {
        let all: Vec<Self> = cells.keys().filter_map(|name| Self::read(name)).collect();
        all.into_iter().reduce(Self::with)
    }

    /// The smallest that holds both.
    pub(super) fn with(self, other: Self) -> Self {
        let first = (self.first.0.min(other.first.0), self.first.1.min(other.first.1));
        let last = (self.last.0.max(other.last.0), self.last.1.max(other.last.1));
        Self { first, last }
    }

    /// So many rows right below.
    pub(super) fn below(self, rows: usize) -> Option<Self> {
        let row = self.last.0 + 1;
        let end = self.last.0.checked_add(rows).filter(|end| rows > 0 && *end < ROWS_MAX)?;
        Some(Self { first: (row, self.first.1), last: (end, self.last.1) })
    }

    pub(super) fn has(self, name: &str) -> bool {
        cell(name).is_some_and(|(row, column)| {
            (self.first.0..=self.last.0).contains(&row) && (self.first.1..=self.last.1).contains(&column)
        })
    }

    pub(super) const fn row(self) -> usize {
        self.first.0
    }

    pub(super) const fn column(self) -> usize {
        self.first.1
    }

    pub(super) const fn rows(self) -> usize {
        self.last.0 - self.first.0 + 1
    }

    pub(super) const fn columns(self) -> usize {
        self.last.1 - self.first.1 + 1
    }

    /// The address of one of its cells, counted from its own corner.
    pub(super) fn address_of(self, row: usize, column: usize) -> String {
        name(self.first.0 + row, self.first.1 + column)
    }

    /// `A1:B3`, or `A1` for one cell.
    pub(super) fn address(self) -> String {
        let (first, last) = (name(self.first.0, self.first.1), name(self.last.0, self.last.1));
        if first == last { first } else { format!("{first}:{last}") }
    }
}

/// Row and column of `B2`, counted from zero.
fn cell(name: &str) -> Option<(usize, usize)> {
    let digits = name.find(|letter: char| letter.is_ascii_digit())?;
    let (letters, number) = name.split_at_checked(digits)?;
    if letters.is_empty() || letters.len() > 2 || number.starts_with('0') {
        return None;
    }
    let mut column = 0;
    for letter in letters.bytes() {
        let value = letter.to_ascii_uppercase().checked_sub(b'A').filter(|value| *value < 26)?;
        column = column * 26 + usize::from(value) + 1;
    }
    let row: usize = number.parse().ok().filter(|row| *row <= ROWS_MAX)?;
    (column <= COLUMNS_MAX).then_some((row - 1, column - 1))
}

fn name(row: usize, column: usize) -> String {
    let letter = |value: usize| char::from(b'A' + u8::try_from(value % 26).unwrap_or_default());
    let letters = if column < 26 {
        letter(column).to_string()
    } else {
        [letter(column / 26 - 1), letter(column)].iter().collect()
    };
    format!("{letters}{}", row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_read_and_written_alike() {
        for text in ["A1", "A1:B3", "Z9:AB12", "ZZ1"] {
            assert_eq!(Area::read(text).map(Area::address).as_deref(), Some(text));
        }
        for text in ["", "A", "1", "A0", "B1:A1", "AAA1", "A1:", "A99999", "é1", "A1!B2"] {
            assert_eq!(Area::read(text), None, "{text}");
        }
        let area = Area::read("'A1:B3'").expect("an area");
        assert_eq!((area.rows(), area.columns()), (3, 2));
        assert_eq!(area.below(2).map(Area::address).as_deref(), Some("A4:B5"));
        assert!(area.has("B2") && !area.has("C1"));
    }
}
