//! `catalog list`: every operation, with the documented field names.

use graphbeat_catalog::{Access, Catalog, CloudName, Mode, Names, Operation, OperationMethod};
use graphbeat_core::Language;
use serde::Serialize;

use super::mode;
use crate::arguments::{AccessWord, CloudWord, ListArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};
use crate::texts::{Message, say};

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
    let filter = Filter::try_new(arguments, &catalog)?;
    let mut list = context.printer.list(FIELDS, columns(context.language()));
    for operation in catalog.operations().iter().filter(|operation| filter.has(operation)) {
        list.push(&OperationRow::of(operation))?;
    }
    list.finish()
}

/// What the arguments let through; all of them together.
struct Filter<'a> {
    classes: &'a [String],
    licenses: &'a [String],
    mode: Option<Mode>,
    cloud: Option<CloudName>,
    access: Option<Access>,
}

impl<'a> Filter<'a> {
    fn try_new(arguments: &'a ListArguments, catalog: &Catalog) -> Result<Self, Failure> {
        let classes: Vec<&str> = catalog.classes().iter().map(|class| &*class.id).collect();
        check_known(&arguments.class, &classes, |name| say!("catalog-unknown-class", name = name))?;
        check_known(&arguments.license, Catalog::licenses(), |name| say!("catalog-unknown-license", name = name))?;
        Ok(Self {
            classes: &arguments.class,
            licenses: &arguments.license,
            mode: arguments.mode.map(mode),
            cloud: arguments.cloud.map(cloud),
            access: arguments.access.map(access),
        })
    }

    fn has(&self, operation: &Operation) -> bool {
        let one_of = |wanted: &[String], own: &str| wanted.is_empty() || wanted.iter().any(|name| name == own);
        one_of(self.classes, operation.class())
            && one_of(self.licenses, &operation.license)
            && self.mode.is_none_or(|mode| operation.runs_as(mode))
            && operation.runs_in(self.cloud)
            && self.access.is_none_or(|access| operation.access == access)
    }
}

fn check_known(wanted: &[String], known: &[&str], unknown: fn(&str) -> Message) -> Result<(), Failure> {
    match wanted.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Failure::new(Exit::Usage, unknown(name))
            .hint(say!("catalog-known", known = format!("`{}`", known.join("`, `"))))),
        None => Ok(()),
    }
}

const fn cloud(word: CloudWord) -> CloudName {
    match word {
        CloudWord::Global => CloudName::Global,
        CloudWord::UsGov => CloudName::UsGov,
        CloudWord::UsDod => CloudName::UsDod,
        CloudWord::China => CloudName::China,
    }
}

const fn access(word: AccessWord) -> Access {
    match word {
        AccessWord::Read => Access::Read,
        AccessWord::Write => Access::Write,
    }
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
        Column::new(say!("word-operation"), |row: &OperationRow| row.id.clone()),
        Column::new(say!("word-name"), move |row: &OperationRow| name(&row.names, language).to_owned()),
        Column::new(say!("word-access"), move |row: &OperationRow| match row.access {
            Access::Read => Cell::from(say!("catalog-read").of(language)),
            Access::Write => Cell::toned(say!("catalog-write").of(language), Tone::Attention),
        }),
        Column::new(say!("word-application"), move |row: &OperationRow| {
            permissions_text(row.application.as_deref(), language)
        }),
        Column::new(say!("word-delegated"), move |row: &OperationRow| {
            permissions_text(row.delegated.as_deref(), language)
        }),
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
pub(super) fn permissions_text(permissions: Option<&[String]>, language: Language) -> String {
    match permissions {
        None => "-".to_owned(),
        Some([]) => say!("catalog-none").of(language),
        Some(permissions) => permissions.join(" "),
    }
}
