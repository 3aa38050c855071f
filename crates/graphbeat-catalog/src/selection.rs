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
        let mut selected =
            Selected { reads: Vec::new(), journeys: Vec::new(), left_out: Vec::new(), catalog: catalog.clone() };
        for operation in catalog.operations().iter().filter(|operation| self.asks_for(operation, catalog)) {
            match self.obstacle(operation) {
                None => selected.reads.push(Arc::clone(operation)),
                Some(reason) => selected.left_out.push(LeftOut { id: Arc::clone(&operation.id), reason }),
            }
        }
        for journey in catalog.journeys().iter().filter(|journey| self.asks_for_journey(journey, catalog)) {
            match self.journey_obstacle(journey, catalog) {
                None => selected.journeys.push(Arc::clone(journey)),
                Some(reason) => selected.left_out.push(LeftOut { id: Arc::clone(&journey.id), reason }),
            }
        }
        Ok(selected)
    }

    fn asks_for(&self, operation: &Operation, catalog: &Catalog) -> bool {
        if self.exclude.iter().any(|name| *name == *operation.id || name == operation.class()) {
            return false;
        }
        let by_name = self.operations.iter().any(|name| *name == *operation.id);
        let by_starter = operation.starter && self.has_class(STARTER);
        by_name || (operation.is_standalone() && (by_starter || self.asks_for_class(operation.class(), catalog)))
    }

    fn asks_for_journey(&self, journey: &Journey, catalog: &Catalog) -> bool {
        let excluded = self.exclude.iter().any(|name| *name == *journey.id || name == journey.class());
        let by_name = self.operations.iter().any(|name| *name == *journey.id);
        !excluded && (by_name || (self.journeys && self.asks_for_class(journey.class(), catalog)))
    }

    fn asks_for_class(&self, class: &str, catalog: &Catalog) -> bool {
        let common = catalog.class(class).is_some_and(|class| !class.opt_in);
        self.has_class(class) || (common && self.has_class(ALL))
    }

    fn has_class(&self, class: &str) -> bool {
        self.classes.iter().any(|name| name == class)
    }

    fn obstacle(&self, operation: &Operation) -> Option<Names> {
        if !operation.is_standalone() {
            Some(names("it is part of a journey and does not run on its own", "它属于一个操作流程，不会单独运行"))
        } else if !operation.runs_as(self.mode) {
            operation.unsupported.clone()
        } else if !operation.runs_in(self.cloud) {
            Some(not_in_cloud())
        } else {
            None
        }
    }

    fn journey_obstacle(&self, journey: &Journey, catalog: &Catalog) -> Option<Names> {
        if !self.journeys {
            return Some(names("journeys are not switched on for this account", "此账户未启用写入流程"));
        }
        let operations = catalog.journey_operations(journey);
        match operations.iter().find(|operation| !operation.runs_as(self.mode)) {
            Some(operation) => operation.unsupported.clone(),
            None => operations.iter().any(|operation| !operation.runs_in(self.cloud)).then(not_in_cloud),
        }
    }

    fn unknown_names(&self, catalog: &Catalog) -> Vec<UnknownName> {
        let classes: BTreeSet<&str> = catalog.classes().iter().map(|class| &*class.id).chain([STARTER, ALL]).collect();
        let single: BTreeSet<&str> = catalog
            .operations()
            .iter()
            .map(|operation| &*operation.id)
            .chain(catalog.journeys().iter().map(|journey| &*journey.id))
            .collect();
        let any: BTreeSet<&str> = classes.union(&single).copied().collect();
        let mut unknown = unknown_of("classes", &self.classes, &classes);
        unknown.extend(unknown_of("operations", &self.operations, &single));
        unknown.extend(unknown_of("exclude", &self.exclude, &any));
        unknown
    }
}

fn unknown_of(key: &'static str, names: &[String], known: &BTreeSet<&str>) -> Vec<UnknownName> {
    let unknown = names.iter().filter(|name| !known.contains(name.as_str()));
    unknown
        .map(|name| UnknownName {
            name: name.clone(),
            key,
            nearest: nearest(name, known.iter().copied()).map(str::to_owned),
        })
        .collect()
}

fn listed(unknown: &[UnknownName]) -> String {
    unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn not_in_cloud() -> Names {
    names("this cloud does not offer it", "此云环境不提供该操作")
}

fn names(en: &str, zh_cn: &str) -> Names {
    Names { en: en.to_owned(), zh_cn: zh_cn.to_owned() }
}
