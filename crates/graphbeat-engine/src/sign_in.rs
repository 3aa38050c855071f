//! Signing in: once by a person for a user's account, or as a proof of an application's credential.

use std::future::Future;
use std::sync::Arc;

use graphbeat_core::{AccountStanding, AccountState};
use graphbeat_entra::{DeviceCodeError, DeviceCodePrompt, FailureClass, SignedIn};
use graphbeat_store::StoreError;

use crate::{Account, Engine, NoToken};

/// Shows a person where to sign in.
pub trait PromptSink: Send + Sync {
    /// The address and the code.
    fn show(&self, account: &str, prompt: &DeviceCodePrompt);
}

/// Why a sign-in did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SignInFailure {
    /// The device-code sign-in ended without a token.
    #[error("the sign-in did not succeed")]
    DeviceCode(#[source] DeviceCodeError),
    /// The application got no token.
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
            Self::DeviceCode(error) => Some(error.class()),
            Self::NoToken(_) | Self::Store(_) => None,
        }
    }
}

impl Engine {
    /// Signs the account in: a user by device code, an application by its credential. `Ok(None)` for an
    /// application: nobody is signed in, but it works.
    ///
    /// # Errors
    /// [`SignInFailure`] where it did not succeed; the account's standing says why.
    pub async fn sign_in(
        &self,
        account: &Arc<Account>,
        prompts: &dyn PromptSink,
        cancel: impl Future<Output = ()> + Send,
    ) -> Result<Option<SignedIn>, SignInFailure> {
        if account.is_of_a_person() {
            return self.sign_in_person(account, prompts, cancel).await.map(Some);
        }
        let token = self.token(account, None).await.map_err(SignInFailure::Store)?;
        token.map_err(SignInFailure::NoToken)?;
        self.active(account).await?;
        Ok(None)
    }

    async fn sign_in_person(
        &self,
        account: &Arc<Account>,
        prompts: &dyn PromptSink,
        cancel: impl Future<Output = ()> + Send,
    ) -> Result<SignedIn, SignInFailure> {
        if let Some(no_token) = self.sign_in_held_back(account).await.map_err(SignInFailure::Store)? {
            return Err(SignInFailure::NoToken(no_token));
        }
        let tokens = &account.cloud.tokens;
        let signed_in = async {
            let prompt = tokens.start_device_code(&account.identity).await?;
            prompts.show(&account.name, &prompt);
            tokens.finish_device_code(&account.identity, &prompt, cancel).await
        };
        match signed_in.await {
            Ok(signed_in) => {
                self.active(account).await?;
                Ok(signed_in)
            }
            Err(error) => {
                if let DeviceCodeError::Token(token_error) = &error {
                    self.sign_in_refused(account, token_error).await.map_err(SignInFailure::Store)?;
                }
                Err(SignInFailure::DeviceCode(error))
            }
        }
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
