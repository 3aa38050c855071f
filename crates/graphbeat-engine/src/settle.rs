//! Settling what a process left behind when it died: at every start, and by `clean`.

use std::collections::{BTreeMap, BTreeSet};
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

/// Tells which processes live, by their sessions.
pub type LiveSessions<'a> = dyn Fn() -> Result<BTreeSet<Uuid>, StoreError> + Send + Sync + 'a;

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
    /// What journeys left in the tenants, as far as nobody is still at it.
    ///
    /// # Errors
    /// [`StoreError`] where the journal or the flight files cannot be read.
    pub async fn leftovers(&self, live: &LiveSessions<'_>) -> Result<Vec<Artefact>, StoreError> {
        let open = self.shared.ledger.open(None).await?;
        // Asked after the journal: a process that starts in between has nothing in it yet.
        let live = live()?;
        Ok(self.left_alone(open, &live))
    }

    fn left_alone(&self, mut open: Vec<Artefact>, live: &BTreeSet<Uuid>) -> Vec<Artefact> {
        let walking = self.walking();
        open.retain(|artefact| match artefact.session == self.shared.session {
            true => !walking.contains(&artefact.marker),
            false => !live.contains(&artefact.session),
        });
        open
    }

    /// Removes what earlier journeys of this process left of an account, because it could not be removed then.
    pub(crate) async fn settle_own(&self, account: &Arc<Account>) -> Result<(), StoreError> {
        let mut open = self.shared.ledger.open(Some(&account.name)).await?;
        open.retain(|artefact| artefact.session == self.shared.session);
        let own = self.left_alone(open, &BTreeSet::new());
        if own.is_empty() {
            return Ok(());
        }
        self.settle_account(account, own, &mut Settlement::default()).await
    }

    /// Removes leftovers of the given accounts; what other accounts of the configuration left is not touched.
    ///
    /// # Errors
    /// [`StoreError`] where the journal or the flight files cannot be read, or the journal not be written.
    pub async fn settle(&self, accounts: &[Arc<Account>], live: &LiveSessions<'_>) -> Result<Settlement, StoreError> {
        let mut settlement = Settlement::default();
        let mut by_account: BTreeMap<Arc<str>, Vec<Artefact>> = BTreeMap::new();
        for artefact in self.leftovers(live).await? {
            by_account.entry(Arc::clone(&artefact.account)).or_default().push(artefact);
        }
        for (name, artefacts) in by_account {
            match accounts.iter().find(|account| account.name == name) {
                Some(account) => self.settle_account(account, artefacts, &mut settlement).await?,
                None if self.shared.configured.contains(&name) => {}
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
        for removal in self.remove_all(&round, artefacts).await? {
            settlement.artefacts.push(settled(removal.artefact, removal.trouble));
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
