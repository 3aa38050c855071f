//! Writes that fail: told to whoever appends or flushes next, and harming no other row.

use std::path::Path;
use std::sync::Arc;

use graphbeat_base::Rng;
use graphbeat_core::Call;
use graphbeat_store::{CallFilter, CallLog as _, FlightFile, Ledger as _, Notes as _, StoreError, StoreErrorClass};
use rusqlite::Connection;

use crate::support::note_of;
use crate::support::{Calls, LEDGER, after_noon, open, try_open};

/// Makes the database refuse calls of 666 bytes.
fn poison(directory: &Path) {
    let connection = Connection::open(directory.join(LEDGER)).expect("opened");
    let trigger = "CREATE TRIGGER poison BEFORE INSERT ON calls WHEN new.bytes = 666
                   BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
    connection.execute_batch(trigger).expect("made");
}

#[tokio::test]
async fn a_call_that_cannot_be_written_is_told_and_takes_no_other_with_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let flight = Arc::new(FlightFile::create(directory.path(), Rng::seeded(1).uuid()).expect("made"));
    let store = try_open(directory.path(), Some(Arc::clone(&flight))).expect("opened");
    poison(directory.path());
    let mut calls = Calls::seeded(1);
    for second in 0..9 {
        let bytes = if second == 4 { 666 } else { 1 };
        let call = Call { bytes, ..calls.refused(after_noon(second)) };
        flight.depart(&note_of(&call)).expect("noted");
        store.append(call).await.expect("appended");
    }
    let error = store.flush().await.expect_err("told");
    assert!(matches!(error, StoreError::Writer(_)));
    assert_eq!(error.class(), StoreErrorClass::Lost);
    assert!(graphbeat_base::error_chain(&error).contains("poisoned"));
    assert!(matches!(store.append(calls.good(after_noon(9))).await, Err(StoreError::Writer(_))));
    let recorded = store.calls(CallFilter::default()).await.expect("read");
    assert_eq!(recorded.len(), 8);
    assert!(recorded.iter().all(|call| call.bytes == 1));
    let counted = store.counts(None).await.expect("read");
    assert_eq!(counted[0].counts.total(), 8, "an undone group is not counted");
    assert_eq!(flight.open_count(), 1, "the lost one stays in flight, for the next start");
    store.set_note("still", "writes").await.expect("what can be written is written");
    assert!(matches!(store.close().await, Err(StoreError::Writer(_))));
}

#[test]
fn processes_that_start_at_once_share_one_new_ledger() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| drop(open(path)))).collect();
        for start in starts {
            start.join().expect("opened");
        }
    });
    let names: Vec<_> =
        std::fs::read_dir(path).expect("read").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, [LEDGER]);
}
