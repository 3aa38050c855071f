//! The tokens themselves: access tokens as Graph gets them (version 1.0 claims) and ID tokens.

use std::collections::BTreeSet;

use graphbeat_base::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::base64url;
use super::client::Proof;
use super::scope::is_graph_audience;
use crate::identity::Application;
use crate::keys::{KeyError, RsaIdentity};
use crate::standing::AuthenticationContext;
use crate::tenant::UserCard;

/// How long an access token lives.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_secs(3_600);
/// How long one lives whose client can be told that it was revoked; for a user up to
/// [`LONG_SPREAD_S`] more, different for each.
const LONG_TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(24);
const LONG_SPREAD_S: i64 = 4 * 3_600;
/// From this life on an answer says when to refresh: after half of it.
const REFRESH_IN_FROM_S: i64 = 2 * 3_600;

/// Whose an access token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Application,
    User,
}

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
    /// The client understands challenges.
    pub(crate) continuous: bool,
    /// The context whose policy the sign-in has met.
    pub(crate) context: Option<AuthenticationContext>,
}

impl Issue<'_> {
    /// A token of the application itself; with nothing granted it has no `roles`, as in the real one.
    pub(crate) fn application_token(&self) -> Result<String, KeyError> {
        let service_principal = self.application.service_principal_id;
        let mut claims = self.common();
        claims["idtyp"] = json!("app");
        claims["oid"] = json!(service_principal);
        claims["sub"] = json!(service_principal);
        if !self.application.application_permissions.is_empty() && is_graph_audience(self.audience) {
            claims["roles"] = json!(self.application.application_permissions);
        }
        self.signer.sign(&claims)
    }

    /// A user's token for these scopes.
    pub(crate) fn user_token(
        &self,
        user: &UserCard,
        scopes: &BTreeSet<String>,
        (factors, generation): (&[&str], u32),
    ) -> Result<String, KeyError> {
        let mut claims = self.common();
        claims["exp"] = json!(self.expires(self.user_life()).as_second());
        // Opaque to clients: by it the sandbox knows which sessions a revocation ended.
        claims["aio"] = json!(format!("{generation:x}.{}", base64url(self.uti.as_bytes())));
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
        claims["wids"] = json!(user.roles);
        self.signer.sign(&claims)
    }

    /// `expires_in` and, where tokens live long, `refresh_in` of an answer; one second less than the
    /// life, as the real one says.
    pub(crate) fn lives(&self, token: Kind) -> (i64, Option<i64>) {
        let life = match token {
            Kind::Application => self.application_life(),
            Kind::User => self.user_life(),
        };
        let expires_in = life.as_secs() - 1;
        (expires_in, (expires_in >= REFRESH_IN_FROM_S).then_some(expires_in / 2))
    }

    fn application_life(&self) -> SignedDuration {
        if self.continuous { LONG_TOKEN_LIFE } else { TOKEN_LIFE }
    }

    fn user_life(&self) -> SignedDuration {
        if !self.continuous {
            return TOKEN_LIFE;
        }
        let [first, second, ..] = *self.uti.as_bytes();
        let spread = i64::from(u16::from_be_bytes([first, second])) % LONG_SPREAD_S;
        LONG_TOKEN_LIFE + SignedDuration::from_secs(spread)
    }

    /// A user's ID token, issued by the authority that the client used; `hashes` are those of what it
    /// travels with from the sign-in page.
    pub(crate) fn id_token(
        &self,
        user: &UserCard,
        base_url: &str,
        nonce: Option<&str>,
        hashes: &[(&str, &str)],
    ) -> Result<String, KeyError> {
        let mut claims = json!({
            "aud": self.application.client_id,
            "iss": format!("{base_url}/{}/v2.0", self.tenant_id),
            "iat": self.now.as_second(),
            "nbf": self.now.as_second(),
            "exp": self.expires(TOKEN_LIFE).as_second(),
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
        for (name, of) in hashes {
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, of.as_bytes());
            claims[*name] = json!(base64url(hash.as_ref().get(..16).unwrap_or_default()));
        }
        self.signer.sign(&claims)
    }

    fn common(&self) -> Value {
        let mut claims = json!({
            "aud": self.audience,
            "iss": format!("https://sts.windows.net/{}/", self.tenant_id),
            "iat": self.now.as_second(),
            "nbf": self.now.as_second(),
            "exp": self.expires(self.application_life()).as_second(),
            "app_displayname": self.application.display_name,
            "appid": self.application.client_id,
            "appidacr": self.proof.claim(),
            "idp": format!("https://sts.windows.net/{}/", self.tenant_id),
            "tenant_region_scope": "EU",
            "tid": self.tenant_id,
            "uti": base64url(self.uti.as_bytes()),
            "ver": "1.0",
        });
        if self.continuous {
            claims["xms_cc"] = json!(["CP1"]);
        }
        if let Some(context) = self.context {
            claims["acrs"] = json!([context]);
        }
        claims
    }

    fn expires(&self, life: SignedDuration) -> Timestamp {
        self.now.checked_add(life).unwrap_or(Timestamp::MAX)
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
