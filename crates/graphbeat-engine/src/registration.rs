//! What an account's own token says and may do about the registration that it signs in under.

use std::sync::Arc;

use graphbeat_entra::registration::{TokenClaims, TokenHand};
use graphbeat_store::StoreError;

use crate::{Account, Engine, NoToken};

impl Engine {
    /// What the account's token says of itself; a token that cannot be read says nothing.
    ///
    /// # Errors
    /// Where the ledger fails; the inner error is that there is no token.
    pub async fn claims(&self, account: &Arc<Account>) -> Result<Result<TokenClaims, NoToken>, StoreError> {
        let token = self.token(account, None).await?;
        Ok(token.map(|token| TokenClaims::read(&token).unwrap_or_default()))
    }

    /// A hand that sends with the account's own token.
    #[must_use]
    pub fn hand(&self, account: &Account) -> TokenHand {
        TokenHand::new(account.cloud.tokens.clone(), account.identity.clone())
    }
}
