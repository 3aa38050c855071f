//! What each route accepts: the sandbox's own table, `data/accepted_permissions.csv`, drawn from
//! Microsoft's published permission lists. Alternatives are part of it: any one accepted permission
//! opens the route.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Caller;
use super::path::{Piece, pieces};

/// The accepted permissions of one method and path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Scopes of a signed-in user (`scp`).
    pub(crate) delegated: Vec<&'static str>,
    /// App roles of an application (`roles`).
    pub(crate) application: Vec<&'static str>,
}

/// Scopes that reach only the signed-in user, whatever their name says.
const OWN_ONLY: &[&str] =
    &["User.Read", "User.ReadWrite", "UserAuthenticationMethod.Read", "UserAuthenticationMethod.ReadWrite"];

impl Accepted {
    /// Whether the caller holds one of them.
    pub(crate) fn admits(&self, caller: &Caller) -> bool {
        self.of(caller).iter().any(|permission| caller.permissions.contains(*permission))
    }

    /// Whether the caller holds one that reaches other people than the signed-in one.
    pub(crate) fn admits_to_others(&self, caller: &Caller) -> bool {
        let reaches = |permission: &&&str| {
            !OWN_ONLY.contains(*permission) && (permission.contains(".All") || permission.contains("Basic"))
        };
        self.of(caller).iter().filter(reaches).any(|permission| caller.permissions.contains(*permission))
    }

    fn of(&self, caller: &Caller) -> &[&'static str] {
        if caller.user_id.is_some() { &self.delegated } else { &self.application }
    }
}

/// The row of a method and a path pattern.
pub(crate) fn accepted(method: &str, pattern: &str) -> Option<&'static Accepted> {
    static TABLE: LazyLock<HashMap<String, Accepted>> =
        LazyLock::new(|| read(include_str!("../../data/accepted_permissions.csv")));
    TABLE.get(&key(method, pattern))
}

fn read(text: &'static str) -> HashMap<String, Accepted> {
    let mut table: HashMap<String, Accepted> = HashMap::new();
    for row in text.lines().skip(1) {
        let mut cells = row.splitn(4, ',');
        let (Some(method), Some(path), Some(mode), Some(list)) =
            (cells.next(), cells.next(), cells.next(), cells.next())
        else {
            continue;
        };
        let entry = table.entry(key(method, path)).or_default();
        let known = if mode == "delegated" { &mut entry.delegated } else { &mut entry.application };
        known.extend(list.split(' ').filter(|permission| !permission.is_empty()));
    }
    table
}

/// One form for all spellings of a path: parameters without names, `/me` as a user's. In the table a
/// comma inside a function's arguments is written `|`.
fn key(method: &str, pattern: &str) -> String {
    let mut key = method.to_owned();
    let pattern = pattern.replace('|', ",");
    for (at, piece) in pieces(&pattern).into_iter().enumerate() {
        match piece {
            Piece::Literal(name) if at == 0 && name == "me" => key.push_str("/users/{}"),
            Piece::Literal(name) => {
                key.push('/');
                key.push_str(&name.to_ascii_lowercase());
            }
            Piece::Function(name, _) => {
                key.push('/');
                key.push_str(&name.to_ascii_lowercase());
                key.push_str("()");
            }
            Piece::Parameter(_) => key.push_str("/{}"),
            Piece::Path(_) => key.push_str("/:{}"),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn me_and_a_user_share_one_row() {
        let row = accepted("GET", "/users/{user}/messages").expect("a row");
        assert!(row.delegated.contains(&"Mail.ReadBasic") && row.application.contains(&"Mail.Read"));
        assert_eq!(accepted("GET", "/me/messages"), Some(row));
        assert!(accepted("GET", "/reports/getMailboxUsageDetail(period={period})").is_some());
        assert!(accepted("GET", "/nothing").is_none());
    }
}
