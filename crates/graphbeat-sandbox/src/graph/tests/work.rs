//! Teams, chats, meetings, applications and the logs of the directory.

use serde_json::{Value, json};

use super::support::{Client, ok};

#[test]
fn a_member_sees_into_a_team_and_a_stranger_does_not() {
    let client = Client::user(0);
    let team = client.walk("/me/joinedTeams")[0]["id"].as_str().expect("an id").to_owned();
    assert!(client.walk(&format!("/teams/{team}/members")).iter().any(|it| it["userId"] == client.id(0).as_str()));
    let channel = client.walk(&format!("/teams/{team}/channels"))[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(ok(client.get(&format!("/teams/{team}/primaryChannel")))["displayName"], "General");
    assert_eq!(client.walk(&format!("/teams/{team}/channels/{channel}/messages")).len(), 3);
    let apps = client.walk(&format!("/teams/{team}/installedApps?$expand=teamsApp"));
    assert_eq!(apps[0]["teamsApp"]["displayName"], "Contoso Polls");
    let all: Vec<_> = client.walk("/teams").iter().map(|team| team["id"].clone()).collect();
    let stranger = (1..20).map(Client::user).find(|it| it.walk("/me/joinedTeams").len() < all.len());
    let stranger = stranger.expect("somebody who is not in every team");
    let own: Vec<_> = stranger.walk("/me/joinedTeams").iter().map(|team| team["id"].clone()).collect();
    let other = all.iter().find(|id| !own.contains(id)).and_then(|id| id.as_str()).expect("another team");
    assert_eq!(stranger.error("GET", &format!("/teams/{other}/channels"), ""), (403, "Forbidden".to_owned()));
}

#[test]
fn a_team_ends_with_its_group() {
    let client = Client::application();
    let team = client.walk("/teams")[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.send("DELETE", &format!("/groups/{team}"), "").status, 204);
    assert_eq!(client.error("GET", &format!("/teams/{team}"), ""), (404, "NotFound".to_owned()));
    assert_eq!(client.send("DELETE", &format!("/directory/deletedItems/{team}"), "").status, 204);
    let dump: Value = serde_json::from_str(&client.read().dump()).expect("JSON");
    assert!(dump["collections"]["teams"].as_array().is_some_and(|all| all.iter().all(|it| it["id"] != team.as_str())));
}

#[test]
fn a_chat_is_its_members_only() {
    let client = Client::user(0);
    let chat = client.walk("/me/chats")[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.walk(&format!("/chats/{chat}/members")).len(), 2);
    assert_eq!(client.walk(&format!("/chats/{chat}/messages")).len(), 3);
    assert_eq!(Client::user(20).error("GET", &format!("/chats/{chat}/messages"), ""), (403, "Forbidden".to_owned()));
}

#[test]
fn an_online_meeting_is_made_once_found_by_its_link_and_leaves_nothing() {
    let client = Client::user(0);
    let before = client.read().dump();
    let body = json!({"externalId": "x", "subject": "Plan", "startDateTime": "2026-11-25T12:00:00Z"});
    let made = ok(client.ask("POST", "/me/onlineMeetings/createOrGet", body.clone()));
    assert_eq!(ok(client.ask("POST", "/me/onlineMeetings/createOrGet", body))["id"], made["id"]);
    let link = made["joinWebUrl"].as_str().expect("a link").replace('%', "%25");
    let found = client.walk(&format!("/me/onlineMeetings?$filter=JoinWebUrl%20eq%20'{link}'"));
    assert_eq!(found[0]["id"], made["id"]);
    assert_eq!(client.get("/me/onlineMeetings").0, 400);
    let one = format!("/me/onlineMeetings/{}", made["id"].as_str().expect("an id"));
    assert_eq!(ok(client.ask("PATCH", &one, json!({"subject": "Plan B"})))["subject"], "Plan B");
    assert_eq!(client.send("DELETE", &one, "").status, 204);
    assert_eq!(client.get(&one).0, 404);
    assert_eq!(client.read().dump(), before);
    let application = Client::application();
    assert_eq!(application.get(&format!("/users/{}/onlineMeetings/x", application.id(0))).0, 404);
}

#[test]
fn the_log_tells_who_changed_what_and_keeps_out_of_the_dump() {
    let client = Client::user(0);
    let before = client.read().dump();
    let made = ok(client.ask("POST", "/applications", json!({"displayName": "Watcher"})));
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.send("DELETE", &format!("/applications/{id}"), "").status, 204);
    assert_eq!(client.send("DELETE", &format!("/directory/deletedItems/{id}"), "").status, 204);
    let log = client.walk("/auditLogs/directoryAudits");
    let told: Vec<_> = log.iter().map(|entry| entry["activityDisplayName"].as_str().unwrap_or_default()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.contains(&"Add application") && told.contains(&"Hard delete object"));
    assert!(log.iter().all(|entry| entry["targetResources"][0]["id"] == id.as_str()));
    assert!(log.iter().all(|entry| entry["initiatedBy"]["user"]["id"] == client.id(0).as_str()));
    assert_eq!(client.read().dump(), before);
}

#[test]
fn security_lists_answer_and_a_hunt_knows_its_tables() {
    let client = Client::application();
    for (target, at_least) in [
        ("/security/alerts_v2", 1),
        ("/security/incidents?$top=1", 1),
        ("/security/secureScores", 1),
        ("/security/secureScoreControlProfiles", 2),
        ("/security/attackSimulation/simulations", 0),
        ("/identityProtection/riskyUsers", 0),
        ("/identityProtection/riskDetections", 0),
        ("/auditLogs/signIns", 10),
        ("/auditLogs/provisioning", 0),
        ("/identity/conditionalAccess/policies", 1),
        ("/identityGovernance/entitlementManagement/catalogs", 1),
    ] {
        assert!(client.walk(target).len() >= at_least, "{target}");
    }
    let hunt = |query: &str| client.ask("POST", "/security/runHuntingQuery", json!({ "Query": query })).0;
    assert_eq!((hunt("EmailEvents | take 1"), hunt("Nothing | take 1"), hunt("")), (200, 400, 400));
}
