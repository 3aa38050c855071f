//! What is wrong with the ledger's file, the network or a secret is told at once, and changes nothing.

use std::time::{Duration, Instant};

use crate::support::{Home, Sandbox, by_secret, rows, text};

const LEDGER: &str = "graphbeat.db";
/// A refused connection is told within this time.
const FAST: Duration = Duration::from_secs(20);

/// A home whose ledger holds one run.
fn used() -> (Sandbox, Home) {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", "")]);
    home.run(&["check", "--operation", "users.users.list"]).ended_with(0);
    (sandbox, home)
}

/// Every command that opens the ledger refuses these bytes, and leaves them as they are.
fn assert_refused_untouched(home: &Home, bytes: &[u8]) {
    let path = home.path().join(LEDGER);
    for side in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(home.path().join(format!("{LEDGER}{side}")));
    }
    std::fs::write(&path, bytes).expect("a file");
    for command in [&["log"][..], &["status"], &["check"], &["clean"], &["clean", "--dry-run"], &["run", "--once"]] {
        let run = home.run(command).ended_with(5);
        assert_eq!(run.stdout, "", "{run:?}");
        assert!(run.stderr.contains("error: ") && run.stderr.contains("hint: "), "{run:?}");
        assert!(run.stderr.contains(LEDGER), "{run:?}");
        assert_eq!(run.stderr.matches("error: ").count(), 1, "{run:?}");
        assert!(std::fs::read(&path).expect("a file") == bytes, "{command:?} changed the file");
    }
}

#[test]
fn a_truncated_ledger_is_refused_and_left_as_it_is() {
    let (_sandbox, home) = used();
    let whole = std::fs::read(home.path().join(LEDGER)).expect("a ledger");
    assert!(whole.len() > 8192);
    for length in [whole.len() / 2, 4096, 50, 0] {
        assert_refused_untouched(&home, &whole[..length]);
    }
}

#[test]
fn a_foreign_file_is_refused_and_left_as_it_is() {
    let (_sandbox, home) = used();
    assert_refused_untouched(&home, "just some notes of the owner's\n".repeat(500).as_bytes());
}

#[test]
fn a_port_where_nobody_listens_ends_with_6_at_once() {
    let (sandbox, home) = used();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let url = format!("https://{closed}");
    home.configure(&home.configuration().replace(sandbox.ready("/login_url"), &url));
    let begun = Instant::now();
    let run = home.run(&["check", "--output", "json"]).ended_with(6);
    assert!(begun.elapsed() < FAST, "{:?}", begun.elapsed());
    let report = run.json();
    assert!(rows(&report["operations"]).iter().all(|one| one["verdict"] == "skipped"), "{report:#}");
    let failed = home.json(&["log", "--verdict", "failed"]);
    assert!(!rows(&failed).is_empty());
    for row in rows(&failed) {
        assert!(row["status"].is_null() && row["stage"] == "TOKEN" && row["kind"] == "HTTPER", "{row}");
        assert!(!text(&row["code"]).is_empty(), "{row}");
    }
    assert_eq!(home.json(&["status"])[0]["state"], "active", "the network's trouble is not the account's");
}

#[test]
fn a_graph_that_cannot_be_reached_ends_with_6_and_gives_up_early() {
    let (sandbox, home) = used();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let configuration = home.configuration();
    let graph = format!("graph_url = {:?}", sandbox.ready("/graph_url"));
    assert!(configuration.contains(&graph));
    home.configure(&configuration.replace(&graph, &format!("graph_url = \"https://{closed}\"")));
    let begun = Instant::now();
    let run = home.run(&["check", "--output", "json"]).ended_with(6);
    assert!(begun.elapsed() < FAST, "{:?}", begun.elapsed());
    assert!(rows(&run.json()["operations"]).iter().all(|one| one["verdict"] != "ok"), "{run:?}");
}
