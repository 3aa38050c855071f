//! What the command lines for Azure and Microsoft 365 ask for, and hardly anybody else.

use serde_json::{Value, json};

use super::support::{Client, ok};

#[test]
fn every_kind_of_policy_is_read() {
    let client = Client::application();
    for name in [
        "adminConsentRequestPolicy",
        "appManagementPolicies",
        "authenticationFlowsPolicy",
        "authenticationStrengthPolicies",
        "conditionalAccessPolicies",
        "crossTenantAccessPolicy",
        "defaultAppManagementPolicy",
        "deviceRegistrationPolicy",
        "featureRolloutPolicies",
        "roleManagementPolicies",
    ] {
        ok(client.get(&format!("/policies/{name}")));
    }
}

#[test]
fn a_path_below_an_application_id_is_one_below_the_object() {
    let client = Client::application();
    let app_id = client.read().identity.applications[0].client_id;
    let by_app = format!("/servicePrincipals(appId='{app_id}')");
    let id = ok(client.get(&by_app))["id"].as_str().expect("an id").to_owned();
    let roles = client.walk(&format!("{by_app}/appRoleAssignments"));
    assert!(!roles.is_empty() && roles == client.walk(&format!("/servicePrincipals/{id}/appRoleAssignments")));
    assert!(client.walk(&format!("/applications(appId='{app_id}')/owners")).is_empty());
    assert_eq!(client.get("/servicePrincipals(appId='9f0e0d0c-0b0a-4908-8706-050403020100')/owners").0, 404);
}

#[test]
fn a_service_principal_shows_its_roles_and_consents_where_they_are_expanded() {
    let client = Client::application();
    let app_id = client.read().identity.applications[0].client_id;
    let target = format!("/servicePrincipals?$expand=appRoleAssignments&$filter=appId%20eq%20'{app_id}'");
    let found = client.walk(&target);
    assert_eq!(found[0]["appRoleAssignments"][0]["resourceDisplayName"], "Microsoft Graph");
    let graph = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$expand=appRoleAssignedTo";
    assert!(ok(client.get(graph))["appRoleAssignedTo"].as_array().is_some_and(|all| !all.is_empty()));
}

#[test]
fn a_profile_card_gains_a_property_and_loses_it() {
    let client = Client::application();
    let before = client.read().dump();
    let target = "/admin/people/profileCardProperties";
    let annotations = json!([{"displayName": "Cost Center", "localizations": []}]);
    let body = json!({"directoryPropertyName": "customAttribute1", "annotations": annotations});
    assert_eq!(client.ask("POST", target, body.clone()).0, 201);
    assert_eq!(client.ask("POST", target, body).0, 409);
    let one = format!("{target}/customAttribute1");
    let changed = ok(client.ask("PATCH", &one, json!({"annotations": []})));
    assert_eq!((&changed["directoryPropertyName"], &changed["annotations"]), (&json!("customAttribute1"), &json!([])));
    assert_eq!(client.send("DELETE", &one, "").status, 204);
    assert!(client.walk(target).is_empty() && client.read().dump() == before);
}

#[test]
fn a_task_says_more_in_its_details() {
    let client = Client::application();
    let tasks = client.read().store.list("planner/tasks").map(|it| it.id().to_owned()).collect::<Vec<_>>();
    let target = format!("/planner/tasks/{}/details", tasks[0]);
    let details = ok(client.get(&target));
    assert_eq!((&details["description"], &details["checklist"]), (&json!(""), &json!({})));
    let change = json!({"description": "at length", "previewType": "description"});
    assert_eq!(client.ask("PATCH", &target, change.clone()).0, 412);
    assert_eq!(client.with("if-match", "*").ask("PATCH", &target, change), (204, Value::Null));
}
