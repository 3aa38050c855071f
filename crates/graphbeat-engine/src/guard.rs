//! The guard before Entra: no sign-in while it told us to wait, and no fourth refused one in a quarter of
//! an hour, counted in the ledger so that other processes and restarts count too.

use std::sync::Arc;

use graphbeat_base::{SignedDuration, Timestamp, error_chain};
use graphbeat_core::{AccountStanding, AccountState, Refusal};
use graphbeat_entra::{AccessToken, FailureClass, TokenError};
use graphbeat_store::StoreError;

use crate::{Account, Engine, Trouble};

/// Refused sign-ins for an account and credential within [`REFUSAL_WINDOW`].
const REFUSALS_MAX: usize = 3;
/// Entra's smart lock-out begins after about so long a run of refusals.
const REFUSAL_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Why there is no token, for the report.
#[derive(Clone, Debug)]
pub struct NoToken {
    /// In a sentence.
    pub reason: String,
    /// For the exit code; none for an account that its owner paused.
    pub trouble: Option<Trouble>,
}

impl Engine {
    /// A token of the account, or why there is none. Keeps the account's standing up to date.
    ///
    /// [`Engine::held_back`] is asked before, once for a round.
    pub(crate) async fn token(
        &self,
        account: &Account,
        planned_at: Option<Timestamp>,
    ) -> Result<Result<AccessToken, NoToken>, StoreError> {
        match account.cloud.tokens.token(&account.identity, planned_at).await {
            Ok(token) => Ok(Ok(token)),
            Err(error) => Ok(Err(self.refused(account, &error).await?)),
        }
    }

    /// Whether the account must not sign in now.
    pub(crate) async fn held_back(&self, account: &Account) -> Result<Option<NoToken>, StoreError> {
        let ledger = &self.shared.ledger;
        let now = self.shared.clock.now();
        if let Some(standing) = ledger.standing(&account.name).await? {
            let is_over = standing.until.is_some_and(|until| until <= now);
            match standing.state {
                AccountState::Paused if !is_over => return Ok(Some(paused(&standing))),
                AccountState::Waiting if !is_over => {
                    let reason = standing.reason.unwrap_or_else(|| "Entra asked to wait".to_owned());
                    return Ok(Some(NoToken { reason, trouble: Some(Trouble::Throttled) }));
                }
                _ => {}
            }
        }
        let since = now.checked_sub(REFUSAL_WINDOW).unwrap_or(now);
        let refusals = ledger.refusals(&account.name, &account.credential, since).await?;
        if refusals.len() < REFUSALS_MAX {
            return Ok(None);
        }
        let last = refusals.iter().max_by_key(|refusal| refusal.at);
        let oldest = refusals.iter().map(|refusal| refusal.at).min().unwrap_or(now);
        let until = oldest.checked_add(REFUSAL_WINDOW).unwrap_or(now);
        let code = last.map(|refusal| refusal.code.to_string());
        let reason = format!(
            "paused after {REFUSALS_MAX} refused sign-ins ({}) until {}",
            code.as_deref().unwrap_or("no code"),
            until.strftime("%H:%M:%SZ")
        );
        self.stand(account, AccountState::Waiting, Some(reason.clone()), code, Some(until)).await?;
        Ok(Some(NoToken { reason, trouble: Some(Trouble::Throttled) }))
    }

    /// Notes a failed sign-in and says what it means for the account.
    async fn refused(&self, account: &Account, error: &TokenError) -> Result<NoToken, StoreError> {
        let code = error.refusal().map(graphbeat_entra::Refusal::code_text);
        if let Some(code) = &code {
            let refusal = Refusal {
                account: Arc::clone(&account.name),
                credential: Arc::clone(&account.credential),
                at: self.shared.clock.now(),
                code: Arc::from(code.as_str()),
            };
            self.shared.ledger.add_refusal(refusal).await?;
        }
        let (state, trouble) = consequence(error.class());
        let reason = match state {
            Some(AccountState::NeedsSignIn) => {
                format!("{}; run `graphbeat account sign-in {}`", error_chain(error), account.name)
            }
            _ => error_chain(error),
        };
        if let Some(state) = state {
            self.stand(account, state, Some(reason.clone()), code, error.until()).await?;
        }
        Ok(NoToken { reason, trouble: Some(trouble) })
    }

    /// The account works: forget what stood in its way, but for its owner's pause.
    pub(crate) async fn stands_well(&self, account: &Account) -> Result<(), StoreError> {
        let ledger = &self.shared.ledger;
        match ledger.standing(&account.name).await? {
            Some(standing) if standing.state != AccountState::Active => {
                ledger.clear_refusals(&account.name).await?;
                self.stand(account, AccountState::Active, None, None, None).await
            }
            _ => Ok(()),
        }
    }

    pub(crate) async fn stand(
        &self,
        account: &Account,
        state: AccountState,
        reason: Option<String>,
        code: Option<String>,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let since = self.shared.clock.now();
        let standing = AccountStanding { account: Arc::clone(&account.name), state, reason, code, until, since };
        self.shared.ledger.set_standing(standing).await
    }
}

fn paused(standing: &AccountStanding) -> NoToken {
    let why = standing.reason.as_deref().unwrap_or("its owner paused it");
    let reason = format!("the account is paused: {why}; run `graphbeat account resume {}`", standing.account);
    NoToken { reason, trouble: None }
}

/// What a failed sign-in does to the account's standing, and to the exit code.
fn consequence(class: FailureClass) -> (Option<AccountState>, Trouble) {
    match class {
        FailureClass::NeedsPerson | FailureClass::NotSignedIn | FailureClass::PasswordExpired => {
            (Some(AccountState::NeedsSignIn), Trouble::SignIn)
        }
        FailureClass::Locked | FailureClass::Throttled => (Some(AccountState::Waiting), Trouble::Throttled),
        // A passing network error never pauses an account.
        FailureClass::Transport | FailureClass::Unreadable => (None, Trouble::Network),
        FailureClass::WrongSecret
        | FailureClass::ExpiredSecret
        | FailureClass::CertificateRefused
        | FailureClass::CertificateExpired
        | FailureClass::UnknownTenant
        | FailureClass::UnknownClient
        | FailureClass::MissingConsent
        | FailureClass::AccountDisabled
        | FailureClass::OtherRefusal
        | FailureClass::Store => (None, Trouble::SignIn),
    }
}
