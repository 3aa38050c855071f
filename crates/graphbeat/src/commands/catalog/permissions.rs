//! `catalog permissions`: the least permissions for a selection, and which operations need which.

use graphbeat_catalog::{
    Catalog, LeastPermissions, Mode, Names, NeededPermission, STARTER, Selection, least_permissions, level,
    needs_admin_consent, permission,
};
use graphbeat_config::FileCheck;
use graphbeat_core::Language;
use serde::Serialize;

use super::{mode, name};
use crate::arguments::{PermissionsArguments, PermissionsBy};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};
use crate::texts::{Argument, say};

const FIELDS: &[&str] = &["mode", "permission", "reason", "admin_consent", "privilege", "operations"];
const OPERATION_FIELDS: &[&str] = &["mode", "operation", "permissions", "reason"];
/// The operations that a reason names; the others are counted.
const REASON_OPERATIONS_MAX: usize = 3;

/// A permission as programs see it.
#[derive(Serialize)]
struct PermissionRow {
    mode: Mode,
    permission: String,
    reason: String,
    /// Whether an administrator has to consent; null where Microsoft's list lacks it.
    admin_consent: Option<bool>,
    /// Microsoft's level of privilege, 1 to 5.
    privilege: Option<u8>,
    operations: Vec<String>,
}

/// An operation as programs see it.
#[derive(Serialize)]
struct OperationRow {
    mode: Mode,
    operation: String,
    /// Empty where it cannot be called.
    permissions: Vec<String>,
    /// Why it cannot be called.
    reason: Option<String>,
}

pub(super) fn run(arguments: &PermissionsArguments, context: &Context) -> Result<(), Failure> {
    let catalog = context.catalog()?;
    let selections = match &arguments.account {
        Some(name) => vec![of_account(name, &catalog, context)?],
        None => of_arguments(arguments),
    };
    let mut all = Vec::with_capacity(selections.len());
    for selection in selections {
        let selected = selection.resolve(&catalog).map_err(|error| {
            let near = error.unknown.iter().find_map(|unknown| unknown.nearest.clone());
            let hint = near.map_or(say!("catalog-list-hint"), |near| say!("catalog-near", near = near));
            let names = error.unknown.iter().map(|unknown| format!("`{}`", unknown.name)).collect::<Argument>();
            Failure::new(Exit::Usage, say!("catalog-selection", names = names)).hint(hint)
        })?;
        all.push((selection.mode, least_permissions(&selected, selection.mode)));
    }
    match arguments.by {
        PermissionsBy::Permission => by_permission(&all, &catalog, context),
        PermissionsBy::Operation => by_operation(&all, context),
    }
}

fn by_permission(all: &[(Mode, LeastPermissions)], catalog: &Catalog, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let columns = vec![
        Column::new(say!("word-mode"), |row: &PermissionRow| row.mode.word()),
        Column::new(say!("word-permission"), |row: &PermissionRow| row.permission.clone()),
        Column::new(say!("word-admin"), move |row: &PermissionRow| match row.admin_consent {
            Some(true) => Cell::toned(say!("word-yes").of(language), Tone::Attention),
            Some(false) => Cell::from(say!("word-no").of(language)),
            None => Cell::from("?"),
        }),
        Column::new(say!("word-why"), |row: &PermissionRow| row.reason.clone()),
        Column::new(say!("word-operations"), |row: &PermissionRow| row.operations.join(" ")),
    ];
    let mut list = context.printer.list(FIELDS, columns);
    for (mode, least) in all {
        for needed in &least.permissions {
            list.push(&PermissionRow {
                mode: *mode,
                permission: needed.name.clone(),
                reason: reason(needed, least, context.language()),
                admin_consent: needs_admin_consent(&needed.name, *mode),
                privilege: level(&needed.name, *mode),
                operations: needed.operations.iter().map(ToString::to_string).collect(),
            })?;
        }
    }
    list.finish()?;
    for (mode, least) in all.iter().filter(|(_, least)| !least.left_out.is_empty()) {
        let named: Vec<&str> = least.left_out.iter().map(|left| &*left.id).collect();
        let journeys = named.iter().filter(|id| catalog.journey(id).is_some()).count();
        context.printer.notice(&say!(
            "catalog-not-covered",
            mode = mode.word(),
            operations = named.len() - journeys,
            journeys = journeys
        ));
    }
    Ok(())
}

fn by_operation(all: &[(Mode, LeastPermissions)], context: &Context) -> Result<(), Failure> {
    let columns = vec![
        Column::new(say!("word-mode"), |row: &OperationRow| row.mode.word()),
        Column::new(say!("word-operation"), |row: &OperationRow| row.operation.clone()),
        Column::new(say!("word-uses"), |row: &OperationRow| row.permissions.join(" ")),
        Column::new(say!("word-not-covered-because"), |row: &OperationRow| row.reason.clone().unwrap_or_default()),
    ];
    let mut list = context.printer.list(OPERATION_FIELDS, columns);
    for (mode, least) in all {
        for open in &least.operations {
            let (operation, permissions) = (open.id.to_string(), open.uses.clone());
            list.push(&OperationRow { mode: *mode, operation, permissions, reason: None })?;
        }
        for left in &least.left_out {
            let reason = Some(name(&left.reason, context.language()).to_owned());
            list.push(&OperationRow { mode: *mode, operation: left.id.to_string(), permissions: Vec::new(), reason })?;
        }
    }
    list.finish()
}

/// `read mail; for: List messages, Get a message, Search messages and 4 more`
pub(crate) fn reason(needed: &NeededPermission, least: &LeastPermissions, language: Language) -> String {
    let names: Vec<&Names> =
        least.operations.iter().filter(|open| needed.operations.contains(&open.id)).map(|open| &open.names).collect();
    let shown: Vec<&str> = names.iter().take(REASON_OPERATIONS_MAX).map(|names| name(names, language)).collect();
    let more = names.len() - shown.len();
    let does = permission(&needed.name).map(|known| name(&known.does, language));
    match language {
        Language::English => {
            let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
            let head = does.map(|does| format!("{does}; for: ")).unwrap_or_default();
            format!("{head}{}{tail}", shown.join(", "))
        }
        Language::SimplifiedChinese => {
            let tail = if more == 0 { String::new() } else { format!("等 {} 项", names.len()) };
            let head = does.map(|does| format!("{does}；用于：")).unwrap_or_default();
            format!("{head}{}{tail}", shown.join("、"))
        }
    }
}

fn of_account(name: &str, catalog: &Catalog, context: &Context) -> Result<Selection, Failure> {
    let config = context.config(catalog, FileCheck::Skip)?;
    let account = config.account(name).ok_or_else(|| {
        Failure::new(Exit::Usage, say!("runtime-no-account", name = name)).hint(say!("catalog-account-hint"))
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
