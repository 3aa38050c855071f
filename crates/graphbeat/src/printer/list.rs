//! Lists in three forms: a table with the columns that people need, or every documented field.

use std::io::{self, BufWriter, Write};

use comfy_table::{Color, ContentArrangement, Table};
use serde::Serialize;
use serde_json::Value;

use super::{Printer, without_controls};
use crate::arguments::Format;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// The most rows of one table: it is laid out in memory.
const TABLE_ROWS_MAX: usize = 100_000;

/// How a cell looks on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As any other text.
    Plain,
    /// Green.
    Good,
    /// Yellow.
    Attention,
    /// Red.
    Bad,
    /// Grey.
    Dim,
}

impl Tone {
    /// The text in this tone, for a terminal that shows colours.
    pub(crate) fn painted(self, text: &str) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Good => 32,
            Self::Attention => 33,
            Self::Bad => 31,
            Self::Dim => 90,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

/// A column of a table.
pub(crate) struct Column<T> {
    header: Message,
    cell: Box<dyn Fn(&T) -> Cell>,
}

/// A list under way: JSON and CSV leave row by row, a table when it is finished.
pub(crate) struct List<T> {
    printer: Printer,
    fields: &'static [&'static str],
    columns: Vec<Column<T>>,
    rows: Vec<Vec<Cell>>,
    out: BufWriter<io::Stdout>,
    count: usize,
}

impl Cell {
    /// A cell in a tone.
    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl<T> Column<T> {
    /// A column.
    pub(crate) fn new<C: Into<Cell>>(header: impl Into<Message>, cell: impl Fn(&T) -> C + 'static) -> Self {
        Self { header: header.into(), cell: Box::new(move |row| cell(row).into()) }
    }
}

impl<T: Serialize> List<T> {
    pub(super) fn new(printer: Printer, fields: &'static [&'static str], columns: Vec<Column<T>>) -> Self {
        Self { printer, fields, columns, rows: Vec::new(), out: BufWriter::new(io::stdout()), count: 0 }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &T) -> Result<(), Failure> {
        match self.printer.format {
            Format::Table if self.count < TABLE_ROWS_MAX => {
                self.rows.push(self.columns.iter().map(|column| (column.cell)(row)).collect());
            }
            Format::Table => {}
            Format::Json => {
                self.out.write_all(if self.count == 0 { b"[\n  " } else { b",\n  " })?;
                serde_json::to_writer(&mut self.out, row)?;
            }
            Format::Csv => self.push_csv(row)?,
        }
        self.count += 1;
        Ok(())
    }

    /// Writes what is not written yet.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        match self.printer.format {
            Format::Table => {
                let table = self.table();
                self.out.write_all(table.as_bytes())?;
            }
            Format::Json => self.out.write_all(if self.count == 0 { b"[]\n" } else { b"\n]\n" })?,
            Format::Csv if self.count == 0 => self.csv_record(self.fields.iter().map(ToString::to_string))?,
            Format::Csv => {}
        }
        Ok(self.out.flush()?)
    }

    fn push_csv(&mut self, row: &T) -> Result<(), Failure> {
        if self.count == 0 {
            self.csv_record(self.fields.iter().map(ToString::to_string))?;
        }
        let value = serde_json::to_value(row)?;
        let fields: Vec<String> =
            self.fields.iter().map(|field| value.get(field).map(csv_field).unwrap_or_default()).collect();
        self.csv_record(fields.into_iter())
    }

    fn csv_record(&mut self, fields: impl Iterator<Item = String>) -> Result<(), Failure> {
        let mut writer = csv::Writer::from_writer(&mut self.out);
        writer.write_record(fields.map(String::into_bytes))?;
        Ok(writer.flush()?)
    }

    fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        if self.printer.terminal {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        } else {
            // Whoever reads a file or a pipe wants a row on a line.
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        match self.printer.colour {
            true => table.enforce_styling(),
            false => table.force_no_tty(),
        };
        table.set_header(self.columns.iter().map(|column| column.header.of(self.printer.language).to_uppercase()));
        for row in &self.rows {
            table.add_row(row.iter().map(Cell::drawn));
        }
        let mut text: String = table.trim_fmt().lines().map(|line| format!("{}\n", line.trim_end())).collect();
        if self.count > TABLE_ROWS_MAX {
            let more = say!("printer-more", count = self.count - TABLE_ROWS_MAX);
            text.push_str(&format!("{}\n", more.of(self.printer.language)));
        }
        text
    }
}

impl Cell {
    fn drawn(&self) -> comfy_table::Cell {
        let cell = comfy_table::Cell::new(without_controls(&self.text));
        match self.tone {
            Tone::Plain => cell,
            Tone::Good => cell.fg(Color::Green),
            Tone::Attention => cell.fg(Color::Yellow),
            Tone::Bad => cell.fg(Color::Red),
            Tone::Dim => cell.fg(Color::DarkGrey),
        }
    }
}

/// A field of a CSV row: lists by spaces, tables as JSON.
pub(super) fn csv_field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}
