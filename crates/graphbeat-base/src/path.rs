//! The path of a request, as it was sent and as the ledger keeps it.

use std::fmt;
use std::sync::Arc;

/// A path as it was sent, kept as a template and its ids: `/v1.0/users/{}/messages` and one id.
///
/// The ledger stores both interned. A path never holds an address: users are addressed by id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallPath {
    /// The path with `{}` for each id.
    pub template: Arc<str>,
    /// What stands in the places, percent-encoded as sent.
    pub ids: Vec<Arc<str>>,
}

impl CallPath {
    /// A path without ids.
    #[must_use]
    pub fn fixed(path: &str) -> Self {
        Self { template: Arc::from(path), ids: Vec::new() }
    }
}

impl fmt::Display for CallPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ids = self.ids.iter();
        for (index, part) in self.template.split("{}").enumerate() {
            if index > 0
                && let Some(id) = ids.next()
            {
                f.write_str(id)?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_shows_its_ids_in_their_places() {
        let path = CallPath {
            template: Arc::from("/v1.0/users/{}/messages/{}"),
            ids: vec![Arc::from("u1"), Arc::from("m%2F1")],
        };
        assert_eq!(path.to_string(), "/v1.0/users/u1/messages/m%2F1");
        assert_eq!(CallPath::fixed("/v1.0/me").to_string(), "/v1.0/me");
    }
}
