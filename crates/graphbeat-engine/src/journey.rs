//! Walking a journey: make something, read it, change it, remove it.
//!
//! Every create is journalled before its request leaves. Whatever happens on the way, what was made is
//! removed at the end, in reverse order; what could not be removed stays in the journal and is settled
//! at the next start or by `clean`.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, MutexGuard, PoisonError};

use graphbeat_catalog::{ArtefactKind, Journey};
use graphbeat_core::{Artefact, ArtefactState, Intent, Verdict};
use graphbeat_graph::{Values, pick};
use graphbeat_store::StoreError;
use serde_json::Value;

use crate::operation::{Effect, Ran, Round, Step};
use crate::report::skipped;
use crate::version::version_in;
use crate::{Engine, NoToken, OperationReport, Trouble};

/// Random letters and digits of a marker: 100 bits.
const MARKER_CHARACTERS: usize = 20;
const MARKER_ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Every marker begins so; together with the random rest no user types it by chance.
const MARKER_PREFIX: &str = "graphbeat-";
/// What removals need to address the user again in another process.
const TARGET_VALUES: [&str; 2] = ["user-id", "user-upn"];

/// A journey under way.
struct Walk<'a> {
    journey: &'a Arc<Journey>,
    values: Values,
    made: Vec<Artefact>,
    reports: Vec<OperationReport>,
}

impl Engine {
    /// Walks a journey and removes what it made.
    pub(crate) async fn journey(
        &self,
        round: &Round<'_>,
        journey: &Arc<Journey>,
    ) -> Result<Vec<OperationReport>, StoreError> {
        let marker = self.new_marker();
        let _walking = Walking::begin(self, &marker);
        let values = Values::from([("marker".to_owned(), marker)]);
        let mut walk = Walk { journey, values, made: Vec::new(), reports: Vec::new() };
        let mut failed_at: Option<Arc<str>> = None;
        for step in &journey.steps {
            if let Some(failed_at) = &failed_at {
                self.skip(round, &mut walk, &step.operation, (format!("`{failed_at}` did not go well"), None));
            } else if !self.walk_step(round, &mut walk, step).await? {
                failed_at = Some(Arc::clone(&step.operation));
            }
        }
        for removal in self.remove_all(round, walk.made).await? {
            walk.reports.extend(removal.reports);
        }
        Ok(walk.reports)
    }

    /// One step; whether it went well.
    async fn walk_step(
        &self,
        round: &Round<'_>,
        walk: &mut Walk<'_>,
        step: &graphbeat_catalog::Step,
    ) -> Result<bool, StoreError> {
        let Some(operation) = round.account.work.operations.get(&step.operation) else { return Ok(false) };
        // What the journey kept comes before what the operation would take from elsewhere.
        let values = match self.values(round, operation, &walk.values).await? {
            Ok(values) => values,
            Err(missing) => {
                self.skip(round, walk, &step.operation, (missing, None));
                return Ok(false);
            }
        };
        let kind = step.makes.as_ref().and_then(|name| kind_of(walk.journey, name));
        if let Some(kind) = kind
            && let Some(reason) = self.lacks_removal(round, operation, kind).await?
        {
            self.skip(round, walk, &step.operation, (reason, Some(Trouble::Failed)));
            return Ok(false);
        }
        let intent = match kind {
            Some(kind) => Some(self.intend(round, walk, kind).await?),
            None => None,
        };
        let run = Step { journey: Some(&walk.journey.id), keeps_answer: true, ..Step::alone(operation, &values) };
        let ran = self.journey_step(round, run).await?;
        self.shared.recorder.operation(&ran.report);
        let went_well = ran.report.verdict == Verdict::Ok;
        if let (Some(kind), Some(artefact)) = (kind, intent) {
            self.note_made(walk, kind, artefact, &ran).await?;
        }
        if went_well {
            keep_of(&mut walk.values, &step.keep, &ran);
            if let Some(removed) = &step.removes {
                self.note_removed(walk, removed).await?;
            }
        }
        walk.reports.push(ran.report);
        Ok(went_well)
    }

    /// Journals that something is about to be made.
    async fn intend(&self, round: &Round<'_>, walk: &Walk<'_>, kind: &ArtefactKind) -> Result<Artefact, StoreError> {
        let mut values = walk.values.clone();
        for name in TARGET_VALUES {
            if let Some(value) = round.target.values.get(name).filter(|value| !value.contains('@')) {
                values.insert(name.to_owned(), value.clone());
            }
        }
        let intent = Intent {
            account: Arc::clone(&round.account.name),
            journey: Arc::clone(&walk.journey.id),
            name: Arc::clone(&kind.name),
            marker: Arc::from(walk.values.get("marker").map(String::as_str).unwrap_or_default()),
            values,
            intended_at: self.shared.clock.now(),
            session: self.shared.session,
        };
        let id = self.shared.ledger.intend(intent.clone()).await?;
        Ok(Artefact {
            id,
            account: intent.account,
            journey: intent.journey,
            name: intent.name,
            marker: intent.marker,
            values: intent.values,
            state: ArtefactState::Intent,
            intended_at: intent.intended_at,
            session: intent.session,
            trouble: None,
        })
    }

    /// Journals what came of a create: it exists, was never made, or nobody knows.
    async fn note_made(
        &self,
        walk: &mut Walk<'_>,
        kind: &ArtefactKind,
        mut artefact: Artefact,
        ran: &Ran,
    ) -> Result<(), StoreError> {
        if ran.effect == Effect::Nothing {
            return self.shared.ledger.gone(artefact.id).await;
        }
        let kept = keep_of(&mut artefact.values, &kind.keep, ran);
        if kept && !kind.by_find && ran.report.verdict == Verdict::Ok {
            walk.values.extend(artefact.values.clone());
            // A try before may have made another one: then whatever carries the marker is looked for.
            if ran.effect == Effect::AsAnswered || kind.find.is_none() {
                artefact.state = ArtefactState::Exists;
                self.shared.ledger.exists(artefact.id, artefact.values.clone()).await?;
            }
        }
        walk.made.push(artefact);
        Ok(())
    }

    /// A step has removed an artefact as part of the journey.
    async fn note_removed(&self, walk: &mut Walk<'_>, name: &str) -> Result<(), StoreError> {
        if let Some(index) = walk.made.iter().position(|artefact| &*artefact.name == name) {
            let artefact = walk.made.remove(index);
            self.shared.ledger.gone(artefact.id).await?;
        }
        Ok(())
    }

    fn skip(
        &self,
        round: &Round<'_>,
        walk: &mut Walk<'_>,
        operation: &Arc<str>,
        (reason, trouble): (String, Option<Trouble>),
    ) {
        if let Some(operation) = round.account.work.operations.get(operation) {
            let why = NoToken::because(reason, trouble);
            let report = skipped(round.account, operation, Some(&walk.journey.id), why);
            self.shared.recorder.operation(&report);
            walk.reports.push(report);
        }
    }

    pub(crate) fn walking(&self) -> MutexGuard<'_, HashSet<Arc<str>>> {
        self.shared.walking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_marker(&self) -> String {
        let mut rng = self.shared.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let mut marker = String::from(MARKER_PREFIX);
        for _ in 0..MARKER_CHARACTERS {
            marker.push(rng.pick(MARKER_ALPHABET).copied().map_or('a', char::from));
        }
        marker
    }
}

/// A journey that is under way: nobody else in this process takes its artefacts for leftovers.
struct Walking<'a> {
    engine: &'a Engine,
    marker: Arc<str>,
}

impl<'a> Walking<'a> {
    fn begin(engine: &'a Engine, marker: &str) -> Self {
        let marker: Arc<str> = Arc::from(marker);
        engine.walking().insert(Arc::clone(&marker));
        Self { engine, marker }
    }
}

impl Drop for Walking<'_> {
    fn drop(&mut self) {
        self.engine.walking().remove(&self.marker);
    }
}

/// The kind of an artefact by its name within the journey.
pub(crate) fn kind_of<'a>(journey: &'a Journey, name: &str) -> Option<&'a ArtefactKind> {
    journey.artefacts.iter().find(|kind| &*kind.name == name)
}

/// Takes values from what an operation was answered; a version that its body does not name from its header.
pub(crate) fn keep_of(values: &mut Values, wanted: &BTreeMap<String, String>, ran: &Ran) -> bool {
    let mut all = true;
    for (name, pointer) in wanted {
        match version_in(ran, pointer) {
            Some(value) => {
                values.insert(name.clone(), value);
            }
            None => all = false,
        }
    }
    all
}

/// Takes values from an answer; whether all of them were there.
pub(crate) fn keep(values: &mut Values, wanted: &BTreeMap<String, String>, answer: Option<&Value>) -> bool {
    let mut all = true;
    for (name, pointer) in wanted {
        match answer.and_then(|answer| pick(answer, pointer)) {
            Some(value) => {
                values.insert(name.clone(), value);
            }
            None => all = false,
        }
    }
    all
}
