//! Once a day the agent holds what an account's token carries against what the account's selection needs, and
//! keeps the outcome in the ledger. It takes no request: the token is there anyway.

use std::sync::PoisonError;

use graphbeat_base::SignedDuration;
use graphbeat_catalog::permission_gap;
use graphbeat_core::PermissionCheck;
use graphbeat_entra::AccessToken;
use graphbeat_store::StoreError;

use crate::{Account, Engine};

/// From one look to the next.
const EVERY: SignedDuration = SignedDuration::from_hours(24);

impl Engine {
    /// Looks where the last look is a day old. A token that cannot be read says nothing.
    pub(crate) async fn check_permissions(&self, account: &Account, token: &AccessToken) -> Result<(), StoreError> {
        let now = self.shared.clock.now();
        let is_recent = |at| now.duration_since(at) < EVERY;
        let last = *account.permissions_checked.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(is_recent) {
            return Ok(());
        }
        let note = PermissionCheck::note_name(&account.name);
        let kept = self.shared.ledger.note(&note).await?.as_deref().and_then(PermissionCheck::from_note);
        let at = match (kept.map(|kept| kept.at).filter(|at| is_recent(*at)), token.permissions()) {
            (Some(at), _) => at,
            (None, None) => now,
            (None, Some(granted)) => {
                let gap = permission_gap(&account.work.permitted, account.mode, &granted, None);
                let check = PermissionCheck { at: now, missing: gap.missing, excessive: gap.excessive };
                if let Ok(text) = check.to_note() {
                    self.shared.ledger.set_note(&note, &text).await?;
                }
                now
            }
        };
        *account.permissions_checked.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
        Ok(())
    }
}
