//! What an account runs: classes, presets and single operations, less what its mode or cloud cannot do.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::model::{CloudName, Journey, Mode, Names, Operation};
use crate::problem::nearest;

/// The preset of reads that need the fewest permissions.
pub const STARTER: &str = "starter";
/// The preset of every class that is not opt-in.
pub const ALL: &str = "all";

const CLASSES: &str = "classes";
const OPERATIONS: &str = "operations";
const EXCLUDE: &str = "exclude";

/// What an account asks for, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Classes and presets.
    pub classes: Vec<String>,
    /// Single operations on top.
    pub operations: Vec<String>,
    /// Operations, journeys or classes that are not wanted.
    pub exclude: Vec<String>,
    /// Whether the journeys of the classes run.
    pub journeys: bool,
    /// How the account signs in.
    pub mode: Mode,
    /// Its cloud; `None` is a custom one, which is taken to have everything.
    pub cloud: Option<CloudName>,
}

/// What runs for a [`Selection`], in the catalogue's order.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The reads.
    pub reads: Vec<Arc<Operation>>,
    /// The journeys.
    pub journeys: Vec<Arc<Journey>>,
    /// What was asked for and cannot run.
    pub left_out: Vec<LeftOut>,
    catalog: Catalog,
}

/// An operation or journey that was asked for and cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its id.
    pub id: Arc<str>,
    /// Why.
    pub reason: Names,
}

/// A name that the catalogue does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// The key under which it stands: `classes`, `operations` or `exclude`.
    pub key: &'static str,
    /// The known name that it was most likely meant to be.
    pub nearest: Option<String>,
}

/// A selection names what does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the selection has unknown names: {}", listed(unknown))]
pub struct SelectionError {
    /// All of them.
    pub unknown: Vec<UnknownName>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in `{}`", self.name, self.key)
    }
}

impl Selected {
    /// The catalogue that it was resolved with.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}

impl Selection {
    /// What of this selection runs.
    ///
    /// # Errors
    ///
    /// Lists the names that the catalogue does not know.
    pub fn resolve(&self, catalog: &Catalog) -> Result<Selected, SelectionError> {
        let unknown = self.unknown_names(catalog);
        if !unknown.is_empty() {
            return Err(SelectionError { unknown });
        }
        let wish = Wish::new(self, catalog);
        let mut selected =
            Selected { reads: Vec::new(), journeys: Vec::new(), left_out: Vec::new(), catalog: catalog.clone() };
        for operation in catalog.operations().iter().filter(|operation| wish.has(operation)) {
            match self.obstacle(operation) {
                None => selected.reads.push(Arc::clone(operation)),
                Some(reason) => selected.left_out.push(LeftOut { id: Arc::clone(&operation.id), reason }),
            }
        }
        for journey in catalog.journeys().iter().filter(|journey| wish.has_journey(journey)) {
            match self.journey_obstacle(journey, catalog) {
                None => selected.journeys.push(Arc::clone(journey)),
                Some(reason) => selected.left_out.push(LeftOut { id: Arc::clone(&journey.id), reason }),
            }
        }
        Ok(selected)
    }

    fn obstacle(&self, operation: &Operation) -> Option<Names> {
        if !operation.is_standalone() {
            Some(names("it is part of a journey and does not run on its own", "它属于一个流程，不会单独运行"))
        } else if !operation.runs_as(self.mode) {
            Some(unsupported(operation))
        } else if !operation.runs_in(self.cloud) {
            Some(not_in_cloud())
        } else {
            None
        }
    }

    fn journey_obstacle(&self, journey: &Journey, catalog: &Catalog) -> Option<Names> {
        if !self.journeys {
            return Some(names("journeys are not switched on for this account", "此帐户未启用流程"));
        }
        let operations = catalog.journey_operations(journey);
        match operations.iter().find(|operation| !operation.runs_as(self.mode)) {
            Some(operation) => Some(unsupported(operation)),
            None => operations.iter().any(|operation| !operation.runs_in(self.cloud)).then(not_in_cloud),
        }
    }

    fn unknown_names(&self, catalog: &Catalog) -> Vec<UnknownName> {
        let is_class = |name: &str| [STARTER, ALL].contains(&name) || catalog.class(name).is_some();
        let is_single = |name: &str| catalog.operation(name).is_some() || catalog.journey(name).is_some();
        let is_any = |name: &str| is_class(name) || is_single(name);
        let mut unknown = unknown_of(CLASSES, &self.classes, is_class);
        unknown.extend(unknown_of(OPERATIONS, &self.operations, is_single));
        unknown.extend(unknown_of(EXCLUDE, &self.exclude, is_any));
        for name in &mut unknown {
            let known = all_names(catalog).filter(|(key, _)| name.key == EXCLUDE || *key == name.key);
            name.nearest = nearest(&name.name, known.map(|(_, known)| known)).map(str::to_owned);
        }
        unknown
    }
}

/// A selection's names, as sets: it is asked once for every operation of the catalogue.
struct Wish<'selection> {
    classes: BTreeSet<&'selection str>,
    single: BTreeSet<&'selection str>,
    excluded: BTreeSet<&'selection str>,
    journeys: bool,
}

impl<'selection> Wish<'selection> {
    fn new(selection: &'selection Selection, catalog: &'selection Catalog) -> Self {
        let mut classes: BTreeSet<&str> = selection.classes.iter().map(String::as_str).collect();
        if classes.contains(ALL) {
            classes.extend(catalog.classes().iter().filter(|class| !class.opt_in).map(|class| &*class.id));
        }
        Self {
            classes,
            single: selection.operations.iter().map(String::as_str).collect(),
            excluded: selection.exclude.iter().map(String::as_str).collect(),
            journeys: selection.journeys,
        }
    }

    fn has(&self, operation: &Operation) -> bool {
        let by_starter = operation.starter && self.classes.contains(STARTER);
        let by_class = by_starter || self.classes.contains(operation.class());
        let wanted = self.single.contains(&*operation.id) || (by_class && operation.is_standalone());
        wanted && !self.excludes(&operation.id, operation.class())
    }

    fn has_journey(&self, journey: &Journey) -> bool {
        let by_class = self.journeys && self.classes.contains(journey.class());
        (by_class || self.single.contains(&*journey.id)) && !self.excludes(&journey.id, journey.class())
    }

    fn excludes(&self, id: &str, class: &str) -> bool {
        self.excluded.contains(id) || self.excluded.contains(class)
    }
}

/// Every name that a selection may hold, with the key under which it may stand.
fn all_names(catalog: &Catalog) -> impl Iterator<Item = (&'static str, &str)> {
    let classes = catalog.classes().iter().map(|class| &*class.id).chain([STARTER, ALL]);
    let operations = catalog.operations().iter().map(|operation| &*operation.id);
    let journeys = catalog.journeys().iter().map(|journey| &*journey.id);
    classes.map(|name| (CLASSES, name)).chain(operations.chain(journeys).map(|name| (OPERATIONS, name)))
}

fn unknown_of(key: &'static str, names: &[String], is_known: impl Fn(&str) -> bool) -> Vec<UnknownName> {
    let unknown = names.iter().filter(|name| !is_known(name));
    unknown.map(|name| UnknownName { name: name.clone(), key, nearest: None }).collect()
}

fn listed(unknown: &[UnknownName]) -> String {
    unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The catalogue's checks demand the reason; without one, there is only the fact.
fn unsupported(operation: &Operation) -> Names {
    operation.unsupported.clone().unwrap_or_else(|| names("it does not run in this mode", "此登录方式不支持该操作"))
}

fn not_in_cloud() -> Names {
    names("this cloud does not offer it", "此云环境不提供该操作")
}

fn names(en: &str, zh_cn: &str) -> Names {
    Names { en: en.to_owned(), zh_cn: zh_cn.to_owned() }
}
