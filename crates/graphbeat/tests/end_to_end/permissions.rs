//! What a withdrawn permission does: exactly the operations that need it are refused, and shown so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Home, Sandbox, by_device_code, by_secret, rows, text};

/// Classes in which no other permission of the selection can stand in for the withdrawn one.
const CLASSES: &str = "classes = [\"users\", \"reports\", \"service-health\", \"calendar\", \"presence\"]";

/// The least permissions of what the account selected, each with the operations that need it.
fn least(home: &Home, account: &str) -> BTreeMap<String, BTreeSet<String>> {
    let list = home.json(&["catalog", "permissions", "--account", account]);
    let names = |row: &Value| rows(&row["operations"]).iter().map(|id| text(id).to_owned()).collect();
    rows(&list).iter().map(|row| (text(&row["permission"]).to_owned(), names(row))).collect()
}

/// Grants all of the least permissions but one, and checks that exactly what needs it is refused.
fn check(sandbox: &Sandbox, home: &Home, (account, mode, client): (&str, &str, &str), withdrawn: &str) {
    let mut granted = least(home, account);
    let needing = granted.remove(withdrawn).unwrap_or_else(|| panic!("{withdrawn} is not among {granted:?}"));
    let granted: Vec<&String> = granted.keys().collect();
    let grants = format!("grants/{}", sandbox.ready(client));
    sandbox.control("PUT", &grants, &json!({mode: granted}));
    let run = home.run(&["check", "--account", account, "--output", "json"]).ended_with(1);
    let report = run.json();
    let refused: Vec<&Value> = rows(&report["operations"]).iter().filter(|one| one["status"] == 403).collect();
    let names: BTreeSet<String> = refused.iter().map(|one| text(&one["operation"]).to_owned()).collect();
    let shown = home.json(&["account", "show", account]);
    let selected: BTreeSet<String> = rows(&shown["operations"]).iter().map(|name| text(name).to_owned()).collect();
    let expected: BTreeSet<String> = needing.intersection(&selected).cloned().collect();
    assert!(!expected.is_empty(), "{withdrawn}");
    // What takes an id from a refused answer has nothing to ask for, and says why.
    let dependent = rows(&report["operations"])
        .iter()
        .filter(|one| one["verdict"] == "skipped" && one["reason"].as_str().is_some_and(|why| why.contains("403")))
        .map(|one| text(&one["operation"]).to_owned());
    let shown_so: BTreeSet<String> = names.iter().cloned().chain(dependent).collect();
    assert_eq!(shown_so, expected, "{account} without {withdrawn}: {report:#}");
    for one in refused {
        assert_eq!(one["verdict"], "failed", "{one}");
        assert!(text(&one["reason"]).contains("403 Forbidden"), "{one}");
    }
    let others: Vec<&Value> =
        rows(&report["operations"]).iter().filter(|one| one["verdict"] == "failed" && one["status"] != 403).collect();
    assert_eq!(others, Vec::<&Value>::new());
    let log = home.json(&["log", "--account", account, "--verdict", "failed", "--stage", "REQUEST"]);
    let logged: BTreeSet<String> = rows(&log).iter().map(|row| text(&row["operation"]).to_owned()).collect();
    assert!(logged.is_superset(&names), "{logged:?}");
}

#[test]
fn an_application_without_a_permission_is_refused_exactly_what_needs_it() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", CLASSES)]);
    for withdrawn in ["Reports.Read.All", "ServiceHealth.Read.All", "Calendars.Read"] {
        check(&sandbox, &home, ("app", "application", "/apps/0/client_id"), withdrawn);
    }
}

#[test]
fn a_person_without_a_consent_is_refused_exactly_what_needs_it() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", CLASSES)]);
    home.sign_in(&sandbox, "person", 0);
    for withdrawn in ["Reports.Read.All", "ServiceHealth.Read.All", "ServiceMessage.Read.All"] {
        check(&sandbox, &home, ("person", "delegated", "/apps/1/client_id"), withdrawn);
    }
}

/// The reason of the one operation that an account runs.
fn reason(home: &Home, account: &str) -> String {
    let report = home.run(&["check", "--account", account, "--output", "json"]).ended_with(1).json();
    text(&rows(&report["operations"])[0]["reason"]).to_owned()
}

#[test]
fn a_missing_directory_role_is_told_apart_from_a_missing_permission() {
    let sandbox = Sandbox::start();
    let only = "classes = []\noperations = [\"service-health.issues.list\"]";
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", only), by_device_code(&sandbox, "admin", only)]);
    home.sign_in(&sandbox, "person", 5);
    let told = reason(&home, "person");
    assert!(told.contains("the permission is there, the user lacks the directory role"), "{told}");
    home.sign_in(&sandbox, "admin", 0);
    sandbox.control(
        "PUT",
        &format!("grants/{}", sandbox.ready("/apps/1/client_id")),
        &json!({"delegated": ["User.Read"]}),
    );
    let told = reason(&home, "admin");
    assert!(told.contains("it needs the permission `ServiceHealth.Read.All`"), "{told}");
}

#[test]
fn a_call_is_explained_by_its_id_with_the_permission_of_its_mode_and_the_command_that_gets_it() {
    let sandbox = Sandbox::start();
    let only = "classes = []\noperations = [\"reports.active-users.get\", \"users.users.list\"]";
    let accounts = ["one", "two"].map(|name| by_secret(&sandbox, name, only));
    let home = Home::of(&sandbox, &accounts);
    let grants = format!("grants/{}", sandbox.ready("/apps/0/client_id"));
    sandbox.control("PUT", &grants, &json!({"application": ["User.Read.All"]}));
    let shown = home.run(&["check"]).ended_with(1).stdout;
    for part in ["2 operations of 2 accounts (one, two): reports.active-users.get", "Reports.Read.All"] {
        assert_eq!(shown.matches(part).count(), 1, "{part}: {shown}");
    }
    assert!(shown.contains("an administrator of the tenant"), "{shown}");
    let log = home.json(&["log", "--verdict", "failed", "--account", "two"]);
    let id = text(&rows(&log)[0]["id"]).to_owned();
    let told = home.json(&["explain", &id]);
    assert!(text(&told["cause"]).contains("`Reports.Read.All`"), "{told:#}");
    assert!(text(&told["steps"][0]).contains("`graphbeat app consent two`"), "{told:#}");
    assert_eq!((&told["who"], &told["call"]["id"]), (&"tenant-admin".into(), &Value::from(id.as_str())));
    let chinese = home.run(&["explain", &id, "--lang", "zh-CN"]).ended_with(0).stdout;
    assert!(chinese.contains("应用缺少权限") && chinese.contains("Reports.Read.All"), "{chinese}");
    let table = home.run(&["log", "--verdict", "failed"]).ended_with(0).stdout;
    assert!(table.contains("the application lacks a permission"), "{table}");
}

#[test]
fn a_state_says_what_it_means_and_what_to_do_next() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    let shown = home.run(&["status"]).ended_with(0).stdout;
    for part in ["nobody has signed in for this account", "`graphbeat account sign-in person`"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}
