//! Discovery documents, as every library looks for them.

use serde_json::json;

use crate::support::Host;

#[tokio::test]
async fn the_configuration_names_endpoints_on_the_host_that_was_asked() {
    let host = Host::start().await;
    let login = host.ready().login_url.clone();
    let tenant_id = host.ready().tenant_id.to_string();
    for tenant in [tenant_id.as_str(), host.ready().domain.as_str(), "common", "organizations"] {
        let answer = host.get(&format!("{login}/{tenant}/v2.0/.well-known/openid-configuration")).await;
        let document = answer.json();
        assert_eq!(document["token_endpoint"], format!("{login}/{tenant}/oauth2/v2.0/token"));
        assert_eq!(document["request_uri_parameter_supported"], json!(false));
        assert!(document["issuer"].as_str().is_some_and(|issuer| issuer.starts_with(&login)));
        assert!(document.get("code_challenge_methods_supported").is_none());
        let keys = host.get(document["jwks_uri"].as_str().expect("a URL")).await.json();
        assert_eq!(keys["keys"][0]["kty"], "RSA");
    }
}

#[tokio::test]
async fn instance_discovery_leads_to_the_tenant_that_was_asked_for() {
    let host = Host::start().await;
    let login = host.ready().login_url.clone();
    let url = format!(
        "{login}/common/discovery/instance?api-version=1.1&authorization_endpoint={login}/contoso/oauth2/v2.0/authorize"
    );
    let document = host.get(&url).await.json();
    assert_eq!(document["tenant_discovery_endpoint"], format!("{login}/contoso/v2.0/.well-known/openid-configuration"));
    let aliases = document["metadata"].as_array().expect("a list").iter().flat_map(|entry| entry["aliases"].as_array());
    assert!(aliases.flatten().any(|alias| login.ends_with(alias.as_str().unwrap_or("none"))));
}
