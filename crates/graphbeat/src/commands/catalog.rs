//! `catalog`: the operations, one of them, the least permissions for a selection, and their checks.

mod list;
mod permissions;
mod show;

pub(crate) use list::name;
pub(crate) use permissions::reason;

use graphbeat_catalog::{Catalog, Mode};
use graphbeat_core::explain::Knowledge;
use serde_json::json;

use crate::arguments::{CatalogCommand, LintArguments, ModeWord};
use crate::context::{Context, read_catalog_file};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

pub(super) fn run(command: CatalogCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        CatalogCommand::List(arguments) => list::run(&arguments, context)?,
        CatalogCommand::Show(arguments) => show::run(&arguments.id, context)?,
        CatalogCommand::Permissions(arguments) => permissions::run(&arguments, context)?,
        CatalogCommand::Lint(arguments) => lint(&arguments, context)?,
    }
    Ok(Exit::Ok)
}

fn lint(arguments: &LintArguments, context: &Context) -> Result<(), Failure> {
    let files = match arguments.files.as_slice() {
        [] => context.catalog_files()?,
        named => named.iter().map(|path| read_catalog_file(path)).collect::<Result<_, _>>()?,
    };
    let catalog = Catalog::builtin()?.with_files(&files)?;
    let knowledge = Knowledge::builtin()?;
    if let Some(problem) = knowledge.problems().first() {
        return Err(Failure::new(Exit::Bug, say!("catalog-knowledge-wrong", problem = problem.to_string())));
    }
    let counts = [
        (say!("word-classes"), catalog.classes().len()),
        (say!("word-operations"), catalog.operations().len()),
        (say!("word-journeys"), catalog.journeys().len()),
        (say!("word-own-files"), files.len()),
    ];
    let result = json!({
        "valid": true,
        "classes": catalog.classes().len(),
        "operations": catalog.operations().len(),
        "journeys": catalog.journeys().len(),
        "files": files.iter().map(|(name, _)| name).collect::<Vec<_>>(),
    });
    context.printer.card(&result, &counts.map(|(label, count)| (label, count.to_string())))
}

const fn mode(word: ModeWord) -> Mode {
    match word {
        ModeWord::Application => Mode::Application,
        ModeWord::Delegated => Mode::Delegated,
    }
}

/// The failure of a name that the catalogue does not know.
fn unknown(name: &str) -> Failure {
    Failure::new(Exit::Usage, say!("catalog-unknown", name = name)).hint(say!("catalog-unknown-hint"))
}
