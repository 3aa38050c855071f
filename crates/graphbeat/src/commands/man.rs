//! `man`: the manual, one page on stdout or all of them in a directory.

use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use graphbeat_core::Language;

use crate::arguments::{ManArguments, shown_command};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

/// What the generator heads its sections with, and the Chinese for it.
const HEADINGS: &[(&str, &str)] = &[
    ("NAME", "名称"),
    ("SYNOPSIS", "用法"),
    ("DESCRIPTION", "说明"),
    ("OPTIONS", "选项"),
    ("SUBCOMMANDS", "命令"),
    ("EXTRA", "补充"),
    ("VERSION", "版本"),
];

pub(super) fn run(arguments: &ManArguments, context: &Context) -> Result<Exit, Failure> {
    let language = context.language();
    let mut command = shown_command(language);
    match &arguments.directory {
        None => context.printer.text(&page(command, language)?)?,
        Some(directory) => {
            command.build();
            let written = std::fs::create_dir_all(directory).and_then(|()| write_pages(&command, directory, language));
            written.map_err(|error| {
                let sentence = say!("man-not-written", directory = directory, cause = error.to_string());
                Failure::new(Exit::Usage, sentence).hint(say!("man-not-written-hint"))
            })?;
        }
    }
    Ok(Exit::Ok)
}

/// A page for the command and for each below it.
fn write_pages(command: &Command, directory: &Path, language: Language) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    std::fs::write(directory.join(format!("{name}.1")), page(command.clone().name(name), language)?)?;
    command.get_subcommands().try_for_each(|below| write_pages(below, directory, language))
}

fn page(command: Command, language: Language) -> io::Result<String> {
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    let page = String::from_utf8_lossy(&page);
    Ok(match language {
        Language::English => page.into_owned(),
        Language::SimplifiedChinese => page.lines().map(|line| format!("{}\n", in_chinese(line))).collect(),
    })
}

fn in_chinese(line: &str) -> String {
    let heading = line.strip_prefix(".SH ").map(|heading| heading.trim_matches('"'));
    match HEADINGS.iter().find(|(english, _)| heading == Some(english)) {
        Some((_, chinese)) => format!(".SH {chinese}"),
        None => line.to_owned(),
    }
}
