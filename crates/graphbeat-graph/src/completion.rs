//! What one try came to.

use std::sync::Arc;

use bytes::Bytes;
use graphbeat_base::{CallId, SignedDuration};
use graphbeat_catalog::Names;
use graphbeat_core::Verdict;
use graphbeat_core::retry::Failure;
use graphbeat_entra::ClaimsRequest;

use crate::{DeltaBookmark, Monitor, UploadSession};

/// What one try came to.
#[derive(Debug)]
pub struct Completion {
    /// The verdict of the last request.
    pub verdict: Verdict,
    /// Its row in the ledger; none where it has none of its own.
    pub call: Option<CallId>,
    /// Its status; none where no answer came.
    pub status: Option<u16>,
    /// The most exact code of a failure.
    pub code: Option<Arc<str>>,
    /// The service's message of a failure, or what happened on the way.
    pub message: Option<Arc<str>>,
    /// Why an expected failure is healthy.
    pub reason: Option<Names>,
    /// How it failed, for the decision about another try; none where it did not.
    pub failure: Option<Failure>,
    /// What the service asked to wait.
    pub retry_after: Option<SignedDuration>,
    /// The failure heals with time: remember when it was first seen.
    pub heals: bool,
    /// Whether the request can have arrived at the service.
    pub arrived: bool,
    /// The answers' bodies, one for each page.
    pub pages: Vec<Bytes>,
    /// The version that the answer's `ETag` header names.
    pub etag: Option<Arc<str>>,
    /// Where a delta query goes on the next time.
    pub bookmark: Option<DeltaBookmark>,
    /// The service no longer takes the bookmark that the query went on from.
    pub starts_over: bool,
    /// What Graph demands of the next token, where it did not take this one.
    pub demand: Option<ClaimsRequest>,
    /// What is still to be done before the operation is.
    pub follow_up: Option<FollowUp>,
}

/// What follows a good first answer. The engine takes the steps, since it waits.
#[derive(Debug)]
pub enum FollowUp {
    /// Bytes are to be sent in chunks.
    Upload(UploadSession),
    /// A monitor is to be asked.
    Monitor(Monitor),
}

impl Completion {
    pub(crate) fn ok(status: Option<u16>) -> Self {
        Self {
            verdict: Verdict::Ok,
            call: None,
            status,
            code: None,
            message: None,
            reason: None,
            failure: None,
            retry_after: None,
            heals: false,
            arrived: true,
            pages: Vec::new(),
            etag: None,
            bookmark: None,
            starts_over: false,
            demand: None,
            follow_up: None,
        }
    }

    /// The service asked to wait while there was still something to do: another try does it all.
    #[must_use]
    pub fn held_back(message: &str) -> Self {
        Self {
            verdict: Verdict::Throttled,
            message: Some(Arc::from(message)),
            failure: Some(Failure::Busy),
            ..Self::ok(None)
        }
    }

    /// It was given up after a good answer with this status.
    #[must_use]
    pub fn given_up(status: Option<u16>, code: &str, message: &str) -> Self {
        Self {
            verdict: Verdict::Failed,
            code: Some(Arc::from(code)),
            message: Some(Arc::from(message)),
            failure: Some(Failure::Final),
            ..Self::ok(status)
        }
    }

    /// An answer with a good status that is none all the same.
    pub(crate) fn bad(status: u16, failure: Failure, code: &str, message: &str) -> Self {
        Self { failure: Some(failure), ..Self::given_up(Some(status), code, message) }
    }
    /// The answer with this good status leads nowhere: it is none after all.
    pub(crate) fn turned_bad(self, code: &str, message: &str) -> Self {
        let bad = Self::given_up(self.status, code, message);
        Self { failure: Some(Failure::Final), call: self.call, ..bad }
    }
}
