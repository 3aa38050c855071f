//! What an application was granted against what a selection needs: the check of `app show`, and of a daily alert.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::privilege::Privilege;
use super::{Sent, cover, least_permissions, requests};
use crate::model::Mode;
use crate::selection::Selected;

/// What belongs to every sign-in of a person, whatever is selected.
const OF_EVERY_SIGN_IN: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// How what is granted differs from what is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionGap {
    /// Needed and not granted, with the operations that Graph refuses therefore.
    pub missing: BTreeMap<String, Vec<Arc<str>>>,
    /// Granted, and nothing of the selection needs it: all of them can be withdrawn together.
    pub excessive: BTreeSet<String>,
    /// Asked for by the registration, and nobody has consented to it.
    pub not_consented: BTreeSet<String>,
}

impl PermissionGap {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.excessive.is_empty() && self.not_consented.is_empty()
    }
}

/// Compares what is granted with what a selection needs. A greater permission that opens an operation as
/// well is no gap. `registered` is what the registration asks for, where that could be read.
#[must_use]
pub fn permission_gap(
    selected: &Selected,
    mode: Mode,
    granted: &BTreeSet<String>,
    registered: Option<&BTreeSet<String>>,
) -> PermissionGap {
    let sent = requests(selected, mode);
    let not_consented = registered.into_iter().flatten().filter(|name| !granted.contains(*name));
    PermissionGap {
        missing: missing(selected, mode, &sent, granted),
        excessive: excessive(mode, &sent, granted),
        not_consented: not_consented.filter(|name| !OF_EVERY_SIGN_IN.contains(&name.as_str())).cloned().collect(),
    }
}

fn missing(
    selected: &Selected,
    mode: Mode,
    sent: &[Sent],
    granted: &BTreeSet<String>,
) -> BTreeMap<String, Vec<Arc<str>>> {
    let least = least_permissions(selected, mode);
    let mut missing: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
    let closed = sent.iter().filter(|request| !cover::is_open(&request.alternatives, granted));
    for request in closed {
        let uses = least.operations.iter().filter(|open| open.id == request.id).flat_map(|open| &open.uses);
        for name in uses.filter(|name| !granted.contains(*name)) {
            missing.entry(name.clone()).or_default().push(Arc::clone(&request.id));
        }
    }
    missing
}

/// The greatest goes first, as long as everything that is open stays open.
fn excessive(mode: Mode, sent: &[Sent], granted: &BTreeSet<String>) -> BTreeSet<String> {
    let open: Vec<&Sent> = sent.iter().filter(|request| cover::is_open(&request.alternatives, granted)).collect();
    let own = |name: &&String| !OF_EVERY_SIGN_IN.contains(&name.as_str());
    let mut greatest_first: Vec<Privilege> = granted.iter().filter(own).map(|name| Privilege::of(name, mode)).collect();
    greatest_first.sort_by(|one, other| other.cmp(one));
    let mut held = granted.clone();
    let mut excessive = BTreeSet::new();
    for candidate in greatest_first {
        held.remove(candidate.name());
        if open.iter().all(|request| cover::is_open(&request.alternatives, &held)) {
            excessive.insert(candidate.name().to_owned());
        } else {
            held.insert(candidate.name().to_owned());
        }
    }
    excessive
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, STARTER, Selection};

    fn selected(classes: &[&str]) -> Selected {
        let selection = Selection {
            classes: classes.iter().map(|&class| class.to_owned()).collect(),
            operations: Vec::new(),
            exclude: Vec::new(),
            journeys: false,
            mode: Mode::Application,
            cloud: None,
        };
        selection.resolve(&Catalog::builtin().expect("the catalogue")).expect("known names")
    }

    fn needed(selected: &Selected) -> BTreeSet<String> {
        least_permissions(selected, Mode::Application).names().map(str::to_owned).collect()
    }

    fn gap(selected: &Selected, granted: &BTreeSet<String>) -> PermissionGap {
        permission_gap(selected, Mode::Application, granted, None)
    }

    #[test]
    fn the_least_set_has_no_gap_and_none_of_it_can_be_left_out() {
        for classes in [[STARTER, "users"], ["mail", "files"]] {
            let selected = selected(&classes);
            let least = needed(&selected);
            assert!(gap(&selected, &least).is_empty(), "{classes:?}: {:?}", gap(&selected, &least));
            for name in &least {
                let mut fewer = least.clone();
                fewer.remove(name);
                assert!(gap(&selected, &fewer).missing.contains_key(name), "{classes:?} without {name}");
            }
        }
    }

    #[test]
    fn a_greater_permission_is_no_gap_and_one_that_nothing_needs_is_excessive() {
        let selected = selected(&["mail"]);
        let mut granted = needed(&selected);
        granted.insert("Sites.FullControl.All".to_owned());
        granted.insert("openid".to_owned());
        let found = gap(&selected, &granted);
        assert!(found.missing.is_empty());
        assert_eq!(found.excessive.iter().collect::<Vec<_>>(), ["Sites.FullControl.All"]);
        let instead: BTreeSet<String> =
            granted.iter().map(|name| name.replace("User.ReadBasic.All", "User.Read.All")).collect();
        assert!(instead.contains("User.Read.All") && gap(&selected, &instead).missing.is_empty());
    }

    #[test]
    fn what_is_asked_for_and_not_granted_is_not_consented() {
        let selected = selected(&[STARTER]);
        let registered = BTreeSet::from(["Mail.Send".to_owned(), "User.Read.All".to_owned()]);
        let granted = BTreeSet::from(["User.Read.All".to_owned()]);
        let found = permission_gap(&selected, Mode::Application, &granted, Some(&registered));
        assert_eq!(found.not_consented.iter().collect::<Vec<_>>(), ["Mail.Send"]);
    }
}
