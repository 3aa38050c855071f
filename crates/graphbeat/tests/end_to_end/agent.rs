//! `run`, and what works beside it: the lock, the signals, `log`, `status`, pauses.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Home, Sandbox, assert_ledger_is_the_truth, by_device_code, by_secret, rows, set_of, text};

const FIELDS: [&str; 21] = [
    "id",
    "planned_at",
    "started_at",
    "duration_ms",
    "account",
    "tenant",
    "operation",
    "journey",
    "attempt",
    "method",
    "path",
    "status",
    "verdict",
    "stage",
    "kind",
    "code",
    "message",
    "request_id",
    "client_request_id",
    "retry_after_s",
    "bytes",
];

/// An application that covers everything within a minute.
fn busy(sandbox: &Sandbox) -> Home {
    let more = format!("classes = [\"all\"]\nschedule = \"often\"\nuser = {:?}", sandbox.user(0));
    let home = Home::of(sandbox, &[by_secret(sandbox, "app", &more)]);
    home.configure(&format!("[schedule.often]\ncover_every = \"1m\"\n\n{}", home.configuration()));
    home
}

fn plain(sandbox: &Sandbox) -> Home {
    Home::of(sandbox, &[by_secret(sandbox, "app", &format!("user = {:?}", sandbox.user(0)))])
}

#[test]
fn the_agent_makes_its_planned_calls_for_the_time_it_is_given() {
    let sandbox = Sandbox::start();
    let home = busy(&sandbox);
    let summary = home.json(&["run", "--for", "3s"]);
    assert!(summary["slots"].as_u64() >= Some(2), "{summary}");
    let log = home.log();
    assert_eq!(summary["calls"], log.len(), "{summary}");
    let planned: Vec<&Value> = log.iter().filter(|row| !row["planned_at"].is_null()).collect();
    assert!(planned.len() >= 2, "{log:#?}");
    for row in planned {
        assert!(text(&row["planned_at"]) <= text(&row["started_at"]), "{row}");
    }
    assert_ledger_is_the_truth(&log, &sandbox.requests());
}

#[cfg(unix)]
#[test]
fn a_second_agent_is_refused_and_a_signal_ends_the_first_in_order() {
    let sandbox = Sandbox::start();
    let home = busy(&sandbox);
    let mut follow = home.start(&["log", "--follow", "--output", "json"]);
    let first = home.start(&["run", "--output", "json"]);
    let seen = follow.json_line();
    assert_eq!(seen["account"], "app", "{seen}");
    let second = home.run(&["run", "--for", "1s"]).ended_with(5);
    assert!(second.stderr.contains("error: ") && second.stderr.contains("hint: "), "{second:?}");
    home.run(&["check", "--operation", "users.users.list"]).ended_with(0);
    home.run(&["status"]).ended_with(0);
    first.signal("TERM");
    let ended = first.end().ended_with(0);
    assert!(ended.json()["slots"].is_u64(), "{ended:?}");
    assert_ledger_is_the_truth(&home.log(), &sandbox.requests());
    follow.signal("TERM");
    follow.end().ended_with(0);
    home.run(&["run", "--for", "1s"]).ended_with(0);
}

#[test]
fn a_followed_log_shows_a_new_call() {
    let sandbox = Sandbox::start();
    let home = plain(&sandbox);
    home.run(&["check", "--operation", "users.users.list"]).ended_with(0);
    let mut follow = home.start(&["log", "--follow", "--operation", "directory.organization.get", "--output", "json"]);
    home.run(&["check", "--operation", "directory.organization.get"]).ended_with(0);
    let row = follow.json_line();
    assert_eq!((&row["operation"], &row["verdict"]), (&json!("directory.organization.get"), &json!("ok")));
}

#[test]
fn the_log_has_the_documented_fields_and_filters() {
    let sandbox = Sandbox::start();
    let home = plain(&sandbox);
    home.run(&["check", "--class", "users,reports"]).ended_with(0);
    let log = home.log();
    let expected: BTreeSet<&str> = FIELDS.into();
    for row in &log {
        let fields: BTreeSet<&str> = row.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(fields, expected);
        assert!(text(&row["id"]).starts_with(|c: char| c.is_ascii_alphabetic()), "{row}");
        assert!(text(&row["started_at"]).ends_with('Z') && text(&row["started_at"]).len() == 24, "{row}");
        assert!(!text(&row["path"]).contains(['?', '@']), "{row}");
    }
    let filtered = |arguments: &[&str]| {
        let mut all = vec!["log"];
        all.extend(arguments);
        rows(&home.json(&all)).to_vec()
    };
    let reports = filtered(&["--class", "reports"]);
    assert!(!reports.is_empty() && set_of(&reports, "operation").iter().all(|name| name.starts_with("reports.")));
    let tokens = filtered(&["--operation", "token.client-secret"]);
    assert_eq!(tokens.len(), 1);
    let both = filtered(&["--operation", "token.client-secret,users.users.list"]);
    assert_eq!(set_of(&both, "operation").len(), 2);
    assert_eq!(filtered(&["--account", "app"]).len(), log.len());
    assert_eq!(filtered(&["--verdict", "ok,expected"]).len(), log.len());
    assert_eq!(filtered(&["--verdict", "failed"]), Vec::<Value>::new());
    assert_eq!(filtered(&["--since", "1h"]).len(), log.len());
    assert_eq!(filtered(&["--until", "1h"]), Vec::<Value>::new());
    assert!(!filtered(&["--text", "users"]).is_empty());
    assert_eq!(filtered(&["--text", "no such text"]), Vec::<Value>::new());
}

#[test]
fn the_log_as_csv_has_the_fields_as_its_header() {
    let sandbox = Sandbox::start();
    let home = plain(&sandbox);
    home.run(&["check", "--operation", "users.users.list"]).ended_with(0);
    let run = home.run(&["log", "--output", "csv"]).ended_with(0);
    let mut lines = run.stdout.lines();
    assert_eq!(lines.next(), Some(FIELDS.join(",").as_str()));
    assert_eq!(lines.count(), home.log().len());
}

#[test]
fn the_status_has_the_documented_fields() {
    let sandbox = Sandbox::start();
    let home = Home::of(
        &sandbox,
        &[
            by_secret(&sandbox, "app", ""),
            crate::support::by_certificate(&sandbox, "certificate", ""),
            by_device_code(&sandbox, "person", ""),
        ],
    );
    home.run(&["check", "--account", "app", "--operation", "users.users.list"]).ended_with(0);
    let status = home.json(&["status"]);
    assert_eq!(rows(&status).len(), 3);
    let expected: BTreeSet<&str> =
        ["account", "state", "reason", "code", "until", "counts", "last_round", "next_slot", "expires"].into();
    for card in rows(&status) {
        let fields: BTreeSet<&str> = card.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(fields, expected);
    }
    let app = &status[0];
    assert_eq!(app["state"], "active");
    assert_eq!(app["counts"]["calls"], home.log().len());
    assert!(app["next_slot"].is_string() && !app["last_round"].is_null(), "{app}");
    let end = &status[1]["expires"][0];
    assert!(["what", "at", "source"].iter().all(|field| end[field].is_string()), "{end}");
    assert_eq!(status[2]["state"], "needs-sign-in");
}

#[test]
fn a_paused_account_sends_nothing_until_it_is_resumed() {
    let sandbox = Sandbox::start();
    let home = plain(&sandbox);
    home.run(&["account", "pause", "app"]).ended_with(0);
    let run = home.run(&["check", "--output", "json"]).ended_with(0);
    assert!(rows(&run.json()["operations"]).iter().all(|one| one["verdict"] == "skipped"), "{run:?}");
    assert_eq!(sandbox.requests(), Vec::<Value>::new());
    assert_eq!(home.json(&["status"])[0]["state"], "paused");
    home.run(&["account", "resume", "app"]).ended_with(0);
    assert_eq!(home.json(&["status"])[0]["state"], "active");
    home.run(&["check", "--operation", "users.users.list"]).ended_with(0);
    assert!(!sandbox.requests().is_empty());
}
