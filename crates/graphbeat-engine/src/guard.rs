//! What a sign-in's end means for its account: active, waiting, paused until a time, or in need of a person.
//! A paused or waiting account sends nothing.

use std::sync::Arc;

use graphbeat_base::{Timestamp, error_chain};
use graphbeat_core::explain::Observation;
use graphbeat_core::{AccountStanding, AccountState};
use graphbeat_entra::{AccessToken, FailureClass, HeldBack, HeldBackBy, SignInAttempt, StoreFailure, TokenError};
use graphbeat_store::StoreError;

use crate::sign_in_guard::{REFUSAL_WINDOW, REFUSALS_MAX};
use crate::{Account, Engine, Trouble, seen};

/// graphbeat's own code where a service asked to wait and gave none.
const THROTTLED: &str = "throttled";

/// Why there is no token, for the report.
#[derive(Clone, Debug)]
pub struct NoToken {
    /// In a sentence.
    pub reason: String,
    /// For the exit code; none for an account that its owner paused.
    pub trouble: Option<Trouble>,
    /// What a diagnosis starts from, where a service or the network was the cause.
    pub seen: Option<Arc<Observation>>,
}

impl NoToken {
    /// A reason that is its own explanation.
    pub(crate) fn because(reason: String, trouble: Option<Trouble>) -> Self {
        Self { reason, trouble, seen: None }
    }

    /// Held back by what an earlier sign-in was answered.
    fn held_back(account: &Account, reason: String, code: Option<&str>) -> Self {
        let seen = Some(seen::of_code(account, code.unwrap_or(THROTTLED)));
        Self { reason, trouble: Some(Trouble::Throttled), seen }
    }
}

impl From<String> for NoToken {
    /// A reason that is no trouble.
    fn from(reason: String) -> Self {
        Self::because(reason, None)
    }
}

impl Engine {
    /// A token of the account, or why there is none. Keeps the account's standing up to date.
    pub(crate) async fn token(
        &self,
        account: &Account,
        planned_at: Option<Timestamp>,
    ) -> Result<Result<AccessToken, NoToken>, StoreError> {
        let tokens = &account.cloud.tokens;
        if let Some(token) = tokens.fresh(&account.identity) {
            return Ok(Ok(token));
        }
        // One after the other, so that each knows of the refusals before it.
        let _turn = account.signing_in.lock().await;
        if let Some(token) = tokens.fresh(&account.identity) {
            return Ok(Ok(token));
        }
        if let Some(no_token) = self.held_back(account).await? {
            return Ok(Err(no_token));
        }
        if planned_at.is_some()
            && let Some(no_token) = self.waits_for_its_person(account).await?
        {
            return Ok(Err(no_token));
        }
        match tokens.token(&account.identity, planned_at).await {
            Ok(token) => {
                self.stands_well(account).await?;
                if planned_at.is_some() {
                    self.check_permissions(account, &token).await?;
                }
                Ok(Ok(token))
            }
            Err(TokenError::Guard(failure)) => Err(not_counted(failure)),
            Err(TokenError::HeldBack(held_back)) => Ok(Err(self.hold_back(account, &held_back).await?)),
            Err(error) => Ok(Err(self.refused(account, &error).await?)),
        }
    }

    /// Whether the account must not run now: it is paused, or told to wait.
    pub(crate) async fn held_back(&self, account: &Account) -> Result<Option<NoToken>, StoreError> {
        if let Some(standing) = self.shared.ledger.standing(&account.name).await? {
            let is_over = standing.until.is_some_and(|until| until <= self.shared.clock.now());
            match standing.state {
                AccountState::Paused if !is_over && self.still_paused(account, &standing).await? => {
                    return Ok(Some(paused(account, standing)));
                }
                AccountState::Waiting if !is_over => return Ok(Some(waiting(account, standing))),
                AccountState::Paused | AccountState::Waiting => {
                    self.stand(account, AccountState::Active, None, None, None).await?;
                }
                AccountState::Active | AccountState::NeedsSignIn => {}
            }
        }
        Ok(None)
    }

    /// Whether the plan has to do without the account until its person has signed in: what refused the refresh
    /// token once refuses it again. A command that somebody runs may try.
    async fn waits_for_its_person(&self, account: &Account) -> Result<Option<NoToken>, StoreError> {
        if !account.is_of_a_person() {
            return Ok(None);
        }
        let standing = self.shared.ledger.standing(&account.name).await?;
        let waits = standing.filter(|standing| standing.state == AccountState::NeedsSignIn);
        Ok(waits.map(|standing| NoToken {
            seen: standing.code.as_deref().map(|code| seen::of_code(account, code)),
            reason: standing.reason.unwrap_or_else(|| sign_in_command(account)),
            trouble: Some(Trouble::SignIn),
        }))
    }

    /// Whether a pause holds: refusals of another credential than today's do not count.
    async fn still_paused(&self, account: &Account, standing: &AccountStanding) -> Result<bool, StoreError> {
        if standing.until.is_none() {
            return Ok(true);
        }
        let now = self.shared.clock.now();
        let since = now.checked_sub(REFUSAL_WINDOW).unwrap_or(now);
        let credential = SignInAttempt::by_credential(&account.identity).credential;
        Ok(self.shared.ledger.refusals(&account.name, &credential, since).await?.len() >= REFUSALS_MAX)
    }

    /// Keeps in the account's standing what holds its sign-ins back.
    pub(crate) async fn hold_back(&self, account: &Account, held_back: &HeldBack) -> Result<NoToken, StoreError> {
        let (state, reason) = match held_back.by {
            HeldBackBy::Wait => (AccountState::Waiting, held_back.to_string()),
            HeldBackBy::Refusals(_) => {
                let resume = format!("`graphbeat account resume {}` starts it at once", account.name);
                (AccountState::Paused, format!("{held_back}; once the cause is mended, {resume}"))
            }
        };
        self.stand(account, state, Some(reason.clone()), held_back.code.clone(), Some(held_back.until)).await?;
        Ok(NoToken::held_back(account, reason, held_back.code.as_deref()))
    }

    /// Notes a failed sign-in and says what it means for the account.
    async fn refused(&self, account: &Account, error: &TokenError) -> Result<NoToken, StoreError> {
        let code = error.refusal().map(graphbeat_entra::Refusal::code_text);
        let (state, trouble) = consequence(error.class());
        let mut reason = error_chain(error);
        if state == Some(AccountState::NeedsSignIn) && account.is_of_a_person() {
            reason = format!("{reason}; {}", sign_in_command(account));
        }
        if let Some(state) = state {
            self.stand(account, state, Some(reason.clone()), code, error.until()).await?;
        }
        Ok(NoToken { reason, trouble: Some(trouble), seen: Some(seen::of_token_error(account, error)) })
    }

    /// Entra gave a token: what stood in the account's way is over. The refusals before it still count.
    async fn stands_well(&self, account: &Account) -> Result<(), StoreError> {
        match self.shared.ledger.standing(&account.name).await? {
            Some(standing) if standing.state != AccountState::Active => {
                self.stand(account, AccountState::Active, None, None, None).await
            }
            _ => Ok(()),
        }
    }

    /// Changes the account's standing, but for its owner's pause, which only its owner ends.
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
        self.shared.ledger.stand_unless_paused(standing).await.map(drop)
    }
}

/// The ledger's failure, as the guard tells it.
pub(crate) fn not_counted(failure: StoreFailure) -> StoreError {
    StoreError::Writer(Arc::new(StoreError::Database { act: "count sign-ins in", source: Box::new(failure) }))
}

fn sign_in_command(account: &Account) -> String {
    format!("run `graphbeat account sign-in {}`", account.name)
}

/// By its owner until it is resumed, or by refusals until a time.
fn paused(account: &Account, standing: AccountStanding) -> NoToken {
    let why = standing.reason.unwrap_or_else(|| "its owner paused it".to_owned());
    if standing.until.is_some() {
        return NoToken::held_back(account, why, standing.code.as_deref());
    }
    NoToken::from(format!("the account is paused: {why}; run `graphbeat account resume {}`", standing.account))
}

fn waiting(account: &Account, standing: AccountStanding) -> NoToken {
    let reason = standing.reason.unwrap_or_else(|| "Entra asked to wait".to_owned());
    NoToken::held_back(account, reason, standing.code.as_deref())
}

/// What a failed sign-in does to the account's standing, and to the exit code.
fn consequence(class: FailureClass) -> (Option<AccountState>, Trouble) {
    match class {
        FailureClass::Locked | FailureClass::Throttled => (Some(AccountState::Waiting), Trouble::Throttled),
        // A passing network error never stops an account.
        FailureClass::Transport | FailureClass::Unreadable => (None, Trouble::Network),
        // Whoever issues the token may put it back at any moment.
        FailureClass::NoAssertion => (None, Trouble::SignIn),
        FailureClass::Store => (None, Trouble::Vault),
        FailureClass::NeedsPerson
        | FailureClass::NotSignedIn
        | FailureClass::PasswordExpired
        | FailureClass::WrongSecret
        | FailureClass::ExpiredSecret
        | FailureClass::CertificateRefused
        | FailureClass::CertificateExpired
        | FailureClass::AssertionRefused
        | FailureClass::UnknownTenant
        | FailureClass::UnknownClient
        | FailureClass::MissingConsent
        | FailureClass::AccountDisabled
        | FailureClass::OtherRefusal => (Some(AccountState::NeedsSignIn), Trouble::SignIn),
    }
}
