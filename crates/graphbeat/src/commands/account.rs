//! `account`: list and show accounts, sign in, pause and resume.

use std::sync::Arc;

use graphbeat_catalog::{Catalog, least_permissions};
use graphbeat_config::{Account, Config, FileCheck, SecretRef, SignIn};
use graphbeat_core::AccountState;
use graphbeat_engine::{NoWatcher, PromptSink, SignInFailure, selection_of};
use graphbeat_entra::{DeviceCodePrompt, FailureClass};
use graphbeat_store::{Ledger as _, Vault as _};
use serde::Serialize;

use super::status::{Card, cards};
use crate::arguments::{AccountCommand, Format};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Column, Printer, notice};
use crate::runtime::{Runtime, Wanted, known_account, open_ledger, start};
use crate::stop::run_until_stopped;

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
        AccountCommand::SignIn(account) => sign_in(&account.name, context),
        AccountCommand::Pause(account) => pause(&account.name, context),
        AccountCommand::Resume(account) => resume(&account.name, context),
    }
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let (catalog, config) = configured(context)?;
    let cards = all_cards(context, &catalog, &config)?;
    let mut list = context.printer.list(
        LIST_FIELDS,
        vec![
            Column::new("account", |entry: &Entry| entry.account.to_string()),
            Column::new("tenant", |entry: &Entry| entry.tenant.to_string()),
            Column::new("cloud", |entry: &Entry| entry.cloud.to_string()),
            Column::new("sign-in", |entry: &Entry| entry.sign_in),
            Column::new("schedule", |entry: &Entry| entry.schedule.to_string()),
            Column::new("journeys", |entry: &Entry| if entry.journeys { "yes" } else { "no" }),
            Column::new("state", |entry: &Entry| entry.state.word()),
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
    let card = card.ok_or_else(|| Failure::new(Exit::Bug, "an account without a card"))?;
    let detail = detail(account, &catalog, &config, card, context)?;
    let left_out: Vec<String> =
        detail.left_out.iter().map(|left_out| format!("{}: {}", left_out.id, left_out.reason)).collect();
    let lines = [
        ("account", name.to_owned()),
        ("state", detail.card.state.word().to_owned()),
        ("reason", detail.card.reason.clone().unwrap_or_default()),
        ("tenant", detail.entry.tenant.to_string()),
        ("cloud", detail.entry.cloud.to_string()),
        ("sign-in", format!("{} as {}", detail.entry.sign_in, detail.entry.client_id)),
        ("classes", detail.classes.join(", ")),
        ("operations", format!("{} reads", detail.operations.len())),
        ("journeys", detail.journeys_selected.join(", ")),
        ("permissions", detail.permissions.join(", ")),
        ("schedule", detail.entry.schedule.to_string()),
        ("next slot", detail.card.next_slot.clone().unwrap_or_default()),
        ("left out", left_out.join("\n")),
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
        .ok_or_else(|| Failure::new(Exit::Configuration, format_args!("there is no cloud `{}`", account.cloud)))?;
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
        let opened = open_ledger(&context.locations.data_dir, config)?;
        let cards = cards(config, catalog, &opened).await?;
        opened.store.close().await?;
        Ok(cards)
    })
}

fn sign_in(name: &str, context: &Context) -> Result<Exit, Failure> {
    let (_, config) = configured(context)?;
    let account = known_account(&config, name)?;
    run_until_stopped(async |stop| {
        seal_missing_secret(account, &config, context).await?;
        let names = [name.to_owned()];
        let wanted = Wanted {
            accounts: &names,
            selection: None,
            read_only: false,
            concurrency: None,
            watcher: Arc::new(NoWatcher),
        };
        let runtime = start(context, wanted).await?;
        let signed_in = sign_in_with(&runtime, name, context, stop).await;
        runtime.close().await?;
        signed_in
    })
}

async fn sign_in_with(
    runtime: &Runtime,
    name: &str,
    context: &Context,
    stop: tokio_util::sync::CancellationToken,
) -> Result<Exit, Failure> {
    let account = runtime.engine.account(name).ok_or_else(|| Failure::new(Exit::Bug, "the account is not set up"))?;
    let prompts = Prompts(context.printer);
    match runtime.engine.sign_in(account, &prompts, stop.cancelled()).await {
        Ok(Some(person)) => {
            tell(context.printer, "signed-in", name, &[("user", &person.username)])?;
            Ok(Exit::Ok)
        }
        Ok(None) => {
            tell(context.printer, "signed-in", name, &[])?;
            Ok(Exit::Ok)
        }
        Err(failure) => Err(sign_in_failure(&failure)),
    }
}

fn sign_in_failure(error: &SignInFailure) -> Failure {
    let exit = match (error, error.class()) {
        (SignInFailure::Store(_), _) => Exit::Ledger,
        (_, Some(FailureClass::Transport)) => Exit::Network,
        (_, Some(FailureClass::Throttled | FailureClass::Locked)) => Exit::Throttled,
        (SignInFailure::NoToken(no_token), _) => no_token.trouble.map_or(Exit::SignIn, Exit::from),
        _ => Exit::SignIn,
    };
    Failure::new(exit, graphbeat_base::error_chain(error)).hint("`graphbeat explain` with the code says what to do")
}

/// A secret that is to be in the vault and is not there yet is asked for and sealed.
async fn seal_missing_secret(account: &Account, config: &Config, context: &Context) -> Result<(), Failure> {
    let SignIn::ClientSecret { client_secret: SecretRef::Vault(entry), .. } = &account.sign_in else { return Ok(()) };
    let opened = open_ledger(&context.locations.data_dir, config)?;
    if opened.store.open_secret(entry).await?.is_none() {
        let prompt = format!("client secret of account `{}` (it goes into the vault): ", account.name);
        let secret = super::secret_input::ask(&prompt)?;
        opened.store.seal(entry, &secret).await?;
    }
    Ok(opened.store.close().await?)
}

/// Where a person has to sign in: a line for people, a JSON object for programs, at once.
struct Prompts(Printer);

impl PromptSink for Prompts {
    fn show(&self, account: &str, prompt: &DeviceCodePrompt) {
        let expires_at = graphbeat_core::time_text(prompt.expires_at);
        let fields = [
            ("user_code", prompt.user_code.as_str()),
            ("verification_uri", prompt.verification_uri.as_str()),
            ("expires_at", expires_at.as_str()),
        ];
        // A reader that went away learns of the end by the end of the program.
        let _ = tell(self.0, "device-code", account, &fields);
    }
}

fn tell(printer: Printer, event: &str, account: &str, fields: &[(&str, &str)]) -> Result<(), Failure> {
    if printer.format() == Format::Json {
        let mut object =
            serde_json::Map::from_iter([("event".to_owned(), event.into()), ("account".to_owned(), account.into())]);
        object.extend(fields.iter().map(|&(name, value)| (name.to_owned(), value.into())));
        return printer.text(&serde_json::Value::Object(object).to_string());
    }
    let field = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    match (event, field("user_code"), field("verification_uri")) {
        ("device-code", Some(code), Some(uri)) => printer.text(&format!(
            "to sign in for account `{account}`, open\n\n    {uri}\n\nand enter the code\n\n    {code}\n"
        )),
        _ => printer.text(&match field("user") {
            Some(user) => format!("signed in: account `{account}` as {user}"),
            None => format!("signed in: account `{account}` gets tokens"),
        }),
    }
}

fn pause(name: &str, context: &Context) -> Result<Exit, Failure> {
    stand(name, context, AccountState::Paused, Some("its owner paused it".to_owned()))?;
    notice(&format!("account `{name}` is paused; `graphbeat account resume {name}` starts it again"));
    Ok(Exit::Ok)
}

fn resume(name: &str, context: &Context) -> Result<Exit, Failure> {
    stand(name, context, AccountState::Active, None)?;
    notice(&format!("account `{name}` is active"));
    Ok(Exit::Ok)
}

/// Sets an account's standing without signing in: a running agent sees it before its next round.
fn stand(name: &str, context: &Context, state: AccountState, reason: Option<String>) -> Result<(), Failure> {
    use graphbeat_store::AccountStates as _;
    let (_, config) = configured(context)?;
    let account = known_account(&config, name)?;
    run_until_stopped(async |_stop| {
        let opened = open_ledger(&context.locations.data_dir, &config)?;
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
