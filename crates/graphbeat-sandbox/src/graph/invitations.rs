//! Invitations: a guest comes into the directory before he has answered.

use serde_json::{Value, json};

use super::call::Call;
use super::error::GraphError;
use super::route::{Answer, Route};
use crate::tenant::Tenant;
use crate::tenant::ids::stamp;
use crate::tenant::store::{Entity, Properties, object};

/// The route of invitations.
pub(super) const ROUTES: &[Route] = &[Route::post("users.invitations.create", "/invitations", create)];

fn create(tenant: &mut Tenant, call: &Call<'_>) -> Answer {
    let body = call.body("invitation")?;
    let address = required(call, &body, "invitedUserEmailAddress")?;
    let back = required(call, &body, "inviteRedirectUrl")?;
    if !address.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.')) {
        return Err(bad(call, "invitedUserEmailAddress"));
    }
    let name = body.get("invitedUserDisplayName").and_then(Value::as_str);
    let name = name.unwrap_or_else(|| address.split('@').next().unwrap_or_default());
    let guest = guest(tenant, call, &address, name);
    let ticket = tenant.signature(&format!("invitation/{guest}"));
    let invitation = json!({
        "id": tenant.rng.uuid(), "invitedUserDisplayName": name, "invitedUserEmailAddress": address,
        "inviteRedeemUrl": format!("https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d{}%26ticket%3d{ticket}", tenant.id),
        "invitedUserMessageInfo": body.get("invitedUserMessageInfo").cloned().unwrap_or(json!({"messageLanguage": null, "customizedMessageBody": null, "ccRecipients": []})),
        "invitedUserType": "Guest", "inviteRedirectUrl": back, "resetRedemption": false, "status": "PendingAcceptance",
        "sendInvitationMessage": body.get("sendInvitationMessage") == Some(&Value::Bool(true)), "invitedUser": {"id": guest},
    });
    let invitation = Entity::loose("invitation", 1, invitation);
    call.created(&invitation, "invitations")
}

/// The id of the guest of an address: a known one, or a new one.
fn guest(tenant: &mut Tenant, call: &Call<'_>, address: &str, name: &str) -> String {
    let login = format!("{}#EXT#@{}", address.replace('@', "_"), tenant.domain);
    if let Some(known) = tenant.user_id(&login) {
        return known.to_owned();
    }
    let now = stamp(call.request.now);
    let nickname = login.split('@').next().unwrap_or_default();
    let properties = json!({
        "businessPhones": [], "displayName": name, "givenName": null, "jobTitle": null, "mail": address, "mobilePhone": null,
        "officeLocation": null, "preferredLanguage": null, "surname": null, "userPrincipalName": login, "accountEnabled": true,
        "assignedLicenses": [], "createdDateTime": now, "creationType": "Invitation", "externalUserState": "PendingAcceptance",
        "externalUserStateChangeDateTime": now, "mailNickname": nickname, "otherMails": [address], "userType": "Guest",
        "_roles": [], "_provisioned": false,
    });
    tenant.add_user(object(properties)).id().to_owned()
}

fn required(call: &Call<'_>, body: &Properties, name: &str) -> Result<String, GraphError> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| bad(call, name))
}

fn bad(call: &Call<'_>, name: &str) -> GraphError {
    GraphError::invalid(call.service(), format!("The value of the {name} field in the request body is invalid."))
}
