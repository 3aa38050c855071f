//! Reading a registration as it is: what it asks for, what was granted, its owners and credentials.

use std::collections::BTreeSet;

use graphbeat_base::{Clock, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::create::{id_in, read_principal, send};
use super::permission::GRAPH_APP_ID;
use super::{GraphCall, Hand, HandError, PermissionKind, Registration, RegistrationError, permission_of_id};

/// Owners that are read.
const OWNERS_MAX: usize = 20;
/// Grants that are read.
const GRANTS_MAX: usize = 999;

/// A registration as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Its name.
    pub display_name: String,
    /// The application id.
    pub client_id: Option<Uuid>,
    /// The object id.
    pub object_id: Option<Uuid>,
    /// The service principal; none: nobody can sign in under it.
    pub principal_id: Option<Uuid>,
    /// Whether the service principal is enabled.
    pub is_enabled: bool,
    /// What the registration asks for, by kind and name; an id that the table does not know as it is.
    pub registered: BTreeSet<(PermissionKind, String)>,
    /// What was granted or consented to, by kind and name.
    pub granted: BTreeSet<(PermissionKind, String)>,
    /// The owners' names.
    pub owners: Vec<String>,
    /// Secrets and certificates.
    pub credentials: Vec<InspectedCredential>,
    /// Whether public clients may use it: what device code needs.
    pub is_public: bool,
    /// The addresses that browsers may be sent back to.
    pub redirect_uris: Vec<String>,
}

/// A secret or certificate of a registration.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct InspectedCredential {
    /// `secret` or `certificate`.
    pub kind: &'static str,
    /// Its id.
    pub key_id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// Its end.
    pub expires: Option<Timestamp>,
}

/// The requests that read it, with places for ids.
#[must_use]
pub fn inspect_calls(client_id: &str) -> Vec<GraphCall> {
    vec![
        read_application(client_id),
        GraphCall::get("app.principal.get", format!("/servicePrincipals(appId='{client_id}')")),
        read_owners("{id}"),
        read_roles("{principal}"),
        read_scopes("{principal}"),
    ]
}

/// Reads the registration of an application id.
///
/// # Errors
/// [`RegistrationError`] where the registration itself cannot be read. What else may not be read is empty.
pub async fn inspect(hand: &dyn Hand, client_id: Uuid, clock: &Clock) -> Result<Inspected, RegistrationError> {
    let application = send(hand, &read_application(&client_id.to_string()), clock, |_| false).await?;
    let mut inspected = read(&application)?;
    let owners = read_owners(&inspected.object_id.unwrap_or_default().to_string());
    let owners = lenient(send(hand, &owners, clock, |_| false).await)?;
    inspected.owners = array(&owners["value"]).take(OWNERS_MAX).map(|owner| text(&owner["displayName"])).collect();
    match send(hand, &read_principal(client_id), clock, |_| false).await {
        Ok(principal) => {
            let id = id_in(&principal, "id")?;
            inspected.principal_id = Some(id);
            inspected.is_enabled = principal["accountEnabled"] != false;
            granted(hand, &id.to_string(), clock, &mut inspected.granted).await?;
        }
        Err(error) if error.hand_error().is_some_and(HandError::is_not_found) => {}
        Err(error) => return Err(error),
    }
    Ok(inspected)
}

async fn granted(
    hand: &dyn Hand,
    principal: &str,
    clock: &Clock,
    granted: &mut BTreeSet<(PermissionKind, String)>,
) -> Result<(), RegistrationError> {
    let roles = lenient(send(hand, &read_roles(principal), clock, |_| false).await)?;
    for role in array(&roles["value"]).take(GRANTS_MAX) {
        granted.extend(named(&role["appRoleId"], PermissionKind::Application));
    }
    let scopes = lenient(send(hand, &read_scopes(principal), clock, |_| false).await)?;
    for grant in array(&scopes["value"]).take(GRANTS_MAX) {
        let names = text(&grant["scope"]);
        granted.extend(names.split_whitespace().map(|name| (PermissionKind::Delegated, name.to_owned())));
    }
    Ok(())
}

impl Inspected {
    /// What the registration asks for, of one kind.
    #[must_use]
    pub fn registered(&self, kind: PermissionKind) -> BTreeSet<String> {
        of_kind(&self.registered, kind)
    }

    /// What was granted, of one kind.
    #[must_use]
    pub fn granted(&self, kind: PermissionKind) -> BTreeSet<String> {
        of_kind(&self.granted, kind)
    }

    /// What is known of it from now on.
    pub fn complete(&self, registration: &mut Registration) {
        registration.client_id = self.client_id.or(registration.client_id);
        registration.object_id = self.object_id.or(registration.object_id);
        registration.principal_id = self.principal_id.or(registration.principal_id);
    }
}

fn of_kind(permissions: &BTreeSet<(PermissionKind, String)>, kind: PermissionKind) -> BTreeSet<String> {
    permissions.iter().filter(|(own, _)| *own == kind).map(|(_, name)| name.clone()).collect()
}

/// A list that may not be read, or is not there, is empty.
fn lenient(answer: Result<Value, RegistrationError>) -> Result<Value, RegistrationError> {
    match answer {
        Err(error) if error.hand_error().is_some_and(|why| why.is_forbidden() || why.is_not_found()) => Ok(Value::Null),
        answer => answer,
    }
}

fn read(application: &Value) -> Result<Inspected, RegistrationError> {
    let graph = array(&application["requiredResourceAccess"]).filter(|api| api["resourceAppId"] == GRAPH_APP_ID);
    let registered = graph.flat_map(|api| array(&api["resourceAccess"])).filter_map(|access| {
        let kind = if access["type"] == "Role" { PermissionKind::Application } else { PermissionKind::Delegated };
        named(&access["id"], kind)
    });
    let credentials = |member: &str, kind| {
        array(&application[member]).map(move |one| InspectedCredential {
            kind,
            key_id: one["keyId"].as_str().and_then(|id| Uuid::try_parse(id).ok()),
            name: text(&one["displayName"]),
            expires: one["endDateTime"].as_str().and_then(|at| at.parse().ok()),
        })
    };
    Ok(Inspected {
        display_name: text(&application["displayName"]),
        client_id: Some(id_in(application, "appId")?),
        object_id: Some(id_in(application, "id")?),
        registered: registered.collect(),
        credentials: credentials("keyCredentials", "certificate")
            .chain(credentials("passwordCredentials", "secret"))
            .collect(),
        is_public: application["isFallbackPublicClient"] == true,
        redirect_uris: array(&application["publicClient"]["redirectUris"]).map(text).collect(),
        ..Inspected::default()
    })
}

/// The name of a permission's id, or the id where the table does not know it.
fn named(id: &Value, kind: PermissionKind) -> Option<(PermissionKind, String)> {
    let id = Uuid::try_parse(id.as_str()?).ok()?;
    let name = permission_of_id(id).map_or_else(|| id.to_string(), |known| known.name.to_owned());
    Some((kind, name))
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn read_application(client_id: &str) -> GraphCall {
    GraphCall::get("app.application.get", format!("/applications(appId='{client_id}')"))
}

fn read_owners(id: &str) -> GraphCall {
    GraphCall::get("app.owners.list", format!("/applications/{id}/owners?$select=id,displayName&$top={OWNERS_MAX}"))
}

fn read_roles(principal: &str) -> GraphCall {
    GraphCall::get("app.roles.list", format!("/servicePrincipals/{principal}/appRoleAssignments?$top={GRANTS_MAX}"))
}

fn read_scopes(principal: &str) -> GraphCall {
    GraphCall::get("app.scopes.list", format!("/servicePrincipals/{principal}/oauth2PermissionGrants"))
}
