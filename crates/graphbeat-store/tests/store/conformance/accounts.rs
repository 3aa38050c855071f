//! What is remembered of accounts, and the notes.

use std::sync::Arc;

use graphbeat_core::{AccountStanding, AccountState, Refusal};
use graphbeat_store::{Ledger, Round, VerdictCounts};

use crate::support::{after_noon, noon};

fn paused(account: &str) -> AccountStanding {
    AccountStanding {
        account: Arc::from(account),
        state: AccountState::Paused,
        reason: Some("the secret was refused 3 times".into()),
        code: Some("AADSTS7000215".into()),
        until: Some(after_noon(900)),
        since: noon(),
    }
}

pub(crate) async fn a_standing_is_replaced_as_a_whole(ledger: &dyn Ledger) {
    assert_eq!(ledger.standing("contoso").await.expect("read"), None);
    ledger.set_standing(paused("contoso")).await.expect("set");
    ledger.set_standing(paused("adatum")).await.expect("set");
    assert_eq!(ledger.standing("contoso").await.expect("read"), Some(paused("contoso")));
    let active = AccountStanding {
        account: Arc::from("contoso"),
        state: AccountState::Active,
        reason: None,
        code: None,
        until: None,
        since: after_noon(60),
    };
    ledger.set_standing(active.clone()).await.expect("set");
    assert_eq!(ledger.standings().await.expect("read"), [paused("adatum"), active]);
}

pub(crate) async fn refusals_are_counted_for_each_credential(ledger: &dyn Ledger) {
    let refusal = |credential: &str, at| Refusal {
        account: Arc::from("contoso"),
        credential: Arc::from(credential),
        at: after_noon(at),
        code: Arc::from("AADSTS7000215"),
    };
    for refusal in [refusal("old", 0), refusal("old", 60), refusal("new", 61)] {
        ledger.add_refusal(refusal).await.expect("added");
    }
    let since = |credential: &'static str, at| ledger.refusals("contoso", credential, after_noon(at));
    assert_eq!(since("old", 0).await.expect("read"), [refusal("old", 0), refusal("old", 60)]);
    assert_eq!(since("old", 60).await.expect("read"), [refusal("old", 60)]);
    assert_eq!(since("new", 0).await.expect("read"), [refusal("new", 61)]);
    ledger.clear_refusals("contoso").await.expect("cleared");
    assert_eq!(since("old", 0).await.expect("read"), []);
    assert_eq!(since("new", 0).await.expect("read"), []);
}

pub(crate) async fn only_the_last_refusals_are_kept(ledger: &dyn Ledger) {
    for at in 0..130 {
        let refusal = Refusal {
            account: Arc::from("contoso"),
            credential: Arc::from("secret"),
            at: after_noon(at),
            code: Arc::from("AADSTS7000215"),
        };
        ledger.add_refusal(refusal).await.expect("added");
    }
    let kept = ledger.refusals("contoso", "secret", noon()).await.expect("read");
    assert_eq!((kept.len(), kept[0].at, kept[99].at), (100, after_noon(30), after_noon(129)));
}

pub(crate) async fn a_healing_failure_keeps_the_time_it_was_first_seen(ledger: &dyn Ledger) {
    let seen = |at| ledger.first_seen("contoso", "mail.messages.list", after_noon(at));
    assert_eq!(seen(0).await.expect("noted"), noon());
    assert_eq!(seen(60).await.expect("read"), noon());
    let healing = ledger.healing("contoso").await.expect("read");
    assert_eq!(healing, [(Arc::from("mail.messages.list"), noon())]);
    assert_eq!(ledger.healing("fabrikam").await.expect("read"), []);
    ledger.forget_first_seen("contoso", "mail.messages.list").await.expect("forgotten");
    assert_eq!(seen(120).await.expect("noted"), after_noon(120));
}

pub(crate) async fn the_last_round_of_an_account_is_known(ledger: &dyn Ledger) {
    assert_eq!(ledger.last_round("contoso").await.expect("read"), None);
    let counts = VerdictCounts { ok: 40, expected: 2, failed: 1, throttled: 3, skipped: 4, interrupted: 5 };
    let round = Round { at: noon(), counts };
    ledger.set_last_round("contoso", Round { at: after_noon(-9), ..round }).await.expect("set");
    ledger.set_last_round("contoso", round).await.expect("set");
    ledger.flush().await.expect("flush");
    assert_eq!(ledger.last_round("contoso").await.expect("read"), Some(round));
    assert_eq!(ledger.last_rounds().await.expect("read"), [(Arc::from("contoso"), round)]);
}

pub(crate) async fn a_note_is_replaced_by_the_next_of_its_name(ledger: &dyn Ledger) {
    assert_eq!(ledger.note("machine").await.expect("read"), None);
    ledger.set_note("machine", "a").await.expect("set");
    ledger.set_note("machine", "b").await.expect("set");
    assert_eq!(ledger.note("machine").await.expect("read").as_deref(), Some("b"));
}
