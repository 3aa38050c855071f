//! The guard before Entra: no sign-in while it told us to wait, and no fourth refused one in a quarter of
//! an hour, counted in the ledger so that other processes and restarts count too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use graphbeat_base::{SignedDuration, Timestamp, error_chain};
use graphbeat_core::{AccountStanding, AccountState, Refusal};
use graphbeat_entra::{AccessToken, FailureClass, TokenError};
use graphbeat_store::{SignInEnd, SignInRoom, SignInTaken, SignInWish, StoreError};

use crate::{Account, Engine, Trouble};

/// Refused sign-ins for an account and credential within [`REFUSAL_WINDOW`].
const REFUSALS_MAX: usize = 3;
/// Entra's smart lock-out begins after about so long a run of refusals.
const REFUSAL_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// A sign-in whose end is not known after so long never gets one: its request has a time-out of half a minute.
const UNDER_WAY_MAX: SignedDuration = SignedDuration::from_secs(40);
/// Real time for which a sign-in waits for others, in other processes, that are under way.
const OTHERS_WAIT_MAX: Duration = Duration::from_secs(45);
/// Real time between two looks at them.
const OTHERS_LOOK: Duration = Duration::from_millis(50);

/// The name under which a person's refused sign-ins are counted: a refresh token that is over must not keep
/// its owner from signing in again.
const PERSON_SIGN_IN: &str = "person-sign-in";

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
        let taken = match self.room(account).await? {
            Ok(taken) => taken,
            Err(no_token) => return Ok(Err(no_token)),
        };
        let token = tokens.token(&account.identity, planned_at).await;
        self.shared.ledger.settle_sign_in(taken, end_of(&token)).await?;
        match token {
            Ok(token) => {
                self.stands_well(account).await?;
                Ok(Ok(token))
            }
            Err(error) => Ok(Err(self.refused(account, &error).await?)),
        }
    }

    /// Room for one sign-in among all processes; waits for those under way, whose end decides.
    async fn room(&self, account: &Account) -> Result<Result<SignInTaken, NoToken>, StoreError> {
        let begun = Instant::now();
        loop {
            let at = self.shared.clock.now();
            let wish = SignInWish {
                account: Arc::clone(&account.name),
                credential: Arc::clone(&account.credential),
                at,
                since: at.checked_sub(REFUSAL_WINDOW).unwrap_or(at),
                refusals_max: REFUSALS_MAX,
            };
            let refusals = match self.shared.ledger.reserve_sign_in(wish).await? {
                SignInRoom::Taken(taken) => return Ok(Ok(taken)),
                SignInRoom::Full(refusals) => refusals,
            };
            let is_under_way =
                |refusal: &Refusal| refusal.code.is_empty() && at.duration_since(refusal.at) < UNDER_WAY_MAX;
            if refusals.iter().any(is_under_way) && begun.elapsed() < OTHERS_WAIT_MAX {
                tokio::time::sleep(OTHERS_LOOK).await;
            } else if let Some(no_token) = self.paused_by(account, &refusals).await? {
                return Ok(Err(no_token));
            }
        }
    }

    /// Whether the account must not run now: it is paused, or told to wait.
    pub(crate) async fn held_back(&self, account: &Account) -> Result<Option<NoToken>, StoreError> {
        if let Some(standing) = self.shared.ledger.standing(&account.name).await? {
            let is_over = standing.until.is_some_and(|until| until <= self.shared.clock.now());
            match standing.state {
                AccountState::Paused if !is_over && self.still_paused(account, &standing).await? => {
                    return Ok(Some(paused(standing)));
                }
                AccountState::Waiting if !is_over => return Ok(Some(waiting(standing))),
                AccountState::Paused | AccountState::Waiting => {
                    self.stand(account, AccountState::Active, None, None, None).await?;
                }
                AccountState::Active | AccountState::NeedsSignIn => {}
            }
        }
        Ok(None)
    }

    /// Whether a pause holds: refusals of another credential than today's do not count.
    async fn still_paused(&self, account: &Account, standing: &AccountStanding) -> Result<bool, StoreError> {
        if standing.until.is_none() {
            return Ok(true);
        }
        let now = self.shared.clock.now();
        let since = now.checked_sub(REFUSAL_WINDOW).unwrap_or(now);
        Ok(self.shared.ledger.refusals(&account.name, &account.credential, since).await?.len() >= REFUSALS_MAX)
    }

    /// Whether nobody may sign in for the account now. A pause does not matter: who signs in ends it.
    pub(crate) async fn sign_in_held_back(&self, account: &Account) -> Result<Option<NoToken>, StoreError> {
        let now = self.shared.clock.now();
        match self.shared.ledger.standing(&account.name).await? {
            Some(standing)
                if standing.state == AccountState::Waiting && standing.until.is_some_and(|until| until > now) =>
            {
                Ok(Some(waiting(standing)))
            }
            _ => self.refused_too_often(account, PERSON_SIGN_IN).await,
        }
    }

    /// Counts the refused sign-ins of the last while; the one that would be too many pauses the account.
    async fn refused_too_often(&self, account: &Account, credential: &str) -> Result<Option<NoToken>, StoreError> {
        let now = self.shared.clock.now();
        let since = now.checked_sub(REFUSAL_WINDOW).unwrap_or(now);
        let refusals = self.shared.ledger.refusals(&account.name, credential, since).await?;
        self.paused_by(account, &refusals).await
    }

    /// Pauses the account where these are too many.
    async fn paused_by(&self, account: &Account, refusals: &[Refusal]) -> Result<Option<NoToken>, StoreError> {
        let now = self.shared.clock.now();
        let Some(first_that_counts) = refusals.len().checked_sub(REFUSALS_MAX) else { return Ok(None) };
        let until = refusals[first_that_counts].at.checked_add(REFUSAL_WINDOW).unwrap_or(now);
        let code = refusals.iter().rev().find(|refusal| !refusal.code.is_empty());
        let code = code.map(|refusal| refusal.code.to_string());
        let what = match &code {
            Some(code) => format!("{REFUSALS_MAX} refused sign-ins ({code})"),
            None => format!("{REFUSALS_MAX} sign-ins that were cut off, so that nobody knows how they ended"),
        };
        let reason = format!(
            "paused after {what} until {}; once the cause is mended, `graphbeat account resume {}` starts it at once",
            until.strftime("%H:%M:%SZ"),
            account.name
        );
        self.stand(account, AccountState::Paused, Some(reason.clone()), code, Some(until)).await?;
        Ok(Some(NoToken { reason, trouble: Some(Trouble::Throttled) }))
    }

    /// Notes a failed sign-in and says what it means for the account.
    async fn refused(&self, account: &Account, error: &TokenError) -> Result<NoToken, StoreError> {
        let code = error.refusal().map(graphbeat_entra::Refusal::code_text);
        let (state, trouble) = consequence(error.class());
        let mut reason = error_chain(error);
        if state == Some(AccountState::NeedsSignIn) && account.is_of_a_person() {
            reason = format!("{reason}; run `graphbeat account sign-in {}`", account.name);
        }
        if let Some(state) = state {
            self.stand(account, state, Some(reason.clone()), code, error.until()).await?;
        }
        Ok(NoToken { reason, trouble: Some(trouble) })
    }

    /// Notes that a person's sign-in failed: refusals count, and a wish to wait is kept.
    pub(crate) async fn sign_in_refused(&self, account: &Account, error: &TokenError) -> Result<(), StoreError> {
        self.count_refusal(account, PERSON_SIGN_IN, error).await?;
        match error.until() {
            Some(until) => {
                self.stand(account, AccountState::Waiting, Some(error_chain(error)), None, Some(until)).await
            }
            None => Ok(()),
        }
    }

    async fn count_refusal(&self, account: &Account, credential: &str, error: &TokenError) -> Result<(), StoreError> {
        let Some(refusal) = error.refusal() else { return Ok(()) };
        let refusal = Refusal {
            account: Arc::clone(&account.name),
            credential: Arc::from(credential),
            at: self.shared.clock.now(),
            code: Arc::from(refusal.code_text()),
        };
        self.shared.ledger.add_refusal(refusal).await
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

/// What a sign-in's end means for those after it.
fn end_of(token: &Result<AccessToken, TokenError>) -> SignInEnd {
    match token {
        Ok(_) => SignInEnd::Good,
        Err(error) => match error.refusal() {
            Some(refusal) => SignInEnd::Refused(Arc::from(refusal.code_text())),
            None => SignInEnd::Nothing,
        },
    }
}

/// By its owner until it is resumed, or by refusals until a time.
fn paused(standing: AccountStanding) -> NoToken {
    let why = standing.reason.unwrap_or_else(|| "its owner paused it".to_owned());
    if standing.until.is_some() {
        return NoToken { reason: why, trouble: Some(Trouble::Throttled) };
    }
    let reason = format!("the account is paused: {why}; run `graphbeat account resume {}`", standing.account);
    NoToken { reason, trouble: None }
}

fn waiting(standing: AccountStanding) -> NoToken {
    let reason = standing.reason.unwrap_or_else(|| "Entra asked to wait".to_owned());
    NoToken { reason, trouble: Some(Trouble::Throttled) }
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
