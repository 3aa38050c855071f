//! Which permissions a selection needs, and which operations need them.

mod cover;
mod grants;
mod privilege;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::cover::Alternatives;
pub use self::grants::{PermissionGap, permission_gap};
pub use self::privilege::{Permission, level, needs_admin_consent, permission};
use crate::catalog::Catalog;
use crate::model::{Mode, Names, Operation, OperationMethod, ValueSource};
use crate::selection::{LeftOut, Selected};

/// How the ledger names the look-up of the user that an application works on.
pub const USER_LOOKUP: &str = "lookup.user";
/// Where a user is looked up by name: whatever opens the catalogue's list of it opens the look-up.
const USER_LOOKUP_PATH: &str = "/users";

/// The least permissions for a selection in one mode, and who needs them.
#[derive(Clone, Debug)]
pub struct LeastPermissions {
    /// The permissions, by name. None of them can be left out.
    pub permissions: Vec<NeededPermission>,
    /// What is sent, in the catalogue's order, each with the permissions of the set that open it.
    pub operations: Vec<OpenOperation>,
    /// What was asked for and cannot be called.
    pub left_out: Vec<LeftOut>,
}

/// A permission of the least set.
#[derive(Clone, Debug)]
pub struct NeededPermission {
    /// Its name.
    pub name: String,
    /// The operations that Graph refuses without it.
    pub operations: Vec<Arc<str>>,
}

/// An operation with what opens it.
#[derive(Clone, Debug)]
pub struct OpenOperation {
    /// Its id.
    pub id: Arc<str>,
    /// Its names.
    pub names: Names,
    /// The permissions of the set that open it.
    pub uses: Vec<String>,
}

impl LeastPermissions {
    /// The names alone.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(|permission| permission.name.as_str())
    }

    /// A permission of the set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&NeededPermission> {
        self.permissions.iter().find(|permission| permission.name == name)
    }
}

/// The least permissions of all that runs for a selection: look-ups whose answers others use, the
/// look-ups and removals of journeys, and an application's look-up of its user ([`USER_LOOKUP`]) included.
///
/// Each operation's least permission is taken, unless others that are needed anyhow open it as well.
#[must_use]
pub fn least_permissions(selected: &Selected, mode: Mode) -> LeastPermissions {
    let sent = requests(selected, mode);
    let all: Vec<&Alternatives> = sent.iter().map(|request| &request.alternatives).collect();
    let held = cover::least(&all, mode);
    let permissions =
        held.iter().map(|name| NeededPermission { name: name.clone(), operations: closed(&sent, &held, name) });
    let operations = sent.iter().map(|request| OpenOperation {
        id: Arc::clone(&request.id),
        names: request.names.clone(),
        uses: cover::used(&request.alternatives, &held).unwrap_or_default().to_vec(),
    });
    LeastPermissions {
        permissions: permissions.collect(),
        operations: operations.collect(),
        left_out: selected.left_out.clone(),
    }
}

/// What stays closed without one of the permissions.
fn closed(sent: &[Sent], held: &BTreeSet<String>, without: &str) -> Vec<Arc<str>> {
    let mut fewer = held.clone();
    fewer.remove(without);
    let closed = sent.iter().filter(|request| !cover::is_open(&request.alternatives, &fewer));
    closed.map(|request| Arc::clone(&request.id)).collect()
}

/// Something that is sent, with what opens it.
struct Sent {
    id: Arc<str>,
    names: Names,
    alternatives: Alternatives,
}

fn requests(selected: &Selected, mode: Mode) -> Vec<Sent> {
    let operations = operations_sent(selected);
    let looks_up = mode == Mode::Application && operations.iter().any(|operation| operation.path.starts_with("/me"));
    let user_lookup = looks_up.then(|| user_lookup(selected.catalog(), mode)).flatten();
    let sent = operations.iter().filter_map(|operation| {
        let alternatives = operation.accepted(mode)?.map(<[String]>::to_vec).collect();
        Some(Sent { id: Arc::clone(&operation.id), names: operation.names.clone(), alternatives })
    });
    user_lookup.into_iter().chain(sent).collect()
}

fn user_lookup(catalog: &Catalog, mode: Mode) -> Option<Sent> {
    let list = user_lookup_operation(catalog, mode)?;
    Some(Sent {
        id: Arc::from(USER_LOOKUP),
        names: Names { en: "Look up the user".to_owned(), zh_cn: "查找用户".to_owned() },
        alternatives: list.accepted(mode)?.map(<[String]>::to_vec).collect(),
    })
}

/// The operation of the catalogue whose permissions open the look-up of the user.
#[must_use]
pub fn user_lookup_operation(catalog: &Catalog, mode: Mode) -> Option<&Arc<Operation>> {
    let is_list = |operation: &&Arc<Operation>| {
        operation.method == OperationMethod::Get && operation.path == USER_LOOKUP_PATH && operation.runs_as(mode)
    };
    catalog.operations().iter().find(is_list)
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
