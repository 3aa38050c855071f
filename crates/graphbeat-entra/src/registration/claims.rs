//! What a token says about itself: what was granted, and the directory roles of who signed in.
//!
//! Microsoft calls Graph's access tokens opaque. They are read here for showing and for advice only, never
//! to decide whether somebody may do something: that stays Graph's.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use uuid::Uuid;

use super::{DirectoryRole, PermissionKind};
use crate::AccessToken;

/// The longest token that is read.
const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// What a token says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenClaims {
    /// `roles`: what an application was granted.
    pub roles: BTreeSet<String>,
    /// `scp`: what a user consented to, or an administrator for them.
    pub scopes: BTreeSet<String>,
    /// `wids`: the template ids of the user's directory roles; none where the token does not say.
    pub directory_roles: Option<Vec<Uuid>>,
    /// `oid`: the user or the service principal.
    pub object_id: Option<Uuid>,
    /// `tid`: the tenant.
    pub tenant_id: Option<Uuid>,
}

/// A token that says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token cannot be read")]
pub struct ClaimsError;

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    roles: BTreeSet<String>,
    #[serde(default)]
    scp: String,
    wids: Option<Vec<String>>,
    oid: Option<Uuid>,
    tid: Option<Uuid>,
}

impl TokenClaims {
    /// Reads a token without verifying it.
    ///
    /// # Errors
    /// [`ClaimsError`] where it is no JWT.
    pub fn read(token: &AccessToken) -> Result<Self, ClaimsError> {
        let bearer = token.bearer().to_str().map_err(|_| ClaimsError)?;
        let text = bearer.strip_prefix("Bearer ").filter(|text| text.len() <= TOKEN_BYTES_MAX).ok_or(ClaimsError)?;
        let payload = text.split('.').nth(1).ok_or(ClaimsError)?;
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).map_err(|_| ClaimsError)?;
        let claims: Claims = serde_json::from_slice(&payload).map_err(|_| ClaimsError)?;
        let ids = |ids: Vec<String>| ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect();
        Ok(Self {
            roles: claims.roles,
            scopes: claims.scp.split_whitespace().map(str::to_owned).collect(),
            directory_roles: claims.wids.map(ids),
            object_id: claims.oid,
            tenant_id: claims.tid,
        })
    }

    /// What was granted, of one kind.
    #[must_use]
    pub fn granted(&self, kind: PermissionKind) -> &BTreeSet<String> {
        match kind {
            PermissionKind::Application => &self.roles,
            PermissionKind::Delegated => &self.scopes,
        }
    }

    /// The directory roles that matter here; none where the token does not say.
    #[must_use]
    pub fn administrator_roles(&self) -> Option<Vec<DirectoryRole>> {
        let ids = self.directory_roles.as_ref()?;
        Some(ids.iter().filter_map(|&id| DirectoryRole::of_template(id)).collect())
    }
}
