//! The tokens themselves: access tokens as Graph gets them (version 1.0 claims) and ID tokens.

use std::collections::BTreeSet;

use graphbeat_base::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::base64url;
use super::client::Proof;
use crate::identity::Application;
use crate::keys::{KeyError, RsaIdentity};
use crate::tenant::UserCard;

/// How long an access token lives; the answer says one second less, as the real one does.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_secs(3_600);
/// `expires_in` of every token answer.
pub(crate) const EXPIRES_IN_S: u64 = 3_599;

/// What every token of one answer has in common.
#[derive(Debug)]
pub(crate) struct Issue<'a> {
    pub(crate) signer: &'a RsaIdentity,
    pub(crate) tenant_id: Uuid,
    pub(crate) application: &'a Application,
    pub(crate) proof: Proof,
    pub(crate) audience: &'a str,
    pub(crate) now: Timestamp,
    /// The token's own id.
    pub(crate) uti: Uuid,
}

impl Issue<'_> {
    /// A token of the application itself; with nothing granted it has no `roles`, as in the real one.
    pub(crate) fn application_token(&self) -> Result<String, KeyError> {
        let service_principal = self.application.service_principal_id;
        let mut claims = self.common();
        claims["idtyp"] = json!("app");
        claims["oid"] = json!(service_principal);
        claims["sub"] = json!(service_principal);
        if !self.application.application_permissions.is_empty() {
            claims["roles"] = json!(self.application.application_permissions);
        }
        self.signer.sign(&claims)
    }

    /// A user's token for these scopes.
    pub(crate) fn user_token(
        &self,
        user: &UserCard,
        scopes: &BTreeSet<String>,
        factors: &[&str],
    ) -> Result<String, KeyError> {
        let mut claims = self.common();
        claims["acct"] = json!(0);
        claims["acr"] = json!("1");
        claims["amr"] = json!(factors);
        claims["idtyp"] = json!("user");
        claims["name"] = json!(user.display_name);
        claims["oid"] = json!(user.id);
        claims["scp"] = json!(joined(scopes));
        claims["sub"] = json!(self.pairwise(user.id));
        claims["unique_name"] = json!(user.upn);
        claims["upn"] = json!(user.upn);
        self.signer.sign(&claims)
    }

    /// A user's ID token, issued by the authority that the client used.
    pub(crate) fn id_token(&self, user: &UserCard, base_url: &str, nonce: Option<&str>) -> Result<String, KeyError> {
        let mut claims = json!({
            "aud": self.application.client_id,
            "iss": format!("{base_url}/{}/v2.0", self.tenant_id),
            "iat": self.now.as_second(),
            "nbf": self.now.as_second(),
            "exp": self.expires().as_second(),
            "name": user.display_name,
            "oid": user.id,
            "preferred_username": user.upn,
            "sub": self.pairwise(user.id),
            "tid": self.tenant_id,
            "uti": base64url(self.uti.as_bytes()),
            "ver": "2.0",
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        self.signer.sign(&claims)
    }

    fn common(&self) -> Value {
        json!({
            "aud": self.audience,
            "iss": format!("https://sts.windows.net/{}/", self.tenant_id),
            "iat": self.now.as_second(),
            "nbf": self.now.as_second(),
            "exp": self.expires().as_second(),
            "app_displayname": self.application.display_name,
            "appid": self.application.client_id,
            "appidacr": self.proof.claim(),
            "idp": format!("https://sts.windows.net/{}/", self.tenant_id),
            "tenant_region_scope": "EU",
            "tid": self.tenant_id,
            "uti": base64url(self.uti.as_bytes()),
            "ver": "1.0",
        })
    }

    fn expires(&self) -> Timestamp {
        self.now.checked_add(TOKEN_LIFE).unwrap_or(Timestamp::MAX)
    }

    /// A user's `sub` is different for each application, and always the same for one.
    fn pairwise(&self, user_id: Uuid) -> String {
        let text = format!("{}{user_id}", self.application.client_id);
        base64url(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref())
    }
}

/// Scopes as one text.
pub(crate) fn joined(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<&str>>().join(" ")
}
