//! Changing accounts in the file, its comments and order kept. The result is text: whoever writes it checks
//! it first, as any other file, and then puts it in the place of the old one in one step.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike};
use uuid::Uuid;

use crate::locate::directory_of;

/// Keys of an account's table, in the order in which they are written.
const ORDER: [&str; 10] =
    ["name", "tenant", "cloud", "sign_in", "schedule", "classes", "operations", "exclude", "journeys", "user"];

/// New values of an account's keys; `null` takes a key out, so that its default holds again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountEdit {
    /// The keys of the account's table but `sign_in`.
    pub keys: Vec<(&'static str, Value)>,
    /// The keys of its `sign_in`.
    pub sign_in: Vec<(&'static str, Value)>,
}

/// Why a file cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file is no TOML.
    #[error("the configuration file is malformed: `graphbeat config check` says where")]
    Malformed,
    /// The accounts are written in a way that keeps no comments.
    #[error("the accounts of the file are not written as `[[account]]`: change it by hand")]
    Shape,
    /// There is such an account already.
    #[error("there is an account `{0}` already")]
    Exists(String),
    /// There is no such account.
    #[error("there is no account `{0}` in the file")]
    Missing(String),
    /// Somebody else changed the file meanwhile.
    #[error("the configuration file was changed by somebody else meanwhile; nothing was written")]
    Changed,
    /// The file could not be written.
    #[error("could not write the configuration file `{}` ({source})", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The file's text with one more account at its end.
///
/// # Errors
/// [`EditError`] where it cannot be added.
pub fn add_account(text: &str, name: &str, edit: &AccountEdit) -> Result<String, EditError> {
    let mut document = parse(text)?;
    let item = document.entry("account").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let accounts = item.as_array_of_tables_mut().ok_or(EditError::Shape)?;
    if accounts.iter().any(|account| is_named(account, name)) {
        return Err(EditError::Exists(name.to_owned()));
    }
    let mut account = Table::new();
    set(&mut account, &[("name", Value::from(name))]);
    apply(&mut account, edit)?;
    account.sort_values_by(|one, _, other, _| rank(one.get()).cmp(&rank(other.get())));
    account.decor_mut().set_prefix(if text.trim().is_empty() { "" } else { "\n" });
    accounts.push(account);
    Ok(document.to_string())
}

/// The file's text with an account changed.
///
/// # Errors
/// [`EditError`] where there is no such account.
pub fn edit_account(text: &str, name: &str, edit: &AccountEdit) -> Result<String, EditError> {
    let mut document = parse(text)?;
    let accounts = accounts(&mut document, name)?;
    let account = accounts.iter_mut().find(|account| is_named(account, name));
    apply(account.ok_or_else(|| EditError::Missing(name.to_owned()))?, edit)?;
    Ok(document.to_string())
}

/// The file's text without an account, and without the comments above it.
///
/// # Errors
/// [`EditError`] where there is no such account.
pub fn remove_account(text: &str, name: &str) -> Result<String, EditError> {
    let mut document = parse(text)?;
    let accounts = accounts(&mut document, name)?;
    let place = accounts.iter().position(|account| is_named(account, name));
    accounts.remove(place.ok_or_else(|| EditError::Missing(name.to_owned()))?);
    if accounts.is_empty() {
        document.remove("account");
    }
    Ok(document.to_string())
}

/// Puts a text in the place of a file, in one step: whole or not at all. `before` is what the file held when
/// the text was made of it; none: there was no file.
///
/// # Errors
/// [`EditError::Changed`] where it holds something else now, [`EditError::File`] where it cannot be written.
pub fn replace_file(file: &Path, before: Option<&str>, text: &str, unique: Uuid) -> Result<(), EditError> {
    // A link stays a link.
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let failed = |source| EditError::File { path: path.clone(), source };
    let now = match fs::read_to_string(&path) {
        Ok(now) => Some(now),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    if now.as_deref() != before {
        return Err(EditError::Changed);
    }
    let made = path.with_extension(format!("toml.new-{}", unique.simple()));
    let write = || {
        let mut new = File::options().write(true).create_new(true).open(&made)?;
        match fs::metadata(&path) {
            Ok(old) => new.set_permissions(old.permissions())?,
            Err(_) => make_private(&new)?,
        }
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&made, &path)?;
        if cfg!(unix) { File::open(directory_of(&path))?.sync_all() } else { Ok(()) }
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&made);
        failed(error)
    })
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

fn parse(text: &str) -> Result<DocumentMut, EditError> {
    text.parse().map_err(|_| EditError::Malformed)
}

fn accounts<'d>(document: &'d mut DocumentMut, name: &str) -> Result<&'d mut ArrayOfTables, EditError> {
    let item = document.get_mut("account").ok_or_else(|| EditError::Missing(name.to_owned()))?;
    item.as_array_of_tables_mut().ok_or(EditError::Shape)
}

fn is_named(account: &Table, name: &str) -> bool {
    account.get("name").and_then(Item::as_str) == Some(name)
}

fn rank(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

fn apply(account: &mut Table, edit: &AccountEdit) -> Result<(), EditError> {
    set(account, &edit.keys);
    if edit.sign_in.is_empty() {
        return Ok(());
    }
    let sign_in = account.entry("sign_in").or_insert(Item::Value(InlineTable::new().into()));
    let sign_in = sign_in.as_table_like_mut().ok_or(EditError::Shape)?;
    set(sign_in, &edit.sign_in);
    Ok(())
}

/// Sets keys; a value that is replaced leaves its place, and the comment behind it, to the new one.
fn set(table: &mut dyn TableLike, keys: &[(&'static str, Value)]) {
    for (key, value) in keys {
        let Some(mut new) = toml_value(value) else {
            table.remove(key);
            continue;
        };
        if let Some(old) = table.get(key).and_then(Item::as_value) {
            *new.decor_mut() = old.decor().clone();
        }
        table.insert(key, Item::Value(new));
    }
}

/// `None` for `null`, which TOML does not have.
fn toml_value(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number.as_i64().unwrap_or_default().into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => toml_edit::Value::Array(items.iter().filter_map(toml_value).collect()),
        Value::Object(entries) => {
            let pairs = entries.iter().filter_map(|(key, value)| Some((key.as_str(), toml_value(value)?)));
            toml_edit::Value::InlineTable(pairs.collect())
        }
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    const FILE: &str = r#"# My tenant.
[web]
listen = "127.0.0.1:8365"   # this machine only

# The first one.
[[account]]
name = "one" # a name
tenant = "contoso.com"
sign_in = { method = "device-code", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444" }
classes = ["mail"] # only these

# The second one.
[[account]]
name = "two"
tenant = "contoso.com"
"#;

    #[test]
    fn an_edit_keeps_comments_and_order() {
        let edit = AccountEdit {
            keys: vec![("classes", json!(["mail", "files"])), ("journeys", json!(true)), ("schedule", Value::Null)],
            sign_in: vec![("method", json!("auth-code"))],
        };
        let text = edit_account(FILE, "one", &edit).expect("edited");
        expect![[r#"
            # My tenant.
            [web]
            listen = "127.0.0.1:8365"   # this machine only

            # The first one.
            [[account]]
            name = "one" # a name
            tenant = "contoso.com"
            sign_in = { method = "auth-code", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444" }
            classes = ["mail", "files"] # only these
            journeys = true

            # The second one.
            [[account]]
            name = "two"
            tenant = "contoso.com"
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn an_account_is_added_at_the_end_and_removed_with_its_comment() {
        let edit = AccountEdit {
            keys: vec![("user", json!("a@b.c")), ("tenant", json!("contoso.com"))],
            sign_in: vec![("method", json!("client-secret")), ("client_secret", json!({"vault": "three"}))],
        };
        let added = add_account(FILE, "three", &edit).expect("added");
        assert!(added.starts_with(FILE), "{added}");
        expect![[r#"

            [[account]]
            name = "three"
            tenant = "contoso.com"
            sign_in = { method = "client-secret", client_secret = { vault = "three" } }
            user = "a@b.c"
        "#]]
        .assert_eq(&added[FILE.len()..]);
        assert_eq!(remove_account(&added, "three").expect("removed"), FILE);
        let without_first = remove_account(FILE, "one").expect("removed");
        assert!(!without_first.contains("The first one") && without_first.contains("# The second one."));
        assert!(matches!(add_account(FILE, "two", &edit), Err(EditError::Exists(_))));
        assert!(matches!(edit_account(FILE, "none", &edit), Err(EditError::Missing(_))));
        assert!(matches!(remove_account("account = []\n", "one"), Err(EditError::Shape)));
        assert!(matches!(add_account("=", "one", &edit), Err(EditError::Malformed)));
        assert!(add_account("", "one", &edit).expect("added").starts_with("[[account]]\nname = \"one\"\n"));
    }

    #[test]
    fn a_file_that_somebody_else_changed_is_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("graphbeat.toml");
        let unique = Uuid::from_u128(1);
        replace_file(&file, None, "a = 1\n", unique).expect("written");
        assert!(matches!(replace_file(&file, None, "a = 2\n", unique), Err(EditError::Changed)));
        assert!(matches!(replace_file(&file, Some("a = 0\n"), "a = 2\n", unique), Err(EditError::Changed)));
        replace_file(&file, Some("a = 1\n"), "a = 3\n", unique).expect("written");
        assert_eq!(fs::read_to_string(&file).expect("a file"), "a = 3\n");
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1, "nothing half-made stays");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        }
    }
}
