//! Settling what a process left behind when it died: at every start, and by `clean`.

use std::collections::BTreeMap;
use std::sync::Arc;

use graphbeat_base::SignedDuration;
use graphbeat_core::{Artefact, ArtefactState};
use graphbeat_store::StoreError;
use serde::Serialize;
use uuid::Uuid;

use crate::operation::When;
use crate::{Account, Engine};

/// The longest single wait of a clean-up.
const SETTLE_PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// What a clean-up came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Settlement {
    /// Every artefact that was open, with what became of it.
    pub artefacts: Vec<SettledArtefact>,
}

/// One artefact after a clean-up.
#[derive(Clone, Debug, Serialize)]
pub struct SettledArtefact {
    /// The account that made it.
    pub account: Arc<str>,
    /// The journey.
    pub journey: Arc<str>,
    /// Its name within the journey.
    pub artefact: Arc<str>,
    /// The random word that it carries.
    pub marker: Arc<str>,
    /// `gone`, or the state in which it still is.
    pub state: ArtefactState,
    /// Since when it is in the journal.
    pub since: graphbeat_base::Timestamp,
    /// Why it is still there.
    pub trouble: Option<String>,
}

impl Settlement {
    /// How many are still in the journal.
    #[must_use]
    pub fn open(&self) -> usize {
        self.artefacts.iter().filter(|artefact| artefact.state != ArtefactState::Gone).count()
    }
}

impl Engine {
    /// What journeys left in the tenants, as far as no living process is still at it.
    ///
    /// # Errors
    /// [`StoreError`] where the journal cannot be read.
    pub async fn leftovers(&self, alive: &[Uuid]) -> Result<Vec<Artefact>, StoreError> {
        let mut open = self.shared.ledger.open(None).await?;
        open.retain(|artefact| artefact.session == self.shared.session || !alive.contains(&artefact.session));
        Ok(open)
    }

    /// Removes leftovers of the given accounts (all of them where none is given).
    ///
    /// # Errors
    /// [`StoreError`] where the journal cannot be read or written.
    pub async fn settle(&self, accounts: &[Arc<Account>], alive: &[Uuid]) -> Result<Settlement, StoreError> {
        let mut settlement = Settlement::default();
        let mut by_account: BTreeMap<Arc<str>, Vec<Artefact>> = BTreeMap::new();
        for artefact in self.leftovers(alive).await? {
            by_account.entry(Arc::clone(&artefact.account)).or_default().push(artefact);
        }
        for (name, artefacts) in by_account {
            match accounts.iter().find(|account| account.name == name) {
                Some(account) => self.settle_account(account, artefacts, &mut settlement).await?,
                None if self.account(&name).is_some() => {}
                None => {
                    let text = "its account is no longer in the configuration";
                    settlement.artefacts.extend(artefacts.into_iter().map(|one| settled(one, Some(text.to_owned()))));
                }
            }
        }
        self.flush().await?;
        Ok(settlement)
    }

    async fn settle_account(
        &self,
        account: &Arc<Account>,
        artefacts: Vec<Artefact>,
        settlement: &mut Settlement,
    ) -> Result<(), StoreError> {
        let when = When { planned_at: None, patience: SETTLE_PATIENCE };
        let round = match self.open_round(account, when).await? {
            Ok(round) => round,
            Err(no_token) => {
                let trouble = Some(no_token.reason);
                settlement.artefacts.extend(artefacts.into_iter().map(|one| settled(one, trouble.clone())));
                return Ok(());
            }
        };
        // The newest first: what lies inside something else goes before it.
        for artefact in artefacts.into_iter().rev() {
            let trouble = match self.shared.catalog.journey(&artefact.journey) {
                Some(journey) => self.remove(&round, journey, &artefact).await?.trouble,
                None => Some(format!("the catalogue no longer has the journey `{}`", artefact.journey)),
            };
            settlement.artefacts.push(settled(artefact, trouble));
        }
        Ok(())
    }
}

impl From<Artefact> for SettledArtefact {
    /// As it stands in the journal.
    fn from(artefact: Artefact) -> Self {
        Self {
            account: artefact.account,
            journey: artefact.journey,
            artefact: artefact.name,
            marker: artefact.marker,
            state: artefact.state,
            since: artefact.intended_at,
            trouble: artefact.trouble,
        }
    }
}

fn settled(artefact: Artefact, trouble: Option<String>) -> SettledArtefact {
    let state = if trouble.is_none() { ArtefactState::Gone } else { artefact.state };
    SettledArtefact { state, trouble, ..SettledArtefact::from(artefact) }
}
