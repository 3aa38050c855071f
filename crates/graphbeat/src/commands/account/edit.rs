//! `account add`, `edit` and `remove`: changes of the file, checked before they are put in its place.

use std::path::Path;
use std::sync::Arc;

use graphbeat_config::{
    Account, AccountEdit, Config, ConfigFile, EditError, FileCheck, SecretRef, add_account, edit_account,
    remove_account, replace_file,
};
use graphbeat_core::{AccountStanding, AccountState};
use graphbeat_store::{AccountStates as _, Journal as _, Ledger as _, Vault as _};
use serde_json::{Value, json};

use super::{configured, entry};
use crate::arguments::{AccountChange, AccountFlags, MethodWord};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{Opened, known_account, make_private, open_ledger};
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

pub(super) fn add(change: &AccountChange, context: &Context) -> Result<Exit, Failure> {
    let AccountChange { name, flags } = change;
    let needed = |flag: &str| Failure::new(Exit::Usage, say!("account-needs", flag = flag));
    if flags.tenant.is_none() {
        return Err(needed("--tenant").hint(say!("account-needs-tenant")));
    }
    if flags.client_id.is_none() {
        return Err(needed("--client-id").hint(say!("account-needs-client")));
    }
    let mut edit = edit_of(flags);
    if flags.method.is_none() {
        edit.sign_in.insert(0, ("method", MethodWord::AuthCode.word().into()));
    }
    if flags.method == Some(MethodWord::ClientSecret) && flags.client_secret.is_none() {
        edit.sign_in.push(("client_secret", json!({ "vault": name })));
    }
    make_private(&context.locations.data_dir)?;
    let config = swap(context, |text| add_account(text, name, &edit))?;
    print(&config, name, context)?;
    context.printer.notice(&say!("account-added", name = name));
    Ok(Exit::Ok)
}

pub(super) fn edit(change: &AccountChange, context: &Context) -> Result<Exit, Failure> {
    let AccountChange { name, flags } = change;
    let (_, before) = configured(context)?;
    let old = known_account(&before, name)?;
    let mut edit = edit_of(flags);
    if edit == AccountEdit::default() {
        return Err(Failure::new(Exit::Usage, say!("account-no-change")).hint(say!("account-no-change-hint")));
    }
    if flags.method.is_some_and(|method| method.word() != old.sign_in.method()) {
        // What the old method was proven with means nothing to the new one.
        let stays = |key: &str| edit.sign_in.iter().any(|(set, _)| *set == key);
        let gone: Vec<_> = SECRET_KEYS.into_iter().filter(|key| !stays(key)).map(|key| (key, Value::Null)).collect();
        edit.sign_in.extend(gone);
    }
    let config = swap(context, |text| edit_account(text, name, &edit))?;
    print(&config, name, context)?;
    context.printer.notice(&say!("account-changed", name = name));
    Ok(Exit::Ok)
}

/// The keys of a sign-in that name a secret.
const SECRET_KEYS: [&str; 5] = ["client_secret", "certificate", "key", "password", "token"];

pub(super) fn remove(name: &str, context: &Context) -> Result<Exit, Failure> {
    let (_, config) = configured(context)?;
    let account = known_account(&config, name)?;
    run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        let removed = remove_from(&opened, account, &config, context).await;
        opened.store.close().await?;
        removed
    })?;
    context.printer.notice(&left_in_the_tenant(account));
    Ok(Exit::Ok)
}

/// Secrets first: a process that dies in between leaves an account that only has to sign in again.
async fn remove_from(opened: &Opened, account: &Account, config: &Config, context: &Context) -> Result<(), Failure> {
    let (store, name) = (&opened.store, &*account.name);
    let open = store.open(Some(name)).await?.len();
    if open > 0 {
        let sentence = say!("account-open", open = open, name = name);
        return Err(Failure::new(Exit::OperationFailed, sentence).hint(say!("account-open-hint", name = name)));
    }
    check(context, |text| remove_account(text, name))?;
    for secret in store.secret_names().await? {
        if is_token_of(&secret, name) || is_only_of(&secret, account, config) {
            store.remove_secret(&secret).await?;
        }
    }
    store.clear_refusals(name).await?;
    let (state, since) = (AccountState::Active, opened.clock.now());
    let account = Arc::clone(&account.name);
    store.set_standing(AccountStanding { account, state, reason: None, code: None, until: None, since }).await?;
    swap(context, |text| remove_account(text, name)).map(drop)
}

/// Whether an entry of the vault holds an account's tokens, or who signed in: both are named
/// `refresh-token/HOST/TENANT/CLIENT/ACCOUNT…`, and none of these holds a slash.
fn is_token_of(entry: &str, account: &str) -> bool {
    entry.strip_prefix("refresh-token/").and_then(|rest| rest.split('/').nth(3)) == Some(account)
}

/// Whether an entry of the vault is a secret of this account and of no other.
fn is_only_of(entry: &str, account: &Account, config: &Config) -> bool {
    let uses = |account: &Account| {
        account
            .sign_in
            .secrets()
            .into_iter()
            .any(|(_, secret)| matches!(secret, SecretRef::Vault(name) if name == entry))
    };
    uses(account) && !config.accounts.iter().any(|other| other.name != account.name && uses(other))
}

fn left_in_the_tenant(account: &Account) -> Message {
    say!(
        "account-removed",
        account = &account.name,
        tenant = &account.tenant,
        client = account.sign_in.client_id().to_string()
    )
}

fn print(config: &Config, name: &str, context: &Context) -> Result<(), Failure> {
    let account = known_account(config, name)?;
    let entry = entry(account, AccountState::Active);
    let lines = [
        (say!("word-account"), name.to_owned()),
        (say!("word-tenant"), account.tenant.to_string()),
        (say!("word-cloud"), account.cloud.to_string()),
        (
            say!("word-sign-in"),
            say!("account-as", method = account.sign_in.method(), client = account.sign_in.client_id().to_string())
                .of(context.language()),
        ),
        (say!("word-schedule"), account.schedule.to_string()),
        (say!("word-classes"), account.classes.join(", ")),
    ];
    context.printer.card(&entry, &lines)
}

/// Changes the file, checks the whole of it as it would be, and only then puts it in its place.
fn swap(context: &Context, change: impl FnOnce(&str) -> Result<String, EditError>) -> Result<Config, Failure> {
    let (before, file, config) = checked(context, change)?;
    let unique = graphbeat_base::Rng::from_system()
        .map_err(|error| Failure::new(Exit::Bug, say!("runtime-no-randomness", error = error.to_string())))?
        .uuid();
    replace_file(&file.path, before.as_deref(), &file.text, unique)?;
    Ok(config)
}

fn check(context: &Context, change: impl FnOnce(&str) -> Result<String, EditError>) -> Result<(), Failure> {
    checked(context, change).map(drop)
}

/// What the file holds, what it would hold, and what that means.
fn checked(
    context: &Context,
    change: impl FnOnce(&str) -> Result<String, EditError>,
) -> Result<(Option<String>, ConfigFile, Config), Failure> {
    let path: &Path = &context.locations.config_file;
    let before = if path.exists() { Some(ConfigFile::read(path)?.text) } else { None };
    let text = change(before.as_deref().unwrap_or_default())?;
    let file = ConfigFile { path: path.to_owned(), text };
    let config = context.config_of(&file, &context.catalog()?, FileCheck::Skip)?;
    Ok((before, file, config))
}

/// What the flags change.
fn edit_of(flags: &AccountFlags) -> AccountEdit {
    let text = |value: &Option<String>| value.as_ref().map(|value| default_or(value));
    let list = |value: &Option<Vec<String>>| {
        value.as_ref().map(|values| match values.as_slice() {
            [only] if only == "default" => Value::Null,
            values => values.iter().filter(|one| !one.is_empty()).cloned().collect(),
        })
    };
    let keys = [
        ("tenant", text(&flags.tenant)),
        ("cloud", text(&flags.cloud)),
        ("schedule", text(&flags.schedule)),
        ("classes", list(&flags.classes)),
        ("operations", list(&flags.operations)),
        ("exclude", list(&flags.exclude)),
        ("journeys", flags.journeys.map(Value::from)),
        ("batch", flags.batch.map(Value::from)),
        ("user", text(&flags.user)),
    ];
    let sign_in = [
        ("method", flags.method.map(|method| Value::from(method.word()))),
        ("client_id", flags.client_id.map(|id| Value::from(id.to_string()))),
        ("client_secret", flags.client_secret.clone()),
        ("certificate", flags.certificate.clone()),
        ("key", flags.key.clone()),
        ("password", flags.password.clone()),
        ("token", flags.token.clone()),
    ];
    let given = |(key, value): (&'static str, Option<Value>)| value.map(|value| (key, value));
    AccountEdit {
        keys: keys.into_iter().filter_map(given).collect(),
        sign_in: sign_in.into_iter().filter_map(given).collect(),
    }
}

/// `default` takes a key out of the file.
fn default_or(value: &str) -> Value {
    if value == "default" { Value::Null } else { value.into() }
}
