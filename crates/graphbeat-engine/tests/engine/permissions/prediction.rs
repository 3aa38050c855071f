//! What a check must come to with fewer permissions: the catalogue's word, spelled out row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graphbeat_catalog::{ArtefactKind, Catalog, Journey, Mode, Operation};
use graphbeat_core::Verdict;
use graphbeat_engine::{CheckReport, OperationReport};

/// What a report must say of one operation.
#[derive(Clone, Debug)]
enum Fate {
    /// What it said with all permissions.
    AsBefore,
    /// It was sent, and refused for want of a permission.
    Refused,
    /// It was not sent, because of this one.
    Skipped(Arc<str>),
}

/// A row of a report: journey and operation.
type Row = (Option<Arc<str>>, Arc<str>);
/// What it came to: verdict and status.
type Outcome = (Verdict, Option<u16>);

/// A check with all permissions: what each operation came to.
pub(crate) struct Before {
    rows: BTreeMap<Row, Vec<Outcome>>,
}

impl Before {
    /// Nothing of the report may be refused or missing.
    pub(crate) fn of(report: &CheckReport) -> Self {
        let mut rows: BTreeMap<Row, Vec<Outcome>> = BTreeMap::new();
        for row in &report.operations {
            assert!(matches!(row.verdict, Verdict::Ok | Verdict::Expected), "{row:?}");
            let key = (row.journey.clone(), Arc::clone(&row.operation));
            rows.entry(key).or_default().push((row.verdict, row.status));
        }
        Self { rows }
    }

    fn has(&self, row: &OperationReport) -> bool {
        let known = self.rows.get(&(row.journey.clone(), Arc::clone(&row.operation)));
        known.is_some_and(|known| known.contains(&(row.verdict, row.status)))
    }
}

/// What the catalogue says of a set of permissions.
pub(crate) struct Prediction<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) mode: Mode,
    pub(crate) granted: BTreeSet<String>,
    pub(crate) before: &'a Before,
}

impl Prediction<'_> {
    /// Whether nothing that is granted opens an operation.
    pub(crate) fn closes(&self, operation: &Operation) -> bool {
        let mut accepted = operation.accepted(self.mode).expect("it runs in this mode");
        !accepted.any(|together| together.iter().all(|name| self.granted.contains(name)))
    }

    /// Whether the user cannot be looked up: by the permissions of the list that asks the same.
    fn closes_look_up(&self) -> bool {
        self.mode == Mode::Application && self.closes(self.operation("users.users.list"))
    }

    fn operation(&self, id: &str) -> &Operation {
        self.catalog.operation(id).expect("a known operation")
    }

    /// What becomes of an operation that takes all values but these from others.
    fn fate(&self, operation: &Operation, kept: &BTreeSet<&str>) -> Fate {
        for (_, source) in operation.values.iter().filter(|(name, _)| !kept.contains(name.as_str())) {
            match self.fate(self.operation(&source.from), &BTreeSet::new()) {
                Fate::AsBefore => {}
                Fate::Refused | Fate::Skipped(_) => return Fate::Skipped(Arc::clone(&source.from)),
            }
        }
        let is_about_the_user =
            operation.path.starts_with("/me") || operation.texts().any(|text| text.contains("{user-"));
        if is_about_the_user && self.closes_look_up() {
            return Fate::Skipped(Arc::from("user could not be looked up"));
        }
        if self.closes(operation) { Fate::Refused } else { Fate::AsBefore }
    }

    /// Holds a report against what the catalogue says; all that it says wrong.
    pub(crate) fn differences(&self, report: &CheckReport) -> Vec<String> {
        let mut differences = Vec::new();
        let mut journeys: BTreeMap<&Arc<str>, Vec<&OperationReport>> = BTreeMap::new();
        for row in &report.operations {
            match &row.journey {
                Some(journey) => journeys.entry(journey).or_default().push(row),
                None => {
                    let fate = self.fate(self.operation(&row.operation), &BTreeSet::new());
                    differences.extend(self.differs(row, &fate));
                }
            }
        }
        for (id, rows) in journeys {
            let journey = self.catalog.journey(id).expect("a known journey");
            differences.extend(self.differs_in_journey(journey, &rows));
        }
        differences
    }

    fn differs(&self, row: &OperationReport, fate: &Fate) -> Option<String> {
        let reason = row.reason.as_deref().unwrap_or_default();
        let fits = match fate {
            Fate::AsBefore => self.before.has(row),
            Fate::Refused => {
                let says_why = reason.contains("403 Forbidden") && reason.contains("it needs the permission `");
                (row.verdict, row.status) == (Verdict::Failed, Some(403)) && says_why
            }
            Fate::Skipped(because) => {
                (row.verdict, row.status) == (Verdict::Skipped, None) && reason.contains(&**because)
            }
        };
        (!fits).then(|| format!("{:?} expected, but {row:?}", fate))
    }

    /// Steps in order until one does not go well; then the removal of what was made before.
    fn differs_in_journey(&self, journey: &Journey, rows: &[&OperationReport]) -> Vec<String> {
        let mut differences = Vec::new();
        let mut kept = BTreeSet::from(["marker"]);
        let mut made: Vec<&ArtefactKind> = Vec::new();
        let mut stopped_at: Option<Arc<str>> = None;
        for (number, step) in journey.steps.iter().enumerate() {
            let makes = step.makes.as_deref().and_then(|name| journey.artefact(name));
            let fate = match &stopped_at {
                Some(at) => Fate::Skipped(Arc::clone(at)),
                None => self.fate_of_step(&step.operation, makes, &kept),
            };
            if stopped_at.is_none() && !matches!(fate, Fate::AsBefore) {
                stopped_at = Some(Arc::clone(&step.operation));
            }
            if stopped_at.is_none() {
                kept.extend(step.keep.keys().map(String::as_str));
                kept.extend(makes.iter().flat_map(|kind| kind.keep.keys()).map(String::as_str));
                made.extend(makes);
                made.retain(|kind| Some(&kind.name) != step.removes.as_ref());
            }
            match rows.get(number).filter(|row| row.operation == step.operation) {
                Some(row) => differences.extend(self.differs(row, &fate)),
                None => differences.push(format!("{}: {} is not in its place", journey.id, step.operation)),
            }
        }
        let removals = rows.get(journey.steps.len()..).unwrap_or_default();
        differences.extend(self.differs_in_removal(&made, removals));
        differences
    }

    /// Nothing is made that could not be removed.
    fn fate_of_step(&self, id: &Arc<str>, makes: Option<&ArtefactKind>, kept: &BTreeSet<&str>) -> Fate {
        let fate = self.fate(self.operation(id), kept);
        let closed = makes.and_then(|kind| removal_of(kind).find(|id| self.closes(self.operation(id))));
        match (fate, closed) {
            (Fate::AsBefore, Some(closed)) => Fate::Skipped(Arc::clone(closed)),
            (fate, _) => fate,
        }
    }

    fn differs_in_removal(&self, made: &[&ArtefactKind], rows: &[&OperationReport]) -> Vec<String> {
        let expected: BTreeSet<&Arc<str>> = made.iter().flat_map(|kind| removal_of(kind)).collect();
        let sent: BTreeSet<&Arc<str>> = rows.iter().map(|row| &row.operation).collect();
        let mut differences = Vec::new();
        if sent != expected {
            differences.push(format!("removal by {expected:?} expected, but {sent:?}"));
        }
        let unwell = rows.iter().filter(|row| !matches!(row.verdict, Verdict::Ok | Verdict::Expected));
        differences.extend(unwell.map(|row| format!("a removal failed: {row:?}")));
        differences
    }
}

/// The operations that the removal of an artefact sends while the journey knows what it made.
fn removal_of(kind: &ArtefactKind) -> impl Iterator<Item = &Arc<str>> {
    let find = kind.find.as_ref().filter(|_| kind.by_find).map(|find| &find.operation);
    find.into_iter().chain(kind.remove.iter().map(|step| &step.operation))
}
