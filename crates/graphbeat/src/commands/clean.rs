//! `clean`: what journeys left in tenants.

use std::sync::Arc;

use graphbeat_config::FileCheck;
use graphbeat_core::ArtefactState;
use graphbeat_engine::{NoWatcher, SettledArtefact};
use graphbeat_store::{Journal as _, Ledger as _};

use crate::arguments::CleanArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};
use crate::runtime::{Wanted, known_account, open_ledger, start};
use crate::stop::run_until_stopped;
use crate::texts::say;

const FIELDS: &[&str] = &["account", "journey", "artefact", "marker", "state", "since", "trouble"];

pub(crate) fn run(arguments: &CleanArguments, context: &Context) -> Result<Exit, Failure> {
    if arguments.dry_run { list(arguments, context) } else { remove(arguments, context) }
}

/// Shows what is in the journal; sends nothing.
fn list(arguments: &CleanArguments, context: &Context) -> Result<Exit, Failure> {
    let catalog = context.catalog()?;
    let config = context.config(&catalog, FileCheck::Skip)?;
    arguments.account.iter().try_for_each(|name| known_account(&config, name).map(drop))?;
    run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        let open = opened.store.open(None).await?;
        opened.store.close().await?;
        let rows = open.into_iter().map(SettledArtefact::from);
        print(rows.filter(|row| is_wanted(arguments, &row.account)), context)?;
        Ok(Exit::Ok)
    })
}

fn remove(arguments: &CleanArguments, context: &Context) -> Result<Exit, Failure> {
    run_until_stopped(async |_stop| {
        let wanted = Wanted {
            accounts: &arguments.account,
            selection: None,
            read_only: false,
            batch: false,
            concurrency: None,
            watcher: Arc::new(NoWatcher),
        };
        let runtime = start(context, wanted).await?;
        let settlement = runtime.engine.settle(runtime.engine.accounts(), &|| runtime.live()).await?;
        runtime.close().await?;
        let open = settlement.open();
        print(settlement.artefacts.into_iter().filter(|row| is_wanted(arguments, &row.account)), context)?;
        Ok(if open == 0 { Exit::Ok } else { Exit::OperationFailed })
    })
}

fn is_wanted(arguments: &CleanArguments, account: &str) -> bool {
    arguments.account.is_empty() || arguments.account.iter().any(|name| name == account)
}

fn print(rows: impl Iterator<Item = SettledArtefact>, context: &Context) -> Result<(), Failure> {
    let columns = vec![
        Column::new(say!("word-account"), |row: &SettledArtefact| row.account.to_string()),
        Column::new(say!("word-journey"), |row: &SettledArtefact| row.journey.to_string()),
        Column::new(say!("word-artefact"), |row: &SettledArtefact| row.artefact.to_string()),
        Column::new(say!("word-marker"), |row: &SettledArtefact| row.marker.to_string()),
        Column::new(say!("word-state"), |row: &SettledArtefact| {
            let tone = if row.state == ArtefactState::Gone { Tone::Good } else { Tone::Attention };
            Cell::toned(row.state.word(), tone)
        }),
        Column::new(say!("word-since"), |row: &SettledArtefact| graphbeat_core::time_text(row.since)),
        Column::new(say!("word-why"), |row: &SettledArtefact| row.trouble.clone().unwrap_or_default()),
    ];
    let mut list = context.printer.list(FIELDS, columns);
    for row in rows {
        list.push(&row)?;
    }
    list.finish()
}
