//! What a set-up will ask for: the least permissions, why, and who has to consent.

use graphbeat_catalog::{LeastPermissions, Selected, least_permissions};
use graphbeat_config::{Cloud, Config};
use graphbeat_core::Language;
use graphbeat_engine::selection_of;
use graphbeat_entra::registration::{
    GraphCall, PermissionKind, Registration, Wanted, create_calls, grant_roles_calls, known_permission,
};
use serde::Serialize;
use uuid::Uuid;

use super::answers::Answers;
use super::configure::tentative;
use crate::arguments::{Format, RegistrationWay};
use crate::commands::catalog::reason;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};
use crate::registrar::Place;
use crate::texts::say;

const FIELDS: &[&str] = &["permission", "kind", "consent", "reason"];
const CALL_FIELDS: &[&str] = &["by", "method", "path", "body"];

/// What will be made.
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) place: Place,
    pub(super) wanted: Wanted,
    pub(super) least: LeastPermissions,
}

#[derive(Serialize)]
struct Row {
    permission: String,
    kind: PermissionKind,
    consent: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct CallRow {
    by: &'static str,
    method: String,
    path: String,
    body: Option<serde_json::Value>,
}

impl Plan {
    pub(super) fn of(answers: &Answers, context: &Context) -> Result<Self, Failure> {
        let catalog = context.catalog()?;
        let config = tentative(answers, Uuid::nil(), context, &catalog)?;
        let bug = || Failure::new(Exit::Bug, say!("init-not-configured"));
        let account = config.account(&answers.name).ok_or_else(bug)?;
        let cloud: &Cloud = config.cloud_of(account).ok_or_else(bug)?;
        let place = Place::of(account, cloud);
        let selected: Selected = selection_of(account, cloud)
            .resolve(&catalog)
            .map_err(|error| Failure::new(Exit::Configuration, graphbeat_base::error_chain(&error)))?;
        let least = least_permissions(&selected, place.mode());
        let wanted = wanted(&answers.name, place.kind, &least)?;
        Ok(Self { config, place, wanted, least })
    }

    /// Whether somebody has to consent who may do more than a user.
    pub(super) fn needs_administrator(&self) -> bool {
        self.wanted.permissions().iter().any(|permission| permission.needs_admin)
    }

    /// The permissions with their reasons.
    pub(super) fn show(&self, context: &Context) -> Result<(), Failure> {
        let language = context.language();
        let columns = vec![
            Column::new(say!("word-permission"), |row: &Row| row.permission.clone()),
            Column::new(say!("word-consent"), move |row: &Row| {
                let tone = if row.consent == "administrator" { Tone::Attention } else { Tone::Plain };
                Cell::toned(
                    if row.consent == "administrator" { say!("init-administrator") } else { say!("init-user") }
                        .of(language),
                    tone,
                )
            }),
            Column::new(say!("word-why"), |row: &Row| row.reason.clone()),
        ];
        if context.printer.format() == Format::Json {
            return self.show_json(context);
        }
        let mut list = context.printer.list(FIELDS, columns);
        for row in self.rows(language) {
            list.push(&row)?;
        }
        list.finish()
    }

    fn show_json(&self, context: &Context) -> Result<(), Failure> {
        let rows: Vec<Row> = self.rows(context.language()).collect();
        let event = serde_json::json!({"event": "permissions", "account": self.place.account, "permissions": rows});
        context.printer.text(&event.to_string())
    }

    fn rows(&self, language: Language) -> impl Iterator<Item = Row> {
        self.least.permissions.iter().map(move |needed| Row {
            permission: needed.name.clone(),
            kind: self.place.kind,
            consent: match known_permission(self.place.kind, &needed.name) {
                Some(known) if !known.needs_admin => "user",
                _ => "administrator",
            },
            reason: reason(needed, &self.least, language),
        })
    }

    /// Each request that would be sent, and by whom.
    pub(super) fn show_calls(&self, answers: &Answers, context: &Context) -> Result<(), Failure> {
        let registration = Registration::new(&self.place.tenant, self.place.kind, Uuid::nil());
        let mut calls: Vec<(&'static str, GraphCall)> = Vec::new();
        if answers.way == RegistrationWay::AzureCli {
            calls.push(("az", super::register::read_roles()));
            calls.extend(create_calls(&self.wanted, &registration).into_iter().map(|call| ("az", call)));
            if self.place.kind == PermissionKind::Application {
                calls.extend(grant_roles_calls(&self.wanted).into_iter().map(|call| ("az", call)));
            }
        } else if self.needs_administrator() {
            calls.push(("graphbeat", super::register::read_roles()));
        }
        let reads = self.least.operations.iter().map(|open| open.id.to_string()).collect::<Vec<_>>();
        if context.printer.format() == Format::Json {
            let calls: Vec<CallRow> = calls.into_iter().map(call_row).collect();
            let event = serde_json::json!({"event": "dry-run", "account": self.place.account, "calls": calls,
                "manifest": self.wanted.manifest(), "check": reads});
            return context.printer.text(&event.to_string());
        }
        let columns = vec![
            Column::new(say!("word-by"), |row: &CallRow| row.by),
            Column::new(say!("word-request"), |row: &CallRow| format!("{} {}", row.method, row.path)),
            Column::new(say!("word-body"), |row: &CallRow| {
                row.body.as_ref().map(ToString::to_string).unwrap_or_default()
            }),
        ];
        let mut list = context.printer.list(CALL_FIELDS, columns);
        for call in calls {
            list.push(&call_row(call))?;
        }
        list.finish()?;
        context.printer.notice(&say!("init-dry-run", reads = reads.join(" ")));
        Ok(())
    }
}

fn call_row((by, call): (&'static str, GraphCall)) -> CallRow {
    CallRow { by, method: call.method.to_string(), path: format!("/v1.0{}", call.path), body: call.body }
}

/// What the registration of an account is to ask for.
pub(crate) fn wanted(account: &str, kind: PermissionKind, least: &LeastPermissions) -> Result<Wanted, Failure> {
    Wanted::try_new(&format!("graphbeat {account}"), kind, least.names())
        .map_err(|error| Failure::new(Exit::Configuration, error).hint(say!("init-permission-hint")))
}
