//! A vault whose key is in the system's keyring.

use std::fs;
use std::path::Path;

use graphbeat_base::{ExposeSecret as _, Secret};
use graphbeat_store::{Keyring, NewKey, SqliteStore, StoreError, Vault as _};
use keyring_core::mock;

use crate::support::open;

/// A keyring that outlives the stores which use it.
fn keyring() -> Keyring {
    Keyring::of(mock::Store::new().expect("a keyring"))
}

fn open_with(directory: &Path, keyring: &Keyring) -> SqliteStore {
    let store = open(directory);
    store.use_keyring(keyring.clone());
    store
}

async fn opens(store: &SqliteStore) -> Result<String, StoreError> {
    let secret = store.open_secret("contoso").await?.expect("there");
    Ok(secret.expose_secret().to_owned())
}

fn key_file(directory: &Path) -> String {
    fs::read_to_string(directory.join("vault.key")).expect("a key file")
}

/// The entry of the keyring that a key file names.
fn entry(directory: &Path) -> String {
    let text = key_file(directory);
    let entry = text.strip_prefix("graphbeat vault keyring 1\n").expect("the keyring").trim_end();
    entry.to_owned()
}

#[tokio::test]
async fn the_key_file_of_a_vault_in_the_keyring_names_an_entry_and_holds_no_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let keyring = keyring();
    let store = open_with(directory.path(), &keyring);
    store.seal("contoso", &Secret::from("s3cret")).await.expect("sealed");
    assert_eq!(store.rekey(NewKey::Keyring).await.expect("a new key"), 1);
    let key = keyring.read(&entry(directory.path())).expect("an answer").expect("the key");
    assert!(!key_file(directory.path()).contains(key.expose_secret()));
    assert_eq!(opens(&open_with(directory.path(), &keyring)).await.expect("opened"), "s3cret");
}

#[tokio::test]
async fn the_keyring_of_another_machine_does_not_open_the_vault_and_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let here = keyring();
    let store = open_with(directory.path(), &here);
    store.seal("contoso", &Secret::from("s3cret")).await.expect("sealed");
    store.rekey(NewKey::Keyring).await.expect("a new key");
    let elsewhere = open_with(directory.path(), &keyring());
    assert!(matches!(opens(&elsewhere).await, Err(StoreError::KeyNotInKeyring { .. })));
    let sealed = elsewhere.seal("contoso", &Secret::from("other")).await;
    assert!(matches!(sealed, Err(StoreError::KeyNotInKeyring { .. })));
    assert!(matches!(elsewhere.rekey(NewKey::File).await, Err(StoreError::KeyNotInKeyring { .. })));
    assert_eq!(opens(&store).await.expect("opened"), "s3cret");
}

#[tokio::test]
async fn a_new_key_takes_the_old_one_out_of_the_keyring() {
    let directory = tempfile::tempdir().expect("a directory");
    let keyring = keyring();
    let store = open_with(directory.path(), &keyring);
    store.seal("contoso", &Secret::from("s3cret")).await.expect("sealed");
    store.rekey(NewKey::Keyring).await.expect("a new key");
    let first = entry(directory.path());
    store.rekey(NewKey::Keyring).await.expect("a newer key");
    let second = entry(directory.path());
    assert!(keyring.read(&first).expect("an answer").is_none() && first != second);
    store.rekey(NewKey::File).await.expect("a key in the file");
    assert!(keyring.read(&second).expect("an answer").is_none());
    assert_eq!(opens(&open(directory.path())).await.expect("opened without a keyring"), "s3cret");
}

#[tokio::test]
async fn a_keyring_that_takes_nothing_leaves_the_vault_as_it_is() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    store.seal("contoso", &Secret::from("s3cret")).await.expect("sealed");
    let before = key_file(directory.path());
    store.use_keyring(Keyring::none());
    assert!(matches!(store.rekey(NewKey::Keyring).await, Err(StoreError::KeyInKeyring { .. })));
    assert_eq!(key_file(directory.path()), before);
    assert_eq!(opens(&store).await.expect("opened"), "s3cret");
}
