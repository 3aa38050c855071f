//! What command-line tools rely on beyond what libraries do.

use serde_json::{Value, json};

use super::support::Client;

#[test]
fn a_batch_part_may_have_a_number_as_its_id_and_a_group_takes_members_by_patch() {
    let client = Client::application();
    let (_, group) = client.ask(
        "POST",
        "/groups",
        json!({"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true}),
    );
    let path = format!("/groups/{}", group["id"].as_str().expect("an id"));
    let bound =
        json!({"members@odata.bind": [format!("https://graph.microsoft.com/v1.0/directoryObjects/{}", client.id(1))]});
    let part = json!({"id": 1, "method": "PATCH", "url": path, "headers": {"content-type": "application/json"}, "body": bound});
    let batch = json!({"requests": [part]});
    let (status, answer) = client.ask("POST", "/$batch", batch.clone());
    assert_eq!(
        (status, &answer["responses"][0]["id"], &answer["responses"][0]["status"]),
        (200, &json!("1"), &json!(204))
    );
    assert_eq!(client.walk(&format!("{path}/members")).len(), 1);
    assert_eq!(client.ask("POST", "/$batch", batch.clone()).1["responses"][0]["status"], 400);
}

#[test]
fn a_new_microsoft_365_group_has_a_drive_that_goes_with_it() {
    let client = Client::application();
    let before = client.read().store.count("drives");
    let body = json!({"displayName": "New", "mailEnabled": true, "mailNickname": "new", "securityEnabled": false, "groupTypes": ["Unified"]});
    let group = client.ask("POST", "/groups", body.clone()).1["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.get(&format!("/groups/{group}/drive")).0, 200);
    assert_eq!(client.send("DELETE", &format!("/groups/{group}"), "").status, 204);
    assert_eq!(client.send("DELETE", &format!("/directory/deletedItems/{group}"), "").status, 204);
    assert_eq!(client.read().store.count("drives"), before);
}

#[test]
fn a_password_of_a_service_principal_is_shown_once_and_goes_by_its_id() {
    let client = Client::application();
    let principal = client.walk("/servicePrincipals")[0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/servicePrincipals/{principal}");
    let (status, made) =
        client.ask("POST", &format!("{path}/addPassword"), json!({"passwordCredential": {"displayName": "one"}}));
    assert_eq!((status, made["secretText"].is_string()), (200, true));
    let listed = client.get(&path).1["passwordCredentials"].clone();
    assert_eq!(
        (&listed[0]["keyId"], &listed[0]["secretText"], listed.as_array().map(Vec::len)),
        (&made["keyId"], &Value::Null, Some(1))
    );
    let removal = client.send("POST", &format!("{path}/removePassword"), &json!({"keyId": made["keyId"]}).to_string());
    assert_eq!(removal.status, 204);
    assert_eq!(client.get(&path).1["passwordCredentials"], json!([]));
}

#[test]
fn the_permissions_that_an_application_publishes_are_lists_of_their_own() {
    let client = Client::application();
    let (_, graph) = client.get("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')");
    for property in ["appRoles", "oauth2PermissionScopes"] {
        let path = format!("/servicePrincipals/{}/{property}", graph["id"].as_str().expect("an id"));
        assert_eq!(client.get(&path).1["value"], graph[property], "{property}");
    }
}

#[test]
fn settings_are_made_from_a_template_once() {
    let client = Client::application();
    let template = client.walk("/groupSettingTemplates")[0].clone();
    let body = json!({"templateId": template["id"], "values": [{"name": "EnableMIPLabels", "value": "true"}]});
    let (status, made) = client.ask("POST", "/groupSettings", body.clone());
    assert_eq!((status, &made["displayName"]), (201, &template["displayName"]));
    assert_eq!(client.ask("POST", "/groupSettings", body.clone()).0, 400);
    let path = format!("/groupSettings/{}", made["id"].as_str().expect("an id"));
    assert_eq!(client.send("PATCH", &path, r#"{"values": []}"#).status, 204);
    assert_eq!(client.get(&path).1["values"], json!([]));
    assert_eq!(client.send("DELETE", &path, "").status, 204);
    assert!(client.walk("/groupSettings").is_empty());
}

#[test]
fn an_invited_guest_is_in_the_directory_at_once() {
    let client = Client::application();
    let body =
        json!({"invitedUserEmailAddress": "ada@fabrikam.example", "inviteRedirectUrl": "https://myapps.microsoft.com"});
    let (status, made) = client.ask("POST", "/invitations", body.clone());
    assert_eq!((status, &made["status"]), (201, &json!("PendingAcceptance")));
    let id = made["invitedUser"]["id"].as_str().expect("a guest");
    let (_, guest) = client.get(&format!("/users/{id}?$select=userType,mail,externalUserState"));
    assert_eq!((&guest["userType"], &guest["mail"]), (&json!("Guest"), &json!("ada@fabrikam.example")));
    assert_eq!(client.ask("POST", "/invitations", json!({"inviteRedirectUrl": "https://x.example"})).0, 400);
}

#[test]
fn rooms_are_found_in_their_list() {
    let client = Client::application();
    let list =
        client.walk("/places/microsoft.graph.roomlist")[0]["emailAddress"].as_str().expect("an address").to_owned();
    assert_eq!(client.walk(&format!("/places/{list}/microsoft.graph.roomlist/rooms")).len(), 3);
    assert_eq!(client.get(&format!("/places/{list}")).1["@odata.type"], "#microsoft.graph.roomList");
}

#[test]
fn the_tenant_is_known_by_its_domain() {
    let client = Client::application();
    let path = "/tenantRelationships/findTenantInformationByDomainName(domainName='contoso.onmicrosoft.com')";
    assert!(client.get(path).1["tenantId"].is_string());
    assert_eq!(client.get(&path.replace("contoso", "fabrikam")).0, 404);
}
