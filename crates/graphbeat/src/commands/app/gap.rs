//! A registration against what its account needs, as it is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graphbeat_base::Timestamp;
use graphbeat_catalog::{PermissionGap, permission_gap};
use graphbeat_engine::selection_of;
use graphbeat_entra::registration::{Inspected, InspectedCredential, PermissionKind, Registration};
use serde::Serialize;
use uuid::Uuid;

use super::About;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::{Message, say};

/// A registration as programs see it.
#[derive(Serialize)]
pub(super) struct Report {
    account: Arc<str>,
    client_id: Uuid,
    object_id: Option<Uuid>,
    display_name: Option<String>,
    mode: PermissionKind,
    enabled: Option<bool>,
    granted: BTreeSet<String>,
    missing: BTreeMap<String, Vec<Arc<str>>>,
    excessive: BTreeSet<String>,
    /// Null where the registration could not be read.
    not_consented: Option<BTreeSet<String>>,
    owners: Option<Vec<String>>,
    credentials: Vec<InspectedCredential>,
    restorable_until: Option<Timestamp>,
}

impl Report {
    pub(super) fn of(
        about: &About,
        granted: &BTreeSet<String>,
        inspected: Option<&Inspected>,
        known: Option<&Registration>,
    ) -> Result<Self, Failure> {
        let PermissionGap { missing, excessive, not_consented } = gap(about, granted, inspected)?;
        let own = known.and_then(|known| {
            Some(InspectedCredential {
                kind: about.account.sign_in.method(),
                key_id: known.key_id,
                name: String::new(),
                expires: Some(known.key_expires?),
            })
        });
        Ok(Self {
            account: Arc::clone(&about.account.name),
            client_id: about.account.sign_in.client_id(),
            object_id: inspected.and_then(|it| it.object_id).or_else(|| known.and_then(|known| known.object_id)),
            display_name: inspected.map(|it| it.display_name.clone()),
            mode: about.place.kind,
            enabled: inspected.map(|it| it.is_enabled),
            granted: granted.clone(),
            missing,
            excessive,
            not_consented: inspected.map(|_| not_consented),
            owners: inspected.map(|it| it.owners.clone()),
            credentials: inspected.map_or_else(|| own.into_iter().collect(), |it| it.credentials.clone()),
            restorable_until: known.and_then(Registration::restorable_until),
        })
    }

    pub(super) fn print(&self, context: &Context) -> Result<(), Failure> {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        let language = context.language();
        let unknown = || say!("app-not-readable").of(language);
        let nothing = || say!("app-nothing").of(language);
        let missing: Vec<String> = self
            .missing
            .iter()
            .map(|(name, operations)| {
                format!("{name}: {}", operations.iter().map(|id| &**id).collect::<Vec<_>>().join(" "))
            })
            .collect();
        let credentials: Vec<String> =
            self.credentials.iter().map(|credential| credential_text(credential).of(language)).collect();
        let lines = [
            (say!("word-account"), self.account.to_string()),
            (say!("word-application"), self.display_name.clone().unwrap_or_default()),
            (say!("word-client-id"), self.client_id.to_string()),
            (say!("word-object-id"), self.object_id.map(|id| id.to_string()).unwrap_or_default()),
            (
                say!("word-enabled"),
                self.enabled
                    .map_or_else(unknown, |is| if is { say!("word-yes") } else { say!("word-no") }.of(language)),
            ),
            (say!("word-granted"), list(&self.granted)),
            (say!("word-missing"), if missing.is_empty() { nothing() } else { missing.join("\n") }),
            (say!("word-too-much"), if self.excessive.is_empty() { nothing() } else { list(&self.excessive) }),
            (
                say!("word-not-consented"),
                match &self.not_consented {
                    Some(names) if names.is_empty() => nothing(),
                    Some(names) => list(names),
                    None => unknown(),
                },
            ),
            (say!("word-owners"), self.owners.as_ref().map_or_else(unknown, |owners| owners.join("\n"))),
            (say!("word-credentials"), credentials.join("\n")),
        ];
        context.printer.card(self, &lines)
    }

    /// Missing permissions fail operations.
    pub(super) fn exit(&self) -> Exit {
        if self.missing.is_empty() { Exit::Ok } else { Exit::OperationFailed }
    }
}

fn gap(about: &About, granted: &BTreeSet<String>, inspected: Option<&Inspected>) -> Result<PermissionGap, Failure> {
    let selected = selection_of(&about.account, &about.place.cloud)
        .resolve(&about.catalog)
        .map_err(|error| Failure::new(Exit::Configuration, graphbeat_base::error_chain(&error)))?;
    let registered = inspected.map(|it| it.registered(about.place.kind));
    Ok(permission_gap(&selected, about.place.mode(), granted, registered.as_ref()))
}

fn credential_text(credential: &InspectedCredential) -> Message {
    let name = if credential.name.is_empty() { String::new() } else { format!(" \"{}\"", credential.name) };
    let named = format!("{}{name}", credential.kind);
    match credential.expires {
        Some(at) => say!("app-credential", name = named, until = graphbeat_core::time_text(at)),
        None => Message::foreign(named),
    }
}
