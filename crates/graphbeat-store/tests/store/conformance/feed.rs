//! Following the ledger.

use graphbeat_store::{CallFeed, CallFilter, Ledger};

use crate::support::{Calls, after_noon, noon};

pub(crate) async fn a_feed_shows_each_call_once_even_a_slow_one_that_started_earlier(ledger: &dyn Ledger) {
    let mut calls = Calls::seeded(1);
    let slow = calls.good(after_noon(1));
    let [first, second, third] = [calls.good(noon()), calls.good(after_noon(2)), calls.good(after_noon(3))];
    for call in [&first, &second] {
        ledger.append(call.clone()).await.expect("appended");
    }
    ledger.flush().await.expect("flushed");
    let filter = CallFilter { limit: 1, ..CallFilter::default() };
    let (mut feed, last) = CallFeed::start(ledger, filter).await.expect("started");
    assert_eq!(last, [second]);
    assert_eq!(feed.next(ledger).await.expect("read"), []);
    for call in [&slow, &third] {
        ledger.append(call.clone()).await.expect("appended");
    }
    ledger.flush().await.expect("flushed");
    assert_eq!(feed.next(ledger).await.expect("read"), [slow, third]);
    assert_eq!(feed.next(ledger).await.expect("read"), []);
}
