//! Consent on pages: a user's own, and an administrator's for everybody.

use serde_json::json;
use url::Url;

use crate::support::{Answer, Host, claims};

const BACK: &str = "http://localhost:5012/";
/// `User.Read.All` and `Mail.Read` as application permissions, `User.Read` as a delegated one.
const REQUIRED: [(&str, &str); 3] = [
    ("df021288-bdef-4463-88db-98f22de89214", "Role"),
    ("810c84a8-4a9e-49e6-bf7d-12d183f40d01", "Role"),
    ("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "Scope"),
];

async fn take_everything(host: &Host) -> String {
    let id = host.ready().apps[0].client_id.to_string();
    host.control("PUT", &format!("grants/{id}"), r#"{"application":["Application.ReadWrite.All"]}"#).await;
    let token = host.app_token().await;
    host.control("PUT", &format!("grants/{id}"), r#"{"application":[],"delegated":[]}"#).await;
    let access: Vec<_> = REQUIRED.iter().map(|(id, kind)| json!({ "id": id, "type": kind })).collect();
    let body = json!({"requiredResourceAccess": [
        {"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": access},
    ]});
    let url = format!("{}/v1.0/applications(appId='{id}')", host.ready().graph_url);
    let request = host.client.patch(url).bearer_auth(token).header("content-type", "application/json");
    assert_eq!(host.send(request.body(body.to_string())).await.status, 204);
    id
}

async fn submit(host: &Host, path: &str, pairs: &[(&str, &str)]) -> Answer {
    host.form(&format!("{}/{}/{path}", host.ready().login_url, host.ready().tenant_id), pairs).await
}

fn parameter(answer: &Answer, name: &str) -> String {
    let target: Url = answer.header("location").parse().expect("a redirect");
    let found = target.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    found.unwrap_or_default()
}

#[tokio::test]
async fn an_administrator_gives_an_application_all_that_it_requires() {
    let host = Host::start().await;
    let id = take_everything(&host).await;
    let (admin, user) = (host.ready().users[0].upn.clone(), host.ready().users[3].upn.clone());
    let page = format!("{}/organizations/adminconsent?client_id={id}", host.ready().login_url);
    let shown = host.get(&page).await;
    assert!(shown.text.contains("<li>Mail.Read<") && shown.text.contains("<li>User.Read<"), "{}", shown.text);
    let accept = |user: String| {
        let pairs = vec![
            ("client_id", id.clone()),
            ("redirect_uri", BACK.to_owned()),
            ("state", "7".to_owned()),
            ("action", "accept".to_owned()),
            ("user_id", user),
        ];
        pairs
    };
    for (who, granted) in [(user, false), (admin, true)] {
        let pairs = accept(who);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = submit(&host, "adminconsent", &pairs).await;
        if granted {
            assert_eq!(
                (parameter(&answer, "admin_consent"), parameter(&answer, "state")),
                ("True".to_owned(), "7".to_owned())
            );
        } else {
            assert!(answer.status == 400 && answer.text.contains("AADSTS90094"), "{}", answer.text);
        }
        let roles = claims(&host.app_token().await)["roles"].clone();
        let expected = if granted { json!(["Mail.Read", "User.Read.All"]) } else { serde_json::Value::Null };
        assert_eq!(roles, expected);
    }
}

#[tokio::test]
async fn the_second_version_grants_the_scopes_that_it_names() {
    let host = Host::start().await;
    let id = take_everything(&host).await;
    let admin = host.ready().users[0].upn.clone();
    let pairs = [
        ("client_id", id.as_str()),
        ("scope", "https://graph.microsoft.com/Calendars.Read"),
        ("redirect_uri", BACK),
        ("user_id", &admin),
    ];
    let decline = [&pairs[..], &[("action", "decline")]].concat();
    assert_eq!(parameter(&submit(&host, "v2.0/adminconsent", &decline).await, "error"), "permission_denied");
    let accept = [&pairs[..], &[("action", "accept")]].concat();
    let answer = submit(&host, "v2.0/adminconsent", &accept).await;
    assert_eq!(parameter(&answer, "tenant"), host.ready().tenant_id.to_string());
    let granted = host.control("PUT", &format!("grants/{id}"), "{}").await.json();
    assert_eq!(granted, json!({ "application": [], "delegated": ["Calendars.Read"], "users": {} }));
}

#[tokio::test]
async fn a_user_consents_to_what_needs_no_administrator() {
    let host = Host::start().await;
    let id = take_everything(&host).await;
    let user = host.ready().users[3].upn.clone();
    let ask = |scope: &'static str| {
        let pairs = vec![
            ("client_id", id.as_str()),
            ("redirect_uri", BACK),
            ("response_type", "code"),
            ("scope", scope),
            ("action", "accept"),
            ("user_id", user.as_str()),
        ];
        pairs
    };
    let refused = submit(&host, "oauth2/v2.0/authorize", &ask("User.Read.All")).await;
    assert!(refused.status == 400 && refused.text.contains("AADSTS90094"), "{}", refused.text);
    let answer = submit(&host, "oauth2/v2.0/authorize", &ask("User.Read Calendars.Read")).await;
    assert!(!parameter(&answer, "code").is_empty());
    let granted = host.control("PUT", &format!("grants/{id}"), "{}").await.json();
    let id = host.ready().users[3].id.to_string();
    assert_eq!((&granted["delegated"], &granted["users"][&id]), (&json!([]), &json!(["Calendars.Read", "User.Read"])));
}

#[tokio::test]
async fn what_is_granted_through_graph_is_in_the_next_token() {
    let host = Host::start().await;
    let token = host.app_token().await;
    let send = async |method: &str, path: &str, body: serde_json::Value| {
        let url = format!("{}/v1.0{path}", host.ready().graph_url);
        let request = host.client.request(method.parse().expect("a method"), url).bearer_auth(&token);
        host.send(request.body(body.to_string())).await
    };
    let made = send("POST", "/applications", json!({"displayName": "New"})).await.json();
    let (object, client) = (made["id"].as_str().expect("an id"), made["appId"].as_str().expect("an id"));
    let secret = send("POST", &format!("/applications/{object}/addPassword"), json!({})).await.json();
    let password = secret["secretText"].as_str().expect("a secret");
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_secret", password),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    assert_eq!(host.form(&host.token_url(), &pairs).await.refusal().2, 7_000_229);
    let principal = send("POST", "/servicePrincipals", json!({"appId": client})).await;
    assert_eq!(principal.status, 201, "{}", principal.text);
    assert_eq!(send("POST", "/servicePrincipals", json!({"appId": client})).await.status, 409);
    let principal = principal.json()["id"].as_str().expect("an id").to_owned();
    let graph = send("GET", "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", json!({})).await.json();
    let role = graph["appRoles"].as_array().expect("roles").iter().find(|it| it["value"] == "User.Read.All");
    let role = role.expect("the role")["id"].clone();
    let assignment = json!({"principalId": principal, "resourceId": graph["id"], "appRoleId": role});
    let assigned =
        send("POST", &format!("/servicePrincipals/{principal}/appRoleAssignments"), assignment.clone()).await;
    assert_eq!(assigned.status, 201, "{}", assigned.text);
    let again = send("POST", &format!("/servicePrincipals/{principal}/appRoleAssignments"), assignment).await;
    assert_eq!(again.status, 400);
    let roles = async || {
        let answer = host.form(&host.token_url(), &pairs).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        claims(answer.json()["access_token"].as_str().expect("a token"))["roles"].clone()
    };
    assert_eq!(roles().await, json!(["User.Read.All"]));
    let id = assigned.json()["id"].as_str().expect("an id").to_owned();
    let gone = send("DELETE", &format!("/servicePrincipals/{principal}/appRoleAssignments/{id}"), json!({})).await;
    assert_eq!((gone.status, roles().await), (204, json!(null)));
    let grant = json!({"clientId": principal, "consentType": "AllPrincipals", "resourceId": graph["id"], "scope": "User.Read Mail.Read"});
    let granted = send("POST", "/oauth2PermissionGrants", grant.clone()).await;
    assert_eq!((granted.status, send("POST", "/oauth2PermissionGrants", grant).await.status), (201, 409));
    let path = format!("/oauth2PermissionGrants/{}", granted.json()["id"].as_str().expect("an id"));
    assert_eq!(send("PATCH", &path, json!({"scope": "User.Read"})).await.status, 204);
    assert_eq!(send("GET", &path, json!({})).await.json()["scope"], "User.Read");
    assert_eq!(send("PATCH", &path, json!({"scope": "No.Such"})).await.status, 400);
    assert_eq!(send("DELETE", &path, json!({})).await.status, 204);
    assert_eq!(send("DELETE", &format!("/servicePrincipals/{principal}"), json!({})).await.status, 204);
    assert_eq!(send("GET", &format!("/servicePrincipals/{principal}"), json!({})).await.status, 404);
}
