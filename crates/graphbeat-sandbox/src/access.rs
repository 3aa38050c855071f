//! Who calls Graph: the check of an access token, remembered so that it costs a hash the next time.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use graphbeat_base::Timestamp;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::Deserialize;
use uuid::Uuid;

use crate::entra::{decode_base64, is_graph_audience};
use crate::graph::{Caller, TokenProblem};
use crate::keys::RsaIdentity;
use crate::standing::AuthenticationContext;
use crate::world::{World, locked, read};

/// How many checked tokens one generation of the cache holds; two generations are kept.
const GENERATION_MAX: usize = 16_384;
/// A longer token is not looked at.
const TOKEN_MAX: usize = 65_536;
/// The clock difference forgiven before a token's time.
const CLOCK_SKEW_S: i64 = 300;

/// A token whose signature and audience are right.
#[derive(Clone, Debug)]
struct Access {
    caller: Caller,
    begins_s: i64,
    expires_s: i64,
    /// The client understands challenges; the user's generation of sessions, 0 of an application.
    continuous: Option<u32>,
    /// The contexts whose policies the sign-in met.
    contexts: Vec<AuthenticationContext>,
}

/// Checked tokens by their hash, in two generations: a full one makes the older go.
#[derive(Debug, Default)]
pub(crate) struct TokenCache {
    young: HashMap<[u8; 32], Arc<Access>>,
    old: HashMap<[u8; 32], Arc<Access>>,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    appid: Uuid,
    #[serde(default)]
    app_displayname: String,
    oid: Uuid,
    #[serde(default)]
    idtyp: String,
    #[serde(default)]
    roles: BTreeSet<String>,
    #[serde(default)]
    scp: String,
    #[serde(default)]
    aio: String,
    #[serde(default)]
    xms_cc: Vec<String>,
    #[serde(default)]
    acrs: Vec<AuthenticationContext>,
    nbf: i64,
    exp: i64,
}

/// The caller that a request's token names.
pub(crate) fn caller(world: &World, headers: &HeaderMap, now: Timestamp) -> Result<Caller, TokenProblem> {
    let token = bearer(headers).ok_or(TokenProblem::Missing)?;
    let key = digest(token);
    let known = locked(&world.tokens).get(&key);
    let access = match known {
        Some(access) => access,
        None => {
            let access = Arc::new(check(&world.signer, token, is_graph_audience)?);
            locked(&world.tokens).insert(key, Arc::clone(&access));
            access
        }
    };
    access.check_time(now)?;
    if let Some(generation) = access.continuous {
        check_standing(world, &access.caller, generation, now)?;
    }
    match read(&world.tenant).identity.policies.authentication_context {
        Some(context) if !access.contexts.contains(&context) => Err(TokenProblem::ContextMissing(context)),
        _ => Ok(access.caller.clone()),
    }
}

/// The caller that a token for another resource than Graph names.
pub(crate) fn caller_of(
    world: &World,
    headers: &HeaderMap,
    (now, is_audience): (Timestamp, fn(&str) -> bool),
) -> Result<Caller, TokenProblem> {
    let access = check(&world.signer, bearer(headers).ok_or(TokenProblem::Missing)?, is_audience)?;
    access.check_time(now)?;
    Ok(access.caller)
}

impl Access {
    fn check_time(&self, now: Timestamp) -> Result<(), TokenProblem> {
        let now_s = now.as_second();
        if now_s >= self.expires_s || now_s < self.begins_s - CLOCK_SKEW_S {
            return Err(TokenProblem::Expired);
        }
        Ok(())
    }
}

/// Whether nothing has ended a token that was issued to live long.
fn check_standing(world: &World, caller: &Caller, generation: u32, now: Timestamp) -> Result<(), TokenProblem> {
    let tenant = read(&world.tenant);
    let application = tenant.identity.application(caller.app_id);
    let may_application = application.is_some_and(|it| it.enabled && it.has_principal);
    let Some(user_id) = caller.user_id else {
        return if may_application { Ok(()) } else { Err(TokenProblem::Revoked(now)) };
    };
    let sign_in = tenant.identity.sign_in(user_id);
    let may_user = sign_in.enabled && sign_in.generation == generation && tenant.user(user_id).is_some();
    if may_application && may_user { Ok(()) } else { Err(TokenProblem::Revoked(sign_in.valid_from.unwrap_or(now))) }
}

impl TokenCache {
    fn get(&mut self, key: &[u8; 32]) -> Option<Arc<Access>> {
        if let Some(access) = self.young.get(key) {
            return Some(Arc::clone(access));
        }
        let access = self.old.remove(key)?;
        self.insert(*key, Arc::clone(&access));
        Some(access)
    }

    fn insert(&mut self, key: [u8; 32], access: Arc<Access>) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, access);
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

fn digest(token: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes()).as_ref());
    key
}

fn check(signer: &RsaIdentity, token: &str, is_audience: fn(&str) -> bool) -> Result<Access, TokenProblem> {
    if token.len() > TOKEN_MAX {
        return Err(TokenProblem::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenProblem::Malformed)?;
    let (_, claims) = signed.split_once('.').ok_or(TokenProblem::Malformed)?;
    let signature = decode_base64(signature).ok_or(TokenProblem::Malformed)?;
    let claims = decode_base64(claims).ok_or(TokenProblem::Malformed)?;
    if !signer.verifies(signed.as_bytes(), &signature) {
        return Err(TokenProblem::Signature);
    }
    // What we signed but is no access token to Graph (an ID token) has no `appid`: another audience.
    let claims: Claims = serde_json::from_slice(&claims).map_err(|_| TokenProblem::Audience)?;
    if !is_audience(&claims.aud) {
        return Err(TokenProblem::Audience);
    }
    Ok(claims.into_access())
}

impl Claims {
    fn into_access(self) -> Access {
        let user_id = (self.idtyp == "user").then_some(self.oid);
        let permissions = match user_id {
            Some(_) => self.scp.split_ascii_whitespace().map(ToOwned::to_owned).collect(),
            None => self.roles,
        };
        let generation = self.aio.split_once('.').and_then(|(first, _)| u32::from_str_radix(first, 16).ok());
        let continuous = (!self.xms_cc.is_empty()).then(|| generation.unwrap_or_default());
        let caller = Caller {
            app_id: self.appid,
            application_name: self.app_displayname.into(),
            user_id,
            permissions: Arc::new(permissions),
        };
        Access { caller, begins_s: self.nbf, expires_s: self.exp, continuous, contexts: self.acrs }
    }
}
