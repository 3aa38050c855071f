//! `app`: the application registration that an account signs in under.

mod consent;
mod gap;
mod remove;
mod rotate;
mod show;

use std::sync::Arc;

use graphbeat_catalog::Catalog;
use graphbeat_config::{Account, Config, FileCheck};
use graphbeat_engine::NoWatcher;
use serde::Serialize;

use super::init::{Goal, set_up};
use crate::arguments::{AppCommand, Format};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Column;
use crate::registrar::Place;
use crate::runtime::{Runtime, Wanted, known_account, start};
use crate::texts::{Message, say};

const CALL_FIELDS: &[&str] = &["method", "path", "body"];

pub(super) fn run(command: AppCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        AppCommand::Create(arguments) => set_up(&arguments, Goal::Registration, context),
        AppCommand::Adopt(arguments) => show::adopt(&arguments, context),
        AppCommand::Show(arguments) => show::show(&arguments, context),
        AppCommand::Consent(arguments) => consent::run(&arguments, context),
        AppCommand::Rotate(arguments) => rotate::run(&arguments, context),
        AppCommand::Restore(arguments) => remove::restore(&arguments, context),
        AppCommand::Delete(arguments) => remove::delete(&arguments, context),
    }
}

/// The account that a command is about.
struct About {
    catalog: Catalog,
    config: Config,
    account: Account,
    place: Place,
}

impl About {
    fn of(name: &str, context: &Context) -> Result<Self, Failure> {
        let catalog = context.catalog()?;
        let config = context.config(&catalog, FileCheck::Skip)?;
        let account = known_account(&config, name)?.clone();
        let cloud = config
            .cloud_of(&account)
            .ok_or_else(|| Failure::new(Exit::Configuration, format_args!("there is no cloud `{}`", account.cloud)))?;
        let place = Place::of(&account, cloud);
        Ok(Self { catalog, config, account, place })
    }

    /// The engine with this account alone, for reading.
    async fn start(&self, context: &Context) -> Result<Runtime, Failure> {
        let names = [self.account.name.to_string()];
        let wanted = Wanted {
            accounts: &names,
            selection: None,
            read_only: true,
            concurrency: None,
            batch: false,
            watcher: Arc::new(NoWatcher),
        };
        start(context, wanted).await
    }
}

#[derive(Serialize)]
struct CallRow {
    method: String,
    path: String,
    body: Option<serde_json::Value>,
}

/// What would be sent.
fn show_calls(calls: Vec<graphbeat_entra::registration::GraphCall>, context: &Context) -> Result<Exit, Failure> {
    let columns = vec![
        Column::new(say!("word-request"), |row: &CallRow| format!("{} {}", row.method, row.path)),
        Column::new(say!("word-body"), |row: &CallRow| row.body.as_ref().map(ToString::to_string).unwrap_or_default()),
    ];
    let mut list = context.printer.list(CALL_FIELDS, columns);
    for call in calls {
        let path = format!("/v1.0{}", call.path);
        list.push(&CallRow { method: call.method.to_string(), path, body: call.body })?;
    }
    list.finish()?;
    Ok(Exit::Ok)
}

/// One thing that was done: a sentence for people, an object for programs.
fn told(context: &Context, event: &str, account: &str, sentence: &Message) -> Result<(), Failure> {
    if context.printer.format() == Format::Json {
        let text = sentence.of(context.language());
        return context.printer.json(&serde_json::json!({"event": event, "account": account, "text": text}));
    }
    context.printer.say(sentence)
}

/// Whether to go on.
fn agreed(yes: bool, question: &Message, context: &Context) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    match super::ask::yes(question, context.language()) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(Exit::Usage, say!("app-stopped"))),
        None => Err(Failure::new(Exit::Usage, say!("app-nobody")).hint(say!("app-nobody-hint"))),
    }
}
