//! Drives: names, versions, uploads, copies, links, bins.

use serde_json::{Value, json};

use super::support::{Client, ok};

const HERE: &str = "https://127.0.0.1:8443/v1.0";

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

fn upload(client: &Client, path: &str, bytes: &str) -> Value {
    let response = client.send("PUT", &format!("/me/drive/root:/{path}:/content"), bytes);
    assert!(response.status.is_success(), "{}: {:?}", response.status, response.body);
    serde_json::from_slice(&response.body).expect("an item")
}

fn download(client: &Client, target: &str) -> String {
    let response = client.send("GET", target, "");
    assert_eq!(response.status, 302, "{target}");
    let location = response.headers["location"].to_str().expect("text").trim_start_matches(HERE).to_owned();
    let content = client.send("GET", &location, "");
    assert_eq!(content.status, 200, "{location}");
    String::from_utf8(content.body.to_vec()).expect("text")
}

fn purge(client: &Client, item: &Value) {
    let drive = item["parentReference"]["driveId"].as_str().expect("a drive");
    ok(client.ask("POST", &format!("/drives/{drive}/items/{}/permanentDelete", id(item)), json!({})));
}

#[test]
fn a_file_grows_by_versions_and_is_purged_without_a_trace() {
    let client = Client::user(0);
    let before = client.read().dump();
    let file = upload(&client, "marker.txt", "one");
    let again = upload(&client, "marker.txt", "two, longer");
    assert_eq!(id(&file), id(&again));
    assert_eq!((&again["size"], &again["file"]["mimeType"]), (&json!(11), &json!("text/plain")));
    let versions = client.walk(&format!("/me/drive/items/{}/versions", id(&file)));
    assert_eq!(versions.iter().map(id).collect::<Vec<_>>(), ["2.0", "1.0"]);
    assert_eq!(download(&client, &format!("/me/drive/items/{}/content", id(&file))), "two, longer");
    assert_eq!(download(&client, &format!("/me/drive/items/{}/versions/1.0/content", id(&file))), "one");
    assert_eq!(ok(client.get("/me/drive/root:/marker.txt"))["id"], file["id"]);
    assert_eq!(client.walk("/me/drive/root/search(q='marker')").len(), 1);
    purge(&client, &file);
    assert_eq!(client.error("GET", "/me/drive/root:/marker.txt", ""), (404, "itemNotFound".to_owned()));
    assert_eq!(client.read().dump(), before);
}

#[test]
fn an_application_works_in_a_users_drive_by_the_same_routes() {
    let client = Client::application();
    let (user, before) = (client.id(2), client.read().dump());
    let root = ok(client.get(&format!("/users/{user}/drive/root")));
    let response = client.send("PUT", &format!("/users/{user}/drive/items/{}:/x.txt:/content", id(&root)), "x");
    assert_eq!(response.status, 201);
    let file: Value = serde_json::from_slice(&response.body).expect("an item");
    ok(client.ask("PATCH", &format!("/users/{user}/drive/items/{}", id(&file)), json!({"name": "y.txt"})));
    purge(&client, &file);
    assert_eq!(client.read().dump(), before);
}

#[test]
fn a_folder_is_renamed_moved_deleted_and_its_bin_is_in_the_dump() {
    let client = Client::user(0);
    let before = client.read().dump();
    let folder = ok(client.ask("POST", "/me/drive/root/children", json!({"name": "binned-folder", "folder": {}})));
    assert_eq!(
        client.error("POST", "/me/drive/root/children", r#"{"name":"Binned-Folder","folder":{}}"#),
        (409, "nameAlreadyExists".to_owned())
    );
    let numbered = ok(client.ask(
        "POST",
        "/me/drive/root/children",
        json!({"name": "binned-folder", "folder": {}, "@microsoft.graph.conflictBehavior": "rename"}),
    ));
    assert_eq!(numbered["name"], "binned-folder 1");
    let moved = ok(client.ask(
        "PATCH",
        &format!("/me/drive/items/{}", id(&numbered)),
        json!({"name": "inner", "parentReference": {"id": id(&folder)}}),
    ));
    assert_eq!(moved["parentReference"]["id"], folder["id"]);
    assert_eq!(ok(client.get("/me/drive/root:/binned-folder/inner"))["id"], numbered["id"]);
    assert_eq!(
        client
            .error(
                "PATCH",
                &format!("/me/drive/items/{}", id(&folder)),
                &json!({"parentReference": {"id": id(&numbered)}}).to_string()
            )
            .0,
        400
    );
    ok(client.ask("DELETE", &format!("/me/drive/items/{}", id(&folder)), json!({})));
    assert_eq!(client.error("GET", "/me/drive/root:/binned-folder", "").0, 404);
    let after = client.read().dump();
    assert!(after != before && after.contains("recycleBin"));
}

#[test]
fn bad_names_are_refused_wherever_they_stand() {
    let client = Client::user(0);
    let before = client.read().dump();
    for name in ["..", "%2e%2e", "a*b", "trailing.", "%22", &"n".repeat(400), "a/../b", "x%00y"] {
        assert_eq!(
            client.error("PUT", &format!("/me/drive/root:/{name}:/content"), "x"),
            (400, "invalidRequest".to_owned()),
            "{name}"
        );
        assert_eq!(client.error("GET", &format!("/me/drive/root:/{name}"), "").0, 400, "{name}");
    }
    for name in ["..", "a*b", "", "a/b", "trailing."] {
        let body = json!({"name": name, "folder": {}}).to_string();
        assert_eq!(client.error("POST", "/me/drive/root/children", &body).0, 400, "{name}");
    }
    assert_eq!(client.error("POST", "/me/drive/root/children", r#"{"name":"x","folder":{},"colour":1}"#).0, 400);
    assert_eq!(client.read().dump(), before);
}

#[test]
fn an_upload_session_takes_a_file_in_parts() {
    let mut client = Client::user(0);
    let before = client.read().dump();
    let session = ok(client.ask(
        "POST",
        "/me/drive/root:/parts.bin:/createUploadSession",
        json!({"item": {"@microsoft.graph.conflictBehavior": "replace", "name": "parts.bin"}}),
    ));
    let url = session["uploadUrl"].as_str().expect("an address").trim_start_matches(HERE).to_owned();
    client.permissions = Default::default();
    client = client.with("content-range", "bytes 0-3/10");
    let (status, state) = {
        let response = client.send("PUT", &url, "0123");
        (response.status, serde_json::from_slice::<Value>(&response.body).expect("a state"))
    };
    assert_eq!((status.as_u16(), &state["nextExpectedRanges"]), (202, &json!(["4-9"])));
    assert_eq!(client.error("PUT", &url, "0123"), (416, "invalidRange".to_owned()));
    client = client.with("content-range", "bytes 4-9/10");
    assert_eq!(client.error("PUT", &url, "short").0, 400);
    let last = client.send("PUT", &url, "456789");
    assert_eq!(last.status, 201);
    assert_eq!(client.error("GET", &url, "").0, 404);
    let full = Client { permissions: Client::user(0).permissions, ..client };
    let file = ok(full.get("/me/drive/root:/parts.bin"));
    assert_eq!(download(&full, &format!("/me/drive/items/{}/content", id(&file))), "0123456789");
    purge(&full, &file);
    assert_eq!(full.read().dump(), before);
}

#[test]
fn a_copy_is_followed_by_its_monitor_and_a_link_is_made_once() {
    let client = Client::user(0);
    let before = client.read().dump();
    let file = upload(&client, "original.txt", "x");
    let target = format!("/me/drive/items/{}", id(&file));
    let response = client.send("POST", &format!("{target}/copy"), r#"{"name":"copy.txt"}"#);
    assert_eq!(response.status, 202);
    let monitor = response.headers["location"].to_str().expect("text").trim_start_matches(HERE).to_owned();
    let state = ok(client.get(&monitor));
    assert_eq!(state["status"], "completed");
    let copy = ok(client.get(&format!("/me/drive/items/{}", state["resourceId"].as_str().expect("an id"))));
    assert_eq!(copy["name"], "copy.txt");
    let link = json!({"type": "view", "scope": "organization"});
    let (first, second) = (
        client.ask("POST", &format!("{target}/createLink"), link.clone()),
        client.ask("POST", &format!("{target}/createLink"), link),
    );
    assert_eq!((first.0, second.0, id(&first.1)), (201, 200, id(&second.1)));
    assert_eq!(client.walk(&format!("{target}/permissions")).len(), 2);
    ok(client.ask("DELETE", &format!("{target}/permissions/{}", id(&first.1)), json!({})));
    purge(&client, &file);
    purge(&client, &copy);
    assert_eq!(client.read().dump(), before);
}

#[test]
fn a_stale_etag_is_refused_and_a_false_signature_too() {
    let client = Client::user(0);
    let file = upload(&client, "tagged.txt", "x");
    let tagged = Client::user(0).with("if-match", "\"{stale},1\"");
    let tagged = Client { tenant: std::sync::RwLock::new(client.read().clone()), ..tagged };
    assert_eq!(
        tagged.error("DELETE", &format!("/me/drive/items/{}", id(&file)), ""),
        (412, "resourceModified".to_owned())
    );
    let location = file["@microsoft.graph.downloadUrl"].as_str().expect("an address").trim_start_matches(HERE);
    assert_eq!(client.send("GET", location, "").status, 200);
    assert_eq!(client.error("GET", &location.replace("tempauth=", "tempauth=0"), "").0, 401);
}

#[test]
fn lists_of_a_drive_answer_and_delta_tells_changes_once() {
    let client = Client::user(0);
    assert_eq!(client.walk("/me/drives").len(), 1);
    assert_eq!(ok(client.get("/me/drive"))["quota"]["state"], "normal");
    assert!(client.walk("/me/drive/root/children").len() >= 5);
    assert_eq!(ok(client.get("/me/drive/special/documents"))["name"], "Documents");
    assert_eq!(client.walk("/me/drive/root:/Pictures:/children").len(), 2);
    let picture = client.walk("/me/drive/root:/Pictures:/children")[0].clone();
    let thumbnails = ok(client.get(&format!("/me/drive/items/{}/thumbnails", id(&picture))));
    assert_eq!(thumbnails["value"][0]["small"]["width"], 96);
    let link = |page: &Value| page["@odata.deltaLink"].as_str().expect("a link").trim_start_matches(HERE).to_owned();
    let first = ok(client.get("/me/drive/root/delta()"));
    let file = upload(&client, "changed.txt", "x");
    let second = ok(client.get(&link(&first)));
    assert!(second["value"].as_array().expect("a list").iter().any(|item| item["id"] == file["id"]));
    assert_eq!(ok(client.get(&link(&second)))["value"], json!([]));
    ok(client.ask("DELETE", &format!("/me/drive/items/{}", id(&file)), json!({})));
    let third = ok(client.get(&link(&second)));
    let gone = third["value"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|item| item["id"] == file["id"])
        .expect("the removal")
        .clone();
    assert_eq!(gone["deleted"]["state"], "deleted");
}

#[test]
fn another_users_drive_is_closed() {
    let client = Client::user(3);
    let drive = crate::objects::place::drive_of(&client.id(4));
    assert_eq!(client.error("GET", &format!("/drives/{drive}/root"), ""), (403, "accessDenied".to_owned()));
    assert_eq!(client.error("GET", "/drives/b!nothing/root", ""), (404, "itemNotFound".to_owned()));
}

#[test]
fn sites_and_groups_have_libraries_with_files() {
    let client = Client::application();
    let group = client.walk("/groups?$filter=displayName%20eq%20'Engineering'")[0].clone();
    for holder in ["/sites/root".to_owned(), format!("/groups/{}", group["id"].as_str().expect("an id"))] {
        let drive = ok(client.get(&format!("{holder}/drive")));
        assert_eq!(drive["driveType"], "documentLibrary");
        let items = client.walk(&format!("{holder}/drive/root/children"));
        assert_eq!(items[0]["name"], "Read me.txt");
        assert_eq!(items[0]["parentReference"]["driveId"], drive["id"]);
        ok(client.ask("PUT", &format!("{holder}/drive/root:/notes/a.txt:/content"), json!("text")));
        let own = format!("/drives/{}/root:/notes", drive["id"].as_str().expect("an id"));
        assert_eq!(client.walk(&format!("{own}:/children")).len(), 1);
        assert_eq!(client.walk(&format!("{holder}/drives"))[0]["id"], drive["id"]);
        ok(client.ask("DELETE", &own, Value::Null));
        assert_eq!(client.walk(&format!("{holder}/drive/root/children")).len(), 1);
    }
}
