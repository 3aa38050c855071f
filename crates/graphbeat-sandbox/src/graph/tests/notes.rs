//! OneNote: notebooks are folders of the drive and go with them.

use serde_json::{Value, json};

use super::support::{Client, ok};

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

fn make_page(client: &Client, section: &str) -> Value {
    let response = client.send(
        "POST",
        &format!("/me/onenote/sections/{section}/pages"),
        "<html><head><title>T &amp; U</title></head><body><p>one</p></body></html>",
    );
    assert_eq!(response.status, 201, "{:?}", response.body);
    serde_json::from_slice(&response.body).expect("a page")
}

fn make_notebook(client: &Client, name: &str) -> (Value, Value, Value) {
    let notebook = ok(client.ask("POST", "/me/onenote/notebooks", json!({"displayName": name})));
    let section = ok(client.ask(
        "POST",
        &format!("/me/onenote/notebooks/{}/sections", id(&notebook)),
        json!({"displayName": "s"}),
    ));
    let page = make_page(client, id(&section));
    (notebook, section, page)
}

#[test]
fn a_notebook_goes_with_its_folder_pages_and_bins_included() {
    let client = Client::user(0).with("content-type", "text/html");
    let before = client.read().dump();
    let (notebook, section, page) = make_notebook(&client, "marker-book");
    assert_eq!(page["title"], "T & U");
    assert_eq!(section["parentNotebook"]["id"], notebook["id"]);
    let content = format!("/me/onenote/pages/{}/content", id(&page));
    let change = r#"[{"target":"body","action":"append","content":"<p>two</p>"}]"#;
    assert_eq!(client.send("PATCH", &content, change).status, 204);
    assert!(String::from_utf8_lossy(&client.send("GET", &content, "").body).contains("<p>two</p>"));
    ok(client.ask("DELETE", &format!("/me/onenote/pages/{}", id(&page)), json!({})));
    assert_eq!(client.error("GET", &content, ""), (404, "20102".to_owned()));
    assert!(client.read().dump().contains("T & U"), "the deleted page lies in its notebook's bin");
    let folder = ok(client.get("/me/drive/root:/Notebooks/marker-book"));
    assert_eq!(folder["package"]["type"], "oneNote");
    let drive = folder["parentReference"]["driveId"].as_str().expect("a drive");
    ok(client.ask("POST", &format!("/drives/{drive}/items/{}/permanentDelete", id(&folder)), json!({})));
    assert_eq!(client.error("GET", &format!("/me/onenote/notebooks/{}", id(&notebook)), "").0, 404);
    assert_eq!(client.error("GET", &format!("/me/onenote/sections/{}", id(&section)), "").0, 404);
    assert_eq!(client.read().dump(), before);
}

#[test]
fn a_notebook_in_the_recycle_bin_is_in_the_dump_only() {
    let client = Client::user(0).with("content-type", "text/html");
    let before = client.read().dump();
    let (notebook, ..) = make_notebook(&client, "binned-book");
    let folder = ok(client.get("/me/drive/root:/Notebooks/binned-book"));
    ok(client.ask("DELETE", &format!("/me/drive/items/{}", id(&folder)), json!({})));
    assert_eq!(client.error("GET", &format!("/me/onenote/notebooks/{}", id(&notebook)), "").0, 404);
    let after = client.read().dump();
    assert!(after != before && after.contains("binned-book"));
}

#[test]
fn lists_answer_for_users_and_never_for_applications() {
    let client = Client::user(0);
    for (target, at_least) in [
        ("/me/onenote/notebooks", 1),
        ("/me/onenote/sections", 3),
        ("/me/onenote/sectionGroups", 0),
        ("/me/onenote/pages", 5),
    ] {
        assert!(client.walk(target).len() >= at_least, "{target}");
    }
    let recent = ok(client.get("/me/onenote/notebooks/getRecentNotebooks(includePersonalNotebooks=true)"));
    assert_eq!(recent["value"].as_array().map(Vec::len), Some(1));
    let application = Client::application();
    assert_eq!(
        application.error("GET", &format!("/users/{}/onenote/notebooks", application.id(0)), ""),
        (401, "40001".to_owned())
    );
}

#[test]
fn bad_names_and_pages_are_refused() {
    let client = Client::user(0);
    let before = client.read().dump();
    for (name, code) in [("a/b", "20153"), ("", "20153"), (&*"n".repeat(129), "20155")] {
        assert_eq!(
            client.error("POST", "/me/onenote/notebooks", &json!({"displayName": name}).to_string()),
            (400, code.to_owned())
        );
    }
    let section = client.walk("/me/onenote/sections")[0].clone();
    assert_eq!(client.error("POST", &format!("/me/onenote/sections/{}/pages", id(&section)), "{}").0, 400);
    let page = client.walk("/me/onenote/pages")[0].clone();
    for body in ["{}", "[]", r#"[{"target":"body"}]"#, r##"[{"target":"#nothing","action":"append","content":"x"}]"##] {
        assert_eq!(client.error("PATCH", &format!("/me/onenote/pages/{}/content", id(&page)), body).0, 400, "{body}");
    }
    assert_eq!(client.read().dump(), before);
}

#[test]
fn too_many_items_in_the_drive_close_the_lists() {
    let client = Client::user(0);
    let drive = crate::objects::place::drive_of(&client.id(0));
    let items = crate::objects::place::items(&drive);
    {
        let mut tenant = client.tenant.write().expect("no panic in a handler");
        for number in 0..5_001 {
            tenant.store.create(
                &items,
                "driveItem",
                format!("x{number}"),
                json!({"name": format!("{number}"), "_parent": "elsewhere"}),
            );
        }
    }
    assert_eq!(client.error("GET", "/me/onenote/sectionGroups", ""), (403, "10008".to_owned()));
}
