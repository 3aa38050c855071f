//! The objects of mail, calendar, contacts, To Do, files and OneNote as Graph writes them: what a
//! client gives, completed with what the service adds. Seeds and handlers both make them here, so that
//! a seeded object and a created one look alike.

pub(crate) mod binder;
pub(crate) mod calendar;
pub(crate) mod contacts;
pub(crate) mod files;
pub(crate) mod mail;
pub(crate) mod onenote;
pub(crate) mod place;
pub(crate) mod quick_xor;
pub(crate) mod recurrence;
pub(crate) mod text;
pub(crate) mod todo;
pub(crate) mod tree;
pub(crate) mod zone;

use serde_json::{Value, json};

use crate::tenant::store::Properties;

/// A user as the owner or the counterpart of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// The object id.
    pub(crate) id: String,
    pub(crate) name: String,
    /// The mail address.
    pub(crate) address: String,
}

impl Person {
    /// Somebody outside of the tenant.
    pub(crate) fn outside(name: &str, address: &str) -> Self {
        Self { id: String::new(), name: name.to_owned(), address: address.to_owned() }
    }

    /// An `emailAddress`.
    pub(crate) fn email_address(&self) -> Value {
        json!({"name": self.name, "address": self.address})
    }

    /// A `recipient`.
    pub(crate) fn recipient(&self) -> Value {
        json!({"emailAddress": self.email_address()})
    }

    /// An `identitySet`.
    pub(crate) fn identity(&self) -> Value {
        json!({"user": {"id": self.id, "displayName": self.name}})
    }
}

/// `defaults` with what the client gave laid over it; the order of the defaults stays.
pub(crate) fn completed(defaults: Value, given: &Properties) -> Properties {
    let mut whole = crate::tenant::store::object(defaults);
    for (name, value) in given {
        whole.insert(name.clone(), value.clone());
    }
    whole
}

/// What a client gave without the properties that only the service sets.
pub(crate) fn without(mut given: Properties, read_only: &[&str]) -> Properties {
    given
        .retain(|name, _| !read_only.contains(&name.as_str()) && !name.starts_with('_') && !name.starts_with("@odata"));
    given
}
