//! `catalog permissions`: the least permissions for a selection, and which operations need each.

use graphbeat_catalog::{Catalog, Mode, STARTER, Selection, least_permissions};
use graphbeat_config::FileCheck;
use serde::Serialize;

use super::mode;
use crate::arguments::PermissionsArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Column;

const FIELDS: &[&str] = &["mode", "permission", "operations"];

/// A permission as programs see it.
#[derive(Serialize)]
struct PermissionRow {
    mode: Mode,
    permission: String,
    operations: Vec<String>,
}

pub(super) fn run(arguments: &PermissionsArguments, context: &Context) -> Result<(), Failure> {
    let catalog = context.catalog()?;
    let selections = match &arguments.account {
        Some(name) => vec![of_account(name, &catalog, context)?],
        None => of_arguments(arguments),
    };
    let columns = vec![
        Column::new("mode", |row: &PermissionRow| mode_text(row.mode)),
        Column::new("permission", |row: &PermissionRow| row.permission.clone()),
        Column::new("operations", |row: &PermissionRow| row.operations.join(" ")),
    ];
    let mut list = context.printer.list(FIELDS, columns);
    for selection in selections {
        let selected = selection.resolve(&catalog).map_err(|error| {
            let near = error.unknown.iter().find_map(|unknown| unknown.nearest.clone());
            let hint = near.map_or("run `graphbeat catalog list`".to_owned(), |near| format!("did you mean `{near}`?"));
            Failure::new(Exit::Usage, error).hint(hint)
        })?;
        for (permission, operations) in least_permissions(&selected, selection.mode) {
            let operations = operations.iter().map(ToString::to_string).collect();
            list.push(&PermissionRow { mode: selection.mode, permission, operations })?;
        }
    }
    list.finish()
}

fn of_account(name: &str, catalog: &Catalog, context: &Context) -> Result<Selection, Failure> {
    let config = context.config(catalog, FileCheck::Skip)?;
    let account = config.account(name).ok_or_else(|| {
        Failure::new(Exit::Usage, format_args!("there is no account `{name}`")).hint("run `graphbeat account list`")
    })?;
    Ok(Selection {
        classes: account.classes.clone(),
        operations: account.operations.clone(),
        exclude: account.exclude.clone(),
        journeys: account.journeys,
        mode: account.sign_in.mode(),
        cloud: config.cloud_of(account).and_then(|cloud| cloud.official),
    })
}

fn of_arguments(arguments: &PermissionsArguments) -> Vec<Selection> {
    let nothing = arguments.class.is_empty() && arguments.operation.is_empty();
    let classes = if nothing { vec![STARTER.to_owned()] } else { arguments.class.clone() };
    let modes = arguments.mode.map_or(vec![Mode::Application, Mode::Delegated], |word| vec![mode(word)]);
    let of_mode = |mode| Selection {
        classes: classes.clone(),
        operations: arguments.operation.clone(),
        exclude: Vec::new(),
        journeys: arguments.journeys,
        mode,
        cloud: None,
    };
    modes.into_iter().map(of_mode).collect()
}

const fn mode_text(mode: Mode) -> &'static str {
    match mode {
        Mode::Application => "application",
        Mode::Delegated => "delegated",
    }
}
