//! Users in the control API: how they may sign in, and what they hold.

use graphbeat_base::Timestamp;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ControlRequest, Refused, body};
use crate::entra::find_user;
use crate::identity::UserSignIn;
use crate::server::Reply;
use crate::tenant::store::Entity;
use crate::tenant::{UserChange, UserChangeError};
use crate::world::{World, write};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserBody {
    enabled: Option<bool>,
    licenses: Option<Vec<String>>,
    roles: Option<Vec<String>>,
    mfa: Option<bool>,
    mfa_registered: Option<bool>,
    password: Option<String>,
    password_expired: Option<bool>,
    locked: Option<bool>,
    revoke_sessions: Option<bool>,
    provisioned: Option<bool>,
}

impl UserBody {
    /// The half that signing in asks for.
    fn sign_in(&self, sign_in: &mut UserSignIn, now: Timestamp) {
        sign_in.enabled = self.enabled.unwrap_or(sign_in.enabled);
        sign_in.mfa = self.mfa.unwrap_or(sign_in.mfa);
        sign_in.mfa_registered = self.mfa_registered.unwrap_or(sign_in.mfa_registered);
        if let Some(password) = &self.password {
            sign_in.set_password(password, now);
        }
        sign_in.password_expired = self.password_expired.unwrap_or(sign_in.password_expired);
        match self.locked {
            Some(true) => sign_in.lock(now),
            Some(false) => sign_in.unlock(),
            None => {}
        }
        if self.revoke_sessions == Some(true) {
            sign_in.revoke(now);
        }
    }
}

/// `PATCH users/{id or name}`: changes a user; what is left out stays.
pub(super) fn user(world: &World, request: ControlRequest<'_>, id: &str) -> Result<Reply, Refused> {
    let wanted: UserBody = body(request)?;
    let unknown = || Refused::new(StatusCode::NOT_FOUND, format!("no user has the id `{id}`"));
    let name = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
    let user = find_user(world, &name).ok_or_else(unknown)?;
    let change = UserChange {
        enabled: wanted.enabled,
        licenses: wanted.licenses.clone(),
        roles: wanted.roles.clone(),
        provisioned: wanted.provisioned,
    };
    let mut tenant = write(&world.tenant);
    tenant.change_user(user.id, &change).map_err(|error| match error {
        UserChangeError::User => unknown(),
        UserChangeError::License(_) => Refused::bad(format!("`licenses`: {error}")),
        UserChangeError::Role(_) => Refused::bad(format!("`roles`: {error}")),
    })?;
    let sign_in = tenant.identity.sign_ins.entry(user.id).or_default();
    let now = world.clock.now();
    wanted.sign_in(sign_in, now);
    let locked_until = sign_in.locked_until(now);
    let state = json!({
        "id": user.id,
        "upn": user.upn,
        "enabled": sign_in.enabled,
        "mfa": sign_in.mfa,
        "mfa_registered": sign_in.mfa_registered,
        "password_expired": sign_in.password_expired,
        "locked_until": locked_until,
    });
    Ok(Reply::json(StatusCode::OK, &with_holdings(state, tenant.user_entity(&user.id.to_string()))))
}

/// Adds to the answer about a user the half that Graph shows.
fn with_holdings(mut now: Value, entity: Option<&Entity>) -> Value {
    let get = |name: &str| entity.map_or(Value::Null, |entity| entity.get(name).clone());
    let licenses = get("assignedLicenses");
    now["licenses"] = licenses.as_array().into_iter().flatten().map(|license| license["skuId"].clone()).collect();
    now["roles"] = get("_roles");
    now["provisioned"] = get("_provisioned");
    now
}
