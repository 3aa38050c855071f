//! Reads of one account together in batches. Each part keeps its own budget, expectations and verdict;
//! what Graph does not answer in the batch, or asks to wait for, is sent alone afterwards.

use std::sync::Arc;

use graphbeat_core::Verdict;
use graphbeat_core::retry::{Decision, Repeatable, decide};
use graphbeat_graph::{
    BATCH_PARTS_MAX, BatchAttempt, BatchCompletion, BatchPart, Compiled, Completion, PartOutcome, Values,
};
use graphbeat_store::StoreError;

use crate::Engine;
use crate::gate::Gate;
use crate::operation::{Effect, Ran, Round, Step, wait_of};
use crate::recorder::ledger_error;
use crate::report::{not_rendered, skipped};

/// A read that may be part of the next batch.
struct Candidate<'a> {
    read: &'a Arc<Compiled>,
    values: Values,
    gate: Arc<Gate>,
}

impl Engine {
    /// Sends what fits into batches, sources before those that take values from them. What comes of each part
    /// stands in the round; the rest is left for requests of their own.
    pub(crate) async fn run_batches(&self, round: &Round<'_>, reads: &[Arc<Compiled>]) -> Result<(), StoreError> {
        let mut waiting: Vec<&Arc<Compiled>> = reads.iter().filter(|read| read.fits_batch()).collect();
        while !waiting.is_empty() {
            let is_source_of = |read: &Arc<Compiled>, other: &Arc<Compiled>| {
                other.operation.values.values().any(|source| source.from == read.operation.id)
            };
            let (ready, later): (Vec<_>, Vec<_>) =
                waiting.iter().partition(|read| !waiting.iter().any(|other| is_source_of(other, read)));
            for some in ready.chunks(BATCH_PARTS_MAX) {
                self.run_batch(round, some).await?;
            }
            // The catalogue's sources go round in no circle: something is always ready.
            waiting = if ready.is_empty() { Vec::new() } else { later };
        }
        Ok(())
    }

    async fn run_batch(&self, round: &Round<'_>, reads: &[&Arc<Compiled>]) -> Result<(), StoreError> {
        let mut candidates = Vec::with_capacity(reads.len());
        for read in reads {
            match self.values(round, read, &Values::new()).await? {
                Ok(values) => {
                    let gate = self.gate(round, read);
                    candidates.extend(gate.map(|gate| Candidate { read, values, gate }));
                }
                Err(missing) => {
                    self.settle_part(round, read, Ran::nothing(skipped(round.account, read, None, missing)));
                }
            }
        }
        let Ok(token) = self.round_token(round).await? else { return Ok(()) };
        let now = self.shared.clock.now();
        // In one order for everybody, so that no two batches wait for each other.
        let mut gates: Vec<&Arc<Gate>> = candidates.iter().map(|candidate| &candidate.gate).collect();
        gates.sort_by_key(|gate| Arc::as_ptr(gate));
        gates.dedup_by_key(|gate| Arc::as_ptr(gate));
        let mut turns = Vec::with_capacity(gates.len());
        for gate in gates {
            turns.push(gate.turn().await);
        }
        let room = self.shared.requests.acquire().await;
        let sent: Vec<&Candidate<'_>> =
            candidates.iter().filter(|it| it.gate.admits(it.read.operation.cost, now)).collect();
        // One alone gains nothing by a batch.
        if sent.len() < 2 {
            return Ok(());
        }
        let parts: Vec<BatchPart<'_>> = sent.iter().map(|it| part(round, it, now)).collect();
        let batch = BatchAttempt {
            account: &round.account.name,
            tenant: &round.account.tenant,
            target: &round.target,
            bearer: token.bearer(),
            planned_at: round.planned_at,
            parts: &parts,
        };
        let completed = round.account.cloud.client.batch(&batch).await.map_err(ledger_error)?;
        self.heed_batch(&sent, &completed);
        drop((room, turns));
        for (candidate, outcome) in sent.iter().zip(completed.parts) {
            self.take_part(round, candidate, outcome, &sent).await?;
        }
        Ok(())
    }

    /// What one part came to; where it is to be tried again nothing is noted, and it is sent alone.
    async fn take_part(
        &self,
        round: &Round<'_>,
        candidate: &Candidate<'_>,
        outcome: PartOutcome,
        sent: &[&Candidate<'_>],
    ) -> Result<(), StoreError> {
        let Candidate { read, values, .. } = candidate;
        let keeps_answer = round.account.work.sources.contains(&read.operation.id);
        let step = Step { keeps_answer, ..Step::alone(read, values) };
        let ran = match outcome {
            PartOutcome::Alone => return Ok(()),
            PartOutcome::Answered(completion) if is_tried_again(&completion) => return Ok(()),
            PartOutcome::Answered(completion) => {
                self.finish(round, step, (*completion, None), Effect::AsAnswered).await?
            }
            PartOutcome::NotRendered(error) => Ran::nothing(not_rendered(round, step, &error)),
            PartOutcome::Dependent(on) => {
                let before = sent.get(on).map_or("the one before it", |before| &before.read.operation.id);
                Ran::nothing(skipped(round.account, read, None, format!("`{before}` did not go well")))
            }
        };
        self.settle_part(round, read, ran);
        Ok(())
    }

    /// The part has run in this round: whoever asks for its answer finds it.
    fn settle_part(&self, round: &Round<'_>, read: &Compiled, ran: Ran) {
        let ran = Arc::new(ran);
        if round.ran_once(&read.operation.id).set(Arc::clone(&ran)).is_ok() {
            self.shared.recorder.operation(&ran.report);
        }
    }

    /// Waits that the service asks for: of one part for its bucket, of the whole for the buckets of all.
    fn heed_batch(&self, sent: &[&Candidate<'_>], completed: &BatchCompletion) {
        let until = |wait| self.shared.clock.now().checked_add(wait).ok();
        let is_whole = matches!(completed.outer.status, Some(429 | 503));
        for (candidate, part) in sent.iter().zip(&completed.parts) {
            let wait = match part {
                PartOutcome::Answered(completion) => wait_of(completion, 1),
                _ if is_whole => wait_of(&completed.outer, 1),
                _ => None,
            };
            if let Some(until) = wait.and_then(until) {
                candidate.gate.wait_until(until);
            }
        }
    }
}

fn part<'a>(round: &Round<'_>, candidate: &'a Candidate<'_>, now: graphbeat_base::Timestamp) -> BatchPart<'a> {
    BatchPart {
        operation: candidate.read,
        values: &candidate.values,
        failing_for: round.failing_for(&candidate.read.operation.id, now),
        depends_on: None,
    }
}

/// Whether another try makes sense: the service was busy, or did not take the token.
fn is_tried_again(completion: &Completion) -> bool {
    let decision = completion.failure.map(|failure| decide(failure, Repeatable::Yes, 1, completion.retry_after));
    let again = matches!(decision, Some(Decision::After(_)));
    again && completion.verdict != Verdict::Expected || completion.status == Some(401)
}
