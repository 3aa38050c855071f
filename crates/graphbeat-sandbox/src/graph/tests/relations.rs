//! Owners and memberships, as Microsoft's command-line tools ask for them.

use serde_json::{Value, json};

use super::support::Client;

fn reference(client: &Client, place: usize) -> Value {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{}", client.id(place))})
}

#[test]
fn owners_come_and_go_but_a_group_keeps_one() {
    let client = Client::application();
    let body =
        json!({"displayName": "Pilots", "MailEnabled": false, "mailNickName": "pilots", "securityEnabled": true});
    let group = client.ask("POST", "/groups", body).1["id"].as_str().expect("an id").to_owned();
    let app = client.ask("POST", "/applications", json!({"displayName": "judge"})).1;
    let app = app["id"].as_str().expect("an id").to_owned();
    for object in [format!("/groups/{group}"), format!("/applications/{app}")] {
        for place in [1, 2] {
            assert_eq!(
                client.ask("POST", &format!("{object}/owners/$ref"), reference(&client, place)).0,
                204,
                "{object}"
            );
        }
        assert_eq!(client.ask("POST", &format!("{object}/owners/$ref"), reference(&client, 2)).0, 400, "{object}");
        assert_eq!(client.walk(&format!("{object}/owners")).len(), 2, "{object}");
        let remove = |place| client.ask("DELETE", &format!("{object}/owners/{}/$ref", client.id(place)), Value::Null).0;
        assert_eq!((remove(1), remove(1)), (204, 404), "{object}");
    }
    assert_eq!(client.walk(&format!("/groups/{group}/Owners/Microsoft.Graph.User")).len(), 1);
    let last = format!("/groups/{group}/owners/{}/$ref", client.id(2));
    assert_eq!(client.ask("DELETE", &last, Value::Null).0, 400);
}

#[test]
fn memberships_of_any_object_can_be_asked_for() {
    let client = Client::application();
    let group = client.walk("/groups")[0]["id"].clone();
    let object = format!("/directoryObjects/{}", client.id(0));
    let ids = json!([group, "00000000-0000-4000-8000-000000000000"]);
    let (_, checked) = client.ask("POST", &format!("{object}/checkMemberGroups"), json!({"groupIds": ids}));
    assert_eq!(checked["value"], json!([group]));
    let (_, checked) = client.ask("POST", &format!("{object}/checkMemberObjects"), json!({"ids": ids}));
    assert_eq!(checked["value"], json!([group]));
    let (_, all) = client.ask("POST", &format!("{object}/getMemberGroups"), json!({"securityEnabledOnly": false}));
    assert!(all["value"].as_array().is_some_and(|all| all.contains(&group)));
    for (path, body) in [("checkMemberGroups", json!({})), ("getMemberGroups", json!({"securityEnabledOnly": "no"}))] {
        assert_eq!(client.ask("POST", &format!("{object}/{path}"), body).0, 400, "{path}");
    }
}

#[test]
fn names_in_a_query_may_be_in_any_case() {
    let client = Client::application();
    let path = "/users?$select=Id,UserPrincipalName&$filter=DISPLAYNAME%20eq%20'Megan%20Bowen'";
    let found = client.walk(path);
    assert_eq!(found.len(), 1);
    assert!(found[0]["userPrincipalName"].is_string() && found[0]["id"].is_string());
}
