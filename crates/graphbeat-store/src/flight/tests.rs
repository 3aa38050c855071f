//! The flight file without a ledger; with one it is tested in `tests/crash.rs`.

use std::sync::Arc;

use graphbeat_base::{CallIds, Rng, Timestamp};
use graphbeat_core::{CallPath, Method};
use proptest::prelude::*;

use super::slots::read_open;
use super::*;

fn note(ids: &CallIds, rng: &mut Rng, path_id: &str) -> FlightNote {
    let at: Timestamp = "2026-11-24T12:00:00.123Z".parse().expect("a timestamp");
    FlightNote {
        id: ids.next(at),
        planned_at: at,
        started_at: at,
        account: Arc::from("contoso-app"),
        tenant: Arc::from("contoso.onmicrosoft.com"),
        operation: Arc::from("mail.messages.get"),
        journey: None,
        attempt: 1,
        method: Method::Get,
        path: CallPath { template: Arc::from("/v1.0/users/{}/messages"), ids: vec![Arc::from(path_id)] },
        client_request_id: rng.uuid(),
    }
}

fn open_notes(flight: &FlightFile) -> Vec<FlightNote> {
    let bytes = fs::read(&flight.path).expect("the file");
    read_open(&bytes).map(|payload| FlightNote::decode(&payload.expect("whole")).expect("a note")).collect()
}

#[test]
fn a_note_is_in_the_file_from_departure_to_landing() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut rng = Rng::seeded(1);
    let ids = CallIds::new(&mut rng);
    let flight = FlightFile::create(directory.path(), rng.uuid()).expect("created");
    let short = note(&ids, &mut rng, "short");
    let long = note(&ids, &mut rng, &"x".repeat(5_000));
    flight.depart(&short).expect("noted");
    flight.depart(&long).expect("noted");
    assert_eq!(open_notes(&flight), [short.clone(), long.clone()]);
    flight.land(short.id).expect("landed");
    assert_eq!(open_notes(&flight), std::slice::from_ref(&long));
    flight.land(long.id).expect("landed");
    assert_eq!(open_notes(&flight), []);
    let path = flight.path.clone();
    drop(flight);
    assert!(!path.exists(), "a file without open notes is removed at the end");
}

#[test]
fn more_requests_than_slots_make_the_file_grow_up_to_its_bound() {
    let mut slots = Slots { free: vec![1, 0], open: HashMap::new(), total: 2 };
    assert_eq!(slots.take(1).expect("free"), [0]);
    assert_eq!(slots.take(3).expect("grown"), [1, 2, 3]);
    assert!(matches!(slots.take(SLOTS_MAX as usize), Err(StoreError::FlightFull { slots: 4 })));
    assert_eq!(slots.take(SLOTS_MAX as usize - 4).expect("to the bound").len(), SLOTS_MAX as usize - 4);
}

#[test]
fn a_note_beyond_every_bound_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut rng = Rng::seeded(1);
    let ids = CallIds::new(&mut rng);
    let flight = FlightFile::create(directory.path(), rng.uuid()).expect("created");
    let refused = flight.depart(&note(&ids, &mut rng, &"x".repeat(70_000)));
    assert!(matches!(refused, Err(StoreError::NoteTooLong { .. })));
    assert_eq!(flight.open_count(), 0);
}

#[test]
fn the_own_session_is_alive_until_its_file_is_closed() {
    let directory = tempfile::tempdir().expect("a directory");
    let session = Rng::seeded(1).uuid();
    assert!(live_sessions(directory.path()).expect("read").is_empty());
    let flight = FlightFile::create(directory.path(), session).expect("created");
    assert_eq!(live_sessions(directory.path()).expect("read").into_iter().collect::<Vec<_>>(), [session]);
    drop(flight);
    assert!(live_sessions(directory.path()).expect("read").is_empty());
}

proptest! {
    #[test]
    fn any_note_reads_back_as_it_was_written(
        path_ids in proptest::collection::vec(".{0,40}", 0..4), journey in proptest::option::of(".{0,20}"),
        attempt in any::<u16>(), method in 0_usize..5,
    ) {
        let mut rng = Rng::seeded(1);
        let mut written = note(&CallIds::new(&mut rng), &mut rng, "");
        written.path.ids = path_ids.iter().map(|id| Arc::from(id.as_str())).collect();
        written.journey = journey.as_deref().map(Arc::from);
        written.attempt = attempt;
        written.method = Method::ALL[method];
        let bytes = written.encode().expect("encoded");
        prop_assert_eq!(FlightNote::decode(&bytes), Some(written));
    }

    #[test]
    fn damaged_bytes_never_stop_the_reading(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        prop_assert!(read_open(&bytes).all(|payload| payload.is_none()));
        let _ = FlightNote::decode(&bytes);
    }
}
