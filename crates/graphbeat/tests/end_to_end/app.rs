//! Setting up: from nothing to a checked account, and what becomes of its registration afterwards.

use serde_json::{Value, json};

use crate::set_up::{event, finish, init, register_by_hand, run, set_up, set_up_user, start};
use crate::support::{Home, Sandbox, text};

#[test]
fn an_application_is_set_up_by_flags_and_one_page_and_its_first_check_is_green() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    set_up(&sandbox, &home);
    let account = home.json(&["account", "show", "acme"]);
    assert_eq!((&account["sign_in"], &account["cloud"]), (&json!("certificate"), &json!("local")));
    home.run(&["check", "--account", "acme"]).ended_with(0);
    let shown = home.json(&["app", "show", "acme"]);
    assert_eq!((&shown["missing"], &shown["excessive"]), (&json!({}), &json!([])), "{shown}");
    let key = std::fs::read_to_string(home.path().join("graphbeat.toml")).expect("the file");
    assert!(!key.contains("PRIVATE KEY") && key.contains("certificate/acme"), "{key}");
}

#[test]
fn a_user_is_set_up_by_flags_and_the_browser() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    set_up_user(&sandbox, &home);
    home.run(&["check", "--account", "acme"]).ended_with(0);
    let shown = home.json(&["app", "show", "acme"]);
    assert_eq!(shown["missing"], json!({}), "{shown}");
}

#[test]
fn a_dry_run_sends_nothing_and_names_each_request() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let run = run(&home, &init(&sandbox, "application", &["--way", "azure-cli", "--dry-run"])).ended_with(0);
    let calls = event(&run, "dry-run")["calls"].clone();
    let paths: Vec<&str> = calls.as_array().expect("a list").iter().map(|call| text(&call["path"])).collect();
    assert!(paths.contains(&"/v1.0/applications") && paths.contains(&"/v1.0/servicePrincipals"), "{paths:?}");
    assert_eq!(sandbox.requests(), Vec::<Value>::new());
    assert!(!home.path().join("graphbeat.db").exists());
}

#[test]
fn a_missing_answer_names_its_flag() {
    let home = Home::with("");
    let run = home.run(&["init", "--yes", "--as", "application"]).ended_with(2);
    assert!(run.stderr.contains("`--tenant` is missing"), "{run:?}");
    let run = home.run(&["init", "--yes", "--tenant", "contoso.example"]).ended_with(2);
    assert!(run.stderr.contains("`--as` is missing"), "{run:?}");
}

#[test]
fn whoever_may_not_consent_gets_a_link_for_an_administrator_and_goes_on_after_it() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let first = run(&home, &init(&sandbox, "application", &[])).ended_with(2);
    let ids = register_by_hand(&sandbox, &event(&first, "register"), true);
    let again = init(&sandbox, "application", &["--client-id", &ids[0], "--object-id", &ids[1]]);
    let mut running = start(&home, &again);
    let letter = loop {
        let line = running.json_line();
        match text(&line["event"]) {
            "sign-in" => drop(sandbox.browse(text(&line["url"]), 1, "accept")),
            "administrator-needed" => break line,
            _ => {}
        }
    };
    running.end().ended_with(4);
    // The administrator follows the link on another machine, where nothing listens.
    let back = sandbox.redirected(text(&letter["url"]), 0, "accept");
    assert!(back.starts_with("http://localhost") && back.contains("admin_consent=True"), "{back}");
    run(&home, &again).ended_with(0);
}

#[test]
fn an_interrupted_set_up_goes_on_with_the_same_key_and_the_answers_that_were_given() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let first = run(&home, &init(&sandbox, "application", &[])).ended_with(2);
    let manifest = event(&first, "register")["manifest"].clone();
    let second = home.run(&["init", "--yes", "--output", "json"]).ended_with(2);
    assert_eq!(event(&second, "register")["manifest"], manifest, "the key that was made is used again");
    let ids = register_by_hand(&sandbox, &event(&second, "register"), true);
    let more = ["init", "--yes", "--no-browser", "--output", "json", "--client-id", &ids[0], "--object-id", &ids[1]];
    let mut running = home.start(&more);
    while text(&running.json_line()["event"]) != "sign-in" {}
    drop(running);
    let mut running = home.start(&["init", "--yes", "--no-browser", "--output", "json"]);
    finish(&sandbox, &mut running);
    running.end().ended_with(0);
    let accounts = home.json(&["account", "list"]);
    assert_eq!(accounts.as_array().map(Vec::len), Some(1), "{accounts}");
}

#[test]
fn show_says_what_is_missing_and_what_is_too_much() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let [client_id, _] = set_up(&sandbox, &home);
    let granted = text(&home.json(&["app", "show", "acme"])["granted"][0]).to_owned();
    let grants = json!({"application": ["Sites.FullControl.All", "Application.Read.All"], "delegated": []});
    sandbox.control("PUT", &format!("grants/{client_id}"), &grants);
    let run = home.run(&["app", "show", "acme", "--output", "json"]).ended_with(1);
    let shown = run.json();
    assert!(shown["missing"][&granted].is_array(), "{shown}");
    assert!(shown["excessive"].to_string().contains("Sites.FullControl.All"), "{shown}");
    assert!(shown["not_consented"].to_string().contains(&granted), "{shown}");
    assert_eq!(shown["credentials"][0]["kind"], "certificate");
}

#[test]
fn a_rotation_ends_with_one_key_that_signs_in_and_needs_no_further_right() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let [_, object_id] = set_up(&sandbox, &home);
    let keys = || sandbox.graph("GET", &format!("/applications/{object_id}"), &Value::Null)["keyCredentials"].clone();
    let before = keys();
    home.run(&["app", "rotate", "acme", "--yes"]).ended_with(0);
    let after = keys();
    assert_eq!(after.as_array().map(Vec::len), Some(1), "{after}");
    assert_ne!(before[0]["keyId"], after[0]["keyId"]);
    home.run(&["check", "--account", "acme"]).ended_with(0);
}

#[test]
fn a_deleted_registration_comes_back_and_a_purged_one_does_not() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    let [_, object_id] = set_up(&sandbox, &home);
    let through = sandbox.ready("/apps/1/client_id");
    let by_administrator = |arguments: &[&str], code: i32| {
        let flags = ["--through", through, "--no-browser", "--yes", "--output", "json"];
        let mut running = home.start(&[arguments, &flags].concat());
        let page = running.json_line();
        sandbox.browse(text(&page["url"]), 0, "accept");
        running.end().ended_with(code)
    };
    let deleted = by_administrator(&["app", "delete", "acme"], 0);
    assert!(deleted.stderr.contains("service principal"), "{deleted:?}");
    assert_eq!(sandbox.try_graph("GET", &format!("/applications/{object_id}"), &Value::Null).0, 404);
    home.run(&["check", "--account", "acme"]).ended_with(4);
    by_administrator(&["app", "restore", "acme"], 0);
    home.run(&["account", "resume", "acme"]).ended_with(0);
    home.run(&["check", "--account", "acme"]).ended_with(0);
    by_administrator(&["app", "delete", "acme", "--for-good"], 0);
    let run = home.run(&["app", "restore", "acme", "--through", through, "--yes"]).ended_with(2);
    assert!(run.stderr.contains("nothing is known"), "{run:?}");
}
