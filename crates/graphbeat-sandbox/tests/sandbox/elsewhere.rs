//! Microsoft's own programs, and the hosts whose services are not emulated, through the proxy.

use serde_json::{Value, json};

use crate::support::{Answer, Host, builder, claims};

const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const GRAPH_POWERSHELL: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const PORTAL: &str = "74658136-14ec-4630-ad9b-26e160ff0fc6";
/// `User.Read` as a delegated permission, `User.Read.All` as one of the application.
const REQUIRED: [(&str, &str); 2] =
    [("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "Scope"), ("df021288-bdef-4463-88db-98f22de89214", "Role")];

fn through_proxy(host: &Host) -> reqwest::Client {
    let proxy = reqwest::Proxy::all(&host.ready().proxy_url).expect("a proxy");
    builder(host.ready()).proxy(proxy).build().expect("a client")
}

/// What a device gets that signs in under a client id of Microsoft's, once the person agrees.
async fn device_sign_in(host: &Host, client_id: &str, user: usize, scope: &str) -> Answer {
    let url = format!("{}/organizations/oauth2/v2.0/devicecode", host.ready().login_url);
    let code = host.form(&url, &[("client_id", client_id), ("scope", scope)]).await.json();
    let body = json!({ "user_code": code["user_code"], "user_id": host.ready().users[user].id, "approve": true });
    assert_eq!(host.control("POST", "device", &body.to_string()).await.status, 200);
    let device_code = code["device_code"].as_str().expect("a code");
    let form = [("grant_type", "device_code"), ("client_id", client_id), ("device_code", device_code)];
    host.form(&host.token_url(), &form).await
}

fn token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("no token: {}", answer.text)).to_owned()
}

#[tokio::test]
async fn the_programs_of_microsoft_sign_in_without_a_registration_in_the_tenant() {
    let host = Host::start().await;
    let scope = "https://graph.microsoft.com//.default openid offline_access";
    let azure = claims(&token(&device_sign_in(&host, AZURE_CLI, 0, scope).await));
    assert_eq!((&azure["appid"], &azure["app_displayname"]), (&json!(AZURE_CLI), &json!("Microsoft Azure CLI")));
    let scopes = azure["scp"].as_str().unwrap_or_default();
    assert!(scopes.contains("User.ReadWrite.All") && !scopes.contains("Mail.Read"), "{scopes}");
    let graph = device_sign_in(&host, GRAPH_POWERSHELL, 0, "User.Read Mail.Read").await;
    assert_eq!(claims(&token(&graph))["scp"], "Mail.Read User.Read");
    let access = host.app_token().await;
    let names = |list: Value| list["value"].as_array().map_or(0, Vec::len);
    let filter = format!("?$filter=appId%20eq%20'{AZURE_CLI}'");
    assert_eq!(names(host.graph(&format!("/applications{filter}"), &access).await.json()), 0);
    let principals = host.graph(&format!("/servicePrincipals{filter}"), &access).await.json();
    assert_eq!(principals["value"][0]["appOwnerOrganizationId"], "f8cdef31-a31e-4b4a-93e4-5f571e91255a");
}

#[tokio::test]
async fn a_token_for_another_service_opens_nothing_in_graph() {
    let host = Host::start().await;
    let wanted = ("scope", "https://contoso.sharepoint.com/.default");
    let files = token(&host.secret_grant_for(&host.token_url(), wanted).await);
    let said = claims(&files);
    assert_eq!((&said["aud"], &said["roles"]), (&json!("https://contoso.sharepoint.com"), &Value::Null));
    assert_eq!(host.graph("/users", &files).await.status, 401);
}

#[tokio::test]
async fn sharepoint_says_in_its_own_shape_that_it_is_not_emulated() {
    let host = Host::start().await;
    let client = through_proxy(&host);
    let site = "https://contoso.sharepoint.com/sites/a";
    let said = "The sandbox emulates Entra ID and Microsoft Graph, not contoso.sharepoint.com.";
    let message = json!({ "lang": "en-US", "value": said });
    for (accept, path) in [
        ("application/json;odata=nometadata", "/odata.error/message"),
        ("*/*", "/odata.error/message"),
        ("application/json;odata=verbose", "/error/message"),
    ] {
        let answer = host.send(client.get(format!("{site}/_api/web")).header("accept", accept)).await;
        assert_eq!((answer.status, answer.json().pointer(path)), (501, Some(&message)), "{accept}");
    }
    let xml = host.send(client.get(format!("{site}/_api/web")).header("accept", "application/atom+xml")).await;
    assert!(xml.text.contains(&format!("<m:message xml:lang=\"en-US\">{said}</m:message>")), "{}", xml.text);
    let digest = host.send(client.post(format!("{site}/_api/contextinfo"))).await;
    assert!(digest.json()["FormDigestValue"].is_string(), "{}", digest.text);
    let objects = host.send(client.post(format!("{site}/_vti_bin/client.svc/ProcessQuery"))).await;
    assert_eq!((objects.status, &objects.json()[0]["ErrorInfo"]["ErrorMessage"]), (200, &json!(said)));
}

#[tokio::test]
async fn a_host_that_is_not_emulated_says_so() {
    let host = Host::start().await;
    let client = through_proxy(&host);
    let flows = host.send(client.get("https://api.flow.microsoft.com/providers")).await;
    assert_eq!((flows.status, &flows.json()["error"]["code"]), (404, &json!("NotFound")));
    let tenants = host.send(client.get("https://management.azure.com/tenants?api-version=2022-12-01")).await;
    assert_eq!(tenants.json()["value"][0]["tenantId"], json!(host.ready().tenant_id));
    let subscriptions = "https://management.azure.com/subscriptions?api-version=2022-12-01";
    assert_eq!(host.send(client.get(subscriptions)).await.json(), json!({ "value": [] }));
}

#[tokio::test]
async fn the_portal_consents_for_all_where_the_caller_may() {
    let host = Host::start().await;
    let (client, access) = (through_proxy(&host), host.app_token().await);
    let required: Vec<_> = REQUIRED.iter().map(|(id, kind)| json!({ "id": id, "type": kind })).collect();
    let body = json!({"displayName": "Ledger", "requiredResourceAccess": [
        {"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": required},
    ]});
    let app_id = host.change("POST", "/applications", &access, &body).await.json()["appId"].clone();
    let app_id = app_id.as_str().expect("an id");
    let url = format!("https://main.iam.ad.ext.azure.com/api/RegisteredApplications/{app_id}/Consent");
    let consent = |token: String, query: &str| host.send(client.post(format!("{url}{query}")).bearer_auth(token));
    let scope = format!("{PORTAL}/.default");
    let administrator = token(&device_sign_in(&host, AZURE_CLI, 0, &scope).await);
    let other = token(&device_sign_in(&host, AZURE_CLI, 3, &scope).await);
    let all = "?onBehalfOfAll=true";
    assert_eq!(consent(access.clone(), all).await.status, 401);
    assert_eq!(consent(other, all).await.status, 403);
    assert_eq!(consent(administrator.clone(), "").await.status, 400);
    assert_eq!(consent(administrator, all).await.status, 204);
    let filter = format!("/servicePrincipals(appId='{app_id}')?$select=id");
    let principal = host.graph(&filter, &access).await.json()["id"].clone();
    let id = principal.as_str().expect("a service principal");
    let grants = host.graph(&format!("/oauth2PermissionGrants?$filter=clientId%20eq%20'{id}'"), &access).await.json();
    assert_eq!(grants["value"][0]["scope"], "User.Read");
    let roles = host.graph(&format!("/servicePrincipals/{id}/appRoleAssignments"), &access).await.json();
    assert_eq!(roles["value"].as_array().map(Vec::len), Some(1));
}
