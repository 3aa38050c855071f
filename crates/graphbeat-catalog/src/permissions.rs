//! Which permissions a selection needs, and which operations need them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::model::{Mode, Operation, ValueSource};
use crate::selection::Selected;

/// How the ledger names the look-up of the user that an application works on.
pub const USER_LOOKUP: &str = "lookup.user";
/// The least application permission with which a user is found by name.
const USER_LOOKUP_PERMISSION: &str = "User.ReadBasic.All";

/// The least permissions of all that runs for a selection, each with the ids of the operations that need
/// it: look-ups whose answers others use, the look-ups and removals of journeys, and an application's
/// look-up of its user ([`USER_LOOKUP`]) included.
#[must_use]
pub fn least_permissions(selected: &Selected, mode: Mode) -> BTreeMap<String, Vec<Arc<str>>> {
    let mut needed: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
    let sent = operations_sent(selected);
    if mode == Mode::Application && sent.iter().any(|operation| operation.path.starts_with("/me")) {
        needed.entry(USER_LOOKUP_PERMISSION.to_owned()).or_default().push(Arc::from(USER_LOOKUP));
    }
    for operation in sent {
        for permission in operation.permissions(mode).unwrap_or_default() {
            needed.entry(permission.clone()).or_default().push(Arc::clone(&operation.id));
        }
    }
    needed
}

/// Every operation that the selection may send, in the catalogue's order.
fn operations_sent(selected: &Selected) -> Vec<Arc<Operation>> {
    let catalog = selected.catalog();
    let mut ids = BTreeSet::new();
    for operation in &selected.reads {
        add_with_sources(operation, catalog, &mut ids);
    }
    for journey in &selected.journeys {
        for operation in catalog.journey_operations(journey) {
            // Within a journey, what it kept comes before the operation's own sources.
            ids.insert(Arc::clone(&operation.id));
            add_sources(operation.values.iter().filter(|(name, _)| !journey.keeps(name)), catalog, &mut ids);
        }
    }
    catalog.operations().iter().filter(|operation| ids.contains(&operation.id)).cloned().collect()
}

fn add_with_sources(operation: &Operation, catalog: &Catalog, ids: &mut BTreeSet<Arc<str>>) {
    if ids.insert(Arc::clone(&operation.id)) {
        add_sources(operation.values.iter(), catalog, ids);
    }
}

/// The chain of sources ends: the catalogue's checks refuse one that waits for itself.
fn add_sources<'values>(
    values: impl Iterator<Item = (&'values String, &'values ValueSource)>,
    catalog: &Catalog,
    ids: &mut BTreeSet<Arc<str>>,
) {
    for source in values.filter_map(|(_, value)| catalog.operation(&value.from)) {
        add_with_sources(source, catalog, ids);
    }
}
