//! One operation with all its tries: values, gate, token, request, and the decision about another try.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::BucketScope;
use graphbeat_core::Verdict;
use graphbeat_core::retry::{Decision, Failure, Repeatable, decide};
use graphbeat_entra::AccessToken;
use graphbeat_graph::{Attempt, AttemptError, Compiled, Completion, DeltaBookmark, Target, Values, pick};
use graphbeat_store::StoreError;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::follow_up::Following;
use crate::gate::{Gate, GateKey};
use crate::recorder::ledger_error;
use crate::report::{came_to_nothing, not_rendered, report_of, skipped};
use crate::{Account, Engine, NoToken, OperationReport, Trouble};

/// So many requests in a row that never reached Graph end the round: the rest would fail alike.
const UNREACHABLE_MAX: u32 = 3;

/// An operation that runs once, whoever asks for its answer.
pub(crate) type RanOnce = Arc<OnceCell<Arc<Ran>>>;

/// One round of one account: what its operations have in common.
pub(crate) struct Round<'a> {
    pub(crate) account: &'a Arc<Account>,
    pub(crate) target: Arc<Target>,
    /// When the plan wanted it; none: by hand.
    pub(crate) planned_at: Option<Timestamp>,
    /// How long each wait may last.
    pub(crate) patience: SignedDuration,
    /// Healing failures that were seen before: operation to first time.
    pub(crate) first_seen: HashMap<Arc<str>, Timestamp>,
    /// Why the account's user is not known, where it is not.
    pub(crate) no_user: Option<NoToken>,
    /// The look-up of the user, where it did not go well.
    pub(crate) failed_look_up: Option<OperationReport>,
    /// Why there is no token any more; one sign-in at a time.
    no_token: tokio::sync::Mutex<Option<NoToken>>,
    /// The token that Graph refused first. Another one that it refuses too is not replaced: Entra takes many
    /// sign-ins in a row for a loop.
    refused_token: Mutex<Option<AccessToken>>,
    /// Operations that ran in this round already, because others take values from them.
    ran: Mutex<HashMap<Arc<str>, RanOnce>>,
    unreachable: AtomicU32,
}

/// When a round runs, and how long it may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    /// When the plan wanted it; none: by hand.
    pub(crate) planned_at: Option<Timestamp>,
    /// How long each wait may last.
    pub(crate) patience: SignedDuration,
}

/// What an operation came to, with its answer where others need it.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) report: OperationReport,
    /// The answers' pages; kept for sources and steps only.
    pub(crate) pages: Vec<Value>,
    /// What it may have done.
    pub(crate) effect: Effect,
    /// The version that the answer's header names.
    pub(crate) etag: Option<Arc<str>>,
    /// Where a delta query goes on the next time.
    pub(crate) bookmark: Option<DeltaBookmark>,
    /// The service does not take the bookmark any more.
    pub(crate) starts_over: bool,
}

/// What an operation may have done at the service, with all its tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: no try arrived, or each was refused.
    Nothing,
    /// What the last answer says.
    AsAnswered,
    /// Perhaps more than the last answer says: a try before it ended without a clear one.
    Unclear,
}

/// One operation within a round.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) operation: &'a Arc<Compiled>,
    pub(crate) values: &'a Values,
    pub(crate) journey: Option<&'a Arc<str>>,
    pub(crate) keeps_answer: bool,
    /// Where a delta query goes on.
    pub(crate) bookmark: Option<&'a DeltaBookmark>,
    /// The bytes that the answer must be.
    pub(crate) must_equal: Option<&'a Bytes>,
}

impl<'a> Round<'a> {
    pub(crate) fn new(
        account: &'a Arc<Account>,
        target: Arc<Target>,
        when: When,
        first_seen: HashMap<Arc<str>, Timestamp>,
    ) -> Self {
        Self {
            account,
            target,
            no_user: None,
            failed_look_up: None,
            planned_at: when.planned_at,
            patience: when.patience,
            first_seen,
            no_token: tokio::sync::Mutex::default(),
            refused_token: Mutex::default(),
            ran: Mutex::default(),
            unreachable: AtomicU32::new(0),
        }
    }
}

impl Round<'_> {
    /// Whether the token that Graph refused is worth a new one: once in a round.
    fn renews(&self, token: &AccessToken) -> bool {
        let mut refused = self.refused_token.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get_or_insert_with(|| token.clone()) == token
    }

    /// Where the operation's answer stands in this round, once it is there.
    pub(crate) fn ran_once(&self, operation: &Arc<str>) -> RanOnce {
        let mut ran = self.ran.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(ran.entry(Arc::clone(operation)).or_default())
    }

    /// How long a failure that heals has lasted.
    pub(crate) fn failing_for(&self, operation: &Arc<str>, now: Timestamp) -> SignedDuration {
        self.first_seen.get(operation).map_or(SignedDuration::ZERO, |&first| now.duration_since(first))
    }
}

impl Ran {
    /// Nothing was sent.
    pub(crate) fn nothing(report: OperationReport) -> Self {
        Self { report, pages: Vec::new(), effect: Effect::Nothing, etag: None, bookmark: None, starts_over: false }
    }
}

impl Engine {
    /// Runs an operation of the account once in this round, its sources before it.
    pub(crate) fn operation<'a>(
        &'a self,
        round: &'a Round<'_>,
        operation: &'a Arc<Compiled>,
    ) -> BoxFuture<'a, Result<Arc<Ran>, StoreError>> {
        Box::pin(async move {
            let cell = round.ran_once(&operation.operation.id);
            let ran = cell.get_or_try_init(|| self.operation_afresh(round, operation)).await?;
            Ok(Arc::clone(ran))
        })
    }

    async fn operation_afresh(&self, round: &Round<'_>, operation: &Arc<Compiled>) -> Result<Arc<Ran>, StoreError> {
        let account = round.account;
        let ran = match self.values(round, operation, &Values::new()).await? {
            Ok(values) => {
                let keeps_answer = account.work.sources.contains(&operation.operation.id);
                let step = Step { keeps_answer, ..Step::alone(operation, &values) };
                if operation.operation.is_delta() {
                    self.delta(round, step).await?
                } else {
                    self.step(round, step).await?
                }
            }
            Err(missing) => Ran::nothing(skipped(account, operation, None, missing)),
        };
        self.shared.recorder.operation(&ran.report);
        Ok(Arc::new(ran))
    }

    /// What is known, with the values of the operation's other placeholders from other operations'
    /// answers; or what is missing.
    pub(crate) async fn values(
        &self,
        round: &Round<'_>,
        operation: &Compiled,
        known: &Values,
    ) -> Result<Result<Values, String>, StoreError> {
        let account = round.account;
        let mut values = known.clone();
        let sources = operation.operation.values.iter().filter(|(name, _)| !known.contains_key(*name));
        for (name, source) in sources {
            let now = self.shared.clock.now();
            if round.planned_at.is_some()
                && let Some(value) = account.picked(&source.from, &source.pick, now)
            {
                values.insert(name.clone(), value);
                continue;
            }
            let Some(from) = account.work.operations.get(&source.from) else {
                return Ok(Err(format!("`{}` cannot run for this account", source.from)));
            };
            let answer = self.operation(round, from).await?;
            match answer.pages.iter().find_map(|page| pick(page, &source.pick)) {
                Some(value) => {
                    account.remember_pick(&source.from, &source.pick, &value, now);
                    values.insert(name.clone(), value);
                }
                None if answer.report.verdict == Verdict::Ok => return Ok(Err(source.missing.en.clone())),
                None => return Ok(Err(came_to_nothing(&answer.report))),
            }
        }
        Ok(Ok(values))
    }

    /// Sends an operation until it is answered, given up, or would have to wait longer than the round may.
    pub(crate) async fn step(&self, round: &Round<'_>, step: Step<'_>) -> Result<Ran, StoreError> {
        let mut number = 1;
        let mut effect = Effect::Nothing;
        let mut asked_again_after_401 = false;
        loop {
            let tried = match self.try_with_token(round, step, number).await? {
                Ok(tried) => tried,
                Err(report) => return Ok(Ran { effect, ..Ran::nothing(report) }),
            };
            let is_refused = tried.completion.status == Some(401) && tried.followed.is_none();
            if is_refused && !asked_again_after_401 && round.renews(&tried.token) {
                asked_again_after_401 = true;
                let account = round.account;
                account.cloud.tokens.discard(&account.identity, &tried.token, tried.completion.demand.as_ref());
            } else if let Some(at) = self.again_at(round, step, &tried, number) {
                self.shared.clock.sleep_until(at).await;
            } else {
                let effect = effect_of(effect, &tried);
                let Tried { completion, token, .. } = tried;
                return self.finish(round, step, (completion, Some(&token)), effect).await;
            }
            if !did_nothing(&tried.completion) {
                effect = Effect::Unclear;
            }
            number += 1;
        }
    }

    /// One try with the account's token. `Err`: nothing was sent.
    async fn try_with_token(
        &self,
        round: &Round<'_>,
        step: Step<'_>,
        number: u16,
    ) -> Result<Result<Tried, OperationReport>, StoreError> {
        let nothing = |why: NoToken| Ok(Err(skipped(round.account, step.operation, step.journey, why)));
        if round.unreachable.load(Ordering::Relaxed) >= UNREACHABLE_MAX {
            return nothing(NoToken::because("Graph could not be reached".to_owned(), Some(Trouble::Network)));
        }
        match self.round_token(round).await? {
            Ok(token) => self.try_once(round, step, token, number).await,
            Err(no_token) => nothing(no_token),
        }
    }

    /// The account's token; after a refusal nobody in this round asks again.
    pub(crate) async fn round_token(&self, round: &Round<'_>) -> Result<Result<AccessToken, NoToken>, StoreError> {
        let mut no_token = round.no_token.lock().await;
        if let Some(no_token) = &*no_token {
            return Ok(Err(no_token.clone()));
        }
        let token = self.token(round.account, round.planned_at).await?;
        if let Err(why) = &token {
            *no_token = Some(why.clone());
        }
        Ok(token)
    }

    /// Waits for the gate and sends once. `Err`: the wait would be too long, or there is no request.
    async fn try_once(
        &self,
        round: &Round<'_>,
        step: Step<'_>,
        token: AccessToken,
        number: u16,
    ) -> Result<Result<Tried, OperationReport>, StoreError> {
        let account = round.account;
        let operation = &step.operation.operation;
        let Some(gate) = self.gate(round, step.operation) else {
            return Ok(Err(skipped(account, step.operation, step.journey, "unknown bucket".to_owned())));
        };
        let clock = &self.shared.clock;
        let patience_until = clock.now().checked_add(round.patience).unwrap_or(Timestamp::MAX);
        let pass = match gate.pass(operation.cost, clock, patience_until, &self.shared.requests).await {
            Ok(pass) => pass,
            Err(earliest) => return Ok(Err(no_room(account, step, earliest))),
        };
        let goes_on = || gate.goes_on(operation.cost, clock.now());
        let attempt = Attempt {
            account: &account.name,
            tenant: &account.tenant,
            target: &round.target,
            operation: step.operation,
            values: step.values,
            bearer: token.bearer(),
            planned_at: round.planned_at,
            number,
            journey: step.journey,
            failing_for: round.failing_for(&operation.id, clock.now()),
            goes_on: &goes_on,
            bookmark: step.bookmark,
            must_equal: step.must_equal,
        };
        let client = &account.cloud.client;
        let completion = match client.attempt(&attempt).await {
            Ok(completion) => completion,
            Err(AttemptError::Ledger(failure)) => return Err(ledger_error(failure)),
            Err(AttemptError::Render(error)) => return Ok(Err(not_rendered(round, step, &error))),
        };
        let again = completion.failure.map(|failure| {
            let repeatable = if step.operation.is_repeatable() { Repeatable::Yes } else { Repeatable::No };
            decide(failure, repeatable, number, completion.retry_after)
        });
        // The gate closes before the pass is given back: nobody slips through in between.
        if let Some(wait) = wait_of(&completion, number) {
            gate.wait_until(clock.now().checked_add(wait).unwrap_or(Timestamp::MAX));
        }
        drop(pass);
        let again = again.unwrap_or(Decision::GiveUp);
        if completion.follow_up.is_none() {
            return Ok(Ok(Tried { completion, again, token, followed: None }));
        }
        let following = Following { client, attempt: &attempt, gate: &gate, patience: round.patience };
        let (completion, effect) = self.follow_up(&following, completion).await.map_err(ledger_error)?;
        Ok(Ok(Tried { completion, again, token, followed: Some(effect) }))
    }

    /// When to try again, where that makes sense and is not too late.
    fn again_at(&self, round: &Round<'_>, step: Step<'_>, tried: &Tried, number: u16) -> Option<Timestamp> {
        let may_pass = tried.completion.failure == Some(Failure::NotDelivered);
        if tried.completion.arrived {
            round.unreachable.store(0, Ordering::Relaxed);
        } else if !may_pass || number > 1 || step.journey.is_some() {
            round.unreachable.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        match tried.again {
            Decision::After(wait) if wait <= round.patience => self.shared.clock.now().checked_add(wait).ok(),
            _ => None,
        }
    }

    pub(crate) async fn finish(
        &self,
        round: &Round<'_>,
        step: Step<'_>,
        (completion, token): (Completion, Option<&AccessToken>),
        effect: Effect,
    ) -> Result<Ran, StoreError> {
        let id = &step.operation.operation.id;
        let ledger = &self.shared.ledger;
        if completion.heals {
            ledger.first_seen(&round.account.name, id, self.shared.clock.now()).await?;
        } else if completion.verdict == Verdict::Ok && round.first_seen.contains_key(id) {
            ledger.forget_first_seen(&round.account.name, id).await?;
        }
        if completion.status == Some(404) && !step.operation.operation.values.is_empty() {
            round.account.forget_picks();
        }
        let report = report_of(round.account, step, (&completion, token));
        let pages = if step.keeps_answer {
            completion.pages.iter().filter_map(|page| serde_json::from_slice(page).ok()).collect()
        } else {
            Vec::new()
        };
        let Completion { etag, bookmark, starts_over, .. } = completion;
        Ok(Ran { report, pages, effect, etag, bookmark, starts_over })
    }

    pub(crate) fn gate(&self, round: &Round<'_>, operation: &Compiled) -> Option<Arc<Gate>> {
        let account = round.account;
        let bucket = self.shared.catalog.bucket(&operation.operation.bucket)?;
        let key = || GateKey {
            cloud: Arc::clone(&account.cloud.name),
            tenant: Arc::clone(&account.tenant),
            client_id: (bucket.scope != BucketScope::Tenant).then_some(account.identity.client_id),
            bucket: Arc::clone(&bucket.id),
            user: (bucket.scope == BucketScope::AppUser).then(|| whose(round)),
        };
        let gate = self.shared.gates.gate(bucket, key, account.cloud.has_limits);
        if let Some(until) = self.waits_until(account, bucket) {
            gate.wait_until(until);
        }
        Some(gate)
    }
}

/// One try, and the decision about another.
struct Tried {
    completion: Completion,
    again: Decision,
    token: AccessToken,
    /// What it may have done, where more than its first answer decides that.
    followed: Option<Effect>,
}

/// What an operation may have done, by its last try and those before it.
fn effect_of(before: Effect, last: &Tried) -> Effect {
    match (before, last.followed) {
        (Effect::Nothing, Some(effect)) => effect,
        (Effect::Nothing, None) if !did_nothing(&last.completion) => Effect::AsAnswered,
        (before, _) => before,
    }
}

/// Whether the service said clearly that it did nothing, or the request never arrived. A request that timed
/// out there (408), was cut off or met a service in trouble may have been carried out.
fn did_nothing(completion: &Completion) -> bool {
    !completion.arrived || completion.status.is_some_and(|status| (400..500).contains(&status) && status != 408)
}

/// Whose mailbox it is: the user where one is known, else the account's own.
fn whose(round: &Round<'_>) -> Arc<str> {
    round.target.values.get("user-id").map_or_else(|| Arc::clone(&round.account.name), |id| Arc::from(id.as_str()))
}

/// The wait for the gate would be too long.
fn no_room(account: &Account, step: Step<'_>, earliest: Timestamp) -> OperationReport {
    let bucket = &step.operation.operation.bucket;
    let reason = format!("the budget of `{bucket}` has no room before {}", earliest.strftime("%H:%M:%SZ"));
    let report = skipped(account, step.operation, step.journey, NoToken::because(reason, Some(Trouble::Throttled)));
    OperationReport { verdict: Verdict::Throttled, ..report }
}

/// How long the whole bucket has to wait after an answer.
pub(crate) fn wait_of(completion: &Completion, number: u16) -> Option<SignedDuration> {
    match (completion.failure, completion.status) {
        (Some(Failure::Busy), Some(429)) => {
            Some(completion.retry_after.unwrap_or_else(|| graphbeat_core::retry::backoff(number)))
        }
        (Some(Failure::Busy), _) => completion.retry_after,
        _ => None,
    }
}
