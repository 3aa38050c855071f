//! `account`: list and show accounts, add, change and remove them, sign in and out, pause and resume.

mod edit;
mod sign_in;

use std::sync::Arc;

use graphbeat_catalog::{Catalog, least_permissions};
use graphbeat_config::{Account, Config, FileCheck};
use graphbeat_core::AccountState;
use graphbeat_engine::selection_of;
use graphbeat_store::Ledger as _;
use serde::Serialize;

use super::status::{Card, PAUSED_BY_OWNER, cards};
use crate::arguments::AccountCommand;
use crate::context::Context;
use crate::diagnosis::Diagnoses;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Column;
use crate::runtime::{known_account, open_ledger};
use crate::stop::run_until_stopped;
use crate::texts::say;

const LIST_FIELDS: &[&str] = &["account", "tenant", "cloud", "sign_in", "client_id", "schedule", "journeys", "state"];

/// An account as `list` shows it.
#[derive(Debug, Serialize)]
struct Entry {
    account: Arc<str>,
    tenant: Arc<str>,
    cloud: Arc<str>,
    sign_in: &'static str,
    client_id: String,
    schedule: Arc<str>,
    journeys: bool,
    state: AccountState,
}

/// An account as `show` shows it.
#[derive(Debug, Serialize)]
struct Detail {
    #[serde(flatten)]
    entry: Entry,
    user: Option<String>,
    classes: Vec<String>,
    operations: Vec<Arc<str>>,
    journeys_selected: Vec<Arc<str>>,
    left_out: Vec<LeftOut>,
    permissions: Vec<String>,
    card: Card,
}

/// What was asked for and cannot run.
#[derive(Debug, Serialize)]
struct LeftOut {
    id: Arc<str>,
    reason: String,
}

pub(crate) fn run(command: AccountCommand, context: &Context) -> Result<Exit, Failure> {
    match command {
        AccountCommand::List => list(context),
        AccountCommand::Show(account) => show(&account.name, context),
        AccountCommand::Add(change) => edit::add(&change, context),
        AccountCommand::Edit(change) => edit::edit(&change, context),
        AccountCommand::Remove(account) => edit::remove(&account.name, context),
        AccountCommand::SignIn(arguments) => sign_in::sign_in(&arguments, context),
        AccountCommand::SignOut(account) => sign_in::sign_out(&account.name, context),
        AccountCommand::Pause(account) => pause(&account.name, context),
        AccountCommand::Resume(account) => resume(&account.name, context),
    }
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let (catalog, config) = configured(context)?;
    let cards = all_cards(context, &catalog, &config)?;
    let language = context.language();
    let mut list = context.printer.list(
        LIST_FIELDS,
        vec![
            Column::new(say!("word-account"), |entry: &Entry| entry.account.to_string()),
            Column::new(say!("word-tenant"), |entry: &Entry| entry.tenant.to_string()),
            Column::new(say!("word-cloud"), |entry: &Entry| entry.cloud.to_string()),
            Column::new(say!("word-sign-in"), |entry: &Entry| entry.sign_in),
            Column::new(say!("word-schedule"), |entry: &Entry| entry.schedule.to_string()),
            Column::new(say!("word-journeys"), move |entry: &Entry| {
                if entry.journeys { say!("word-yes") } else { say!("word-no") }.of(language)
            }),
            Column::new(say!("word-state"), |entry: &Entry| entry.state.word()),
        ],
    );
    for (account, card) in config.accounts.iter().zip(&cards) {
        list.push(&entry(account, card.state))?;
    }
    list.finish()?;
    Ok(Exit::Ok)
}

fn show(name: &str, context: &Context) -> Result<Exit, Failure> {
    let (catalog, config) = configured(context)?;
    let account = known_account(&config, name)?;
    let card = all_cards(context, &catalog, &config)?.into_iter().find(|card| &*card.account == name);
    let mut card = card.ok_or_else(|| Failure::new(Exit::Bug, say!("account-no-card")))?;
    card.diagnose(&Diagnoses::new(&config, catalog.clone(), context.language())?);
    let detail = detail(account, &catalog, &config, card, context)?;
    let left_out: Vec<String> =
        detail.left_out.iter().map(|left_out| format!("{}: {}", left_out.id, left_out.reason)).collect();
    let lines = [
        (say!("word-account"), name.to_owned()),
        (say!("word-state"), detail.card.state.word().to_owned()),
        (say!("word-reason"), detail.card.reason.clone().unwrap_or_default()),
        (say!("diagnosis-diagnosis"), detail.card.diagnosis_text()),
        (say!("word-tenant"), detail.entry.tenant.to_string()),
        (say!("word-cloud"), detail.entry.cloud.to_string()),
        (
            say!("word-sign-in"),
            say!("account-as", method = detail.entry.sign_in, client = &detail.entry.client_id).of(context.language()),
        ),
        (say!("word-classes"), detail.classes.join(", ")),
        (say!("word-operations"), say!("account-reads", count = detail.operations.len()).of(context.language())),
        (say!("word-journeys"), detail.journeys_selected.join(", ")),
        (say!("word-permissions"), detail.permissions.join(", ")),
        (say!("word-schedule"), detail.entry.schedule.to_string()),
        (say!("word-next-slot"), detail.card.next_slot.clone().unwrap_or_default()),
        (say!("word-left-out"), left_out.join("\n")),
    ];
    context.printer.card(&detail, &lines)?;
    Ok(Exit::Ok)
}

fn detail(
    account: &Account,
    catalog: &Catalog,
    config: &Config,
    card: Card,
    context: &Context,
) -> Result<Detail, Failure> {
    let cloud = config
        .cloud_of(account)
        .ok_or_else(|| Failure::new(Exit::Configuration, say!("account-no-cloud", cloud = &account.cloud)))?;
    let selected = selection_of(account, cloud)
        .resolve(catalog)
        .map_err(|error| Failure::new(Exit::Configuration, graphbeat_base::error_chain(&error)))?;
    let language = context.language();
    let permissions = least_permissions(&selected, account.sign_in.mode()).names().map(str::to_owned).collect();
    Ok(Detail {
        entry: entry(account, card.state),
        user: account.user.clone(),
        classes: account.classes.clone(),
        operations: selected.reads.iter().map(|read| Arc::clone(&read.id)).collect(),
        journeys_selected: selected.journeys.iter().map(|journey| Arc::clone(&journey.id)).collect(),
        left_out: selected
            .left_out
            .into_iter()
            .map(|left_out| LeftOut {
                id: left_out.id,
                reason: super::catalog::name(&left_out.reason, language).to_owned(),
            })
            .collect(),
        permissions,
        card,
    })
}

fn entry(account: &Account, state: AccountState) -> Entry {
    Entry {
        account: Arc::clone(&account.name),
        tenant: Arc::clone(&account.tenant),
        cloud: Arc::clone(&account.cloud),
        sign_in: account.sign_in.method(),
        client_id: account.sign_in.client_id().to_string(),
        schedule: Arc::clone(&account.schedule),
        journeys: account.journeys,
        state,
    }
}

fn configured(context: &Context) -> Result<(Catalog, Config), Failure> {
    let catalog = context.catalog()?;
    let config = context.config(&catalog, FileCheck::Skip)?;
    Ok((catalog, config))
}

fn all_cards(context: &Context, catalog: &Catalog, config: &Config) -> Result<Vec<Card>, Failure> {
    run_until_stopped(async |_stop| {
        let opened = open_ledger(context, config)?;
        let cards = cards(config, catalog, &opened, context.language()).await?;
        opened.store.close().await?;
        Ok(cards)
    })
}

fn pause(name: &str, context: &Context) -> Result<Exit, Failure> {
    stand(name, context, AccountState::Paused, Some(PAUSED_BY_OWNER.to_owned()))?;
    context.printer.notice(&say!("account-paused", name = name));
    Ok(Exit::Ok)
}

fn resume(name: &str, context: &Context) -> Result<Exit, Failure> {
    stand(name, context, AccountState::Active, None)?;
    context.printer.notice(&say!("account-active", name = name));
    Ok(Exit::Ok)
}

/// Sets an account's standing without signing in: a running agent sees it before its next round.
fn stand(name: &str, context: &Context, state: AccountState, reason: Option<String>) -> Result<(), Failure> {
    use graphbeat_store::AccountStates as _;
    let (_, config) = configured(context)?;
    let account = known_account(&config, name)?;
    run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        if state == AccountState::Active {
            opened.store.clear_refusals(name).await?;
        }
        let standing = graphbeat_core::AccountStanding {
            account: Arc::clone(&account.name),
            state,
            reason,
            code: None,
            until: None,
            since: opened.clock.now(),
        };
        opened.store.set_standing(standing).await?;
        Ok(opened.store.close().await?)
    })
}
