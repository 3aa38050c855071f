//! What a token is asked for: a resource and scopes of it.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::error::EntraError;
use super::resources::Resources;
use crate::identity::{Application, PermissionKind, permission_values};
use crate::server::is_microsoft_host;

/// Graph's id as a resource.
const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";
/// Graph's name as a resource: the `aud` of its tokens.
pub(crate) const GRAPH: &str = "https://graph.microsoft.com";
/// Other resources of Microsoft that every tenant has, where they are named by an id: the directory pages
/// of the Azure portal, Azure's management, SharePoint, Exchange.
const OTHER_APP_IDS: [&str; 4] = [
    PORTAL_APP_ID,
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "00000003-0000-0ff1-ce00-000000000000",
    "00000002-0000-0ff1-ce00-000000000000",
];
/// The directory pages of the Azure portal as a resource.
pub(crate) const PORTAL_APP_ID: &str = "74658136-14ec-4630-ad9b-26e160ff0fc6";
/// What a user's token says for a resource that the sandbox keeps no permissions of.
const ELSEWHERE_SCOPE: &str = "user_impersonation";
const OTHER_GRAPHS: [&str; 3] =
    ["https://graph.microsoft.us", "https://dod-graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn"];
/// Scopes of OpenID Connect: they ask for tokens, not for rights.
const OPEN_ID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The `aud` values that the sandbox's Graph accepts.
pub(crate) fn is_graph_audience(audience: &str) -> bool {
    audience == GRAPH || audience == GRAPH_APP_ID || OTHER_GRAPHS.contains(&audience)
}

/// A parsed `scope` parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The `aud` of the access token.
    pub(crate) audience: String,
    /// `.default`: whatever is consented.
    pub(crate) all_consented: bool,
    /// Scopes by name, without the resource.
    pub(crate) scopes: BTreeSet<String>,
    /// Those of OpenID Connect.
    pub(crate) open_id: BTreeSet<String>,
    /// The scopes that there are, where the token is for an API of the tenant.
    api: Option<BTreeSet<String>>,
}

impl Wanted {
    /// Reads the parameter.
    pub(super) fn read(text: &str, resources: &Resources<'_>) -> Result<Self, EntraError> {
        let mut wanted = Self {
            audience: GRAPH.to_owned(),
            all_consented: false,
            scopes: BTreeSet::new(),
            open_id: BTreeSet::new(),
            api: None,
        };
        for word in text.split_ascii_whitespace() {
            if OPEN_ID.contains(&word) {
                wanted.open_id.insert(word.to_owned());
                continue;
            }
            let (resource, name) = word.rsplit_once('/').unwrap_or(("", word));
            if !resource.is_empty() {
                wanted.api = resources.scopes(resource.trim_end_matches('/'));
                wanted.audience = match wanted.api {
                    Some(_) => resource.trim_end_matches('/').to_owned(),
                    None => audience_of(resource, resources.own_hosts)?,
                };
            }
            if name == ".default" {
                wanted.all_consented = true;
            } else {
                wanted.scopes.insert(name.to_owned());
            }
        }
        Ok(wanted)
    }

    /// Whether a refresh token is wanted.
    pub(crate) fn offline(&self) -> bool {
        self.open_id.contains("offline_access")
    }

    /// Whether it is a service of Microsoft's that is asked for, of which the sandbox keeps no permissions.
    fn is_elsewhere(&self) -> bool {
        !self.is_graph() && self.api.is_none()
    }

    /// Whether it is Graph that is asked for.
    pub(crate) fn is_graph(&self) -> bool {
        is_graph_audience(&self.audience)
    }

    /// The scopes that a user's token gets: those asked for, if all are consented by the user or for all.
    pub(crate) fn granted(&self, application: &Application, user_id: Uuid) -> Result<BTreeSet<String>, EntraError> {
        let open_id = self.open_id.iter().filter(|scope| *scope != "offline_access").cloned();
        if self.is_elsewhere() {
            return Ok(open_id.chain([ELSEWHERE_SCOPE.to_owned()]).collect());
        }
        self.check_known(application)?;
        // To the tenant's own APIs everybody has consented.
        let consented = self.api.clone().unwrap_or_else(|| application.consented(user_id));
        if self.scopes.iter().any(|scope| !consented.contains(scope)) || consented.is_empty() {
            return Err(EntraError::new(
                "invalid_grant",
                65001,
                format!(
                    "The user or administrator has not consented to use the application with ID '{}' named '{}'. Send an interactive authorization request for this user and resource.",
                    application.client_id, application.display_name
                ),
            ));
        }
        let rights = |scopes: &BTreeSet<String>| {
            scopes.iter().filter(|scope| *scope != "offline_access").cloned().collect::<BTreeSet<String>>()
        };
        let mut granted = if self.all_consented { rights(&consented) } else { rights(&self.scopes) };
        if granted.is_empty() && consented.contains("User.Read") {
            granted.insert("User.Read".to_owned());
        }
        granted.extend(open_id);
        Ok(granted)
    }

    /// The scopes asked for; reading oneself is always among them.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        let reads_itself = (!self.all_consented && self.scopes.is_empty()).then(|| "User.Read".to_owned());
        self.scopes.iter().cloned().chain(reads_itself).collect()
    }

    /// The scopes asked for that are not among those consented.
    pub(crate) fn not_consented(&self, consented: &BTreeSet<String>) -> BTreeSet<String> {
        if !self.is_graph() {
            return BTreeSet::new();
        }
        self.asked().difference(consented).cloned().collect()
    }

    /// Checks that every scope that is asked of Graph is one of its own.
    pub(crate) fn check_known(&self, application: &Application) -> Result<(), EntraError> {
        if self.is_elsewhere() {
            return Ok(());
        }
        let known = permission_values(PermissionKind::Delegated);
        let is_known = |scope: &String| match &self.api {
            Some(own) => own.contains(scope),
            None => known.contains(scope) || application.delegated.contains(scope),
        };
        if let Some(unknown) = self.scopes.iter().find(|scope| !is_known(scope)) {
            return Err(EntraError::new(
                "invalid_scope",
                650_053,
                format!(
                    "The application '{}' asked for scope '{unknown}' that doesn't exist on the resource '{GRAPH_APP_ID}'. Contact the app vendor.",
                    application.display_name
                ),
            ));
        }
        Ok(())
    }

    /// Checks that an application asks for `<resource>/.default`.
    pub(crate) fn check_application(&self, text: &str) -> Result<(), EntraError> {
        if self.all_consented && self.scopes.is_empty() {
            return Ok(());
        }
        Err(EntraError::new(
            "invalid_scope",
            1_002_012,
            format!(
                "The provided value for scope {text} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ))
    }
}

fn audience_of(resource: &str, own_hosts: &[&str]) -> Result<String, EntraError> {
    let resource = resource.trim_end_matches('/');
    if resource.eq_ignore_ascii_case(GRAPH) {
        return Ok(GRAPH.to_owned());
    }
    if resource == GRAPH_APP_ID || OTHER_GRAPHS.contains(&resource) || OTHER_APP_IDS.contains(&resource) {
        return Ok(resource.to_owned());
    }
    let host = resource.split_once("://").map_or(resource, |(_, host)| host);
    // Whatever answers for a host, be it that it is not emulated, can be asked a token for.
    if resource.strip_prefix("https://").is_some_and(is_microsoft_host) {
        return Ok(resource.to_owned());
    }
    if own_hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        return Ok(GRAPH.to_owned());
    }
    Err(EntraError::new(
        "invalid_resource",
        500_011,
        format!(
            "The resource principal named {resource} was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_may_be_written_in_many_ways() {
        for text in [
            "https://graph.microsoft.com/.default",
            "https://graph.microsoft.com//.default",
            "https://127.0.0.1:8443/.default openid",
            ".default",
        ] {
            let wanted = Wanted::read(text, &Resources::of_nobody(&["127.0.0.1:8443"])).expect(text);
            assert!(wanted.all_consented && wanted.audience == GRAPH, "{text}");
        }
        assert_eq!(
            Wanted::read("api://unknown/.default", &Resources::of_nobody(&[])).expect_err("unknown").code,
            500_011
        );
    }

    #[test]
    fn a_service_of_microsoft_that_is_not_emulated_has_tokens_of_its_own() {
        for resource in ["https://contoso-admin.sharepoint.com", "https://management.core.windows.net", PORTAL_APP_ID] {
            let wanted = Wanted::read(&format!("{resource}/.default"), &Resources::of_nobody(&[])).expect(resource);
            assert!(wanted.audience == resource && !wanted.is_graph(), "{resource}");
        }
        assert_eq!(
            Wanted::read("https://sharepoint.example/.default", &Resources::of_nobody(&[])).expect_err("unknown").code,
            500_011
        );
    }

    #[test]
    fn open_id_scopes_ask_for_no_rights() {
        let text = "User.Read offline_access openid https://graph.microsoft.com/Mail.Read";
        let wanted = Wanted::read(text, &Resources::of_nobody(&[])).expect("scopes");
        assert!(wanted.offline() && wanted.scopes.len() == 2 && wanted.open_id.len() == 2);
    }
}
