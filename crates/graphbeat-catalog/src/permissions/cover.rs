//! The least permissions that open each of several things, of which none can be left out.

use std::collections::BTreeSet;

use super::privilege::Privilege;
use crate::model::Mode;

/// Sets of permissions of which any one suffices; the least comes first.
pub(crate) type Alternatives = Vec<Vec<String>>;

/// The least permission of each, less those that the others make superfluous: the greatest privilege
/// goes first. What remains opens all of them, and without any one of it something stays closed.
///
/// To cover is monotone: what was needed while more was held is needed still when less is, so that one
/// pass suffices.
pub(crate) fn least(all: &[&Alternatives], mode: Mode) -> BTreeSet<String> {
    let mut held: BTreeSet<String> = all.iter().filter_map(|one| one.first()).flatten().cloned().collect();
    let mut greatest_first: Vec<Privilege> = held.iter().map(|name| Privilege::of(name, mode)).collect();
    greatest_first.sort_by(|one, other| other.cmp(one));
    for candidate in greatest_first {
        held.remove(candidate.name());
        if !all.iter().all(|one| is_open(one, &held)) {
            held.insert(candidate.name().to_owned());
        }
    }
    held
}

/// Whether what is held suffices for one of the alternatives.
pub(crate) fn is_open(alternatives: &Alternatives, held: &BTreeSet<String>) -> bool {
    used(alternatives, held).is_some()
}

/// The least of the alternatives for which what is held suffices.
pub(crate) fn used<'a>(alternatives: &'a Alternatives, held: &BTreeSet<String>) -> Option<&'a [String]> {
    alternatives.iter().find(|together| together.iter().all(|name| held.contains(name))).map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 8] = [
        "Mail.ReadBasic",
        "Mail.Read",
        "Mail.ReadWrite",
        "User.Read",
        "User.Read.All",
        "Directory.Read.All",
        "Sites.FullControl.All",
        "Other.Send",
    ];

    fn things() -> impl Strategy<Value = Vec<Alternatives>> {
        let name = (0..NAMES.len()).prop_map(|number| NAMES[number].to_owned());
        vec(vec(vec(name, 1..3), 1..5), 0..12)
    }

    proptest! {
        #[test]
        fn a_least_set_opens_everything_and_without_any_one_of_it_something_is_closed(things in things()) {
            for mode in Mode::ALL {
                let things: Vec<&Alternatives> = things.iter().collect();
                let held = least(&things, mode);
                prop_assert!(things.iter().all(|thing| is_open(thing, &held)));
                for name in &held {
                    let mut fewer = held.clone();
                    fewer.remove(name);
                    prop_assert!(things.iter().any(|thing| !is_open(thing, &fewer)), "{name} is superfluous");
                }
                let mut backwards = things.clone();
                backwards.reverse();
                prop_assert_eq!(held, least(&backwards, mode));
            }
        }
    }

    fn alternatives(text: &str) -> Alternatives {
        text.split(" | ").map(|one| one.split(" + ").map(str::to_owned).collect()).collect()
    }

    fn of(things: &[&str]) -> Vec<String> {
        let things: Vec<Alternatives> = things.iter().map(|thing| alternatives(thing)).collect();
        least(&things.iter().collect::<Vec<_>>(), Mode::Delegated).into_iter().collect()
    }

    #[test]
    fn what_a_greater_one_opens_needs_no_lesser_one_beside_it() {
        assert_eq!(of(&["Mail.ReadBasic | Mail.Read | Mail.ReadWrite", "Mail.ReadWrite"]), ["Mail.ReadWrite"]);
    }

    #[test]
    fn a_wide_one_never_replaces_several_narrow_ones() {
        let things = ["User.ReadBasic.All | Directory.Read.All", "GroupMember.Read.All | Directory.Read.All"];
        assert_eq!(of(&things), ["GroupMember.Read.All", "User.ReadBasic.All"]);
    }

    #[test]
    fn permissions_that_are_needed_together_stay_or_go_together() {
        assert_eq!(of(&["A.Read + B.Read | C.Read"]), ["A.Read", "B.Read"]);
        assert_eq!(of(&["A.Read + B.Read | C.Read", "C.Read"]), ["C.Read"]);
        assert_eq!(of(&["A.Read + B.Read | C.Read", "B.Read"]), ["A.Read", "B.Read"]);
    }
}
