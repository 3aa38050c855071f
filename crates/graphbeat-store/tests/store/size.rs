//! The size of a call in the file.

use std::fs;
use std::sync::Arc;

use crate::support::{Calls, LEDGER, noon, open};
use graphbeat_base::Rng;
use graphbeat_core::{Call, CallPath, Verdict};
use graphbeat_store::{CallLog as _, Ledger as _};

const CALLS: i64 = 24_000;
const BYTES_FOR_A_CALL_MAX: u64 = 200;

/// A day of 20 accounts with 50 operations each, one in ten refused, every fifth a read of an item with
/// a long id, every 25th of an item that nobody has read before.
#[tokio::test]
async fn a_call_takes_at_most_200_bytes_with_its_indexes() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path());
    let mut calls = Calls::seeded(1);
    let mut rng = Rng::seeded(2);
    let users: Vec<Arc<str>> = (0..20).map(|_| Arc::from(rng.uuid().to_string())).collect();
    for index in 0..CALLS {
        let at = noon().checked_add(graphbeat_base::SignedDuration::from_millis(index * 3_600)).expect("in range");
        let account = (index % 20) as usize;
        let operation = index / 20 % 50;
        let mut call = if index % 10 == 7 { calls.refused(at) } else { calls.good(at) };
        call.account = Arc::from(format!("account-{account}"));
        call.operation = Arc::from(format!("class-{}.resource-{operation}.list", operation % 16));
        call.duration_ms = rng.below(2_000) as u32;
        call.bytes = rng.below(200_000);
        let ids = match index {
            _ if index % 25 == 3 => vec![Arc::clone(&users[account]), long_id(rng.next_u64())],
            _ if index % 5 == 4 => vec![Arc::clone(&users[account]), long_id(operation as u64)],
            _ => vec![Arc::clone(&users[account])],
        };
        call.path = CallPath { template: Arc::from(format!("/v1.0/users/{{}}/resource-{operation}/{{}}")), ids };
        store
            .append(Call { verdict: if index % 10 == 7 { call.verdict } else { Verdict::Ok }, ..call })
            .await
            .expect("appended");
    }
    store.close().await.expect("closed");
    let bytes = fs::metadata(directory.path().join(LEDGER)).expect("there").len() / CALLS as u64;
    assert!(bytes <= BYTES_FOR_A_CALL_MAX, "{bytes} bytes for a call");
}

/// As long as the id of a message.
fn long_id(number: u64) -> Arc<str> {
    Arc::from(format!("AAMkAGI2{number:0>140x}AAA%3D"))
}
