//! Where registrations and their credentials are kept: notes and vault of the data directory.

use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::Secret;
use graphbeat_entra::registration::{CredentialStore, Journal, JournalFailure, Registration, Slot};
use graphbeat_store::{Notes as _, SqliteStore, Vault as _};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

/// The vault's entry of an account's certificate and key.
pub(crate) fn certificate_entry(account: &str) -> String {
    format!("certificate/{account}")
}

/// What is known of one account's registration.
pub(crate) struct RegistrationNotes {
    name: String,
    store: Arc<SqliteStore>,
}

/// One account's credential, and the one that is about to take its place.
pub(crate) struct SealedCredentials {
    entry: String,
    store: Arc<SqliteStore>,
}

impl RegistrationNotes {
    pub(crate) fn of(account: &str, store: Arc<SqliteStore>) -> Self {
        Self { name: format!("registration/{account}"), store }
    }

    /// What is known; `None` where nothing was made or adopted.
    pub(crate) async fn read(&self) -> Result<Option<Registration>, Failure> {
        let text = self.store.note(&self.name).await?.filter(|text| !text.is_empty());
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(|_| {
            Failure::new(Exit::Ledger, say!("registrar-note", note = &self.name)).hint(say!("registrar-note-hint"))
        })
    }

    /// Forgets it.
    pub(crate) async fn forget(&self) -> Result<(), Failure> {
        Ok(self.store.set_note(&self.name, "").await?)
    }
}

#[async_trait]
impl Journal for RegistrationNotes {
    async fn keep(&self, registration: &Registration) -> Result<(), JournalFailure> {
        let text = serde_json::to_string(registration).map_err(JournalFailure::new)?;
        self.store.set_note(&self.name, &text).await.map_err(JournalFailure::new)
    }
}

impl SealedCredentials {
    pub(crate) fn of(entry: &str, store: Arc<SqliteStore>) -> Self {
        Self { entry: entry.to_owned(), store }
    }

    fn name(&self, slot: Slot) -> String {
        match slot {
            Slot::Current => self.entry.clone(),
            Slot::Next => format!("{}/next", self.entry),
        }
    }
}

#[async_trait]
impl CredentialStore for SealedCredentials {
    async fn read(&self, slot: Slot) -> Result<Option<Secret>, JournalFailure> {
        self.store.open_secret(&self.name(slot)).await.map_err(JournalFailure::new)
    }

    async fn write(&self, slot: Slot, credential: &Secret) -> Result<(), JournalFailure> {
        self.store.seal(&self.name(slot), credential).await.map_err(JournalFailure::new)
    }

    async fn remove(&self, slot: Slot) -> Result<(), JournalFailure> {
        self.store.remove_secret(&self.name(slot)).await.map_err(JournalFailure::new)
    }
}
