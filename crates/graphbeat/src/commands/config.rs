//! `config`: check the file, show what is in force, its schema, and where it is.

use graphbeat_config::{FileCheck, schema, show_json, show_toml};
use serde_json::json;

use crate::arguments::{ConfigCommand, Format};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::NO_LINES;
use crate::texts::say;

pub(super) fn run(command: ConfigCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Check => check(context)?,
        ConfigCommand::Show => show(context)?,
        ConfigCommand::Schema => context.printer.json(&schema())?,
        ConfigCommand::Path => path(context)?,
    }
    Ok(Exit::Ok)
}

fn check(context: &Context) -> Result<(), Failure> {
    let config = context.config(&context.catalog()?, FileCheck::Read)?;
    let file = context.locations.config_file.display().to_string();
    let accounts = config.accounts.len();
    let result = json!({ "valid": true, "file": file, "accounts": accounts });
    context.printer.card(&result, &[(say!("word-valid"), file), (say!("word-accounts"), accounts.to_string())])
}

fn show(context: &Context) -> Result<(), Failure> {
    let config = context.config(&context.catalog()?, FileCheck::Skip)?;
    match context.printer.format() {
        Format::Table => context.printer.text(&show_toml(&config)),
        Format::Json | Format::Csv => context.printer.card(&show_json(&config), NO_LINES),
    }
}

fn path(context: &Context) -> Result<(), Failure> {
    let absolute =
        |path: &std::path::Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let (config, data) = (absolute(&context.locations.config_file), absolute(&context.locations.data_dir));
    let result = json!({ "config": config, "data": data });
    context.printer.card(&result, &[(say!("word-config"), config), (say!("word-data"), data)])
}
