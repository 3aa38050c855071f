//! What a registration is to look like, as the body of a request and as a manifest to paste.

use serde_json::{Value, json};

use super::permission::{GRAPH_APP_ID, KnownPermission, PermissionKind, known_permission};
use super::{PublicKey, Registration};

/// What a browser is sent back to; Entra lets the port of `localhost` be any.
pub(crate) const REDIRECT_URI: &str = "http://localhost";

/// A permission that the table does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Graph's permission `{name}` is not known, so it cannot be asked for by its id")]
pub struct UnknownPermission {
    /// Its name.
    pub name: String,
}

/// What a registration is to look like.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The name that people see in the portal and on consent pages.
    pub display_name: String,
    /// As whom the account signs in.
    pub kind: PermissionKind,
    /// The permissions, of that kind, by name.
    permissions: Vec<&'static KnownPermission>,
    /// The public half of the application's key; none: it has another credential, or is a user's.
    pub key: Option<PublicKey>,
}

impl Wanted {
    /// What is wanted for these permissions.
    ///
    /// # Errors
    /// [`UnknownPermission`] for the first that the table does not hold.
    pub fn try_new<'n>(
        display_name: &str,
        kind: PermissionKind,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, UnknownPermission> {
        let known =
            |name: &str| known_permission(kind, name).ok_or_else(|| UnknownPermission { name: name.to_owned() });
        let permissions = names.into_iter().map(known).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { display_name: display_name.to_owned(), kind, permissions, key: None })
    }

    /// The permissions, as the table knows them.
    #[must_use]
    pub fn permissions(&self) -> &[&'static KnownPermission] {
        &self.permissions
    }

    /// `requiredResourceAccess`: what the consent pages ask for.
    #[must_use]
    pub fn required_resource_access(&self) -> Value {
        let access = |known: &&KnownPermission| json!({"id": known.id, "type": known.kind.access_type()});
        let accesses: Vec<Value> = self.permissions.iter().map(access).collect();
        if accesses.is_empty() {
            return json!([]);
        }
        json!([{"resourceAppId": GRAPH_APP_ID, "resourceAccess": accesses}])
    }

    /// What the portal's manifest page takes, in its Microsoft Graph form: the members to replace.
    #[must_use]
    pub fn manifest(&self) -> Value {
        let mut manifest = json!({
            "isFallbackPublicClient": true,
            "publicClient": {"redirectUris": [REDIRECT_URI]},
            "requiredResourceAccess": self.required_resource_access(),
        });
        if let (Some(key), Value::Object(members)) = (&self.key, &mut manifest) {
            members.insert("keyCredentials".to_owned(), json!([key.credential()]));
        }
        manifest
    }

    /// The body that makes the registration; its tags say what made it.
    pub(super) fn body(&self, registration: &Registration) -> Value {
        let mut body = self.manifest();
        body["displayName"] = Value::from(self.display_name.as_str());
        body["signInAudience"] = Value::from("AzureADMyOrg");
        body["tags"] = json!(["graphbeat", registration.tag()]);
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_asks_for_permissions_by_id_and_kind() {
        let wanted = Wanted::try_new("graphbeat", PermissionKind::Application, ["Mail.Send"]).expect("known");
        assert_eq!(
            wanted.manifest(),
            json!({
                "isFallbackPublicClient": true,
                "publicClient": {"redirectUris": ["http://localhost"]},
                "requiredResourceAccess": [{
                    "resourceAppId": "00000003-0000-0000-c000-000000000000",
                    "resourceAccess": [{"id": "b633e1c5-b582-4048-a93e-9f11b44c7e96", "type": "Role"}],
                }],
            })
        );
    }

    #[test]
    fn a_permission_that_nobody_knows_is_named() {
        let unknown = Wanted::try_new("graphbeat", PermissionKind::Delegated, ["Mail.Raed"]).expect_err("unknown");
        assert_eq!(unknown.name, "Mail.Raed");
    }
}
