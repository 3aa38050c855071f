//! `kill -9` in the middle of `check`, again and again: nothing is lost, and nothing is left behind.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use graphbeat_base::Rng;
use serde_json::Value;

use crate::support::{Home, Sandbox, assert_same_state, by_device_code, by_secret, rows, text};

/// So many runs may end before their kill, for each that is killed.
const RUNS_PER_KILL: u32 = 4;

/// Runs `check` on these classes; kills it after `limit`. Whether it was killed.
fn check_for(home: &Home, classes: &str, limit: Duration) -> bool {
    let mut command = tokio::process::Command::from(home.command(&["check", "--class", classes]));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut child = command.spawn().expect("the program starts");
        match tokio::time::timeout(limit, child.wait()).await {
            Ok(ended) => {
                ended.expect("its end");
                false
            }
            Err(_) => {
                // On Unix this is SIGKILL.
                child.kill().await.expect("a process to kill");
                true
            }
        }
    })
}

/// Settles what a dead process left, and checks that the tenant is as it was before.
fn assert_settled(home: &Home, sandbox: &Sandbox, before: &Value) {
    let run = home.run(&["clean", "--output", "json"]);
    let artefacts = run.json();
    let open: Vec<&Value> = rows(&artefacts).iter().filter(|one| one["state"] != "gone").collect();
    assert_eq!(run.code, i32::from(!open.is_empty()), "{run:?}");
    for one in &open {
        // The create may have been lost, or be still on its way: only time can tell.
        assert_eq!(one["state"], "intent", "{one}");
        assert!(text(&one["trouble"]).contains("may still appear until"), "{one}");
    }
    let after = sandbox.state();
    assert_same_state(before, &after);
}

/// Rows and requests by the id that each attempt has of its own.
fn by_request(rows: &[Value]) -> BTreeMap<&str, &Value> {
    let rows: BTreeMap<&str, &Value> = rows.iter().map(|row| (text(&row["client_request_id"]), row)).collect();
    rows
}

/// Each request that arrived has its row, and each row its request, as far as an answer proves one.
fn assert_nothing_lost(log: &[Value], requests: &[Value]) {
    let (ours, theirs) = (by_request(log), by_request(requests));
    assert_eq!((ours.len(), theirs.len()), (log.len(), requests.len()), "no id stands twice");
    for (id, request) in &theirs {
        let row = ours.get(id).unwrap_or_else(|| panic!("not in the ledger: {request}"));
        assert_eq!((&row["method"], &row["path"]), (&request["method"], &request["path"]));
        match text(&row["verdict"]) {
            "interrupted" => assert!(row["status"].is_null(), "{row}"),
            _ => assert_eq!(row["status"], request["status"], "{row}\n{request}"),
        }
    }
    for (id, row) in ours.iter().filter(|(id, _)| !theirs.contains_key(*id)) {
        assert!(row["status"].is_null(), "no request {id} arrived for {row}");
    }
}

/// Kills `check` so often at random points while it runs these classes, one list of them after the other.
fn kill_often(kills: u32, seed: u64, classes: &[&str]) {
    let sandbox = Sandbox::start();
    let more = "classes = [\"all\"]\njourneys = true";
    let on = format!("{more}\nuser = {:?}", sandbox.user(0));
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", &on), by_device_code(&sandbox, "person", more)]);
    home.sign_in(&sandbox, "person", 1);
    let before = sandbox.state();
    let whole: Vec<Duration> = classes
        .iter()
        .map(|classes| {
            let begun = Instant::now();
            home.run(&["check", "--class", classes]).ended_with(0);
            begun.elapsed()
        })
        .collect();
    assert_same_state(&before, &sandbox.state());
    let mut rng = Rng::seeded(seed);
    let mut killed = 0;
    for index in (0..classes.len()).cycle().take((kills * RUNS_PER_KILL) as usize) {
        // Reading the files is over after a tenth; from there on something is under way.
        let limit = whole[index].mul_f64(0.1 + 0.9 * rng.fraction());
        if check_for(&home, classes[index], limit) {
            killed += 1;
            assert_settled(&home, &sandbox, &before);
        }
        if killed == kills {
            break;
        }
    }
    assert_eq!(killed, kills);
    let log = home.log();
    assert_nothing_lost(&log, &sandbox.requests());
    let interrupted = log.iter().filter(|row| row["verdict"] == "interrupted").count();
    assert!(interrupted >= 3, "the kills met only {interrupted} requests under way");
}

// Fifty kills together, and every journey of the catalogue.

#[test]
fn kills_among_mail_and_contacts_lose_nothing_and_leave_nothing_behind() {
    kill_often(20, 1, &["mail", "contacts"]);
}

#[test]
fn kills_among_calendar_and_tasks_lose_nothing_and_leave_nothing_behind() {
    kill_often(15, 2, &["calendar", "todo"]);
}

#[test]
fn kills_among_files_and_notes_lose_nothing_and_leave_nothing_behind() {
    kill_often(15, 3, &["files", "onenote"]);
}
