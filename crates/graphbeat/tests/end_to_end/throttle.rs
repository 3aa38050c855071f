//! What a `Retry-After` does: nothing reaches the bucket before it is over, whoever asks.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Home, Running, Sandbox, assert_ledger_is_the_truth, by_secret, rows, text};

/// Reads of one mailbox.
const MAIL: &str = "mail.messages.list,mail.folders.list,mail.settings.get,mail.rules.list";
/// A test that waits longer than this for the sandbox to see something has failed.
const SEEN_MAX: Duration = Duration::from_secs(30);

fn fault(retry_after_s: u64) -> Value {
    json!([{"operation": "mail", "status": 429, "retry_after_s": retry_after_s}])
}

/// The mail requests in the order of their arrival: seconds, and status.
fn mail(sandbox: &Sandbox) -> Vec<(f64, u64)> {
    let mut received: Vec<(f64, u64)> = sandbox
        .requests()
        .iter()
        .filter(|one| {
            ["/messages", "/mailFolders", "/mailboxSettings"].iter().any(|part| text(&one["path"]).contains(part))
        })
        .map(|one| (seconds(text(&one["time"])), one["status"].as_u64().unwrap_or_default()))
        .collect();
    received.sort_by(|one, other| one.0.total_cmp(&other.0));
    received
}

/// Seconds of a time in UTC.
fn seconds(time: &str) -> f64 {
    let time: graphbeat_base::Timestamp = time.parse().expect("a timestamp");
    time.as_millisecond() as f64 / 1000.0
}

/// Fails where a request arrived within `wait` seconds of an earlier 429.
fn assert_none_inside(received: &[(f64, u64)], wait: f64) {
    for (index, (at, status)) in received.iter().enumerate().filter(|(_, (_, status))| *status == 429) {
        for (later, _) in &received[index + 1..] {
            assert!(later - at >= wait, "{status} at {at}, then one at {later}: {received:?}");
        }
    }
}

/// Lets the fault stand until `count` requests met it, then takes it away and waits for the end.
fn relieve_after(sandbox: &Sandbox, running: Running, count: usize) -> crate::support::Run {
    let begun = Instant::now();
    while mail(sandbox).iter().filter(|(_, status)| *status == 429).count() < count {
        assert!(begun.elapsed() < SEEN_MAX, "{:?}", mail(sandbox));
    }
    sandbox.control("PUT", "faults", &json!([]));
    running.end()
}

#[test]
fn no_mail_request_arrives_inside_the_three_seconds_after_a_429() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", &format!("user = {:?}", sandbox.user(0)))]);
    sandbox.control("PUT", "faults", &fault(3));
    let running = home.start(&["check", "--operation", MAIL, "--output", "json"]);
    let run = relieve_after(&sandbox, running, 1).ended_with(0);
    let received = mail(&sandbox);
    assert_eq!(received.len(), 5, "four operations, one of them twice: {received:?}");
    assert_none_inside(&received, 3.0);
    assert_eq!(run.json()["ok"], 4);
    let throttled = home.json(&["log", "--verdict", "throttled"]);
    assert_eq!(rows(&throttled).len(), 1);
    assert_eq!(
        (&throttled[0]["status"], &throttled[0]["retry_after_s"], &throttled[0]["stage"], &throttled[0]["kind"]),
        (&json!(429), &json!(3), &json!("REQUEST"), &json!("HTTPER"))
    );
    assert_ledger_is_the_truth(&home.log(), &sandbox.requests());
}

#[test]
fn two_accounts_with_one_application_and_mailbox_wait_together() {
    let sandbox = Sandbox::start();
    let on = format!("user = {:?}", sandbox.user(0));
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "one", &on), by_secret(&sandbox, "two", &on)]);
    sandbox.control("PUT", "faults", &fault(3));
    let running = home.start(&["check", "--operation", MAIL, "--output", "json"]);
    let run = relieve_after(&sandbox, running, 1).ended_with(0);
    assert_none_inside(&mail(&sandbox), 3.0);
    assert_eq!(run.json()["ok"], 8);
}

#[test]
fn a_wait_beyond_all_patience_ends_with_7_and_is_kept_by_the_next_process() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", &format!("user = {:?}", sandbox.user(0)))]);
    sandbox.control("PUT", "faults", &fault(3600));
    let run = home.run(&["check", "--operation", MAIL, "--output", "json"]).ended_with(7);
    assert_eq!(run.json()["throttled"], 4);
    assert_eq!(mail(&sandbox).len(), 1, "the others did not even leave");
    let again = home.run(&["check", "--operation", MAIL, "--output", "json"]).ended_with(7);
    assert_eq!(again.json()["throttled"], 4);
    assert_eq!(mail(&sandbox).len(), 1, "nor did any of the second process");
}
