//! Adding, changing and removing accounts by flags: the file keeps its comments, and is never left broken.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use crate::support::{Home, Run, Running, Sandbox, by_device_code, rows, text};

const CHECK: [&str; 7] = ["check", "--account", "app", "--operation", "users.users.list", "--output", "json"];

pub(crate) fn add<'a>(sandbox: &'a Sandbox, name: &'a str) -> Vec<&'a str> {
    let mut arguments = vec!["account", "add", name, "--cloud", "local", "--method", "client-secret"];
    arguments.extend(["--tenant", sandbox.ready("/tenant_id"), "--client-id", sandbox.ready("/apps/0/client_id")]);
    arguments
}

/// Signs an application in; the secret comes on standard input.
pub(crate) fn sign_in(home: &Home, sandbox: &Sandbox) -> Run {
    let mut command = home.command(&["account", "sign-in", "app"]);
    let (input, mut pipe) = std::io::pipe().expect("a pipe");
    command.stdin(Stdio::from(input));
    let running = Running::start(command);
    writeln!(pipe, "{}", sandbox.ready("/apps/0/client_secret")).expect("it reads");
    drop(pipe);
    running.end()
}

#[test]
fn an_account_is_added_changed_and_removed_by_flags() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &["# My own comment.\n".to_owned(), by_device_code(&sandbox, "person", "")]);
    let before = home.configuration();
    let added = home.run(&add(&sandbox, "app")).ended_with(0);
    assert!(added.stderr.contains("graphbeat account sign-in app"), "{added:?}");
    assert!(home.configuration().starts_with(&before) && home.configuration().contains("{ vault = \"app\" }"));
    sign_in(&home, &sandbox).ended_with(0);
    home.run(&CHECK).ended_with(0);

    let edit = ["account", "edit", "app", "--classes", "users,groups", "--user", sandbox.user(0), "--output", "json"];
    let entry = home.run(&edit).ended_with(0).json();
    assert_eq!(entry["account"], "app");
    assert_eq!(home.json(&["account", "show", "app"])["classes"], json!(["users", "groups"]));
    home.run(&["account", "edit", "app", "--user", "default"]).ended_with(0);
    assert!(home.configuration().contains("# My own comment.") && !home.configuration().contains("\nuser ="));

    let calls = home.log().len();
    let removed = home.run(&["account", "remove", "app"]).ended_with(0);
    assert!(removed.stderr.contains(sandbox.ready("/apps/0/client_id")), "{removed:?}");
    assert_eq!(home.configuration(), before);
    assert_eq!(home.log().len(), calls, "the ledger stays");
    home.run(&add(&sandbox, "app")).ended_with(0);
    let run = home.run(&CHECK).ended_with(3);
    assert!(run.stderr.contains("the vault holds no secret `app`"), "{run:?}");
}

#[test]
fn a_removed_persons_tokens_are_gone() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", ""), by_device_code(&sandbox, "erson", "")]);
    home.sign_in(&sandbox, "person", 0);
    home.sign_in(&sandbox, "erson", 1);
    let before = home.configuration();
    home.run(&["account", "remove", "person"]).ended_with(0);
    home.configure(&before);
    let states = home.json(&["check", "--operation", "users.me.get", "--account", "erson"]);
    assert_eq!(states["ok"], 1, "another account's tokens stay");
    home.run(&["check", "--operation", "users.me.get", "--account", "person"]).ended_with(4);
}

#[test]
fn a_change_that_would_break_the_file_changes_nothing() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    let before = home.configuration();
    for (arguments, code, said) in [
        (&["account", "edit", "person", "--classes", "mial"][..], 3, "unknown class `mial`"),
        (&["account", "edit", "person", "--schedule", "none"], 3, "unknown schedule `none`"),
        (&["account", "edit", "person", "--method", "certificate"], 3, "has no `certificate`"),
        (&["account", "edit", "person"], 2, "nothing is to be changed"),
        (&["account", "edit", "nobody", "--classes", "mail"], 2, "there is no account `nobody`"),
        (
            &["account", "add", "person", "--tenant", "a.b", "--client-id", "00001111-aaaa-2222-bbbb-3333cccc4444"],
            2,
            "there is an account `person` already",
        ),
        (&["account", "add", "new", "--tenant", "a.b"], 2, "needs `--client-id`"),
        (&["account", "edit", "person", "--client-secret", "hunter2"], 2, "never the secret itself"),
    ] {
        let run = home.run(arguments).ended_with(code);
        assert!(run.stderr.contains(said), "{run:?}");
        assert_eq!(home.configuration(), before, "{arguments:?}");
    }
    assert_eq!(rows(&home.json(&["account", "list"])).len(), 1);
}

#[test]
fn the_first_account_makes_the_file() {
    let home = Home::with("");
    std::fs::remove_file(home.path().join("graphbeat.toml")).expect("removed");
    let client = "00001111-aaaa-2222-bbbb-3333cccc4444";
    home.run(&["account", "add", "me", "--tenant", "contoso.onmicrosoft.com", "--client-id", client]).ended_with(0);
    let list = home.json(&["account", "list"]);
    assert_eq!(text(&list[0]["sign_in"]), "auth-code");
}
