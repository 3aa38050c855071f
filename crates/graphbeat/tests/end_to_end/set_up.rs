//! Setting an account up by flags, with what a person does at the portal and in the browser.

use serde_json::{Value, json};

use crate::support::{Home, Run, Running, Sandbox, text};

/// The flags that name the sandbox as a cloud.
pub(crate) fn cloud(sandbox: &Sandbox) -> [String; 6] {
    [
        "--cloud-login".to_owned(),
        sandbox.ready("/login_url").to_owned(),
        "--cloud-graph".to_owned(),
        sandbox.ready("/graph_url").to_owned(),
        "--ca-file".to_owned(),
        sandbox.ready("/ca_file").to_owned(),
    ]
}

/// `init` in a home, by flags only.
pub(crate) fn init(sandbox: &Sandbox, mode: &str, more: &[&str]) -> Vec<String> {
    let flags = ["init", "--yes", "--name", "acme", "--tenant", sandbox.ready("/tenant_id"), "--as", mode];
    let flags = flags.iter().chain(&["--no-browser", "--output", "json"]).chain(more);
    flags.map(|flag| (*flag).to_owned()).chain(cloud(sandbox)).collect()
}

pub(crate) fn start(home: &Home, arguments: &[String]) -> Running {
    home.start(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

pub(crate) fn run(home: &Home, arguments: &[String]) -> Run {
    home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The events that a run printed.
pub(crate) fn events(run: &Run) -> Vec<Value> {
    run.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

pub(crate) fn event(run: &Run, name: &str) -> Value {
    let events = events(run);
    events.iter().find(|event| event["event"] == name).unwrap_or_else(|| panic!("no {name} in {run:#?}")).clone()
}

/// The owner at the portal: fills in the four fields, and saves the manifest. Client id and object id.
pub(crate) fn register_by_hand(sandbox: &Sandbox, register: &Value, manifest: bool) -> [String; 2] {
    let made = sandbox.graph(
        "POST",
        "/applications",
        &json!({"displayName": register["name"], "signInAudience": register["audience"],
            "publicClient": {"redirectUris": [register["redirect_uri"]]}, "isFallbackPublicClient": true}),
    );
    let [client_id, object_id] = ["appId", "id"].map(|member| text(&made[member]).to_owned());
    sandbox.graph("POST", "/servicePrincipals", &json!({"appId": client_id}));
    if manifest {
        sandbox.graph("PATCH", &format!("/applications/{object_id}"), &register["manifest"]);
    }
    [client_id, object_id]
}

/// An application's account, set up by flags and pages.
pub(crate) fn set_up(sandbox: &Sandbox, home: &Home) -> [String; 2] {
    let first = run(home, &init(sandbox, "application", &[])).ended_with(2);
    assert!(first.stderr.contains("--client-id"), "{first:?}");
    let ids = register_by_hand(sandbox, &event(&first, "register"), true);
    let mut running = start(home, &init(sandbox, "application", &["--client-id", &ids[0], "--object-id", &ids[1]]));
    finish(sandbox, &mut running);
    let run = running.end().ended_with(0);
    assert!(run.stderr.contains("is set up"), "{run:?}");
    ids
}

/// Follows the pages that a set-up opens, as the first user, who is an administrator.
pub(crate) fn finish(sandbox: &Sandbox, running: &mut Running) {
    loop {
        let line = running.json_line();
        match text(&line["event"]) {
            "sign-in" | "auth-code" => drop(sandbox.browse(text(&line["url"]), 0, "accept")),
            "consent" => return drop(sandbox.browse(text(&line["url"]), 0, "accept")),
            _ => {}
        }
    }
}

/// A person's account, set up by flags and pages.
pub(crate) fn set_up_user(sandbox: &Sandbox, home: &Home) -> [String; 2] {
    let first = run(home, &init(sandbox, "user", &[])).ended_with(2);
    let ids = register_by_hand(sandbox, &event(&first, "register"), false);
    let mut running = start(home, &init(sandbox, "user", &["--client-id", &ids[0]]));
    loop {
        let line = running.json_line();
        if matches!(text(&line["event"]), "sign-in" | "auth-code") {
            sandbox.browse(text(&line["url"]), 0, "accept");
        }
        if line["event"] == "auth-code" {
            break;
        }
    }
    running.end().ended_with(0);
    ids
}
