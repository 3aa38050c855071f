//! Printing: data on stdout, everything else on stderr. Colours only on a terminal, and not where
//! `NO_COLOR` is set. A reader that goes away, as `head` does, ends the program in silence.

mod list;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};

use graphbeat_base::redact_addresses;
use graphbeat_core::Language;
use serde::Serialize;
use serde_json::Value;

use crate::arguments::Format;
use crate::failure::Failure;
use crate::texts::Message;

pub(crate) use list::{Cell, Column, List, Tone};

/// The lines of what is never shown as lines.
pub(crate) const NO_LINES: &[(&str, String)] = &[];

/// Where output goes, and in which form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    format: Format,
    colour: bool,
    terminal: bool,
    language: Language,
}

impl Printer {
    /// Looks at what stdout is.
    pub(crate) fn new(format: Format, language: Language, environment: &BTreeMap<String, String>) -> Self {
        let terminal = io::stdout().is_terminal();
        let no_colour = environment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { format, colour: terminal && !no_colour, terminal, language }
    }

    /// The form that the user asked for.
    pub(crate) const fn format(self) -> Format {
        self.format
    }

    /// Starts a list. `fields` are its documented field names.
    pub(crate) fn list<T: Serialize>(self, fields: &'static [&'static str], columns: Vec<Column<T>>) -> List<T> {
        List::new(self, fields, columns)
    }

    /// Prints one thing: as labelled lines for people, else whole.
    pub(crate) fn card<L>(self, thing: &impl Serialize, lines: &[(L, String)]) -> Result<(), Failure>
    where
        L: Clone + Into<Message>,
    {
        match self.format {
            Format::Table => self.block(lines, Tone::Plain),
            Format::Json => self.json(thing),
            Format::Csv => {
                let Value::Object(entries) = serde_json::to_value(thing)? else { return self.json(thing) };
                let mut writer = csv::Writer::from_writer(io::stdout().lock());
                writer.write_record(entries.keys())?;
                writer.write_record(entries.values().map(list::csv_field))?;
                Ok(writer.flush()?)
            }
        }
    }

    /// Prints a value as JSON, indented.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, value)?;
        out.write_all(b"\n")?;
        Ok(out.flush()?)
    }

    /// Prints one record of CSV without a header, for output that has no end.
    pub(crate) fn csv_line(self, row: &impl Serialize, fields: &[&str]) -> Result<(), Failure> {
        let row = serde_json::to_value(row)?;
        let mut writer = csv::Writer::from_writer(io::stdout().lock());
        writer.write_record(fields.iter().map(|field| row.get(field).map(list::csv_field).unwrap_or_default()))?;
        Ok(writer.flush()?)
    }

    /// Prints a text as it is.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    }

    /// Prints a text.
    pub(crate) fn say(self, message: &Message) -> Result<(), Failure> {
        self.text(&message.of(self.language))
    }

    /// Says something to the person at the terminal, on stderr. Addresses are left out.
    pub(crate) fn notice(self, message: &Message) {
        notice(&message.of(self.language));
    }

    /// Labels in one column, texts in the other, the first label in a tone: to be copied in one piece.
    pub(crate) fn block<L>(self, lines: &[(L, String)], tone: Tone) -> Result<(), Failure>
    where
        L: Clone + Into<Message>,
    {
        let labels: Vec<String> = lines.iter().map(|(label, _)| label.clone().into().of(self.language)).collect();
        let width = labels.iter().map(|label| display_width(label)).max().unwrap_or_default();
        let mut text = String::new();
        for (index, (label, (_, value))) in labels.iter().zip(lines).enumerate() {
            let mut label = label.as_str();
            for line in value.lines().chain(value.is_empty().then_some("")) {
                let gap = " ".repeat(width.saturating_sub(display_width(label)));
                let row = format!("{label}{gap}  {}", without_controls(line));
                text.push_str(row.trim_end());
                text.push('\n');
                label = "";
            }
            if index == 0 && self.colour {
                text = tone.painted(&text);
            }
        }
        self.text(&text)
    }
}

/// The columns of a terminal that a label takes: Chinese characters take two.
fn display_width(text: &str) -> usize {
    text.chars().map(|c| if ('\u{2e80}'..='\u{ffef}').contains(&c) { 2 } else { 1 }).sum()
}

/// The text without characters that move a terminal's cursor or change its colours.
pub(crate) fn without_controls(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Says something to the person at the terminal, on stderr. Addresses are left out.
pub(crate) fn notice(text: &str) {
    let text = redact_addresses(text);
    crate::crash::remember(&text);
    // Nobody is left to hear of it where this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
