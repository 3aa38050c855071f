//! Signing in: once by a person for a user's account, or as a proof of an application's credential.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use graphbeat_base::error_chain;
use graphbeat_core::{AccountStanding, AccountState};
use graphbeat_entra::{
    AuthCodePrompt, Awaited as _, BadRedirect, DeviceCodePrompt, FailureClass, Loopback, RedirectAnswer, SignInError,
    SignedIn, TokenError,
};
use graphbeat_store::StoreError;

use crate::guard::not_counted;
use crate::{Account, Engine, NoToken};

/// Real time that a person has for the pages in the browser. Entra's own codes live as long.
const BROWSER_TIME_MAX: Duration = Duration::from_secs(15 * 60);
/// Wrong addresses that a person may paste before nobody reads on.
const PASTES_MAX: u32 = 20;

/// How a person signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInWay {
    /// In a browser that comes back to this machine, or whose last address is pasted.
    Browser,
    /// By a code that is typed into a browser anywhere.
    DeviceCode,
}

/// What a person has to be shown.
#[derive(Clone, Copy, Debug)]
pub enum SignInPrompt<'a> {
    /// A page to open.
    Browser(&'a AuthCodePrompt),
    /// A page, and a code to type there.
    DeviceCode(&'a DeviceCodePrompt),
}

/// Shows a person where to sign in.
#[async_trait]
pub trait PromptSink: Send + Sync {
    /// The address, and the code where there is one.
    fn show(&self, account: &str, prompt: SignInPrompt<'_>);

    /// The next address that the person pastes; for ever under way where nobody can.
    async fn pasted(&self) -> String {
        pending().await
    }

    /// What was pasted is no answer.
    fn refuse(&self, _why: BadRedirect) {}
}

/// Why a sign-in did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SignInFailure {
    /// The person's sign-in ended without a token.
    #[error("the sign-in did not succeed")]
    Person(#[source] SignInError),
    /// The account got no token.
    #[error("{}", .0.reason)]
    NoToken(NoToken),
    /// The ledger or the vault failed.
    #[error("the sign-in could not be kept")]
    Store(#[source] StoreError),
}

impl SignInFailure {
    /// What it means for whoever must act.
    #[must_use]
    pub fn class(&self) -> Option<FailureClass> {
        match self {
            Self::Person(error) => Some(error.class()),
            Self::NoToken(_) | Self::Store(_) => None,
        }
    }
}

impl Engine {
    /// Signs the account in: a person in this way, an application by its credential. `Ok(None)` for an
    /// application: nobody is signed in, but it works.
    ///
    /// # Errors
    /// [`SignInFailure`] where it did not succeed; the account's standing says why.
    pub async fn sign_in(
        &self,
        account: &Arc<Account>,
        way: SignInWay,
        prompts: &dyn PromptSink,
        cancel: impl Future<Output = ()> + Send,
    ) -> Result<Option<SignedIn>, SignInFailure> {
        if account.is_of_a_person() {
            return self.sign_in_person(account, way, prompts, cancel).await.map(Some);
        }
        let token = self.token(account, None).await.map_err(SignInFailure::Store)?;
        token.map_err(SignInFailure::NoToken)?;
        self.active(account).await?;
        Ok(None)
    }

    async fn sign_in_person(
        &self,
        account: &Arc<Account>,
        way: SignInWay,
        prompts: &dyn PromptSink,
        cancel: impl Future<Output = ()> + Send,
    ) -> Result<SignedIn, SignInFailure> {
        if let Err(error) = account.cloud.tokens.may_sign_in(&account.identity).await {
            return Err(self.not_signed_in(account, SignInError::Token(error)).await);
        }
        let signed_in = match way {
            SignInWay::Browser => by_browser(account, prompts, cancel).await,
            SignInWay::DeviceCode => by_device_code(account, prompts, cancel).await,
        };
        match signed_in {
            Ok(signed_in) => {
                self.active(account).await?;
                Ok(signed_in)
            }
            Err(error) => Err(self.not_signed_in(account, error).await),
        }
    }

    /// What a person's failed sign-in means: a wish to wait is kept in the account's standing.
    async fn not_signed_in(&self, account: &Account, error: SignInError) -> SignInFailure {
        let kept = match &error {
            SignInError::Token(TokenError::Guard(failure)) => Err(not_counted(failure.clone())),
            SignInError::Token(TokenError::HeldBack(held_back)) => match self.hold_back(account, held_back).await {
                Ok(no_token) => return SignInFailure::NoToken(no_token),
                Err(error) => Err(error),
            },
            SignInError::Token(token) => match token.until() {
                Some(until) => {
                    let (reason, code) = (error_chain(token), token.refusal().map(graphbeat_entra::Refusal::code_text));
                    self.stand(account, AccountState::Waiting, Some(reason), code, Some(until)).await
                }
                None => Ok(()),
            },
            _ => Ok(()),
        };
        kept.map_or_else(SignInFailure::Store, |()| SignInFailure::Person(error))
    }

    /// Forgets the account's tokens and who signed in. The account's history stays.
    ///
    /// # Errors
    /// Where the vault fails.
    pub async fn sign_out(&self, account: &Account) -> Result<(), graphbeat_entra::StoreFailure> {
        account.cloud.tokens.sign_out(&account.identity).await
    }

    /// The account starts again, whatever stopped it: its owner's pause and refused sign-ins included.
    async fn active(&self, account: &Account) -> Result<(), SignInFailure> {
        let ledger = &self.shared.ledger;
        let kept = async {
            ledger.clear_refusals(&account.name).await?;
            let (state, since) = (AccountState::Active, self.shared.clock.now());
            let account = Arc::clone(&account.name);
            let standing = AccountStanding { account, state, reason: None, code: None, until: None, since };
            ledger.set_standing(standing).await?;
            self.flush().await
        };
        kept.await.map_err(SignInFailure::Store)
    }
}

async fn by_device_code(
    account: &Account,
    prompts: &dyn PromptSink,
    cancel: impl Future<Output = ()> + Send,
) -> Result<SignedIn, SignInError> {
    let tokens = &account.cloud.tokens;
    let prompt = tokens.start_device_code(&account.identity).await?;
    prompts.show(&account.name, SignInPrompt::DeviceCode(&prompt));
    tokens.finish_device_code(&account.identity, &prompt, cancel).await
}

async fn by_browser(
    account: &Account,
    prompts: &dyn PromptSink,
    cancel: impl Future<Output = ()> + Send,
) -> Result<SignedIn, SignInError> {
    let tokens = &account.cloud.tokens;
    let loopback = Loopback::bind().await.map_err(|error| SignInError::Listener(Arc::new(error)))?;
    let prompt = tokens.start_auth_code(&account.identity, &loopback.redirect_uri()).await?;
    prompts.show(&account.name, SignInPrompt::Browser(&prompt));
    let mut cancel = pin!(cancel);
    let answer = tokio::select! {
        biased;
        () = &mut cancel => return Err(SignInError::Cancelled),
        answer = loopback.answer(&prompt) => answer,
        answer = pasted_answer(&prompt, prompts) => answer,
        () = tokio::time::sleep(BROWSER_TIME_MAX) => return Err(SignInError::Expired),
    };
    tokens.finish_auth_code(&account.identity, &prompt, answer).await
}

/// The first pasted address that answers this sign-in.
async fn pasted_answer(prompt: &AuthCodePrompt, prompts: &dyn PromptSink) -> RedirectAnswer {
    for _ in 0..PASTES_MAX {
        match prompt.read_answer(&prompts.pasted().await) {
            Ok(answer) => return answer,
            Err(why) => prompts.refuse(why),
        }
    }
    pending().await
}
