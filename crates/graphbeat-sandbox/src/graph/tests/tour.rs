//! A tour through every reading route with ids that exist.

use serde_json::{Value, json};

use super::super::route::Route;
use super::super::table::routes;
use super::support::Client;

/// Ids that are tried of one list.
const IDS_MAX: usize = 4;
/// Paths that are tried of one route.
const PATHS_MAX: usize = 12;

/// Where the ids of a parameter are listed that has no list right before it.
const LISTED_AT: &[(&str, &str)] = &[
    ("/drive/items/", "/drive/root/children"),
    ("/drives/{drive}/items/", "/drives/{drive}/root/children"),
    ("/planner/plans/", "/users/{user}/planner/plans"),
    ("/planner/tasks/", "/users/{user}/planner/tasks"),
];

/// Paths that lead to a route, its parameters filled with what the tenant holds.
pub(super) fn paths(route: &Route, client: &Client) -> Vec<String> {
    let (mut paths, mut pattern) = (vec![String::new()], String::new());
    for part in route.pattern.split('/').filter(|part| !part.is_empty()) {
        pattern.push('/');
        let name = part.trim_end_matches(':');
        let colon = if part.ends_with(':') { ":" } else { "" };
        paths = match name {
            _ if !name.contains('{') => paths.iter().map(|path| format!("{path}/{name}{colon}")).collect(),
            _ => paths.iter().flat_map(|path| filled(client, path, &pattern, name, colon)).take(PATHS_MAX).collect(),
        };
        pattern.push_str(part);
    }
    paths
}

fn filled(client: &Client, path: &str, pattern: &str, name: &str, colon: &str) -> Vec<String> {
    let of = |values: Vec<String>| values.iter().map(|value| format!("{path}/{value}{colon}")).collect();
    if name.contains('(') {
        let application = client.read().identity.applications[0].client_id.to_string();
        return of(vec![
            name.replace("{period}", "D7")
                .replace("{appId}", &application)
                .replace("={q}", "='e'")
                .replace("={appId}", "")
                .replace("(appId=", "(appId='")
                .replace("(period=", "(period='")
                .replace(')', "')")
                .replace("''", "'"),
        ]);
    }
    match name {
        "{user}" => of(vec![client.user.map_or_else(|| client.id(0), |user| user.to_string())]),
        "{site}" => of(vec!["root".to_owned()]),
        "{special}" => of(vec!["documents".to_owned()]),
        "{item}" if !colon.is_empty() => of(vec!["root".to_owned()]),
        "{path}" => of(vec!["Documents".to_owned(), "twice.txt".to_owned()]),
        "{drive}" => of(ids(client, "/drive")),
        _ => {
            let listed = LISTED_AT.iter().find(|(end, _)| pattern.ends_with(end));
            let place = match listed {
                Some((end, place)) => {
                    let stem = path.trim_end_matches("/items").trim_end_matches("/drive");
                    let stem = if end.starts_with("/planner") { "" } else { stem };
                    let place = place.replace("{user}", &client.id(0));
                    format!("{stem}{}", place.replace("/drives/{drive}", ""))
                }
                None => path.to_owned(),
            };
            of(ids(client, &place))
        }
    }
}

fn ids(client: &Client, path: &str) -> Vec<String> {
    let path = if path == "/drive" { format!("/users/{}/drive", client.id(0)) } else { path.to_owned() };
    let (_, body) = client.get(&path);
    let id = |it: &Value| it["id"].as_str().map(str::to_owned);
    match body["value"].as_array() {
        Some(items) => items.iter().filter_map(id).take(IDS_MAX).collect(),
        None => id(&body).into_iter().collect(),
    }
}

/// What the seed leaves empty.
pub(super) fn furnish(client: &Client) {
    let user = client.id(0);
    for (path, body) in [
        ("messages", json!({"subject": "x", "toRecipients": [{"emailAddress": {"address": "a@b.c"}}]})),
        (
            "mailFolders/inbox/messageRules",
            json!({"displayName": "r", "sequence": 1, "isEnabled": true, "actions": {"stopProcessingRules": true}}),
        ),
        ("contactFolders", json!({"displayName": "f"})),
    ] {
        client.ask("POST", &format!("/users/{user}/{path}"), body);
    }
    for text in ["one", "two"] {
        client.send("PUT", &format!("/users/{user}/drive/root:/twice.txt:/content"), text);
    }
    let attachment = json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "QQ=="});
    let (_, message) = client.get(&format!("/users/{user}/messages?$top=1"));
    let message = message["value"][0]["id"].as_str().unwrap_or_default().to_owned();
    client.ask("POST", &format!("/users/{user}/messages/{message}/attachments"), attachment);
}

#[test]
fn every_reading_route_is_reached_and_tells_the_truth() {
    for client in [Client::user(0), Client::application()] {
        furnish(&client);
        let reading: Vec<&Route> = routes().filter(|route| route.method == "GET").collect();
        let reached = reading.iter().filter(|route| is_reached(route, &client)).count();
        assert!(reached * 2 > reading.len(), "{reached} of {}", reading.len());
    }
}

/// `send` compares each answer with the metadata.
fn is_reached(route: &Route, client: &Client) -> bool {
    let query = span(route);
    let answers = |target: &String| client.send("GET", &format!("{target}{query}"), "").status.as_u16() < 400;
    paths(route, client).iter().filter(|target| answers(target)).count() > 0
}

/// The query without which a route answers nothing.
pub(super) fn span(route: &Route) -> &'static str {
    match route.pattern.contains("calendarView") {
        true => "?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z",
        false => "",
    }
}
