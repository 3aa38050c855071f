//! What a data directory consists of, and what belongs to it and lies elsewhere.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use graphbeat_config::{Config, SecretRef};

use super::CONFIG_FILE;
use crate::context::Context;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// What a ledger that lies outside the data directory is called in a backup.
const LEDGER_FILE: &str = "graphbeat.db";

/// What is copied, and what cannot be.
pub(crate) struct Inventory {
    /// The files by their names in the backup; the ledger and the vault's key are not among them.
    pub(crate) files: BTreeMap<String, PathBuf>,
    /// The ledger's name in the backup.
    pub(crate) ledger: String,
    /// What lies outside, in words.
    pub(crate) outside: Vec<Message>,
}

impl Inventory {
    /// Of a configuration: the file itself, the catalogue's own files, and what it names beside it.
    pub(crate) fn of(context: &Context, config: &Config) -> Result<Self, Failure> {
        let config_file = &context.locations.config_file;
        let mut files = BTreeMap::from([(CONFIG_FILE.to_owned(), config_file.clone())]);
        for path in context.catalog_paths()? {
            if let Some(name) = name_below(&path, &context.locations.data_dir) {
                files.insert(name, path);
            }
        }
        let base = directory_of(config_file);
        for path in named_files(config) {
            if let Some(name) = name_below(path, &base).filter(|_| path.is_file()) {
                files.entry(name).or_insert_with(|| path.to_owned());
            }
        }
        let ledger = name_below(&config.store.file, &context.locations.data_dir);
        let mut outside = outside(config, &base);
        if ledger.is_none() {
            outside.push(say!("backup-ledger-outside", place = file_place(&config.store.file), name = LEDGER_FILE));
        }
        Ok(Self { files, ledger: ledger.unwrap_or_else(|| LEDGER_FILE.to_owned()), outside })
    }
}

/// What a configuration needs that is not in the directory, in words.
pub(crate) fn outside(config: &Config, directory: &Path) -> Vec<Message> {
    let is_here = |path: &Path| name_below(path, directory).is_some() && path.is_file();
    let mut outside = Vec::new();
    for account in &config.accounts {
        for (key, secret) in account.sign_in.secrets() {
            let lies_here = match secret {
                SecretRef::File(path) => is_here(path),
                SecretRef::Vault(_) => true,
                SecretRef::Env(_) | SecretRef::Command { .. } | SecretRef::Keyring(_) => false,
            };
            if !lies_here {
                let (account, place) = (&account.name, place(secret));
                outside.push(say!("backup-secret-outside", key = key, account = account, place = place));
            }
        }
    }
    for cloud in config.clouds.values() {
        if let Some(path) = cloud.ca_file.as_deref().filter(|path| !is_here(path)) {
            outside.push(say!("backup-ca-outside", cloud = &cloud.name, place = file_place(path)));
        }
    }
    outside
}

/// A file, in words.
pub(crate) fn file_place(path: &Path) -> Message {
    say!("backup-is-file", path = path)
}

/// Where a secret is, in words.
fn place(secret: &SecretRef) -> Message {
    match secret {
        SecretRef::File(path) => file_place(path),
        SecretRef::Env(name) => say!("backup-is-variable", name = name),
        SecretRef::Command { arguments, .. } => {
            say!("backup-is-command", program = arguments.first().map_or("", String::as_str))
        }
        SecretRef::Vault(name) => say!("backup-is-vault", name = name),
        SecretRef::Keyring(name) => say!("backup-is-keyring", name = name),
    }
}

/// The files that a configuration names.
fn named_files(config: &Config) -> impl Iterator<Item = &Path> {
    let secrets = config.accounts.iter().flat_map(|account| account.sign_in.secrets());
    let secrets = secrets.filter_map(|(_, secret)| match secret {
        SecretRef::File(path) => Some(path.as_path()),
        _ => None,
    });
    secrets.chain(config.clouds.values().filter_map(|cloud| cloud.ca_file.as_deref()))
}

/// The directory of a file, absolute, as the configuration's relative paths start there.
pub(crate) fn directory_of(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::path::absolute(parent).unwrap_or_else(|_| parent.to_owned())
}

/// The file's name in an archive, where it lies below the directory.
fn name_below(path: &Path, directory: &Path) -> Option<String> {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    let below = absolute(path)?.strip_prefix(absolute(directory)?).ok()?.to_owned();
    let words: Option<Vec<String>> = below
        .components()
        .map(|component| match component {
            Component::Normal(word) => word.to_str().map(str::to_owned),
            _ => None,
        })
        .collect();
    words.filter(|words| !words.is_empty()).map(|words| words.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_a_directory_has_a_name_in_it() {
        let name = |path: &str| name_below(Path::new(path), Path::new("/data"));
        assert_eq!(name("/data/catalog/own.toml").as_deref(), Some("catalog/own.toml"));
        assert_eq!((name("/data"), name("/etc/secret"), name("/data/../etc/secret")), (None, None, None));
    }
}
