//! Names and paths of items, and what happens where a name is taken.

use super::super::error::GraphError;
use super::invalid;
use crate::objects::files;

/// What happens where a name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    Fail,
    Rename,
    Replace,
}

impl Conflict {
    /// `fail`, `rename` or `replace`; `default` where nothing is said.
    ///
    /// # Errors
    /// 400 for any other word.
    pub(super) fn read(word: Option<&str>, default: Self) -> Result<Self, GraphError> {
        match word.map(str::to_ascii_lowercase).as_deref() {
            None => Ok(default),
            Some("fail") => Ok(Self::Fail),
            Some("rename") => Ok(Self::Rename),
            Some("replace") => Ok(Self::Replace),
            Some(_) => Err(invalid("The value of '@microsoft.graph.conflictBehavior' is not fail, rename or replace.")),
        }
    }
}

/// A name that OneDrive takes.
///
/// # Errors
/// 400 for any other.
pub(super) fn checked(name: &str) -> Result<&str, GraphError> {
    if files::is_good_name(name) {
        Ok(name)
    } else {
        Err(invalid("The provided name cannot contain illegal characters."))
    }
}

/// A path of names that OneDrive takes, without slashes at its ends.
///
/// # Errors
/// 400 for any other.
pub(super) fn checked_path(path: &str) -> Result<String, GraphError> {
    if path.chars().count() > files::PATH_MAX {
        return Err(invalid("The path is too long."));
    }
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    names.iter().try_for_each(|name| checked(name).map(|_| ()))?;
    Ok(names.join("/"))
}

/// A path as its folder and its last name.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
