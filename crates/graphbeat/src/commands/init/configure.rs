//! Writing the account into the configuration. What stands in the file stays as it is, comments included.

use graphbeat_base::Rng;
use graphbeat_catalog::Catalog;
use graphbeat_config::{
    AccountEdit, Config, ConfigFile, DEFAULT_CLASS, EditError, FileCheck, add_account, replace_file,
};
use serde_json::json;
use uuid::Uuid;

use super::answers::Answers;
use crate::arguments::InitMode;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registrar::certificate_entry;
use crate::runtime::make_private;
use crate::texts::say;

/// The configuration as it is; an empty one where there is no file yet.
pub(super) fn configuration(context: &Context) -> Result<Config, Failure> {
    context.config_of(&file(context)?, &context.catalog()?, FileCheck::Skip)
}

/// The configuration as it will be.
pub(super) fn tentative(
    answers: &Answers,
    client_id: Uuid,
    context: &Context,
    catalog: &Catalog,
) -> Result<Config, Failure> {
    let file = file(context)?;
    let config = context.config_of(&file, catalog, FileCheck::Skip)?;
    if config.account(&answers.name).is_some() {
        return Ok(config);
    }
    let text = extended(&file.text, answers, &config, client_id)?;
    context.config_of(&ConfigFile { path: file.path, text }, catalog, FileCheck::Skip)
}

/// Writes it, in one step; an account that is there already stays as it is.
pub(super) fn write(answers: &Answers, client_id: Uuid, context: &Context) -> Result<(), Failure> {
    let file = file(context)?;
    let catalog = context.catalog()?;
    let config = context.config_of(&file, &catalog, FileCheck::Skip)?;
    if let Some(account) = config.account(&answers.name) {
        if account.sign_in.client_id() == client_id {
            return Ok(());
        }
        let sentence = say!("init-exists", account = &answers.name);
        return Err(Failure::new(Exit::Configuration, sentence).hint(say!("init-exists-hint")));
    }
    let text = extended(&file.text, answers, &config, client_id)?;
    context.config_of(&ConfigFile { path: file.path.clone(), text: text.clone() }, &catalog, FileCheck::Skip)?;
    let before = file.path.exists().then_some(file.text.as_str());
    let mut rng = Rng::from_system().map_err(|error| Failure::bug(&error))?;
    make_private(&context.locations.data_dir)?;
    replace_file(&file.path, before, &text, rng.uuid()).map_err(refused)
}

fn file(context: &Context) -> Result<ConfigFile, Failure> {
    let path = &context.locations.config_file;
    if !path.exists() {
        return Ok(ConfigFile { path: path.clone(), text: String::new() });
    }
    Ok(ConfigFile::read(path)?)
}

/// The text with the account in it, and before it the cloud, where that is new.
fn extended(text: &str, answers: &Answers, config: &Config, client_id: Uuid) -> Result<String, Failure> {
    let mut text = text.to_owned();
    if let Some(own) = answers.own_cloud.as_ref().filter(|_| !config.clouds.contains_key(&answers.cloud)) {
        let fields = [
            ("login_url", Some(own.login_url.clone())),
            ("graph_url", Some(own.graph_url.clone())),
            ("ca_file", own.ca_file.as_ref().map(|file| file.display().to_string())),
        ];
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&format!("[cloud.{}]\n", toml_text(&answers.cloud)));
        for (key, value) in fields.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            text.push_str(&format!("{key} = {}\n", toml_text(&value)));
        }
        text.push('\n');
    }
    add_account(&text, &answers.name, &edit_of(answers, client_id)).map_err(refused)
}

fn edit_of(answers: &Answers, client_id: Uuid) -> AccountEdit {
    let mut edit = AccountEdit {
        keys: vec![("tenant", json!(answers.tenant)), ("cloud", json!(answers.cloud))],
        sign_in: vec![("client_id", json!(client_id))],
    };
    let method = match answers.mode {
        InitMode::Application => {
            edit.sign_in.push(("certificate", json!({"vault": certificate_entry(&answers.name)})));
            "certificate"
        }
        InitMode::User => "auth-code",
    };
    edit.sign_in.insert(0, ("method", json!(method)));
    if answers.classes != [DEFAULT_CLASS] {
        edit.keys.push(("classes", json!(answers.classes)));
    }
    if answers.journeys {
        edit.keys.push(("journeys", json!(true)));
    }
    if let Some(user) = answers.user.as_ref().filter(|_| answers.mode == InitMode::Application) {
        edit.keys.push(("user", json!(user)));
    }
    edit
}

/// A basic string of TOML: JSON's escapes are a part of its own.
fn toml_text(value: &str) -> String {
    json!(value).to_string()
}

fn refused(error: EditError) -> Failure {
    Failure::from(error).hint(say!("init-correct"))
}
