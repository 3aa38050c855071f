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

#[test]
fn reads_in_batches_are_one_row_for_each_batch_and_the_ledger_stays_the_truth() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "a", &format!("{ALL}\nuser = {:?}", sandbox.user(0)))]);
    let report = home.json(&["check", "--read-only", "--batch"]);
    assert!(unwell(&report).iter().all(|one| text(&one["verdict"]) == "skipped"), "{:?}", unwell(&report));
    let (log, received) = (home.log(), sandbox.requests());
    assert_ledger_is_the_truth(&log, &received);
    assert_eq!(report["calls"], log.len());
    let batches = log.iter().filter(|row| row["operation"] == "batch.requests.send").count();
    assert!(batches >= 2 && log.len() < rows(&report["operations"]).len(), "{batches} of {}", log.len());
}

#[test]
fn the_configuration_s_batch_is_enough_and_delta_tokens_outlive_the_process() {
    let sandbox = Sandbox::start();
    let more = format!(
        "classes = []\noperations = [\"users.users.list\", \"groups.groups.list\", \"users.users.delta\"]\n\
         batch = true\nuser = {:?}",
        sandbox.user(0)
    );
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "a", &more)]);
    home.json(&["check"]);
    assert_eq!(home.log().iter().filter(|row| row["path"] == "/v1.0/$batch").count(), 1);
    let delta = |home: &Home| {
        let report = home.json(&["check", "--operation", "users.users.delta"]);
        let last = sandbox.requests().pop().expect("a request");
        (text(&report["operations"][0]["verdict"]).to_owned(), text(&last["query"]).to_owned())
    };
    let (verdict, query) = delta(&home);
    assert!(verdict == "ok" && query.contains("$deltatoken="), "{verdict} {query}");
    // In the sandbox eight days go by, in which the directory forgets its tokens.
    sandbox.control("POST", "clock/advance", &serde_json::json!({"seconds": 8 * 24 * 60 * 60}));
    let (verdict, query) = delta(&home);
    assert!(verdict == "expected" && !query.contains("token"), "{verdict} {query}");
    assert_ledger_is_the_truth(&home.log(), &sandbox.requests());
}

/// The catalogue's classes, the opt-in ones included, as an account's line.
fn every_class(catalog: &Value) -> String {
    let classes: Vec<String> = set_of(rows(catalog), "class").into_iter().collect();
    format!("classes = {classes:?}\njourneys = true")
}

#[test]
fn every_operation_of_the_catalogue_is_sent_and_a_fresh_tenant_shows_no_red() {
    let sandbox = Sandbox::start();
    let catalog = Home::with("").json(&["catalog", "list"]);
    let everything = every_class(&catalog);
    let app = by_secret(&sandbox, "app", &format!("{everything}\nuser = {:?}", sandbox.user(0)));
    let home = Home::of(&sandbox, &[app, by_device_code(&sandbox, "person", &everything)]);
    home.sign_in(&sandbox, "person", 0);
    let before = sandbox.state();
    let run = home.run(&["check", "--output", "json"]);
    let report = run.json();
    assert_eq!(unwell_but_left_out(&report), Vec::<&Value>::new());
    // What is skipped cannot be called in this mode, and is sent in the other one.
    let unsent = |row: &Value| row["verdict"] == "skipped";
    let skipped: Vec<Value> = rows(&report["operations"]).iter().filter(|row| unsent(row)).cloned().collect();
    for account in ["app", "person"] {
        let (_, left_out) = selected(&home, account);
        let skipped: BTreeSet<String> = of(&skipped, account).map(|row| text(&row["operation"]).to_owned()).collect();
        assert_eq!(skipped.difference(&left_out).collect::<Vec<_>>(), Vec::<&String>::new(), "{account}");
    }
    let log = home.log();
    let sent = set_of(&log, "operation");
    // A journey looks for its marker only where an answer got lost, or has no body.
    let never = set_of(rows(&catalog), "id").into_iter().filter(|id| !sent.contains(id) && !id.ends_with(".find"));
    assert_eq!(never.collect::<Vec<_>>(), Vec::<String>::new());
    assert_same_state(&before, &sandbox.state());
    assert_ledger_is_the_truth(&log, &sandbox.requests());
    assert_eq!(run.code, 0, "{}", run.stderr);
}
