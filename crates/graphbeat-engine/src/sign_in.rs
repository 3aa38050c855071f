//! Signing in: once by a person for a user's account, or as a proof of an application's credential.

use std::future::Future;
use std::sync::Arc;

use graphbeat_core::AccountState;
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
        if !account.is_of_a_person() {
            if let Some(no_token) = self.held_back(account).await.map_err(SignInFailure::Store)? {
                return Err(SignInFailure::NoToken(no_token));
            }
            let token = self.token(account, None).await.map_err(SignInFailure::Store)?;
            token.map_err(SignInFailure::NoToken)?;
            self.active(account).await?;
            return Ok(None);
        }
        let tokens = &account.cloud.tokens;
        let prompt = tokens.start_device_code(&account.identity).await.map_err(SignInFailure::DeviceCode)?;
        prompts.show(&account.name, &prompt);
        let signed_in = tokens.finish_device_code(&account.identity, &prompt, cancel).await;
        let signed_in = signed_in.map_err(SignInFailure::DeviceCode)?;
        self.active(account).await?;
        Ok(Some(signed_in))
    }

    /// Stops an account until [`Engine::resume`].
    ///
    /// # Errors
    /// [`StoreError`] where the ledger could not be written.
    pub async fn pause(&self, account: &Account) -> Result<(), StoreError> {
        let reason = "its owner paused it".to_owned();
        self.stand(account, AccountState::Paused, Some(reason), None, None).await
    }

    /// Starts an account again, whatever stopped it, refused sign-ins included.
    ///
    /// # Errors
    /// [`StoreError`] where the ledger could not be written.
    pub async fn resume(&self, account: &Account) -> Result<(), StoreError> {
        self.shared.ledger.clear_refusals(&account.name).await?;
        self.stand(account, AccountState::Active, None, None, None).await
    }

    async fn active(&self, account: &Account) -> Result<(), SignInFailure> {
        self.resume(account).await.map_err(SignInFailure::Store)?;
        self.flush().await.map_err(SignInFailure::Store)
    }
}
