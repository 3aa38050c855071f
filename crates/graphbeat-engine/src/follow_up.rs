//! What is still to be done after a good first answer: sending an upload's chunks, asking a monitor. Each
//! request passes the gate like any other, and waiting happens here.

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_core::Verdict;
use graphbeat_core::retry::{Failure, backoff};
use graphbeat_graph::{
    Attempt, Client, Completion, FollowUp, LedgerFailure, Monitor, MonitorState, UploadProgress, UploadSession,
    UploadStep,
};

use crate::Engine;
use crate::gate::Gate;
use crate::operation::Effect;

/// So many steps of an upload may fail before it is given up.
const UPLOAD_FAILURES_MAX: u16 = 4;
/// So often a monitor is asked.
const MONITOR_QUESTIONS_MAX: u16 = 12;
/// The longest wait of our own choosing between two questions.
const MONITOR_WAIT_MAX: SignedDuration = SignedDuration::from_secs(15);

/// What requests that follow an answer need.
pub(crate) struct Following<'a> {
    pub(crate) client: &'a Client,
    pub(crate) attempt: &'a Attempt<'a>,
    pub(crate) gate: &'a Gate,
    /// How long each wait may last.
    pub(crate) patience: SignedDuration,
}

/// What it all came to, and what it may have done at the service.
pub(crate) type Followed = (Completion, Effect);

impl Engine {
    /// Does what is still to be done, and says what the operation as a whole came to.
    pub(crate) async fn follow_up(
        &self,
        following: &Following<'_>,
        mut completion: Completion,
    ) -> Result<Followed, LedgerFailure> {
        match completion.follow_up.take() {
            None => Ok((completion, Effect::AsAnswered)),
            Some(FollowUp::Upload(session)) => self.upload(following, session).await,
            Some(FollowUp::Monitor(monitor)) => self.watch(following, &monitor, completion.status).await,
        }
    }

    async fn upload(&self, following: &Following<'_>, mut session: UploadSession) -> Result<Followed, LedgerFailure> {
        let mut failures = 0;
        let mut step = UploadStep::Send;
        let steps_max = session.chunks() + 2 * usize::from(UPLOAD_FAILURES_MAX);
        for _ in 0..steps_max {
            let Some((completion, progress)) = self.upload_step(following, &mut session, step).await? else {
                let held_back = Completion::held_back("there was no room for the next chunk in time");
                return self.give_up(following, session, held_back).await;
            };
            match progress {
                UploadProgress::Done => return Ok((completion, Effect::AsAnswered)),
                UploadProgress::Goes => step = UploadStep::Send,
                UploadProgress::Over => return self.give_up(following, session, completion).await,
                UploadProgress::Unknown => {
                    failures += 1;
                    let wait = completion.retry_after.unwrap_or_else(|| backoff(failures));
                    if failures >= UPLOAD_FAILURES_MAX || wait > following.patience {
                        return self.give_up(following, session, completion).await;
                    }
                    self.sleep(wait).await;
                    step = UploadStep::Ask;
                }
            }
        }
        let message = format!("the upload of {} did not end in time", following.attempt.operation.operation.id);
        self.give_up(following, session, Completion::given_up(Some(202), "UploadEndless", &message)).await
    }

    /// One step, when its bucket has room for it; none where that takes too long.
    async fn upload_step(
        &self,
        following: &Following<'_>,
        session: &mut UploadSession,
        step: UploadStep,
    ) -> Result<Option<(Completion, UploadProgress)>, LedgerFailure> {
        let Some(_pass) = self.pass(following).await else { return Ok(None) };
        let (completion, progress) = following.client.upload(following.attempt, session, step).await?;
        self.heed(following, &completion);
        Ok(Some((completion, progress)))
    }

    /// Ends the session at the service. Where it says that there was one, nothing was made.
    async fn give_up(
        &self,
        following: &Following<'_>,
        mut session: UploadSession,
        why: Completion,
    ) -> Result<Followed, LedgerFailure> {
        let cancelled = self.upload_step(following, &mut session, UploadStep::Cancel).await?;
        let ended = cancelled.is_some_and(|(cancelled, _)| cancelled.verdict == Verdict::Ok);
        Ok((why, if ended { Effect::Nothing } else { Effect::Unclear }))
    }

    async fn watch(
        &self,
        following: &Following<'_>,
        monitor: &Monitor,
        status: Option<u16>,
    ) -> Result<Followed, LedgerFailure> {
        let mut done = None;
        for question in 1..=MONITOR_QUESTIONS_MAX {
            let Some(pass) = self.pass(following).await else {
                let held_back = Completion::held_back("there was no room to ask the monitor in time");
                return Ok((held_back, Effect::Unclear));
            };
            let (completion, state) = following.client.ask_monitor(following.attempt, monitor).await?;
            self.heed(following, &completion);
            drop(pass);
            match state {
                MonitorState::Over if completion.failure.is_none() => return Ok((completion, Effect::AsAnswered)),
                MonitorState::Over if !may_pass(&completion) => return Ok((completion, Effect::Unclear)),
                MonitorState::Over => {}
                MonitorState::UnderWay(percent) => done = percent.or(done),
            }
            let wait = completion.retry_after.unwrap_or_else(|| pause(question));
            if wait > following.patience {
                break;
            }
            self.sleep(wait).await;
        }
        let far = done.map_or_else(String::new, |percent| format!(" ({percent} % done)"));
        let message = format!("the operation was not over after {MONITOR_QUESTIONS_MAX} looks at its monitor{far}");
        Ok((Completion::given_up(status, "NotOver", &message), Effect::Unclear))
    }

    async fn pass<'a>(&'a self, following: &'a Following<'_>) -> Option<crate::gate::Pass<'a>> {
        let clock = &self.shared.clock;
        let until = clock.now().checked_add(following.patience).unwrap_or(Timestamp::MAX);
        let cost = following.attempt.operation.operation.cost;
        following.gate.pass(cost, clock, until, &self.shared.requests).await.ok()
    }

    async fn sleep(&self, wait: SignedDuration) {
        let until = self.shared.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        self.shared.clock.sleep_until(until).await;
    }

    /// A wait that the service asks for holds back the whole bucket.
    fn heed(&self, following: &Following<'_>, completion: &Completion) {
        if completion.verdict == Verdict::Throttled
            && let Some(until) = completion.retry_after.and_then(|wait| self.shared.clock.now().checked_add(wait).ok())
        {
            following.gate.wait_until(until);
        }
    }
}

/// Whether the next look may tell more: the network or the service was in trouble, or asked to wait.
fn may_pass(completion: &Completion) -> bool {
    completion.failure.is_some_and(|failure| failure != Failure::Final)
        || completion.status.is_some_and(|status| status >= 500)
}

/// 1, 2, 4 … s.
fn pause(question: u16) -> SignedDuration {
    SignedDuration::from_secs(1 << question.saturating_sub(1).min(6)).min(MONITOR_WAIT_MAX)
}
