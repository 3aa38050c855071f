//! A copy of ledger and vault at one moment.

use std::fs;

use graphbeat_base::{ExposeSecret as _, Secret};
use graphbeat_store::{Keyring, Ledger as _, NewKey, Notes as _, StoreError, Vault as _, Whereabouts, whereabouts};

use crate::support::{LEDGER, open};

#[tokio::test]
async fn a_copy_holds_what_is_committed_and_opens_with_the_key_that_came_with_it() {
    let (here, there) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let store = open(here.path());
    store.use_keyring(Keyring::of(keyring_core::mock::Store::new().expect("a keyring")));
    store.set_note("first", "1").await.expect("noted");
    store.seal("contoso", &Secret::from("s3cret")).await.expect("sealed");
    store.rekey(NewKey::Keyring).await.expect("a new key");
    let key = store.snapshot(&there.path().join(LEDGER)).await.expect("copied").expect("a key");
    store.set_note("second", "2").await.expect("noted");
    write_key(there.path(), key.expose_secret());
    let copy = open(there.path());
    copy.check_vault().await.expect("it opens");
    assert_eq!(copy.note("first").await.expect("read").as_deref(), Some("1"));
    assert_eq!(copy.note("second").await.expect("read"), None, "it was written later");
    assert_eq!(copy.open_secret("contoso").await.expect("opened").expect("there").expose_secret(), "s3cret");
    copy.set_note("third", "3").await.expect("the copy is a ledger like any other");
    copy.close().await.expect("closed");
}

#[tokio::test]
async fn a_key_that_is_another_vault_s_is_found_without_asking_anybody() {
    let (here, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    for directory in [&here, &other] {
        open(directory.path()).seal("contoso", &Secret::from("s3cret")).await.expect("sealed");
    }
    let store = open(here.path());
    store.check_vault().await.expect("its own");
    fs::copy(other.path().join("vault.key"), here.path().join("vault.key")).expect("copied");
    assert!(matches!(store.check_vault().await, Err(StoreError::KeyWrong { .. })));
    fs::remove_file(here.path().join("vault.key")).expect("removed");
    assert!(matches!(store.check_vault().await, Err(StoreError::KeyMissing { .. })));
}

#[tokio::test]
async fn a_vault_that_was_never_used_has_no_key_to_copy() {
    let (here, there) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let store = open(here.path());
    assert!(store.snapshot(&there.path().join(LEDGER)).await.expect("copied").is_none());
    let again = store.snapshot(&there.path().join(LEDGER)).await;
    assert!(matches!(again, Err(StoreError::Database { .. })), "a file that is there is not replaced: {again:?}");
}

#[tokio::test]
async fn a_directory_on_another_machine_says_so_once_and_keeps_no_machine_s_id() {
    let here = tempfile::tempdir().expect("a directory");
    let store = open(here.path());
    let mut found = Vec::new();
    for machine in ["3d1219c7c4c5", "3d1219c7c4c5", "another", "another"] {
        found.push(whereabouts(&store, machine).await.expect("noted"));
    }
    assert_eq!(found, [Whereabouts::Here, Whereabouts::Here, Whereabouts::Moved, Whereabouts::Here]);
    whereabouts(&store, "3d1219c7c4c5").await.expect("noted");
    store.close().await.expect("closed");
    let bytes = fs::read(here.path().join(LEDGER)).expect("a ledger");
    assert!(!bytes.windows(12).any(|window| window == b"3d1219c7c4c5"));
}

fn write_key(directory: &std::path::Path, text: &str) {
    let path = directory.join("vault.key");
    fs::write(&path, text).expect("written");
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
}
