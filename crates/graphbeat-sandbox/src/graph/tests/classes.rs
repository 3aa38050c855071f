//! Each class: what is there, and that what is made and purged leaves nothing behind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::body;
use super::super::schema::property;
use super::support::{Client, ok};
use crate::tenant::Tenant;

#[test]
fn everything_seeded_is_true_to_graphs_metadata() {
    let client = Client::application();
    let tenant = client.read();
    for (path, collection) in tenant.store.collections() {
        for entity in collection.entities() {
            // What has no id of its own is kept under one all the same, and shown without it.
            let has_id = property(entity.kind, "id").is_some();
            let shown =
                entity.properties.iter().filter(|(name, _)| !name.starts_with('_') && (has_id || *name != "id"));
            let shown = shown.map(|(name, value)| (name.clone(), value.clone())).collect();
            assert_eq!(body::check(entity.kind, &shown), Ok(()), "{path}/{}", entity.id());
        }
    }
}

#[test]
fn the_tenant_follows_from_the_seed() {
    let now = "2026-11-24T12:00:00Z".parse().expect("a timestamp");
    assert_eq!(Tenant::seeded(1, 5, now).dump(), Tenant::seeded(1, 5, now).dump());
    assert_ne!(Tenant::seeded(1, 5, now).dump(), Tenant::seeded(2, 5, now).dump());
}

#[test]
fn the_smallest_tenant_has_its_administrator() {
    let tenant = Tenant::seeded(1, 0, "2026-11-24T12:00:00Z".parse().expect("a timestamp"));
    let users = tenant.users();
    assert_eq!(users.len(), 1);
    assert!(
        tenant.has_directory_role(&users[0].id.to_string())
            && tenant.has_services(&users[0].id.to_string(), tenant.seeded_at)
    );
}

#[test]
fn looking_at_a_user_of_a_large_tenant_changes_no_dump() {
    let mut tenant = Tenant::seeded(1, 51, "2026-11-24T12:00:00Z".parse().expect("a timestamp"));
    let mut looked_at = tenant.clone();
    let id = looked_at.users()[40].id.to_string();
    let now = tenant.seeded_at;
    looked_at.fill(&id, now);
    assert!(!looked_at.is_whole(now), "the rest is made later");
    tenant.fill_all(now);
    looked_at.fill_all(now);
    assert_eq!(looked_at.dump(), tenant.dump());
}

#[test]
fn every_list_of_the_directory_answers() {
    let client = Client::application();
    let (user, group) = (client.id(0), client.walk("/groups")[0]["id"].as_str().expect("an id").to_owned());
    for (target, at_least) in [
        ("/organization", 1),
        ("/domains", 1),
        ("/subscribedSkus", 1),
        ("/directory/subscriptions", 1),
        ("/directoryRoles", 8),
        ("/roleManagement/directory/roleDefinitions", 8),
        ("/roleManagement/directory/roleAssignments", 1),
        ("/directory/administrativeUnits", 1),
        ("/directory/deletedItems/microsoft.graph.user", 1),
        ("/directory/deletedItems/microsoft.graph.group", 1),
        ("/devices", 3),
        ("/contacts", 1),
        ("/groupSettingTemplates", 2),
        ("/admin/serviceAnnouncement/healthOverviews", 8),
        ("/admin/serviceAnnouncement/issues", 3),
        ("/admin/serviceAnnouncement/messages", 3),
        ("/solutions/bookingBusinesses", 1),
        ("/subscriptions", 0),
        ("/sites?search=*", 3),
        ("/sites/root/drives", 1),
        ("/sites/root/lists", 2),
        ("/sites/root/pages", 1),
        ("/sites/root/contentTypes", 3),
        ("/sites/root/lists/Events/items?$expand=fields", 4),
        ("/sites/root/lists/Events/columns", 3),
        ("/applications", 2),
        ("/servicePrincipals", 3),
        ("/oauth2PermissionGrants", 1),
        ("/reports/authenticationMethods/userRegistrationDetails", 25),
        ("/users/{user}/memberOf", 3),
        ("/users/{user}/directReports", 7),
        ("/users/{user}/people", 10),
        ("/users/{user}/insights/trending", 3),
        ("/users/{user}/insights/used", 3),
        ("/users/{user}/insights/shared", 3),
        ("/users/{user}/licenseDetails", 1),
        ("/users/{user}/ownedObjects", 1),
        ("/groups/{group}/members", 25),
        ("/groups/{group}/threads", 1),
    ] {
        let target = target.replace("{user}", &user).replace("{group}", &group);
        assert!(client.walk(&target).len() >= at_least, "{target}");
    }
    assert!(client.walk("/sites/root/lists/Events/items?$expand=fields")[0]["fields"]["Title"].is_string());
}

#[test]
fn single_objects_of_a_user_answer_or_are_missing_as_in_graph() {
    let client = Client::user(0);
    assert_eq!(client.error("GET", "/me/manager", ""), (404, "Request_ResourceNotFound".to_owned()));
    assert_eq!(ok(client.get("/me/photo"))["width"], 96);
    assert!(client.send("GET", "/me/photo/$value", "").body.starts_with(b"\xff\xd8"));
    assert_eq!(ok(client.get("/me/presence"))["id"], client.id(0));
    assert!(ok(client.get("/me/settings"))["contributionToContentDiscoveryDisabled"].is_boolean());
    let other = Client::user(1);
    assert_eq!(ok(other.get("/me/manager"))["@odata.type"], "#microsoft.graph.user");
    assert_eq!(other.error("GET", "/me/photo", ""), (404, "ImageNotFound".to_owned()));
    assert_eq!(Client::user(24).error("GET", "/me/people", ""), (404, "MailboxNotEnabledForRESTAPI".to_owned()));
}

#[test]
fn a_report_is_a_redirect_to_a_file_without_a_token() {
    let mut client = Client::application();
    let response = client.send("GET", "/reports/getEmailActivityUserDetail(period='D7')", "");
    assert_eq!(response.status, 302);
    let target =
        response.headers["location"].to_str().expect("text").trim_start_matches("https://127.0.0.1:8443").to_owned();
    client.permissions = Default::default();
    let file = client.send("GET", &target, "");
    let text = String::from_utf8(file.body.to_vec()).expect("text");
    assert!(text.contains("Report Refresh Date,User Principal Name") && text.lines().count() == 26, "{text}");
    assert_eq!(client.send("GET", &format!("{target}0"), "").status, 404);
}

/// Does something to a tenant and checks that its dump is as it was.
fn leaves_nothing(act: impl FnOnce(&Client)) {
    let client = Client::application();
    let before = client.read().dump();
    act(&client);
    assert_eq!(client.read().dump(), before);
}

#[test]
fn an_extension_made_and_removed_leaves_nothing() {
    leaves_nothing(|client| {
        let path = format!("/users/{}/extensions", client.id(0));
        ok(client.ask("POST", &path, json!({"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "com.contoso.mark", "colour": "red"})));
        assert_eq!(client.ask("POST", &path, json!({"extensionName": "com.contoso.mark"})).0, 409);
        ok(client.ask("PATCH", &format!("{path}/com.contoso.mark"), json!({"colour": "blue"})));
        assert_eq!(ok(client.get(&format!("{path}/com.contoso.mark")))["colour"], "blue");
        ok(client.ask("DELETE", &format!("{path}/com.contoso.mark"), Value::Null));
        assert_eq!(client.ask("DELETE", &format!("{path}/com.contoso.mark"), Value::Null).0, 404);
    });
}

#[test]
fn a_group_made_deleted_and_purged_leaves_nothing() {
    leaves_nothing(|client| {
        let body =
            json!({"displayName": "Pilots", "mailEnabled": false, "mailNickname": "pilots", "securityEnabled": true});
        let id = ok(client.ask("POST", "/groups", body))["id"].as_str().expect("an id").to_owned();
        let reference =
            json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{}", client.id(2))});
        ok(client.ask("POST", &format!("/groups/{id}/members/$ref"), reference.clone()));
        assert_eq!(client.ask("POST", &format!("/groups/{id}/members/$ref"), reference).0, 400);
        assert_eq!(client.walk(&format!("/groups/{id}/members")).len(), 1);
        ok(client.ask("DELETE", &format!("/groups/{id}"), Value::Null));
        assert_eq!(client.walk("/directory/deletedItems/microsoft.graph.group").len(), 2);
        ok(client.ask("DELETE", &format!("/directory/deletedItems/{id}"), Value::Null));
    });
}

#[test]
fn a_user_can_be_made_deleted_restored_and_purged() {
    leaves_nothing(|client| {
        let address = "new.person@contoso.onmicrosoft.com";
        let body = json!({"accountEnabled": true, "displayName": "New Person", "mailNickname": "new.person", "userPrincipalName": address, "passwordProfile": {"password": "x"}});
        let id = ok(client.ask("POST", "/users", body.clone()))["id"].as_str().expect("an id").to_owned();
        assert_eq!(client.ask("POST", "/users", body).0, 400);
        ok(client.ask("DELETE", &format!("/users/{address}"), Value::Null));
        assert_eq!(client.get(&format!("/users/{address}")).0, 404);
        ok(client.ask("POST", &format!("/directory/deletedItems/{id}/restore"), Value::Null));
        assert_eq!(client.get(&format!("/users/{address}")).0, 200);
        ok(client.ask("DELETE", &format!("/users/{id}"), Value::Null));
        ok(client.ask("DELETE", &format!("/directory/deletedItems/{id}"), Value::Null));
    });
}

#[test]
fn a_preferred_presence_set_and_cleared_leaves_nothing() {
    leaves_nothing(|client| {
        let path = format!("/users/{}/presence", client.id(0));
        ok(client.ask(
            "POST",
            &format!("{path}/setUserPreferredPresence"),
            json!({"availability": "DoNotDisturb", "activity": "DoNotDisturb"}),
        ));
        assert_eq!(ok(client.get(&path))["availability"], "DoNotDisturb");
        ok(client.ask("POST", &format!("{path}/clearUserPreferredPresence"), json!({})));
    });
}

#[test]
fn a_deleted_list_item_waits_in_the_bin() {
    let client = Client::application();
    let before = client.read().dump();
    let items = "/sites/root/lists/Events/items";
    let id =
        ok(client.ask("POST", items, json!({"fields": {"Title": "Mark"}})))["id"].as_str().expect("an id").to_owned();
    ok(client.ask("PATCH", &format!("{items}/{id}/fields"), json!({"Title": "Changed"})));
    assert_eq!(ok(client.get(&format!("{items}/{id}?$expand=fields")))["fields"]["Title"], "Changed");
    ok(client.ask("DELETE", &format!("{items}/{id}"), Value::Null));
    assert_eq!(client.get(&format!("{items}/{id}")).0, 404);
    assert_ne!(client.read().dump(), before);
}

#[test]
fn a_password_added_shows_its_value_once_and_can_be_removed() {
    leaves_nothing(|client| {
        let id = client.walk("/applications")[0]["id"].as_str().expect("an id").to_owned();
        let added = ok(client.ask(
            "POST",
            &format!("/applications/{id}/addPassword"),
            json!({"passwordCredential": {"displayName": null}}),
        ));
        assert!(added["secretText"].as_str().is_some_and(|text| text.len() > 30));
        let shown = ok(client.get(&format!("/applications/{id}")));
        assert!(shown["passwordCredentials"].as_array().expect("a list").iter().all(|it| it["secretText"].is_null()));
        let by_app_id = format!("/applications(appId='{}')", shown["appId"].as_str().expect("an id"));
        assert_eq!(ok(client.get(&by_app_id))["id"], shown["id"]);
        ok(client.ask("POST", &format!("/applications/{id}/removePassword"), json!({"keyId": added["keyId"]})));
        assert_eq!(
            client
                .ask(
                    "PATCH",
                    &format!("/applications/{id}"),
                    json!({"keyCredentials": [{"key": "QUJD", "type": "AsymmetricX509Cert"}]})
                )
                .0,
            400
        );
    });
}

#[test]
fn an_application_made_deleted_and_purged_leaves_nothing() {
    leaves_nothing(|client| {
        let made = ok(client.ask("POST", "/applications", json!({"displayName": "Pilot", "tags": ["a"]})));
        let id = made["id"].as_str().expect("an id");
        ok(client.ask(
            "PATCH",
            &format!("/applications/{id}"),
            json!({"displayName": "Pilot 2", "isFallbackPublicClient": true}),
        ));
        assert_eq!(ok(client.get(&format!("/applications/{id}")))["displayName"], "Pilot 2");
        ok(client.ask("DELETE", &format!("/applications/{id}"), Value::Null));
        ok(client.ask("DELETE", &format!("/directory/deletedItems/{id}"), Value::Null));
    });
}

#[test]
fn a_certificate_set_as_der_or_as_pem_is_one_that_signing_in_knows() {
    let client = Client::application();
    let id = client.walk("/applications")[1]["id"].as_str().expect("an id").to_owned();
    let key = rcgen::generate_simple_self_signed(vec!["contoso".to_owned()]).expect("a certificate");
    for encoded in [STANDARD.encode(key.cert.der()), STANDARD.encode(key.cert.pem())] {
        let keys = json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": encoded}]});
        ok(client.ask("PATCH", &format!("/applications/{id}"), keys));
        let known = client.read().identity.applications[1].certificates.clone();
        assert_eq!(known.iter().map(|it| it.der.as_slice()).collect::<Vec<_>>(), [key.cert.der().as_ref()]);
        let shown = ok(client.get(&format!("/applications/{id}")))["keyCredentials"][0].clone();
        assert_eq!(shown["keyId"], known[0].key_id.to_string());
        ok(client.ask("PATCH", &format!("/applications/{id}"), json!({"keyCredentials": [{"keyId": shown["keyId"]}]})));
        assert_eq!(client.read().identity.applications[1].certificates.len(), 1);
    }
    ok(client.ask("PATCH", &format!("/applications/{id}"), json!({"keyCredentials": []})));
    assert!(client.read().identity.applications[1].certificates.is_empty());
}

#[test]
fn a_group_is_made_with_the_people_that_its_body_binds() {
    let client = Client::user(0);
    let address = |place| format!("https://graph.microsoft.com/v1.0/users/{}", client.id(place));
    let body = json!({
        "displayName": "Pilots", "mailEnabled": true, "mailNickname": "pilots", "securityEnabled": false, "groupTypes": ["Unified"],
        "owners@odata.bind": [address(1)], "members@odata.bind": [address(1), address(2)],
    });
    let group = ok(client.ask("POST", "/groups", body));
    assert!(group.get("owners@odata.bind").is_none());
    let id = group["id"].as_str().expect("an id");
    assert_eq!(client.walk(&format!("/groups/{id}/members")).len(), 2);
    assert_eq!(client.walk(&format!("/groups/{id}/owners"))[0]["id"], client.id(1));
}

#[test]
fn a_plan_is_changed_only_with_its_version_and_leaves_nothing() {
    let mut client = Client::application();
    let before = client.read().dump();
    let group = client.walk("/groups?$filter=groupTypes/any(c:c eq 'Unified')")[0]["id"].clone();
    let container = json!({"containerId": group, "type": "group"});
    let plan = ok(client.ask("POST", "/planner/plans", json!({"container": container, "title": "Trip"})));
    let path = format!("/planner/plans/{}", plan["id"].as_str().expect("an id"));
    let bucket = ok(client.ask("POST", "/planner/buckets", json!({"planId": plan["id"], "name": "To do"})));
    let task = json!({"planId": plan["id"], "bucketId": bucket["id"], "title": "Book"});
    let task = ok(client.ask("POST", "/planner/tasks", task));
    let task_path = format!("/planner/tasks/{}", task["id"].as_str().expect("an id"));
    assert_eq!(client.ask("PATCH", &task_path, json!({"percentComplete": 50})).0, 412);
    assert_eq!(client.walk(&format!("{path}/tasks")).len(), 1);
    client.headers.insert("if-match", task["@odata.etag"].as_str().expect("a version").parse().expect("a header"));
    ok(client.ask("PATCH", &task_path, json!({"percentComplete": 50})));
    assert_eq!(client.ask("PATCH", &task_path, json!({"percentComplete": 60})).0, 412);
    assert_eq!(client.ask("DELETE", &path, Value::Null).0, 412);
    client.headers.insert("if-match", plan["@odata.etag"].as_str().expect("a version").parse().expect("a header"));
    ok(client.ask("DELETE", &path, Value::Null));
    assert_eq!(client.get(&task_path).0, 404);
    assert_eq!(client.read().dump(), before);
}

#[test]
fn a_plan_of_a_group_is_closed_to_who_is_no_member() {
    let client = Client::user(24);
    let plans: Vec<String> = client.read().store.list("planner/plans").map(|plan| plan.id().to_owned()).collect();
    let statuses: Vec<u16> = plans.iter().map(|plan| client.get(&format!("/planner/plans/{plan}/details")).0).collect();
    assert!(statuses.contains(&200) && statuses.contains(&403), "{statuses:?}");
}

#[test]
fn a_search_finds_what_the_signed_in_user_may_read() {
    let mut client = Client::user(0);
    let ask = |client: &Client, kind: &str| {
        let request = json!({"entityTypes": [kind], "query": {"queryString": "e"}, "size": 2});
        client.ask("POST", "/search/query", json!({"requests": [request]}))
    };
    for kind in ["message", "event", "driveItem"] {
        let found = ok(ask(&client, kind));
        let container = &found["value"][0]["hitsContainers"][0];
        assert_eq!(container["hits"].as_array().map(Vec::len), Some(2), "{found}");
        assert_eq!(container["moreResultsAvailable"], true);
    }
    assert_eq!(ask(&client, "colour").0, 400);
    assert_eq!(client.ask("POST", "/search/query", json!({"requests": []})).0, 400);
    std::sync::Arc::make_mut(&mut client.permissions).retain(|scope| !scope.starts_with("Mail."));
    assert_eq!((ask(&client, "message").0, ask(&client, "event").0), (403, 200));
}
