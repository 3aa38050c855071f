//! Removing one artefact for good: by its id, or found by its marker where its id is not known.

use std::collections::HashSet;
use std::sync::Arc;

use graphbeat_base::{SignedDuration, Timestamp};
use graphbeat_catalog::{ArtefactKind, Find, Journey, RemoveStep};
use graphbeat_core::{Artefact, ArtefactState, Verdict};
use graphbeat_graph::Values;
use graphbeat_store::StoreError;
use serde_json::Value;

use crate::journey::{keep, keep_of, kind_of};
use crate::operation::{Ran, Round, Step};
use crate::{Engine, OperationReport};

/// So long after its intent a create may still take effect, a mail still arrive: until then "not found"
/// does not prove that nothing was made.
const SETTLE_WINDOW: SignedDuration = SignedDuration::from_mins(3);
/// How long a removal waits for something that must be there (a mail under way) before it leaves it to
/// the next start.
const ARRIVAL_WAITS: [SignedDuration; 5] = [
    SignedDuration::from_millis(500),
    SignedDuration::from_secs(1),
    SignedDuration::from_secs(2),
    SignedDuration::from_secs(4),
    SignedDuration::from_secs(8),
];
/// The most things with one marker that one removal takes away.
const FOUND_MAX: usize = 50;

/// What a removal came to.
pub(crate) struct Removal {
    /// What was to be removed.
    pub(crate) artefact: Artefact,
    /// Why it is still in the journal; none: it is gone.
    pub(crate) trouble: Option<String>,
    /// The operations that it took.
    pub(crate) reports: Vec<OperationReport>,
}

/// What could not be removed, by marker and name.
type StillThere = HashSet<(Arc<str>, Arc<str>)>;

/// How the removal of one thing ended.
enum Ended {
    Removed,
    NotThere,
    Failed(String),
}

impl Engine {
    /// Removes artefacts, given in the order in which they were made, and takes them out of the journal; or
    /// notes why they are still there.
    pub(crate) async fn remove_all(
        &self,
        round: &Round<'_>,
        artefacts: Vec<Artefact>,
    ) -> Result<Vec<Removal>, StoreError> {
        let mut still_there = StillThere::new();
        let mut removals = Vec::with_capacity(artefacts.len());
        for artefact in self.in_order(artefacts) {
            let removal = self.remove(round, artefact, &still_there).await?;
            if removal.trouble.is_some() {
                let Artefact { marker, name, .. } = &removal.artefact;
                still_there.insert((Arc::clone(marker), Arc::clone(name)));
            }
            removals.push(removal);
        }
        Ok(removals)
    }

    /// The newest first; what lies inside another one after it, since it is gone when that one is.
    fn in_order(&self, artefacts: Vec<Artefact>) -> impl Iterator<Item = Artefact> {
        let lies_inside = |artefact: &Artefact| {
            let journey = self.shared.catalog.journey(&artefact.journey);
            journey.and_then(|journey| kind_of(journey, &artefact.name)).is_some_and(|kind| kind.inside.is_some())
        };
        let (inside, outside): (Vec<_>, Vec<_>) = artefacts.into_iter().partition(lies_inside);
        outside.into_iter().rev().chain(inside)
    }

    async fn remove(
        &self,
        round: &Round<'_>,
        artefact: Artefact,
        still_there: &StillThere,
    ) -> Result<Removal, StoreError> {
        let mut reports = Vec::new();
        let journey = self.shared.catalog.journey(&artefact.journey);
        let kind = journey.and_then(|journey| Some((journey, kind_of(journey, &artefact.name)?)));
        let trouble = match kind {
            None => Some(format!("the catalogue no longer has it in a journey `{}`", artefact.journey)),
            Some((journey, kind)) => match &kind.inside {
                Some(container) => still_inside(&artefact, container, still_there),
                None => self.remove_kind(round, journey, kind, &artefact, &mut reports).await?,
            },
        };
        let ledger = &self.shared.ledger;
        let noted = match &trouble {
            None => ledger.gone(artefact.id).await,
            Some(text) => ledger.trouble(artefact.id, text).await,
        };
        match noted {
            // Another process settles too, and was quicker.
            Ok(()) | Err(StoreError::ArtefactMoved { .. }) => Ok(Removal { artefact, trouble, reports }),
            Err(error) => Err(error),
        }
    }

    async fn remove_kind(
        &self,
        round: &Round<'_>,
        journey: &Arc<Journey>,
        kind: &ArtefactKind,
        artefact: &Artefact,
        reports: &mut Vec<OperationReport>,
    ) -> Result<Option<String>, StoreError> {
        let known = artefact.state == ArtefactState::Exists || kind.find.is_none();
        if known {
            let ended = self.remove_one(round, journey, &kind.remove, artefact.values.clone(), reports).await?;
            let may_come = artefact.state == ArtefactState::Intent && !self.is_settled(artefact);
            return Ok(match ended {
                Ended::NotThere if may_come => Some(self.not_yet(artefact)),
                Ended::Removed | Ended::NotThere => None,
                Ended::Failed(text) => Some(text),
            });
        }
        match &kind.find {
            Some(find) => self.remove_found(round, journey, kind, find, artefact, reports).await,
            None => Ok(None),
        }
    }

    /// Looks for the marker and removes whatever carries it.
    async fn remove_found(
        &self,
        round: &Round<'_>,
        journey: &Arc<Journey>,
        kind: &ArtefactKind,
        find: &Find,
        artefact: &Artefact,
        reports: &mut Vec<OperationReport>,
    ) -> Result<Option<String>, StoreError> {
        let mut waits = ARRIVAL_WAITS.iter();
        loop {
            let found = match self.find(round, journey, find, artefact, reports).await? {
                Ok(found) => found,
                Err(text) => return Ok(Some(text)),
            };
            if !found.is_empty() {
                for item in found.iter().take(FOUND_MAX) {
                    let mut values = artefact.values.clone();
                    if !keep(&mut values, &kind.keep, Some(item)) {
                        return Ok(Some("what was found has no id".to_owned()));
                    }
                    if found.len() == 1 && kind.remove.len() > 1 {
                        self.note_found(artefact, &values).await?;
                    }
                    if let Ended::Failed(text) = self.remove_one(round, journey, &kind.remove, values, reports).await? {
                        return Ok(Some(text));
                    }
                }
                let rest = found.len().saturating_sub(FOUND_MAX);
                return Ok((rest > 0).then(|| format!("{rest} more carry its marker")));
            }
            if self.is_settled(artefact) {
                return Ok(None);
            }
            // Ours and just made: it must arrive. Somebody else's leftover is looked at again later.
            let wait = waits.next().filter(|_| artefact.session == self.shared.session);
            match wait.and_then(|&wait| self.shared.clock.now().checked_add(wait).ok()) {
                Some(at) => self.shared.clock.sleep_until(at).await,
                None => return Ok(Some(self.not_yet(artefact))),
            }
        }
    }

    /// Journals the id of what was found: once it is in a bin, its marker no longer finds it.
    async fn note_found(&self, artefact: &Artefact, values: &Values) -> Result<(), StoreError> {
        match self.shared.ledger.exists(artefact.id, values.clone()).await {
            // Another process settles too, and was quicker.
            Ok(()) | Err(StoreError::ArtefactMoved { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What carries the marker. `Err`: the look-up itself failed.
    async fn find(
        &self,
        round: &Round<'_>,
        journey: &Arc<Journey>,
        find: &Find,
        artefact: &Artefact,
        reports: &mut Vec<OperationReport>,
    ) -> Result<Result<Vec<Value>, String>, StoreError> {
        let mut ran = match self.removal_step(round, journey, &find.operation, &artefact.values).await? {
            Ok(ran) => ran,
            Err(text) => return Ok(Err(text)),
        };
        let not_there = ran.report.status == Some(404);
        if not_there {
            ran.report.verdict = Verdict::Expected;
            ran.report.trouble = None;
        }
        let failed = ran.report.verdict != Verdict::Ok && !not_there;
        let text = describe(&ran.report);
        reports.push(ran.report);
        if failed {
            return Ok(Err(text));
        }
        let mut found = Vec::new();
        for page in ran.pages {
            let items = match &find.items {
                Some(pointer) => page.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default(),
                None => vec![page],
            };
            found.extend(items.into_iter().filter(|item| carries(item, &find.marker, &artefact.marker)));
        }
        Ok(Ok(found))
    }

    async fn remove_one(
        &self,
        round: &Round<'_>,
        journey: &Arc<Journey>,
        steps: &[RemoveStep],
        mut values: Values,
        reports: &mut Vec<OperationReport>,
    ) -> Result<Ended, StoreError> {
        let mut put_into_bin = false;
        let mut waits = ARRIVAL_WAITS.iter();
        let mut left = steps.iter().peekable();
        while let Some(step) = left.peek() {
            let mut ran = match self.removal_step(round, journey, &step.operation, &values).await? {
                Ok(ran) => ran,
                Err(text) => return Ok(Ended::Failed(text)),
            };
            let is_gone = matches!(ran.report.status, Some(404 | 410));
            let went_well = ran.report.verdict == Verdict::Ok;
            let text = describe(&ran.report);
            keep_of(&mut values, &step.keep, &ran);
            if is_gone {
                ran.report.verdict = Verdict::Expected;
                ran.report.trouble = None;
            }
            reports.push(ran.report);
            let needs_answer = !step.keep.is_empty();
            match (went_well, is_gone) {
                (true, _) => put_into_bin = !needs_answer,
                // Just put into the bin: it must appear there.
                (_, true) if put_into_bin => {
                    let Some(at) = waits.next().and_then(|&wait| self.shared.clock.now().checked_add(wait).ok()) else {
                        return Ok(Ended::Failed("it is not in the bin yet, from which it is to be purged".to_owned()));
                    };
                    self.shared.clock.sleep_until(at).await;
                    continue;
                }
                // A process that died may have put it into the bin already: the next step purges it there.
                (_, true) if !needs_answer && left.len() > 1 => {}
                (_, true) => return Ok(Ended::NotThere),
                (_, false) => return Ok(Ended::Failed(text)),
            }
            left.next();
        }
        Ok(Ended::Removed)
    }

    async fn removal_step(
        &self,
        round: &Round<'_>,
        journey: &Arc<Journey>,
        operation: &Arc<str>,
        values: &Values,
    ) -> Result<Result<Ran, String>, StoreError> {
        let Some(operation) = round.account.work.operations.get(operation) else {
            return Ok(Err(format!("`{operation}` cannot run for this account")));
        };
        let step = Step { journey: Some(&journey.id), keeps_answer: true, ..Step::alone(operation, values) };
        let ran = self.journey_step(round, step).await?;
        self.shared.recorder.operation(&ran.report);
        Ok(Ok(ran))
    }

    /// Whether so much time has passed that "not found" proves that it was never made.
    fn is_settled(&self, artefact: &Artefact) -> bool {
        settled_at(artefact) <= self.shared.clock.now()
    }

    fn not_yet(&self, artefact: &Artefact) -> String {
        let until = settled_at(artefact).strftime("%H:%M:%SZ");
        format!("it is not there, but may still appear until {until}")
    }
}

/// What lies inside another artefact goes with it.
fn still_inside(artefact: &Artefact, container: &Arc<str>, still_there: &StillThere) -> Option<String> {
    let is_there = still_there.contains(&(Arc::clone(&artefact.marker), Arc::clone(container)));
    is_there.then(|| format!("it lies inside the `{container}`, which is still there"))
}

fn settled_at(artefact: &Artefact) -> Timestamp {
    artefact.intended_at.checked_add(SETTLE_WINDOW).unwrap_or(Timestamp::MAX)
}

fn carries(item: &Value, pointer: &str, marker: &str) -> bool {
    item.pointer(pointer).and_then(Value::as_str).is_some_and(|text| text.contains(marker))
}

fn describe(report: &OperationReport) -> String {
    format!("`{}`: {}", report.operation, report.reason.as_deref().unwrap_or(report.verdict.word()))
}
