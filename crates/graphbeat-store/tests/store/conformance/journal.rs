//! The write journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use graphbeat_base::Rng;
use graphbeat_core::{Artefact, ArtefactState, Intent};
use graphbeat_store::{Ledger, StoreError, StoreErrorClass};

use crate::support::noon;

fn intent(account: &str) -> Intent {
    Intent {
        account: Arc::from(account),
        journey: Arc::from("mail-draft"),
        name: Arc::from("message"),
        marker: Arc::from("gb-5f2406dee5bd"),
        values: BTreeMap::from([("user".into(), "u1".into())]),
        intended_at: noon(),
        session: Rng::seeded(1).uuid(),
    }
}

fn known(id: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("user".into(), "u1".into()), ("message".into(), id.into())])
}

pub(crate) async fn an_artefact_is_open_from_its_intent_until_it_is_gone(ledger: &dyn Ledger) {
    let id = ledger.intend(intent("contoso")).await.expect("intended");
    let mut expected = Artefact {
        id,
        account: Arc::from("contoso"),
        journey: Arc::from("mail-draft"),
        name: Arc::from("message"),
        marker: Arc::from("gb-5f2406dee5bd"),
        values: BTreeMap::from([("user".into(), "u1".into())]),
        state: ArtefactState::Intent,
        intended_at: noon(),
        session: Rng::seeded(1).uuid(),
        trouble: None,
    };
    assert_eq!(ledger.open(None).await.expect("read"), [expected.clone()]);
    ledger.exists(id, known("m1")).await.expect("moved");
    ledger.exists(id, known("m2")).await.expect("said again");
    ledger.trouble(id, "503 Service Unavailable").await.expect("noted");
    expected.state = ArtefactState::Exists;
    expected.values = known("m2");
    expected.trouble = Some("503 Service Unavailable".into());
    assert_eq!(ledger.open(Some("contoso")).await.expect("read"), [expected]);
    ledger.gone(id).await.expect("moved");
    assert_eq!(ledger.open(None).await.expect("read"), []);
}

pub(crate) async fn what_is_gone_does_not_move_again(ledger: &dyn Ledger) {
    let id = ledger.intend(intent("contoso")).await.expect("intended");
    ledger.gone(id).await.expect("moved");
    for moved in [ledger.exists(id, known("m1")).await, ledger.gone(id).await, ledger.trouble(id, "?").await] {
        let error = moved.expect_err("refused");
        assert!(matches!(error, StoreError::ArtefactMoved { id: refused } if refused == id));
        assert_eq!(error.class(), StoreErrorClass::Moved);
    }
    assert!(matches!(ledger.gone(id + 1).await, Err(StoreError::ArtefactMoved { .. })));
    assert_eq!(ledger.open(None).await.expect("read"), []);
}

pub(crate) async fn open_artefacts_are_listed_by_account_oldest_first(ledger: &dyn Ledger) {
    let first = ledger.intend(intent("contoso")).await.expect("intended");
    let other = ledger.intend(intent("fabrikam")).await.expect("intended");
    let last = ledger.intend(intent("contoso")).await.expect("intended");
    let open = |account| async move {
        let artefacts = ledger.open(account).await.expect("read");
        artefacts.iter().map(|artefact| artefact.id).collect::<Vec<_>>()
    };
    assert_eq!(open(Some("contoso")).await, [first, last]);
    assert_eq!(open(None).await, [first, other, last]);
    assert!(open(Some("nobody")).await.is_empty());
}

pub(crate) async fn many_changes_at_once_all_get_their_own_answer(ledger: &dyn Ledger) {
    let intents = futures_util::future::join_all((0..200).map(|_| ledger.intend(intent("contoso")))).await;
    let mut ids: Vec<i64> = intents.into_iter().map(|id| id.expect("intended")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 200);
    // One refused change in a group takes no other with it.
    ledger.gone(ids[0]).await.expect("moved");
    let moved = futures_util::future::join_all(ids.iter().map(|&id| ledger.gone(id))).await;
    assert_eq!(moved.iter().filter(|moved| moved.is_err()).count(), 1);
    assert_eq!(ledger.open(None).await.expect("read"), []);
}
