//! Files that are no ledger of ours, or no longer: one clear error, and not a byte changed.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::support::{Calls, LEDGER, after_noon, open, try_open};
use graphbeat_base::{ExposeSecret as _, Secret};
use graphbeat_store::{
    CallFilter, CallLog as _, DeltaBookmarks as _, Ledger as _, LedgerState, NewKey, SqliteStore, StoreError,
    StoreErrorClass, Vault as _, examine_ledger,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// A directory with a ledger of 300 calls and a secret, closed.
async fn used() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let mut calls = Calls::seeded(1);
    for second in 0..300 {
        store.append(calls.refused(after_noon(second))).await.expect("appended");
    }
    store.seal("contoso", &Secret::from("s3cret")).await.expect("sealed");
    store.close().await.expect("closed");
    directory
}

/// Every file of the directory with its bytes.
fn content(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .expect("read")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("read")))
        .collect();
    files.sort();
    files
}

/// Opening is refused, and leaves every file as it was, side files included.
fn refused(directory: &Path) -> StoreError {
    let before = content(directory);
    let error = try_open(directory, None).map(drop).expect_err("refused");
    assert_eq!(content(directory), before, "{error}");
    assert_eq!(error.class(), StoreErrorClass::Unusable);
    error
}

#[tokio::test]
async fn a_closed_ledger_is_one_file_beside_its_key_and_opens_again() {
    let directory = used().await;
    let names: Vec<String> = content(directory.path()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [LEDGER, "vault.key"]);
    let store = open(directory.path());
    assert_eq!(store.calls(CallFilter::default()).await.expect("read").len(), 300);
}

#[test]
fn a_foreign_file_is_left_as_it_is() {
    for text in ["x", "# my notes\n", "SQLite format 4", &"\0".repeat(8_192)] {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join(LEDGER), text).expect("written");
        assert!(matches!(refused(directory.path()), StoreError::Foreign { .. }), "{text:?}");
    }
}

#[test]
fn another_programs_database_is_left_as_it_is() {
    for mode in ["DELETE", "WAL"] {
        let directory = tempfile::tempdir().expect("a directory");
        let other = Connection::open(directory.path().join(LEDGER)).expect("made");
        let _: String = other.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |row| row.get(0)).expect("set");
        other.execute_batch("CREATE TABLE bookmarks (url TEXT)").expect("made");
        other.close().expect("closed");
        assert!(matches!(refused(directory.path()), StoreError::Foreign { .. }));
    }
}

#[test]
fn an_empty_file_is_a_damaged_ledger() {
    // A new ledger gets its name when it is whole, so an empty one is never ours in the making.
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join(LEDGER), "").expect("written");
    assert!(matches!(refused(directory.path()), StoreError::Damaged { .. }));
}

#[tokio::test]
async fn a_truncated_ledger_is_left_as_it_is() {
    let directory = used().await;
    let path = directory.path().join(LEDGER);
    let whole = fs::read(&path).expect("read");
    for length in [whole.len() - 1, whole.len() - 4_096, whole.len() / 2, 4_096, 4_095, 100, 99, 16, 5] {
        fs::write(&path, &whole[..length]).expect("written");
        let error = refused(directory.path());
        assert!(matches!(error, StoreError::Damaged { .. }), "{length}: {error}");
    }
}

#[tokio::test]
async fn an_overwritten_ledger_is_left_as_it_is() {
    let directory = used().await;
    let path = directory.path().join(LEDGER);
    let whole = fs::read(&path).expect("read");
    for page in 1..whole.len() / 4_096 {
        let mut damaged = whole.clone();
        damaged[page * 4_096..(page + 1) * 4_096].fill(0xa5);
        fs::write(&path, &damaged).expect("written");
        let error = refused(directory.path());
        assert!(matches!(error, StoreError::Damaged { .. }), "{page}: {error}");
    }
}

#[tokio::test]
async fn a_ledger_from_the_future_is_left_as_it_is() {
    let directory = used().await;
    let newer = Connection::open(directory.path().join(LEDGER)).expect("opened");
    newer.pragma_update(None, "user_version", 99).expect("set");
    newer.close().expect("closed");
    assert!(matches!(refused(directory.path()), StoreError::Newer { found: 99, .. }));
}

#[tokio::test]
async fn a_ledger_of_the_first_format_is_brought_to_the_newest_with_all_its_calls() {
    let directory = used().await;
    let first = Connection::open(directory.path().join(LEDGER)).expect("opened");
    first
        .execute_batch("DROP TABLE delta_bookmarks; DROP TABLE sign_in_waits; DELETE FROM migrations WHERE version > 1; PRAGMA user_version = 1")
        .expect("set back");
    first.close().expect("closed");
    let store = open(directory.path());
    assert_eq!(store.delta_bookmark("a", "users.users.delta").await.expect("read"), None);
    assert_eq!(store.calls(CallFilter::default()).await.expect("read").len(), 300);
}

#[tokio::test]
async fn a_ledger_whose_migration_was_edited_is_refused() {
    let directory = used().await;
    let edited = Connection::open(directory.path().join(LEDGER)).expect("opened");
    edited.execute("UPDATE migrations SET checksum = x'00'", []).expect("updated");
    edited.close().expect("closed");
    let error = try_open(directory.path(), None).map(drop).expect_err("refused");
    assert!(matches!(error, StoreError::MigrationDiffers { version: 1, .. }));
}

#[test]
fn a_missing_directory_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let missing = directory.path().join("missing");
    let error = try_open(&missing, None).map(drop).expect_err("refused");
    assert!(matches!(&error, StoreError::DirectoryMissing { path } if *path == missing));
    assert!(!missing.exists());
}

#[test]
fn a_directory_in_the_ledgers_place_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join(LEDGER)).expect("made");
    let error = try_open(directory.path(), None).map(drop).expect_err("refused");
    assert!(matches!(error, StoreError::Foreign { .. }));
}

#[tokio::test]
async fn a_missing_key_is_not_made_anew_while_secrets_wait_for_it() {
    let directory = used().await;
    let key_file = directory.path().join("vault.key");
    fs::remove_file(&key_file).expect("removed");
    let store = open(directory.path());
    let opened = store.open_secret("contoso").await.map(drop);
    assert!(matches!(opened, Err(StoreError::KeyMissing { .. })));
    let sealed = store.seal("fabrikam", &Secret::from("other")).await;
    assert!(matches!(sealed, Err(StoreError::KeyMissing { .. })));
    assert!(!key_file.exists());
    assert_eq!(store.secret_names().await.expect("read"), ["contoso"]);
}

#[tokio::test]
async fn a_wrong_key_opens_nothing_and_seals_nothing() {
    let [directory, other] = [used().await, used().await];
    let key_file = directory.path().join("vault.key");
    let right = fs::read(&key_file).expect("read");
    fs::write(&key_file, fs::read(other.path().join("vault.key")).expect("read")).expect("written");
    let store = open(directory.path());
    assert!(matches!(store.open_secret("contoso").await.map(drop), Err(StoreError::KeyWrong { .. })));
    let sealed = store.seal("contoso", &Secret::from("other")).await;
    assert!(matches!(sealed, Err(StoreError::KeyWrong { .. })));
    fs::write(&key_file, right).expect("written");
    let secret = store.open_secret("contoso").await.expect("opened").expect("there");
    assert_eq!(secret.expose_secret(), "s3cret");
}

#[tokio::test]
async fn a_row_moved_to_another_name_does_not_open() {
    let directory = used().await;
    let moved = Connection::open(directory.path().join(LEDGER)).expect("opened");
    moved.execute("UPDATE vault SET name = 'fabrikam'", []).expect("updated");
    moved.close().expect("closed");
    let opened = open(directory.path()).open_secret("fabrikam").await.map(drop);
    assert!(matches!(opened, Err(StoreError::SecretDamaged { name }) if name == "fabrikam"));
}

/// A passphrase as a person gives it.
fn knows(store: &SqliteStore, passphrase: &'static str) {
    store.ask_passphrase_by(Arc::new(move || Some(Secret::from(passphrase))));
}

async fn opens(store: &SqliteStore) -> Result<String, StoreError> {
    let secret = store.open_secret("contoso").await?.expect("there");
    Ok(secret.expose_secret().to_owned())
}

#[tokio::test]
async fn a_new_key_opens_what_the_old_one_sealed_and_the_old_one_does_not_any_more() {
    let directory = used().await;
    let key_file = directory.path().join("vault.key");
    let old = fs::read(&key_file).expect("read");
    let (store, beside) = (open(directory.path()), open(directory.path()));
    assert_eq!(store.rekey(NewKey::File).await.expect("a new key"), 1);
    assert_eq!(opens(&store).await.expect("opened"), "s3cret");
    assert_eq!(opens(&beside).await.expect("opened by a process that was there before"), "s3cret");
    fs::write(&key_file, old).expect("written");
    assert!(matches!(opens(&store).await, Err(StoreError::KeyWrong { .. })));
}

#[tokio::test]
async fn a_passphrase_locks_the_vault_and_the_key_file_holds_no_key() {
    let directory = used().await;
    let store = open(directory.path());
    store.rekey(NewKey::Passphrase(Secret::from("correct horse"))).await.expect("a new key");
    assert_eq!(opens(&store).await.expect("opened"), "s3cret");
    let text = fs::read_to_string(directory.path().join("vault.key")).expect("read");
    assert!(text.starts_with("graphbeat vault passphrase 1\n65536 3 1 ") && !text.contains("horse"), "{text}");
    let another = open(directory.path());
    assert!(matches!(opens(&another).await, Err(StoreError::PassphraseMissing { .. })));
    knows(&another, "wrong");
    assert!(matches!(opens(&another).await, Err(StoreError::PassphraseWrong { .. })));
    let sealed = another.seal("contoso", &Secret::from("other")).await;
    assert!(matches!(sealed, Err(StoreError::PassphraseWrong { .. })));
    assert!(matches!(another.rekey(NewKey::File).await, Err(StoreError::PassphraseWrong { .. })));
    knows(&another, "correct horse");
    assert_eq!(opens(&another).await.expect("opened"), "s3cret");
    another.rekey(NewKey::File).await.expect("a new key");
    assert_eq!(opens(&open(directory.path())).await.expect("opened without a passphrase"), "s3cret");
}

/// Whatever moment a process dies at while it changes the key, the vault opens afterwards.
#[tokio::test]
async fn a_change_of_the_key_that_is_cut_off_leaves_a_vault_that_opens() {
    let directory = used().await;
    let (key, next) = (directory.path().join("vault.key"), directory.path().join("vault.key.next"));
    let old = fs::read(&key).expect("read");
    // Before the secrets are sealed: the new key is there, and nothing fits it.
    let stale = used().await;
    fs::copy(stale.path().join("vault.key"), &next).expect("copied");
    assert_eq!(opens(&open(directory.path())).await.expect("opened"), "s3cret");
    // After they are sealed, before the new key has its name.
    let store = open(directory.path());
    store.rekey(NewKey::File).await.expect("a new key");
    fs::rename(&key, &next).expect("renamed");
    fs::write(&key, &old).expect("written");
    #[cfg(unix)]
    fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    let restarted = open(directory.path());
    restarted.seal("fabrikam", &Secret::from("more")).await.expect("sealed");
    assert_eq!(opens(&restarted).await.expect("opened"), "s3cret");
    assert!(!next.exists() && fs::read(&key).expect("read") != old, "the new key has its name");
}

#[tokio::test]
async fn a_large_ledger_is_read_through_only_where_that_is_asked_for() {
    let directory = used().await;
    let path = directory.path().join(LEDGER);
    let examine = || examine_ledger(&path, std::time::Duration::from_secs(60));
    assert_eq!(examine().expect("whole"), LedgerState::Whole);
    let pages = fs::metadata(&path).expect("its size").len() / 4_096;
    let other = Connection::open(&path).expect("opened");
    let padding = "CREATE TABLE padding (bytes BLOB); INSERT INTO padding VALUES (zeroblob(17 * 1024 * 1024));";
    other.execute_batch(padding).expect("larger");
    let _: i64 = other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).expect("written");
    other.close().expect("closed");
    assert_eq!(examine().expect("whole"), LedgerState::Whole);
    let mut bytes = fs::read(&path).expect("read");
    let last = usize::try_from(pages - 1).expect("small") * 4_096;
    bytes[last..last + 4_096].fill(0xa5);
    fs::write(&path, &bytes).expect("written");
    assert!(matches!(examine(), Err(StoreError::Damaged { .. })));
    let nowhere = directory.path().join("none.db");
    assert_eq!(examine_ledger(&nowhere, std::time::Duration::ZERO).expect("nothing"), LedgerState::Missing);
}
