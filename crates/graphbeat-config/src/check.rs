//! From the file's shape to a configuration: what each value means, and whether it can be meant.

mod account;
mod cloud;
mod general;
mod schedule;

#[cfg(test)]
pub(crate) use cloud::is_content_host;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use graphbeat_core::Language;

use crate::load::{FileCheck, Known, Sources, base_directory};
use crate::model::{Config, SecretRef, SignIn};
use crate::table::{FileTable, LanguageWord};
use crate::walk::Findings;

/// What the checks of one file share.
struct Checker<'c, 'a> {
    findings: &'c mut Findings<'a>,
    /// Where relative paths start, absolute.
    base_dir: PathBuf,
    data_dir: PathBuf,
    environment: &'c BTreeMap<String, String>,
    known: &'c Known,
    files: FileCheck,
}

/// Checks what was read. Where something is wrong, a problem is added and a default stands in.
pub(crate) fn check(sources: &Sources<'_>, table: FileTable, findings: &mut Findings<'_>) -> Config {
    let mut checker = Checker {
        findings,
        base_dir: base_directory(&sources.file.path),
        data_dir: std::path::absolute(sources.data_dir).unwrap_or_else(|_| sources.data_dir.to_owned()),
        environment: sources.environment,
        known: sources.known,
        files: sources.files,
    };
    let clouds = checker.clouds(table.cloud);
    let schedules = checker.schedules(table.schedule);
    Config {
        store: checker.store(table.store),
        web: checker.web(table.web),
        proxy: checker.proxy(table.proxy),
        language: table.language.map(language),
        accounts: checker.accounts(table.account, &clouds, &schedules),
        clouds,
        schedules,
    }
}

/// The variables that secrets are read from: they may be called as they like.
pub(crate) fn named_variables(config: &Config) -> BTreeSet<String> {
    let secrets = config.accounts.iter().flat_map(|account| secrets(&account.sign_in));
    secrets
        .filter_map(|(_, secret)| match secret {
            SecretRef::Env(name) => Some(name.clone()),
            SecretRef::File(_) | SecretRef::Command { .. } | SecretRef::Vault(_) | SecretRef::Keyring(_) => None,
        })
        .collect()
}

/// The secrets of a sign-in by their keys.
pub(crate) fn secrets(sign_in: &SignIn) -> Vec<(&'static str, &SecretRef)> {
    match sign_in {
        SignIn::ClientSecret { client_secret, .. } => vec![("client_secret", client_secret)],
        SignIn::Certificate { certificate, key, password, .. } => {
            let mut secrets = vec![("certificate", certificate)];
            secrets.extend(key.iter().map(|key| ("key", key)));
            secrets.extend(password.iter().map(|password| ("password", password)));
            secrets
        }
        SignIn::FederatedToken { token, .. } => vec![("token", token)],
        SignIn::AuthCode { .. } | SignIn::DeviceCode { .. } => Vec::new(),
    }
}

impl Checker<'_, '_> {
    /// A path of the file, made absolute.
    fn absolute(&self, path: &Path) -> PathBuf {
        self.base_dir.join(path)
    }
}

fn language(word: LanguageWord) -> Language {
    match word {
        LanguageWord::English => Language::English,
        LanguageWord::SimplifiedChinese => Language::SimplifiedChinese,
    }
}
