//! `check`: every selected operation runs, and the ledger is what the sandbox received.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{
    Home, Sandbox, assert_ledger_is_the_truth, assert_same_state, by_certificate, by_device_code, by_secret, rows,
    set_of, text,
};

const ALL: &str = "classes = [\"all\"]";

/// An application by secret, one by certificate, and a person, with these further lines each.
fn three_accounts(sandbox: &Sandbox, more: &str) -> Home {
    let on = |user: usize| format!("{more}\nuser = {:?}", sandbox.user(user));
    let accounts = [
        by_secret(sandbox, "secret", &on(0)),
        by_certificate(sandbox, "certificate", &on(0)),
        by_device_code(sandbox, "person", more),
    ];
    let home = Home::of(sandbox, &accounts);
    home.sign_in(sandbox, "person", 0);
    home
}

/// What is neither well nor a failure that is healthy.
fn unwell(report: &Value) -> Vec<&Value> {
    rows(&report["operations"]).iter().filter(|one| !matches!(text(&one["verdict"]), "ok" | "expected")).collect()
}

/// Every operation that an account selected, as `account show` has it.
fn selected(home: &Home, account: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let shown = home.json(&["account", "show", account]);
    let names = |field: &str| rows(&shown[field]).iter().map(|name| text(name).to_owned()).collect();
    (names("operations"), set_of(rows(&shown["left_out"]), "id"))
}

fn of<'a>(rows: &'a [Value], account: &'a str) -> impl Iterator<Item = &'a Value> {
    rows.iter().filter(move |row| row["account"] == account)
}

#[test]
fn every_selected_operation_has_a_row_and_the_ledger_equals_what_the_sandbox_received() {
    let sandbox = Sandbox::start();
    let home = three_accounts(&sandbox, ALL);
    let before = sandbox.state();
    let run = home.run(&["check", "--output", "json"]);
    let report = run.json();
    let log = home.log();
    for account in ["secret", "certificate", "person"] {
        let (operations, left_out) = selected(&home, account);
        assert!(operations.len() >= 65, "{account}: {operations:?}");
        let logged: BTreeSet<String> = of(&log, account).map(|row| text(&row["operation"]).to_owned()).collect();
        let unlogged: Vec<_> = operations.difference(&logged).collect();
        assert!(unlogged.is_empty(), "{account}: {unlogged:?}");
        let reported: BTreeSet<String> =
            of(rows(&report["operations"]), account).map(|row| text(&row["operation"]).to_owned()).collect();
        let known: BTreeSet<String> = operations.union(&left_out).cloned().collect();
        assert_eq!(reported, known, "{account}");
    }
    assert_ledger_is_the_truth(&log, &sandbox.requests());
    assert_eq!(unwell_but_left_out(&report), Vec::<&Value>::new());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_same_state(&before, &sandbox.state());
}

/// Operations that cannot run for an account are skipped with a reason; nothing else may be unwell.
fn unwell_but_left_out(report: &Value) -> Vec<&Value> {
    unwell(report).into_iter().filter(|one| one["verdict"] != "skipped" || one["reason"].is_null()).collect()
}

#[test]
fn journeys_leave_nothing_behind() {
    let sandbox = Sandbox::start();
    let home = three_accounts(&sandbox, &format!("{ALL}\njourneys = true"));
    let before = sandbox.state();
    let run = home.run(&["check", "--output", "json"]);
    let report = run.json();
    let walked: BTreeSet<&str> = rows(&report["operations"]).iter().filter_map(|one| one["journey"].as_str()).collect();
    assert!(walked.len() >= 8, "{walked:?}");
    assert_eq!(unwell_but_left_out(&report), Vec::<&Value>::new());
    assert_same_state(&before, &sandbox.state());
    assert_eq!(home.json(&["clean", "--dry-run"]), Value::Array(Vec::new()));
    assert_ledger_is_the_truth(&home.log(), &sandbox.requests());
    assert_eq!(run.code, 0, "{}", run.stderr);
}
