//! Steps that change something name the version that they change; where that is not the newest any more,
//! it is read again, once.

use graphbeat_catalog::{ETAG_POINTER, IfMatch};
use graphbeat_core::Verdict;
use graphbeat_graph::{Values, pick, upload_content};
use graphbeat_store::StoreError;

use crate::operation::{Ran, Round, Step};
use crate::report::skipped;
use crate::{Engine, NoToken, Trouble};

/// The service has another version.
const PRECONDITION_FAILED: u16 = 412;

impl Engine {
    /// Runs a step of a journey or a removal.
    pub(crate) async fn journey_step(&self, round: &Round<'_>, step: Step<'_>) -> Result<Ran, StoreError> {
        let operation = &step.operation.operation;
        if let Some(if_match) = &operation.if_match {
            return self.versioned_step(round, step, if_match).await;
        }
        let uploads = operation.equals_upload.as_ref().and_then(|id| round.account.work.operations.get(id));
        let upload = uploads.and_then(|uploads| uploads.operation.upload);
        let content = upload.map(|upload| {
            let marker = step.values.get("marker").map(String::as_str).unwrap_or_default();
            upload_content(upload, marker)
        });
        self.step(round, Step { must_equal: content.as_ref(), ..step }).await
    }

    async fn versioned_step(&self, round: &Round<'_>, step: Step<'_>, if_match: &IfMatch) -> Result<Ran, StoreError> {
        let mut values = step.values.clone();
        if !values.contains_key(&if_match.value)
            && let Err(ran) = self.read_version(round, step, if_match, &mut values).await?
        {
            return Ok(ran);
        }
        let ran = self.step(round, Step { values: &values, ..step }).await?;
        if ran.report.status != Some(PRECONDITION_FAILED)
            || self.read_version(round, step, if_match, &mut values).await?.is_err()
        {
            return Ok(ran);
        }
        self.step(round, Step { values: &values, ..step }).await
    }

    /// Reads the version anew. `Err`: what came of the read, which gave none.
    async fn read_version(
        &self,
        round: &Round<'_>,
        step: Step<'_>,
        if_match: &IfMatch,
        values: &mut Values,
    ) -> Result<Result<(), Ran>, StoreError> {
        let Some(read) = round.account.work.operations.get(&if_match.from) else { return Ok(Ok(())) };
        let ran = self.step(round, Step { operation: read, keeps_answer: true, ..step }).await?;
        match version_in(&ran, &if_match.pick) {
            Some(version) if ran.report.verdict == Verdict::Ok => {
                values.insert(if_match.value.clone(), version);
                Ok(Ok(()))
            }
            // The change must not be left out in silence.
            None if ran.report.verdict == Verdict::Ok => {
                let reason = format!("the answer of `{}` names no version", if_match.from);
                let trouble = Some(Trouble::Failed);
                Ok(Err(Ran::nothing(skipped(
                    round.account,
                    step.operation,
                    step.journey,
                    NoToken::because(reason, trouble),
                ))))
            }
            _ => Ok(Err(ran)),
        }
    }
}

/// The version in an answer's body, else in its header.
pub(crate) fn version_in(ran: &Ran, pointer: &str) -> Option<String> {
    let in_body = ran.pages.first().and_then(|answer| pick(answer, pointer));
    in_body.or_else(|| ran.etag.as_deref().filter(|_| pointer == ETAG_POINTER).map(str::to_owned))
}
