//! `backup` and `restore`: one encrypted file, taken beside a running agent, that makes the same directory elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Home, Run, Running, Sandbox, by_device_code, by_secret, graphbeat, rows, text};

/// An operation of the owner's own.
const OWN: &str = r#"
class = "mail"
names = { en = "Mail", zh-CN = "邮件" }

[[operation]]
id = "mail.recent.list"
names = { en = "List recent messages", zh-CN = "列出最近的邮件" }
method = "GET"
path = "/me/messages"
access = "read"
delegated = ["Mail.ReadBasic"]
application = ["Mail.ReadBasic.All"]
license = "exchange"
bucket = "outlook"
docs = "https://learn.microsoft.com/graph/api/user-list-messages"
"#;
const PASSPHRASE: &str = "canary of a backup's passphrase";

/// Runs a command in a directory, with the passphrase in a variable.
fn run_in(directory: &Path, arguments: &[&str], passphrase: &str) -> Run {
    let mut command = graphbeat(directory, arguments);
    command.arg("--data").arg(directory).env("GRAPHBEAT_BACKUP_PASSPHRASE", passphrase);
    Running::start(command).end()
}

fn back_up(home: &Home, file: &Path) -> Run {
    run_in(home.path(), &["backup", &file.display().to_string(), "--output", "json"], PASSPHRASE)
}

fn restore(file: &Path, directory: &Path, passphrase: &str) -> Run {
    let file = file.display().to_string();
    let mut command = graphbeat(file.rsplit_once('/').expect("a folder").0.as_ref(), &["restore", &file]);
    command.arg("--data").arg(directory).env("GRAPHBEAT_BACKUP_PASSPHRASE", passphrase);
    Running::start(command).end()
}

/// A place for backups, and a directory beside it that is not there yet.
fn elsewhere() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, there) = (folder.path().join("all.age"), folder.path().join("there"));
    (folder, file, there)
}

/// An account with a sealed token, one with a secret in its directory, and operations of one's own.
fn furnished(sandbox: &Sandbox) -> Home {
    let app = by_secret(sandbox, "app", "");
    let (before, _) = app.split_once("{ file").expect("a secret in a file");
    let home = Home::of(
        sandbox,
        &[format!("{before}{{ file = \"secret.txt\" }} }}\n"), by_device_code(sandbox, "person", "")],
    );
    fs::write(home.path().join("secret.txt"), sandbox.ready("/apps/0/client_secret")).expect("a secret");
    fs::create_dir(home.path().join("catalog")).expect("a folder");
    fs::write(home.path().join("catalog/own.toml"), OWN).expect("a file");
    home.sign_in(sandbox, "person", 0);
    home
}

#[cfg(unix)]
#[test]
fn a_backup_beside_a_running_agent_signs_in_elsewhere_and_has_the_same_log() {
    let sandbox = Sandbox::start();
    let home = furnished(&sandbox);
    home.configure(&format!(
        "[schedule.often]\ncover_every = \"1m\"\n\n{}",
        home.configuration().replace("name = \"app\"", "name = \"app\"\nschedule = \"often\"")
    ));
    home.run(&["check", "--account", "person", "--operation", "users.me.get"]).ended_with(0);
    let mut follow = home.start(&["log", "--follow", "--account", "app", "--output", "json"]);
    let agent = home.start(&["run"]);
    follow.line();
    let (_folder, file, there) = elsewhere();
    let report = back_up(&home, &file).ended_with(0).json();
    agent.signal("TERM");
    agent.end();
    assert!(report["bytes"].as_u64() > Some(1_000), "{report}");
    restore(&file, &there, PASSPHRASE).ended_with(0);
    let copied = run_in(&there, &["log", "--output", "json"], "").ended_with(0).json();
    let copied = rows(&copied);
    assert!(!copied.is_empty() && home.log().starts_with(copied), "the copy is the beginning of the original");
    for account in ["app", "person"] {
        run_in(&there, &["check", "--account", account, "--operation", "users.users.list,users.me.get"], "")
            .ended_with(0);
    }
    assert!(!home.path().join(".backup").exists() && !there.join(".restoring").exists(), "nothing unfinished stays");
}

#[test]
fn the_file_holds_no_secret_in_clear_and_names_what_lies_elsewhere() {
    let sandbox = Sandbox::start();
    let home = furnished(&sandbox);
    let environment = by_secret(&sandbox, "other", "");
    let (before, _) = environment.split_once("{ file").expect("a secret in a file");
    home.configure(&format!("{}\n{before}{{ env = \"APP_SECRET\" }} }}\n", home.configuration()));
    let (_folder, file, there) = elsewhere();
    let run = back_up(&home, &file).ended_with(0);
    assert!(
        run.stderr.contains("`client_secret` of account `other` is the environment variable `APP_SECRET`"),
        "{run:?}"
    );
    assert!(run.stderr.contains("`ca_file` of cloud `local`"), "{run:?}");
    let report = run.json();
    let names: Vec<&str> = rows(&report["files"]).iter().map(text).collect();
    assert_eq!(names, ["catalog/own.toml", "graphbeat.toml", "secret.txt", "vault.key", "graphbeat.db"]);
    let bytes = fs::read(&file).expect("a file");
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "), "age's format");
    let key = fs::read_to_string(home.path().join("vault.key")).expect("a key");
    for secret in [sandbox.ready("/apps/0/client_secret"), key.trim(), PASSPHRASE, "graphbeat.toml", "SQLite"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("there").permissions()) & 0o777,
        0o600
    );
    let run = restore(&file, &there, PASSPHRASE).ended_with(0);
    assert!(
        run.stderr.contains("not restored, since it lies elsewhere: `client_secret` of account `other`"),
        "{run:?}"
    );
}

#[test]
fn whatever_is_wrong_with_a_backup_is_said_and_changes_nothing() {
    let sandbox = Sandbox::start();
    let home = furnished(&sandbox);
    let (folder, file, there) = elsewhere();
    back_up(&home, &file).ended_with(0);
    let whole = fs::read(&file).expect("a file");
    let variant = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 1;
    let cases = [
        (file.clone(), "not the passphrase", 5, "the passphrase does not open"),
        (folder.path().join("none.age"), PASSPHRASE, 2, "could not open the backup"),
        (variant("text", b"something else"), PASSPHRASE, 5, "no backup of graphbeat"),
        (variant("empty", b""), PASSPHRASE, 5, "no backup of graphbeat"),
        (variant("head", &whole[..60]), PASSPHRASE, 5, "no backup of graphbeat"),
        (variant("half", &whole[..middle]), PASSPHRASE, 5, "damaged or cut off"),
        (variant("last", &whole[..whole.len() - 1]), PASSPHRASE, 5, "damaged or cut off"),
        (variant("flipped", &flipped), PASSPHRASE, 5, "damaged or cut off"),
    ];
    for (path, passphrase, code, said) in cases {
        let run = restore(&path, &there, passphrase).ended_with(code);
        assert!(run.stderr.contains(said) && !there.exists(), "{}: {run:?}", path.display());
    }
    restore(&file, &there, PASSPHRASE).ended_with(0);
}

#[test]
fn nothing_is_ever_replaced() {
    let sandbox = Sandbox::start();
    let home = furnished(&sandbox);
    let (_folder, file, _there) = elsewhere();
    back_up(&home, &file).ended_with(0);
    let before = fs::read(&file).expect("a file");
    let again = back_up(&home, &file).ended_with(2);
    assert!(again.stderr.contains("exists already") && fs::read(&file).expect("a file") == before, "{again:?}");
    let files = home.files();
    let run = restore(&file, home.path(), PASSPHRASE).ended_with(2);
    assert!(run.stderr.contains("is not empty") && home.files() == files, "{run:?}");
    let short = run_in(home.path(), &["backup", "other.age"], "too short").ended_with(2);
    assert!(!home.path().join("other.age").exists(), "{short:?}");
}
