//! Waits that Graph asked earlier processes for. They are in the ledger, and hold for this process too:
//! a restart is no way around a `Retry-After`.

use std::sync::Arc;

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::{Bucket, BucketScope};
use graphbeat_core::{Call, Stage, Verdict};
use graphbeat_graph::BATCH_OPERATION;
use graphbeat_store::{CallFilter, StoreError};

use crate::{Account, Engine};

/// No `Retry-After` is believed to be longer.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(24);
/// So many of the newest throttled calls are looked at.
const THROTTLED_MAX: usize = 10_000;

/// A wait that is not over yet.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    account: Arc<str>,
    /// None: a part of a batch was told to wait; which bucket that was is not known any more.
    bucket: Option<Arc<str>>,
    until: Timestamp,
}

impl Engine {
    /// Reads the waits that are not over; once for a process, which then keeps its own.
    pub(crate) async fn read_waits(&self) -> Result<(), StoreError> {
        let shared = &self.shared;
        let read = async {
            let now = shared.clock.now();
            let filter = CallFilter {
                verdicts: vec![Verdict::Throttled],
                stage: Some(Stage::Request),
                since: now.checked_sub(WAIT_MAX).ok(),
                limit: THROTTLED_MAX,
                ..CallFilter::default()
            };
            let throttled = shared.ledger.calls(filter).await?;
            Ok::<_, StoreError>(throttled.iter().filter_map(|call| self.wait_of(call, now)).collect::<Vec<_>>())
        };
        shared.waits.get_or_try_init(|| read).await.map(drop)
    }

    fn wait_of(&self, call: &Call, now: Timestamp) -> Option<Wait> {
        let bucket = match &*call.operation {
            BATCH_OPERATION => None,
            operation => Some(Arc::clone(&self.shared.catalog.operation(operation)?.bucket)),
        };
        let waited = SignedDuration::from_millis(i64::from(call.duration_ms));
        let wait = SignedDuration::from_secs(i64::from(call.retry_after_s?)).checked_add(waited)?;
        let until = call.started_at.checked_add(wait).ok()?;
        (until > now).then(|| Wait { account: Arc::clone(&call.account), bucket, until })
    }

    /// Until when an account has to wait before a bucket, as far as earlier processes were told.
    pub(crate) fn waits_until(&self, account: &Account, bucket: &Bucket) -> Option<Timestamp> {
        let is_of_bucket = |wait: &&Wait| wait.bucket.as_ref().is_none_or(|known| *known == bucket.id);
        let waits = self.shared.waits.get()?.iter().filter(is_of_bucket);
        let shared = waits.filter(|wait| {
            wait.account == account.name
                || self.account(&wait.account).is_some_and(|other| count_together(account, other, bucket.scope))
        });
        shared.map(|wait| wait.until).max()
    }
}

/// Whether requests of both count in one bucket, as far as the configuration tells.
fn count_together(one: &Account, other: &Account, scope: BucketScope) -> bool {
    let same_tenant = one.cloud.name == other.cloud.name && one.tenant == other.tenant;
    let same_client = one.identity.client_id == other.identity.client_id;
    same_tenant
        && match scope {
            BucketScope::Tenant => true,
            BucketScope::AppUser => same_client && !one.is_of_a_person() && one.user == other.user,
            BucketScope::AppTenant => same_client,
        }
}
