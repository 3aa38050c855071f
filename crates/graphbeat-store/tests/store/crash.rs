//! The death of the process: what left is recorded, once, and secrets lie nowhere in clear.
//!
//! A crash is a copy of the directory taken while the store is open: that is what a killed process
//! leaves behind.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::support::{Calls, LEDGER, after_noon, note_of, open, try_open};
use graphbeat_base::{Rng, Secret};
use graphbeat_core::{Call, Verdict};
use graphbeat_store::{
    CallFilter, CallLog as _, CallOrder, FlightFile, Journal as _, Ledger as _, Recovery, SqliteStore, Vault as _,
    live_sessions, recover,
};
use tempfile::TempDir;

/// What a process that was killed now would leave.
fn crashed(directory: &Path) -> TempDir {
    let copy = tempfile::tempdir().expect("a directory");
    copy_into(directory, copy.path());
    copy
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("read") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            fs::create_dir(&target).expect("made");
            copy_into(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
        }
    }
}

/// A process with its flight file.
fn process(directory: &Path, seed: u64) -> (Arc<FlightFile>, SqliteStore) {
    let session = Rng::seeded(seed).uuid();
    let flight = Arc::new(FlightFile::create(directory, session).expect("made"));
    let store = try_open(directory, Some(Arc::clone(&flight))).expect("opened");
    (flight, store)
}

async fn all(store: &SqliteStore) -> Vec<Call> {
    let filter = CallFilter { order: CallOrder::OldestFirst, ..CallFilter::default() };
    store.calls(filter).await.expect("read")
}

#[tokio::test]
async fn a_request_under_way_becomes_interrupted_and_a_recorded_one_stays() {
    let directory = tempfile::tempdir().expect("a directory");
    let (flight, store) = process(directory.path(), 1);
    let mut calls = Calls::seeded(1);
    let [done, lost] = [calls.good(after_noon(0)), calls.refused(after_noon(1))];
    for call in [&done, &lost] {
        flight.depart(&note_of(call)).expect("noted");
    }
    store.append(done.clone()).await.expect("appended");
    store.flush().await.expect("flushed");
    assert_eq!(flight.open_count(), 1, "a committed row has landed");

    let crashed = crashed(directory.path());
    let store = open(crashed.path());
    let recovery = recover(crashed.path(), &store).await.expect("recovered");
    assert_eq!(recovery, Recovery { interrupted: 1, damaged: 0, ended: vec![flight.session()] });
    let interrupted = note_of(&lost).into_interrupted();
    assert_eq!((interrupted.verdict, interrupted.status), (Verdict::Interrupted, None));
    assert_eq!(all(&store).await, [done, interrupted]);
    assert_eq!(recover(crashed.path(), &store).await.expect("nothing left"), Recovery::default());
}

#[tokio::test]
async fn a_death_between_commit_and_landing_makes_no_second_row() {
    let directory = tempfile::tempdir().expect("a directory");
    let flight = FlightFile::create(directory.path(), Rng::seeded(1).uuid()).expect("made");
    // This store does not know the flight file, so nothing lands.
    let store = open(directory.path());
    let mut calls = Calls::seeded(1);
    let first = calls.good(after_noon(0));
    let same_id = Call { id: first.id, ..calls.refused(after_noon(0)) };
    flight.depart(&note_of(&first)).expect("noted");
    store.append(same_id.clone()).await.expect("another process's");
    store.append(first.clone()).await.expect("appended");
    store.flush().await.expect("flushed");

    let crashed = crashed(directory.path());
    let store = open(crashed.path());
    let recovery = recover(crashed.path(), &store).await.expect("recovered");
    assert_eq!(recovery.interrupted, 0);
    let clients: Vec<_> = all(&store).await.iter().map(|call| call.client_request_id).collect();
    assert_eq!(clients, [same_id.client_request_id, first.client_request_id]);
}

#[tokio::test]
async fn a_request_under_way_is_kept_though_another_process_took_its_id() {
    let directory = tempfile::tempdir().expect("a directory");
    let flight = FlightFile::create(directory.path(), Rng::seeded(1).uuid()).expect("made");
    let store = open(directory.path());
    let mut calls = Calls::seeded(1);
    let lost = calls.good(after_noon(0));
    flight.depart(&note_of(&lost)).expect("noted");
    store.append(Call { id: lost.id, ..calls.good(after_noon(0)) }).await.expect("appended");
    store.flush().await.expect("flushed");

    let crashed = crashed(directory.path());
    let store = open(crashed.path());
    assert_eq!(recover(crashed.path(), &store).await.expect("recovered").interrupted, 1);
    assert_eq!(all(&store).await.last().map(|call| call.client_request_id), Some(lost.client_request_id));
}

#[tokio::test]
async fn a_living_processs_flight_file_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let (flight, store) = process(directory.path(), 1);
    let call = Calls::seeded(1).good(after_noon(0));
    flight.depart(&note_of(&call)).expect("noted");
    assert_eq!(recover(directory.path(), &store).await.expect("read"), Recovery::default());
    assert!(live_sessions(directory.path()).expect("read").contains(&flight.session()));
    assert_eq!(all(&store).await, []);

    let crashed = crashed(directory.path());
    assert!(live_sessions(crashed.path()).expect("read").is_empty());
}

#[tokio::test]
async fn a_damaged_note_is_counted_and_stops_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let (flight, _store) = process(directory.path(), 1);
    let mut calls = Calls::seeded(1);
    for second in 0..3 {
        flight.depart(&note_of(&calls.good(after_noon(second)))).expect("noted");
    }
    let crashed = crashed(directory.path());
    let path = crashed.path().join("flight").join(format!("{}.flight", flight.session()));
    let mut bytes = fs::read(&path).expect("read");
    bytes[1_024 + 100] ^= 0xff;
    fs::write(&path, bytes).expect("written");
    let store = open(crashed.path());
    let recovery = recover(crashed.path(), &store).await.expect("recovered");
    assert_eq!((recovery.interrupted, recovery.damaged), (2, 1));
}

#[tokio::test]
async fn a_death_at_any_time_leaves_every_departed_request_recorded_once() {
    let mut rng = Rng::seeded(7);
    for round in 0..20 {
        let directory = tempfile::tempdir().expect("a directory");
        let (flight, store) = process(directory.path(), round);
        let mut calls = Calls::seeded(round);
        let mut departed = Vec::new();
        for second in 0..60 {
            let call = calls.good(after_noon(second));
            flight.depart(&note_of(&call)).expect("noted");
            departed.push(call.client_request_id);
            if rng.below(10) < 7 {
                store.append(call).await.expect("appended");
            }
            if rng.below(20) == 0 {
                store.flush().await.expect("flushed");
            }
        }
        // The flight file first: the writer works on while the copy is made, and a row that is
        // committed in between has its note in the copy still, never the other way round.
        let crashed = tempfile::tempdir().expect("a directory");
        fs::create_dir(crashed.path().join("flight")).expect("made");
        copy_into(&directory.path().join("flight"), &crashed.path().join("flight"));
        drop(store);
        fs::copy(directory.path().join(LEDGER), crashed.path().join(LEDGER)).expect("copied");
        let store = open(crashed.path());
        recover(crashed.path(), &store).await.expect("recovered");
        let mut recorded: Vec<_> = all(&store).await.iter().map(|call| call.client_request_id).collect();
        recorded.sort_unstable();
        departed.sort_unstable();
        assert_eq!(recorded, departed, "round {round}");
    }
}

#[tokio::test]
async fn an_intent_outlives_the_process_that_wrote_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let intent = graphbeat_core::Intent {
        account: Arc::from("contoso"),
        journey: Arc::from("mail-draft"),
        name: Arc::from("message"),
        marker: Arc::from("gb-1"),
        values: std::collections::BTreeMap::new(),
        intended_at: after_noon(0),
        session: Rng::seeded(1).uuid(),
    };
    let id = store.intend(intent).await.expect("intended");
    let crashed = crashed(directory.path());
    let left = open(crashed.path()).open(None).await.expect("read");
    assert_eq!(left.iter().map(|artefact| artefact.id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn two_processes_write_one_ledger_side_by_side() {
    let directory = tempfile::tempdir().expect("a directory");
    let [one, other] = [open(directory.path()), open(directory.path())];
    // The same seed: every id is wanted twice.
    let (mut ones, mut others) = (Calls::seeded(1), Calls::seeded(1));
    for second in 0..500 {
        one.append(ones.good(after_noon(second))).await.expect("appended");
        let call = others.refused(after_noon(second));
        other.append(Call { client_request_id: Rng::seeded(second as u64).uuid(), ..call }).await.expect("appended");
    }
    one.flush().await.expect("flushed");
    other.flush().await.expect("flushed");
    assert_eq!(all(&one).await.len(), 1_000);
    one.close().await.expect("closed");
    assert_eq!(all(&other).await.len(), 1_000);
}

#[tokio::test]
async fn a_secret_is_in_no_file_in_clear() {
    const CANARY: &str = "canary-8f1d7c-secret";
    let directory = tempfile::tempdir().expect("a directory");
    let (flight, store) = process(directory.path(), 1);
    for name in ["contoso", "fabrikam"] {
        store.seal(name, &Secret::from(CANARY)).await.expect("sealed");
    }
    flight.depart(&note_of(&Calls::seeded(1).good(after_noon(0)))).expect("noted");
    assert_clear_of(directory.path(), CANARY.as_bytes());
    store.close().await.expect("closed");
    assert_clear_of(directory.path(), CANARY.as_bytes());
}

fn assert_clear_of(directory: &Path, canary: &[u8]) {
    for entry in fs::read_dir(directory).expect("read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            assert_clear_of(&path, canary);
        } else {
            let bytes = fs::read(&path).expect("read");
            assert!(!bytes.windows(canary.len()).any(|window| window == canary), "{}", path.display());
        }
    }
}
