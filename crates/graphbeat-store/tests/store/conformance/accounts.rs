//! What is remembered of accounts, and the notes.

use std::sync::Arc;

use graphbeat_core::{AccountStanding, AccountState, Refusal};
use graphbeat_store::{Ledger, Round, SignInEnd, SignInRoom, SignInTaken, SignInWait, SignInWish, VerdictCounts};

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

pub(crate) async fn the_owners_pause_is_ended_by_its_owner_only(ledger: &dyn Ledger) {
    let active = AccountStanding { state: AccountState::Active, until: None, ..paused("contoso") };
    assert!(ledger.stand_unless_paused(active.clone()).await.expect("set"));
    assert!(ledger.stand_unless_paused(paused("contoso")).await.expect("set"));
    assert!(ledger.stand_unless_paused(active.clone()).await.expect("a pause with an end is not the owner's"));
    let by_owner = AccountStanding { until: None, ..paused("contoso") };
    ledger.set_standing(by_owner.clone()).await.expect("set");
    assert!(!ledger.stand_unless_paused(active.clone()).await.expect("kept"));
    assert_eq!(ledger.standing("contoso").await.expect("read"), Some(by_owner));
    ledger.set_standing(active.clone()).await.expect("set");
    assert!(ledger.stand_unless_paused(active).await.expect("set"));
}

fn wish(at: i64) -> SignInWish {
    SignInWish {
        account: Arc::from("contoso"),
        application: Arc::from("application"),
        credential: Arc::from("secret"),
        at: after_noon(at),
        since: after_noon(at - 900),
        refusals_max: 3,
    }
}

async fn taken(ledger: &dyn Ledger, at: i64) -> SignInTaken {
    match ledger.reserve_sign_in(wish(at)).await.expect("the ledger") {
        SignInRoom::Taken(taken) => taken,
        in_the_way => panic!("no room: {in_the_way:?}"),
    }
}

async fn codes_in_the_way(ledger: &dyn Ledger, at: i64) -> Vec<String> {
    match ledger.reserve_sign_in(wish(at)).await.expect("the ledger") {
        SignInRoom::Full(refusals) => refusals.iter().map(|refusal| refusal.code.to_string()).collect(),
        other => panic!("not full: {other:?}"),
    }
}

pub(crate) async fn there_is_room_for_three_sign_ins_until_one_ends_well(ledger: &dyn Ledger) {
    let refused = || SignInEnd::Refused(Arc::from("AADSTS7000215"));
    let (first, second, third) = (taken(ledger, 0).await, taken(ledger, 1).await, taken(ledger, 2).await);
    assert_eq!(codes_in_the_way(ledger, 3).await, ["", "", ""]);
    ledger.settle_sign_in(first, refused()).await.expect("settled");
    ledger.settle_sign_in(second, SignInEnd::Nothing).await.expect("settled");
    ledger.flush().await.expect("flushed");
    let fourth = taken(ledger, 4).await;
    assert_eq!(codes_in_the_way(ledger, 5).await, ["AADSTS7000215", "", ""]);
    // The third one's process died; the fourth shows that the credential is good.
    ledger.settle_sign_in(fourth, SignInEnd::Good).await.expect("settled");
    ledger.flush().await.expect("flushed");
    let fifth = taken(ledger, 6).await;
    ledger.settle_sign_in(third, refused()).await.expect("it lived after all");
    ledger.settle_sign_in(fifth, refused()).await.expect("settled");
    assert_eq!(codes_in_the_way(ledger, 7).await.len(), 3);
    assert_eq!(codes_in_the_way(ledger, 900).await.len(), 3);
    taken(ledger, 901).await;
}

pub(crate) async fn nobody_signs_in_under_an_application_that_has_to_wait(ledger: &dyn Ledger) {
    let wait = |seconds, code: Option<&str>| SignInWait { until: after_noon(seconds), code: code.map(Arc::from) };
    let first = taken(ledger, 0).await;
    ledger.settle_sign_in(first, SignInEnd::Wait(wait(60, Some("AADSTS50053")))).await.expect("settled");
    let by_another = |at| SignInWish { credential: Arc::from("another"), ..wish(at) };
    for wish in [wish(59), by_another(59)] {
        let room = ledger.reserve_sign_in(wish).await.expect("the ledger");
        assert_eq!(room, SignInRoom::Wait(wait(60, Some("AADSTS50053"))));
    }
    let elsewhere = SignInWish { application: Arc::from("elsewhere"), credential: Arc::from("x"), ..wish(1) };
    assert!(matches!(ledger.reserve_sign_in(elsewhere).await, Ok(SignInRoom::Taken(_))));
    let second = taken(ledger, 60).await;
    ledger.settle_sign_in(second, SignInEnd::Wait(wait(120, None))).await.expect("settled");
    let refusals = ledger.refusals("contoso", "secret", noon()).await.expect("read");
    assert_eq!(refusals.len(), 1, "a wish to wait is no refusal, the lock before it is one");
    assert_eq!(ledger.reserve_sign_in(wish(119)).await.expect("the ledger"), SignInRoom::Wait(wait(120, None)));
    ledger.clear_refusals("contoso").await.expect("cleared");
    taken(ledger, 119).await;
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
