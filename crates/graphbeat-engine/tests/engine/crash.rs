//! A bug in one account's work ends that work only.

use std::sync::{Arc, Mutex};

use graphbeat_core::{Call, Verdict};
use graphbeat_engine::{AgentOptions, OperationReport, Trouble, Watcher};
use graphbeat_store::AccountStates as _;
use tokio_util::sync::CancellationToken;

use crate::world::World;

const OPERATION: &str = "groups.groups.list";

/// Panics at what account `a` is answered, within its task, and keeps what operations came to.
#[derive(Default)]
struct Poison {
    ended: Mutex<Vec<(String, Verdict)>>,
}

impl Poison {
    fn ended(&self) -> Vec<(String, Verdict)> {
        let mut ended = self.ended.lock().expect("no panic under the lock").clone();
        ended.sort_by(|one, other| one.0.cmp(&other.0));
        ended
    }
}

impl Watcher for Poison {
    fn call(&self, call: &Call) {
        assert!(&*call.account != "a" || &*call.operation != OPERATION, "this account is poisoned");
    }

    fn operation(&self, report: &OperationReport) {
        self.ended.lock().expect("no panic under the lock").push((report.account.to_string(), report.verdict));
    }
}

fn as_expected() -> Vec<(String, Verdict)> {
    vec![("a".to_owned(), Verdict::Interrupted), ("b".to_owned(), Verdict::Ok)]
}

#[tokio::test]
async fn a_panic_in_one_accounts_check_is_reported_and_the_others_go_on() {
    let world = World::start().await;
    let poison = Arc::new(Poison::default());
    let engine = world.watched_engine(&["a", "b"], OPERATION, Arc::clone(&poison) as _);
    let report = engine.check(engine.accounts()).await.expect("a report");
    assert_eq!(poison.ended(), as_expected());
    assert_eq!((report.ok, report.interrupted), (1, 1));
    assert_eq!(report.trouble(), Some(Trouble::Bug));
    let rounds = world.store.last_rounds().await.expect("the ledger");
    assert!(rounds.iter().any(|(account, round)| &**account == "a" && round.counts.interrupted == 1), "{rounds:?}");
}

#[tokio::test]
async fn a_panic_in_one_accounts_slot_does_not_stop_the_agent() {
    let world = World::start().await;
    let poison = Arc::new(Poison::default());
    let engine = world.watched_engine(&["a", "b"], OPERATION, Arc::clone(&poison) as _);
    let stop = CancellationToken::new();
    let run = engine.run(&AgentOptions { run_for: None }, stop.clone());
    let slots_of_both = async {
        while poison.ended().len() < 2 {
            let slots = engine.accounts().iter().filter_map(|account| engine.next_slot(account));
            let next = slots.min().expect("a slot");
            let seen = poison.ended().len();
            world.advance(next.duration_since(world.clock.now()).as_secs() + 1);
            while poison.ended().len() == seen {
                tokio::task::yield_now().await;
            }
        }
        stop.cancel();
    };
    let (summary, ()) = tokio::join!(run, slots_of_both);
    let summary = summary.expect("the agent goes on");
    assert_eq!(poison.ended(), as_expected());
    assert_eq!((summary.slots, summary.ok, summary.failed), (2, 1, 1));
    assert_eq!(summary.trouble, Some(Trouble::Bug));
}
