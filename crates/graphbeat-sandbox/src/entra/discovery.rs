//! Discovery: where the endpoints are, as seen from the host that the client used.

use serde_json::{Value, json};
use uuid::Uuid;

/// The host of the global cloud's sign-in.
const GLOBAL_LOGIN: &str = "login.microsoftonline.com";

/// The OpenID configuration; `tenant` as in the request, `base_url` as the client used it.
pub(crate) fn openid_configuration(base_url: &str, tenant: &str, tenant_id: Uuid) -> Value {
    let graph_host = match base_url.split_once("://") {
        Some((_, host)) if !host.starts_with("login.") => host,
        _ => "graph.microsoft.com",
    };
    // The real service leaves a template in the issuer of its tenant-independent documents.
    let issuer = match tenant {
        "common" | "organizations" => format!("{base_url}/{{tenantid}}/v2.0"),
        _ => format!("{base_url}/{tenant_id}/v2.0"),
    };
    json!({
        "token_endpoint": format!("{base_url}/{tenant}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base_url}/{tenant}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("https://{graph_host}/oidc/userinfo"),
        "authorization_endpoint": format!("{base_url}/{tenant}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base_url}/{tenant}/oauth2/v2.0/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{base_url}/{tenant}/oauth2/v2.0/logout"),
        "claims_supported": [
            "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host",
            "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash",
            "c_hash", "email"
        ],
        "kerberos_endpoint": format!("{base_url}/{tenant}/kerberos"),
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": graph_host,
        "rbac_url": "https://pas.windows.net",
    })
}

/// Who serves the domain of a user's name.
pub(crate) fn user_realm(domain: &str, name: &str) -> Value {
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    let asked = name.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
    if !asked.eq_ignore_ascii_case(domain) {
        return json!({ "ver": "1.0", "account_type": "Unknown", "cloud_instance_name": "microsoftonline.com" });
    }
    json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": domain,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    })
}

/// The answer of instance discovery: which hosts belong together.
pub(crate) fn instance(base_url: &str, authorization_endpoint: Option<&str>) -> Value {
    let tenant = authorization_endpoint
        .and_then(|endpoint| endpoint.split_once("://"))
        .and_then(|(_, rest)| rest.split('/').nth(1))
        .filter(|tenant| !tenant.is_empty())
        .unwrap_or("common");
    let own_host = base_url.split_once("://").map_or(base_url, |(_, host)| host);
    let mut metadata = vec![
        json!({
            "preferred_network": GLOBAL_LOGIN,
            "preferred_cache": "login.windows.net",
            "aliases": [GLOBAL_LOGIN, "login.windows.net", "login.microsoft.com", "sts.windows.net"],
        }),
        json!({
            "preferred_network": "login.partner.microsoftonline.cn",
            "preferred_cache": "login.partner.microsoftonline.cn",
            "aliases": ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        }),
        json!({
            "preferred_network": "login.microsoftonline.us",
            "preferred_cache": "login.microsoftonline.us",
            "aliases": ["login.microsoftonline.us", "login.usgovcloudapi.net"],
        }),
    ];
    if !own_host.starts_with("login.") {
        metadata.push(json!({ "preferred_network": own_host, "preferred_cache": own_host, "aliases": [own_host] }));
    }
    json!({
        "tenant_discovery_endpoint": format!("{base_url}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": metadata,
    })
}
