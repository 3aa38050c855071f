//! What opens an operation: permissions that are needed together, and the alternatives to them.

use serde::Deserialize;

/// What joins the permissions of one alternative that are needed together.
const AND: &str = " + ";

/// Permissions that open an operation together, written `A` or `A + B`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "String")]
pub struct Alternative(Vec<String>);

impl Alternative {
    /// The permissions; one of them is the usual case.
    #[must_use]
    pub fn permissions(&self) -> &[String] {
        &self.0
    }
}

impl From<String> for Alternative {
    fn from(text: String) -> Self {
        Self(text.split(AND).map(|name| name.trim().to_owned()).collect())
    }
}
