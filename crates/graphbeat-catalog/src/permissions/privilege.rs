//! Which of two permissions lets its holder do less, and what is known of each.
//!
//! Names tell first: those of the whole directory let their holder do most, and to read is less than to
//! write. Then comes the level from 1 to 5 that Microsoft publishes for each permission and mode, which
//! alone is too coarse: most have 3. At last, one's own is less than everybody's.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::{Mode, Names};

/// The level of a permission that Microsoft's lists do not have: taken for a high one.
const LEVEL_UNKNOWN: u8 = 5;

/// What graphbeat knows of a permission, of Microsoft's lists.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// Its name (`Mail.Read`).
    pub name: String,
    /// Microsoft's level of privilege for a signed-in user's, 1 to 5.
    delegated: Option<u8>,
    /// The same for an application's.
    application: Option<u8>,
    /// Whether an administrator has to consent to it for a signed-in user.
    admin: Option<bool>,
    /// What its holder may do.
    pub does: Names,
}

/// What is known of a permission; `None` where Microsoft's lists, as graphbeat carries them, lack it.
#[must_use]
pub fn permission(name: &str) -> Option<&'static Permission> {
    static KNOWN: LazyLock<HashMap<String, Permission>> = LazyLock::new(|| {
        let known = read().unwrap_or_default();
        known.into_iter().map(|one| (one.name.clone(), one)).collect()
    });
    KNOWN.get(name)
}

fn read() -> Result<Vec<Permission>, toml::de::Error> {
    #[derive(Deserialize)]
    struct File {
        permissions: Vec<Permission>,
    }
    toml::from_str::<File>(include_str!("../../permissions.toml")).map(|file| file.permissions)
}

/// Whether an administrator has to consent; `None` where nothing is known of the permission.
#[must_use]
pub fn needs_admin_consent(name: &str, mode: Mode) -> Option<bool> {
    match mode {
        // To what an application does by itself only an administrator can consent.
        Mode::Application => Some(true),
        Mode::Delegated => permission(name).and_then(|known| known.admin),
    }
}

/// Microsoft's level of privilege, 1 to 5.
#[must_use]
pub fn level(name: &str, mode: Mode) -> Option<u8> {
    permission(name).and_then(|known| match mode {
        Mode::Application => known.application,
        Mode::Delegated => known.delegated,
    })
}

/// Orders permissions from the least to the greatest privilege; no two are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Privilege {
    directory: bool,
    act: Act,
    level: u8,
    wide: bool,
    name: String,
}

/// What a permission's name says that its holder may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    ReadBasic,
    Read,
    Narrow,
    ReadWrite,
    Manage,
    Everything,
}

impl Privilege {
    pub(crate) fn of(name: &str, mode: Mode) -> Self {
        Self {
            directory: name.starts_with("Directory."),
            act: Act::of(name),
            level: level(name, mode).unwrap_or(LEVEL_UNKNOWN),
            wide: name.ends_with(".All") || name.ends_with(".Shared"),
            name: name.to_owned(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Act {
    fn of(name: &str) -> Self {
        let has = |word: &str| name.split('.').skip(1).any(|part| part.starts_with(word));
        if has("FullControl") || has("AccessAsUser") {
            Self::Everything
        } else if has("Manage") {
            Self::Manage
        } else if has("ReadWrite") {
            Self::ReadWrite
        } else if has("ReadBasic") {
            Self::ReadBasic
        } else if has("Read") {
            Self::Read
        } else {
            Self::Narrow
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_by_key(|name| Privilege::of(name, Mode::Delegated));
        names
    }

    #[test]
    fn the_published_list_is_readable_and_has_no_name_twice() {
        let known = read().expect("the list");
        let mut names: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
        assert!(names.is_sorted());
        names.dedup();
        assert_eq!(names.len(), known.len());
        assert!(known.iter().all(|one| one.delegated.is_some() || one.application.is_some()));
        assert!(known.iter().all(|one| one.delegated.is_some() == one.admin.is_some()));
    }

    #[test]
    fn to_read_is_less_than_to_write_and_ones_own_less_than_everybodys() {
        assert_eq!(
            sorted(vec!["Mail.ReadWrite", "Mail.Read", "Mail.ReadBasic"]),
            ["Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"]
        );
        assert_eq!(
            sorted(vec!["X.FullControl.All", "X.Manage.All", "X.ReadWrite", "X.Read.All", "X.Read"]),
            ["X.Read", "X.Read.All", "X.ReadWrite", "X.Manage.All", "X.FullControl.All"]
        );
    }
}
