//! `catalog list`: every operation, with the documented field names.

use graphbeat_catalog::{Access, CloudName, Mode, Names, Operation, OperationMethod};
use graphbeat_core::Language;
use serde::Serialize;

use super::{mode, unknown};
use crate::arguments::ListArguments;
use crate::context::Context;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};

pub(super) const FIELDS: &[&str] = &[
    "id",
    "class",
    "method",
    "path",
    "access",
    "journey",
    "delegated",
    "application",
    "license",
    "role",
    "bucket",
    "clouds",
    "names",
];

/// An operation as programs see it.
#[derive(Clone, Serialize)]
pub(super) struct OperationRow {
    id: String,
    class: String,
    method: OperationMethod,
    path: String,
    access: Access,
    journey: Option<String>,
    delegated: Option<Vec<String>>,
    application: Option<Vec<String>>,
    license: String,
    role: Option<String>,
    bucket: String,
    clouds: Vec<CloudName>,
    names: Names,
}

pub(super) fn run(arguments: &ListArguments, context: &Context) -> Result<(), Failure> {
    let catalog = context.catalog()?;
    if let Some(class) = arguments.class.iter().find(|class| catalog.class(class).is_none()) {
        return Err(unknown("class", class));
    }
    let language = context.language();
    let mut list = context.printer.list(FIELDS, columns(language));
    let in_class = |operation: &Operation| {
        arguments.class.is_empty() || arguments.class.iter().any(|class| class == operation.class())
    };
    let in_mode = |operation: &Operation| arguments.mode.is_none_or(|word| operation.runs_as(mode(word)));
    for operation in catalog.operations() {
        if in_class(operation) && in_mode(operation) {
            list.push(&OperationRow::of(operation))?;
        }
    }
    list.finish()
}

impl OperationRow {
    pub(super) fn of(operation: &Operation) -> Self {
        let permissions = |mode| operation.permissions(mode).map(<[String]>::to_vec);
        Self {
            id: operation.id.to_string(),
            class: operation.class().to_owned(),
            method: operation.method,
            path: operation.path.clone(),
            access: operation.access,
            journey: operation.journey.as_ref().map(ToString::to_string),
            delegated: permissions(Mode::Delegated),
            application: permissions(Mode::Application),
            license: operation.license.clone(),
            role: operation.role.clone(),
            bucket: operation.bucket.to_string(),
            clouds: operation.clouds.clone(),
            names: operation.names.clone(),
        }
    }
}

fn columns(language: Language) -> Vec<Column<OperationRow>> {
    vec![
        Column::new("operation", |row: &OperationRow| row.id.clone()),
        Column::new("name", move |row: &OperationRow| name(&row.names, language).to_owned()),
        Column::new("access", |row: &OperationRow| match row.access {
            Access::Read => Cell::from("read"),
            Access::Write => Cell::toned("write", Tone::Attention),
        }),
        Column::new("application", |row: &OperationRow| permissions_text(row.application.as_deref())),
        Column::new("delegated", |row: &OperationRow| permissions_text(row.delegated.as_deref())),
    ]
}

/// The name in a language.
pub(crate) fn name(names: &Names, language: Language) -> &str {
    match language {
        Language::English => &names.en,
        Language::SimplifiedChinese => &names.zh_cn,
    }
}

/// The permissions; `-` where the mode is not possible.
pub(super) fn permissions_text(permissions: Option<&[String]>) -> String {
    match permissions {
        None => "-".to_owned(),
        Some([]) => "none".to_owned(),
        Some(permissions) => permissions.join(" "),
    }
}
