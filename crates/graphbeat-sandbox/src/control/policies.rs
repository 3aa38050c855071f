//! The tenant's policies in the control API: what every sign-in has to meet.

use http::{Method, StatusCode};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::{ControlRequest, Refused, body, not_allowed};
use crate::server::Reply;
use crate::standing::{AuthenticationContext, Cloud, ConditionalAccess};
use crate::world::{World, read, write};

/// A field may be left out, or be null to switch what it stands for off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoliciesBody {
    security_defaults: Option<bool>,
    conditional_access: Option<ConditionalAccess>,
    #[serde(default, deserialize_with = "given")]
    sign_in_frequency_s: Option<Option<u32>>,
    blocked_address: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    authentication_context: Option<Option<AuthenticationContext>>,
    #[serde(default, deserialize_with = "given")]
    cloud: Option<Option<Cloud>>,
}

/// Tells a null from a field that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// `GET` and `PUT policies`; what is left out stays.
pub(super) fn policies(world: &World, request: ControlRequest<'_>) -> Result<Reply, Refused> {
    if request.method == Method::PUT {
        let wanted: PoliciesBody = body(request)?;
        let mut tenant = write(&world.tenant);
        let policies = &mut tenant.identity.policies;
        policies.conditional_access = wanted.conditional_access.unwrap_or(policies.conditional_access);
        policies.sign_in_frequency_s = wanted.sign_in_frequency_s.unwrap_or(policies.sign_in_frequency_s);
        policies.blocked_address = wanted.blocked_address.unwrap_or(policies.blocked_address);
        policies.authentication_context = wanted.authentication_context.unwrap_or(policies.authentication_context);
        policies.cloud = wanted.cloud.unwrap_or(policies.cloud);
        if let Some(on) = wanted.security_defaults {
            tenant.set_security_defaults(on);
        }
    } else if request.method != Method::GET {
        return Err(not_allowed(request, "GET, PUT"));
    }
    let tenant = read(&world.tenant);
    let policies = tenant.identity.policies;
    let now = json!({
        "security_defaults": tenant.has_security_defaults(),
        "conditional_access": policies.conditional_access,
        "sign_in_frequency_s": policies.sign_in_frequency_s,
        "blocked_address": policies.blocked_address,
        "authentication_context": policies.authentication_context,
        "cloud": policies.cloud,
    });
    Ok(Reply::json(StatusCode::OK, &now))
}
