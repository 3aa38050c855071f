//! Calls: what goes in comes out, once.

use std::sync::Arc;

use graphbeat_base::CallId;
use graphbeat_core::{Call, CallPath, Kind, Stage, Verdict};
use graphbeat_store::{
    AccountCounts, CALLS_PAGE_MAX, CallFilter, CallOrder, CallPages, Ledger, StoreError, VerdictCounts,
};

use crate::support::{Calls, after_noon, noon};

async fn record(ledger: &dyn Ledger, calls: &[Call]) {
    for call in calls {
        ledger.append(call.clone()).await.expect("appended");
    }
    ledger.flush().await.expect("flushed");
}

async fn ids(ledger: &dyn Ledger, filter: CallFilter) -> Vec<CallId> {
    ledger.calls(filter).await.expect("read").iter().map(|call| call.id).collect()
}

pub(crate) async fn a_call_reads_back_as_it_was_appended(ledger: &dyn Ledger) {
    let mut calls = Calls::seeded(1);
    let full = Call {
        planned_at: after_noon(-7),
        journey: Some(Arc::from("mail-draft")),
        attempt: 3,
        path: CallPath {
            template: Arc::from("/v1.0/users/{}/messages/{}"),
            ids: vec![Arc::from("u1"), Arc::from("AAMkAGI2%3D")],
        },
        verdict: Verdict::Throttled,
        status: Some(429),
        stage: Some(Stage::Token),
        kind: Some(Kind::Msaler),
        code: Some(Arc::from("AADSTS50196")),
        message: Some(Arc::from("请稍候")),
        retry_after_s: Some(90),
        duration_ms: u32::MAX,
        ..calls.good(noon())
    };
    let bare = Call { request_id: None, status: None, bytes: 0, ..calls.refused(after_noon(1)) };
    record(ledger, &[full.clone(), bare.clone()]).await;
    assert_eq!(ledger.calls(CallFilter::default()).await.expect("read"), [bare, full]);
}

pub(crate) async fn a_call_that_starts_off_its_ids_time_keeps_its_own(ledger: &dyn Ledger) {
    let call = Call { started_at: after_noon(-3), planned_at: after_noon(4), ..Calls::seeded(1).good(noon()) };
    record(ledger, std::slice::from_ref(&call)).await;
    assert_eq!(ledger.calls(CallFilter::default()).await.expect("read"), [call]);
}

pub(crate) async fn the_same_call_twice_is_one_row(ledger: &dyn Ledger) {
    let call = Calls::seeded(1).good(noon());
    record(ledger, &[call.clone(), call.clone()]).await;
    assert_eq!(ledger.calls(CallFilter::default()).await.expect("read"), std::slice::from_ref(&call));
    assert!(ledger.is_recorded(call.id, call.client_request_id).await.expect("read"));
}

pub(crate) async fn another_call_with_a_taken_id_gets_the_next_one(ledger: &dyn Ledger) {
    let mut calls = Calls::seeded(1);
    let first = calls.good(noon());
    let second = Call { id: first.id, ..calls.refused(noon()) };
    record(ledger, &[first.clone(), second.clone(), second.clone()]).await;
    let next = CallId::from_i64(first.id.to_i64() + 1).expect("an id");
    assert!(ledger.is_recorded(second.id, second.client_request_id).await.expect("read"));
    assert!(!ledger.is_recorded(second.id, calls.good(noon()).client_request_id).await.expect("read"));
    let recorded = ledger.calls(CallFilter::default()).await.expect("read");
    assert_eq!(recorded, [Call { id: next, ..second }, first]);
}

pub(crate) async fn each_filter_lets_only_its_own_pass(ledger: &dyn Ledger) {
    let mut calls = Calls::seeded(1);
    let good = calls.good(noon());
    let refused = Call { account: Arc::from("fabrikam"), ..calls.refused(after_noon(10)) };
    let token = Call {
        operation: Arc::from("token.client-secret"),
        stage: Some(Stage::Token),
        verdict: Verdict::Expected,
        ..calls.good(after_noon(20))
    };
    record(ledger, &[good.clone(), refused.clone(), token.clone()]).await;
    let all = CallFilter::default;
    let cases = [
        (CallFilter { id: Some(good.id), ..all() }, vec![good.id]),
        (CallFilter { account: Some(Arc::from("fabrikam")), ..all() }, vec![refused.id]),
        (CallFilter { account: Some(Arc::from("nobody")), ..all() }, vec![]),
        (CallFilter { class: Some(Arc::from("mail")), ..all() }, vec![good.id]),
        (CallFilter { class: Some(Arc::from("mai")), ..all() }, vec![]),
        (CallFilter { class: Some(Arc::from("mail")), verdicts: vec![Verdict::Failed], ..all() }, vec![]),
        (CallFilter { class: Some(Arc::from("mail")), text: Some("messages".into()), ..all() }, vec![good.id]),
        (CallFilter { class: Some(Arc::from("mail")), operation: Some(Arc::from("token.refresh")), ..all() }, vec![]),
        (CallFilter { operation: Some(Arc::from("users.users.list")), ..all() }, vec![refused.id]),
        (CallFilter { verdicts: vec![Verdict::Failed], ..all() }, vec![refused.id]),
        (CallFilter { verdicts: vec![Verdict::Ok, Verdict::Expected], ..all() }, vec![token.id, good.id]),
        (CallFilter { stage: Some(Stage::Token), ..all() }, vec![token.id]),
        (CallFilter { since: Some(after_noon(10)), ..all() }, vec![token.id, refused.id]),
        (CallFilter { until: Some(after_noon(10)), ..all() }, vec![good.id]),
        (CallFilter { text: Some("requestdenied".into()), ..all() }, vec![refused.id]),
        (CallFilter { text: Some("INSUFFICIENT".into()), ..all() }, vec![refused.id]),
        (CallFilter { text: Some("token.client".into()), ..all() }, vec![token.id]),
        (CallFilter { text: Some("users/87d349ed".into()), limit: 1, ..all() }, vec![token.id]),
        (CallFilter { text: Some("100%".into()), ..all() }, vec![]),
        (CallFilter { after: Some(refused.id), ..all() }, vec![token.id]),
        (CallFilter { before: Some(refused.id), ..all() }, vec![good.id]),
        (CallFilter { limit: 1, order: CallOrder::OldestFirst, ..all() }, vec![good.id]),
        (CallFilter { limit: 2, ..all() }, vec![token.id, refused.id]),
    ];
    for (filter, expected) in cases {
        assert_eq!(ids(ledger, filter.clone()).await, expected, "{filter:?}");
    }
}

pub(crate) async fn a_class_is_one_list_in_order_over_all_its_operations(ledger: &dyn Ledger) {
    let mut calls = Calls::seeded(1);
    let call = |index: i64| Call {
        operation: Arc::from(format!("mail.messages.act{}", index % 7)),
        ..if index % 3 == 0 { calls.refused(after_noon(index)) } else { calls.good(after_noon(index)) }
    };
    let all: Vec<Call> = (0..60).map(call).collect();
    record(ledger, &all).await;
    let mail = CallFilter { class: Some(Arc::from("mail")), ..CallFilter::default() };
    let newest: Vec<CallId> = all.iter().rev().take(10).map(|call| call.id).collect();
    assert_eq!(ids(ledger, CallFilter { limit: 10, ..mail.clone() }).await, newest);
    let failed = CallFilter {
        verdicts: vec![Verdict::Failed],
        since: Some(after_noon(30)),
        limit: 4,
        order: CallOrder::OldestFirst,
        ..mail
    };
    let expected: Vec<CallId> = [30, 33, 36, 39].map(|index: usize| all[index].id).to_vec();
    assert_eq!(ids(ledger, failed).await, expected);
}

pub(crate) async fn a_long_list_is_read_in_pages_without_gap_or_repetition(ledger: &dyn Ledger) {
    let mut calls = Calls::seeded(1);
    let all: Vec<Call> = (0..CALLS_PAGE_MAX + 5).map(|index| calls.good(after_noon(index as i64))).collect();
    record(ledger, &all).await;
    let expected: Vec<CallId> = all.iter().map(|call| call.id).collect();
    for order in [CallOrder::OldestFirst, CallOrder::NewestFirst] {
        let mut pages = CallPages::new(ledger, CallFilter { order, limit: usize::MAX, ..CallFilter::default() });
        let mut read = Vec::new();
        while let Some(page) = pages.next().await.expect("read") {
            assert!(page.len() <= CALLS_PAGE_MAX);
            read.extend(page.iter().map(|call| call.id));
        }
        if order == CallOrder::NewestFirst {
            read.reverse();
        }
        assert_eq!(read, expected);
    }
}

pub(crate) async fn calls_are_counted_by_account_and_verdict(ledger: &dyn Ledger) {
    let mut calls = Calls::seeded(1);
    let other = Call { account: Arc::from("adatum"), ..calls.refused(after_noon(5)) };
    record(ledger, &[calls.good(noon()), calls.good(after_noon(1)), calls.refused(after_noon(2)), other]).await;
    let row = |account, ok, failed, at| AccountCounts {
        account: Arc::from(account),
        counts: VerdictCounts { ok, failed, ..VerdictCounts::default() },
        last_call_at: after_noon(at),
    };
    let counts = ledger.counts(None).await.expect("read");
    assert_eq!(counts, [row("adatum", 0, 1, 5), row("contoso-app", 2, 1, 2)]);
    assert_eq!(counts[1].counts.total(), 3);
    let since = ledger.counts(Some(after_noon(2))).await.expect("read");
    assert_eq!(since, [row("adatum", 0, 1, 5), row("contoso-app", 0, 1, 2)]);
}

pub(crate) async fn a_closed_ledger_says_so_and_has_kept_everything_until_then(ledger: &dyn Ledger) {
    ledger.append(Calls::seeded(1).good(noon())).await.expect("appended");
    ledger.close().await.expect("closed");
    ledger.close().await.expect("closed twice");
    assert!(matches!(ledger.append(Calls::seeded(2).good(noon())).await, Err(StoreError::Closed)));
    assert!(matches!(ledger.calls(CallFilter::default()).await, Err(StoreError::Closed)));
}
