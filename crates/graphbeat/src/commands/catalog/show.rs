//! `catalog show`: one operation or journey with all that is known of it.

use graphbeat_catalog::{Catalog, Journey, Mode, Operation, Selection, least_permissions};
use graphbeat_core::{Language, status_text};
use serde_json::{Value, json};

use super::list::{OperationRow, name, permissions_text};
use super::unknown;
use crate::context::Context;
use crate::failure::Failure;
use crate::texts::{Message, say};

pub(super) fn run(id: &str, context: &Context) -> Result<(), Failure> {
    let catalog = context.catalog()?;
    let language = context.language();
    if let Some(operation) = catalog.operation(id) {
        return context.printer.card(&operation_json(operation)?, &operation_lines(operation, language));
    }
    match catalog.journey(id) {
        Some(journey) => {
            context.printer.card(&journey_json(journey, &catalog), &journey_lines(journey, &catalog, language))
        }
        None => Err(unknown(id)),
    }
}

/// The fields of the list, and what only one operation's page shows.
fn operation_json(operation: &Operation) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(OperationRow::of(operation))?;
    let expect: Vec<Value> = operation
        .expect
        .iter()
        .map(|expected| {
            json!({
                "status": expected.status,
                "code": expected.code,
                "mode": expected.mode,
                "heals_within_minutes": expected.heals_within_minutes,
                "reason": expected.reason,
            })
        })
        .collect();
    let more = json!({
        "query": operation.query,
        "delegated_also": alternatives(operation, Mode::Delegated),
        "application_also": alternatives(operation, Mode::Application),
        "cost": operation.cost,
        "starter": operation.starter,
        "expect": expect,
        "unsupported": operation.unsupported,
        "undo": operation.undo,
        "docs": operation.docs,
    });
    if let (Value::Object(entries), Value::Object(more)) = (&mut value, more) {
        entries.extend(more);
    }
    Ok(value)
}

/// What opens it in a mode instead of the least permissions, each alternative as it is written.
fn alternatives(operation: &Operation, mode: Mode) -> Vec<String> {
    let accepted = operation.accepted(mode).into_iter().flatten();
    accepted.skip(1).map(|together| together.join(" + ")).collect()
}

fn operation_lines(operation: &Operation, language: Language) -> Vec<(Message, String)> {
    let query: Vec<String> = operation.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let method = serde_json::to_value(operation.method).unwrap_or_default();
    let expected: Vec<String> = operation
        .expect
        .iter()
        .map(|expected| {
            let code = expected.code.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
            format!("{}{code}: {}", status_text(expected.status), name(&expected.reason, language))
        })
        .collect();
    let lines = [
        (say!("word-operation"), operation.id.to_string()),
        (say!("word-name"), name(&operation.names, language).to_owned()),
        (say!("word-request"), format!("{} {}{query}", method.as_str().unwrap_or_default(), operation.path)),
        (say!("word-journey"), operation.journey.as_ref().map(ToString::to_string).unwrap_or_default()),
        (say!("word-application"), permissions_text(operation.permissions(Mode::Application), language)),
        (say!("word-or"), alternatives(operation, Mode::Application).join(", ")),
        (say!("word-delegated"), permissions_text(operation.permissions(Mode::Delegated), language)),
        (say!("word-or"), alternatives(operation, Mode::Delegated).join(", ")),
        (
            say!("word-not-possible"),
            operation.unsupported.as_ref().map(|why| name(why, language).to_owned()).unwrap_or_default(),
        ),
        (say!("word-licence"), operation.license.clone()),
        (say!("word-role"), operation.role.clone().unwrap_or_default()),
        (
            say!("word-bucket"),
            say!("catalog-bucket", bucket = operation.bucket.to_string(), cost = operation.cost.to_string())
                .of(language),
        ),
        (say!("word-healthy"), expected.join("\n")),
        (say!("word-undo"), operation.undo.clone().unwrap_or_default()),
        (say!("word-docs"), operation.docs.clone()),
    ];
    lines.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn journey_json(journey: &Journey, catalog: &Catalog) -> Value {
    let permissions = |mode| journey_permissions(journey, catalog, mode);
    json!({
        "id": journey.id,
        "names": journey.names,
        "residue": journey.residue,
        "steps": journey.steps.iter().map(|step| &step.operation).collect::<Vec<_>>(),
        "delegated": permissions(Mode::Delegated),
        "application": permissions(Mode::Application),
    })
}

fn journey_lines(journey: &Journey, catalog: &Catalog, language: Language) -> Vec<(Message, String)> {
    let steps: Vec<String> = journey.steps.iter().map(|step| step.operation.to_string()).collect();
    let residue = match &journey.residue {
        Some(residue) => name(residue, language).to_owned(),
        None => "-".to_owned(),
    };
    let permissions = |mode| permissions_text(journey_permissions(journey, catalog, mode).as_deref(), language);
    vec![
        (say!("word-journey"), journey.id.to_string()),
        (say!("word-name"), name(&journey.names, language).to_owned()),
        (say!("word-steps"), steps.join("\n")),
        (say!("word-what-stays"), residue),
        (say!("word-application"), permissions(Mode::Application)),
        (say!("word-delegated"), permissions(Mode::Delegated)),
    ]
}

/// The least permissions of all that it sends; `None` where one of its operations cannot be called in this mode.
fn journey_permissions(journey: &Journey, catalog: &Catalog, mode: Mode) -> Option<Vec<String>> {
    let selection = Selection {
        classes: Vec::new(),
        operations: vec![journey.id.to_string()],
        exclude: Vec::new(),
        journeys: true,
        mode,
        cloud: None,
    };
    let selected = selection.resolve(catalog).ok().filter(|selected| !selected.journeys.is_empty())?;
    Some(least_permissions(&selected, mode).names().map(str::to_owned).collect())
}
