//! `completions`: a script for a shell.

use crate::arguments::{CompletionsArguments, shown_command};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

pub(super) fn run(arguments: &CompletionsArguments, context: &Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut shown_command(context.language()), "graphbeat", &mut script);
    context.printer.text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
