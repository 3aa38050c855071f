//! What `app` says and does about registrations that exist: what they lack, consent, secrets.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::accounts::{add, sign_in};
use crate::set_up::{set_up, set_up_user};
use crate::support::{Home, Run, Sandbox, by_device_code, by_secret, rows, text};

/// Runs a command that opens one page, and does there what an administrator would.
fn at_the_page(sandbox: &Sandbox, home: &Home, arguments: &[&str]) -> Run {
    let flags = ["--no-browser", "--yes", "--output", "json"];
    let mut running = home.start(&[arguments, &flags].concat());
    let page = running.json_line();
    sandbox.browse(text(&page["url"]), 0, "accept");
    running.end()
}

fn names(list: &Value) -> BTreeSet<&str> {
    rows(list).iter().map(text).collect()
}

fn grant(sandbox: &Sandbox, client_id: &str, kind: &str, names: &[&str]) {
    sandbox.control("PUT", &format!("grants/{client_id}"), &json!({ kind: names }));
}

/// The last object of an output that holds others before it.
fn last(run: &Run) -> Value {
    let reports = serde_json::Deserializer::from_str(&run.stdout).into_iter::<Value>();
    reports.last().expect("an output").expect("JSON")
}

#[test]
fn an_adopted_registration_shows_what_it_lacks_what_is_too_much_and_whose_it_is() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_secret(&sandbox, "mine", "")]);
    let client_id = sandbox.ready("/apps/0/client_id");
    let application = sandbox.graph("GET", &format!("/applications(appId='{client_id}')?$select=id"), &Value::Null);
    let object_id = text(&application["id"]).to_owned();
    let owner = format!("{}/v1.0/directoryObjects/{}", sandbox.ready("/graph_url"), sandbox.ready("/users/1/id"));
    sandbox.graph("POST", &format!("/applications/{object_id}/owners/$ref"), &json!({"@odata.id": owner}));
    grant(&sandbox, client_id, "application", &["Application.Read.All", "Mail.ReadWrite"]);
    let report = last(&home.run(&["app", "adopt", "mine", "--output", "json"]).ended_with(0));
    assert_eq!(report["object_id"], object_id.as_str());
    assert!(report["missing"]["User.Read.All"].is_array(), "{report}");
    assert!(names(&report["excessive"]).contains("Mail.ReadWrite"), "{report}");
    assert_eq!(rows(&report["owners"]).len(), 1, "{report}");
    assert!(rows(&report["credentials"]).iter().any(|one| one["kind"] == "secret"), "{report}");
}

#[test]
fn a_registration_that_the_account_may_not_read_is_read_by_an_administrator() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    home.sign_in(&sandbox, "person", 0);
    let client_id = sandbox.ready("/apps/1/client_id");
    grant(&sandbox, client_id, "delegated", &["User.Read", "Mail.Send", "Application.Read.All", "Directory.Read.All"]);
    let run = at_the_page(&sandbox, &home, &["app", "adopt", "person", "--through"]).ended_with(0);
    let report = last(&run);
    assert!(names(&report["excessive"]).contains("Mail.Send"), "{report}");
    assert!(report["missing"].is_object() && report["owners"].is_array(), "{report}");
    grant(&sandbox, client_id, "delegated", &["User.Read"]);
    let run = home.run(&["app", "adopt", "person", "--output", "json"]).ended_with(4);
    assert!(run.stderr.contains("--through"), "{run:?}");
}

#[test]
fn a_consent_is_proven_by_a_fresh_token_in_both_modes() {
    let sandbox = Sandbox::start();
    for (mode, set_up) in [("application", set_up as fn(&Sandbox, &Home) -> [String; 2]), ("delegated", set_up_user)] {
        let home = Home::with("");
        let [client_id, _] = set_up(&sandbox, &home);
        grant(&sandbox, &client_id, mode, if mode == "delegated" { &["User.Read"] } else { &[] });
        home.run(&["account", "resume", "acme"]).ended_with(0);
        let run = home.run(&["app", "show", "acme", "--output", "json"]).ended_with(1);
        assert_ne!(run.json()["missing"], json!({}), "{mode}");
        let run = at_the_page(&sandbox, &home, &["app", "consent", "acme"]).ended_with(0);
        assert!(run.stdout.contains("\"consented\""), "{run:?}");
        home.run(&["app", "show", "acme"]).ended_with(0);
    }
}

#[test]
fn a_consent_whose_outcome_nobody_can_see_says_so() {
    let sandbox = Sandbox::start();
    let home = Home::with("");
    set_up(&sandbox, &home);
    let fault = json!([{"operation": "token.certificate", "status": 401, "code": "AADSTS7000112"}]);
    sandbox.control("PUT", "faults", &fault);
    let run = at_the_page(&sandbox, &home, &["app", "consent", "acme"]).ended_with(4);
    assert!(run.stderr.contains("what is granted now is not known"), "{run:?}");
    assert!(run.stderr.contains("AADSTS7000112") && run.stderr.contains("account sign-in acme"), "{run:?}");
    assert!(!run.stdout.contains("everything"), "{run:?}");
}

#[test]
fn a_secret_in_the_vault_is_replaced_by_one_that_signed_in_and_the_one_before_goes() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[]);
    home.run(&add(&sandbox, "app")).ended_with(0);
    sign_in(&home, &sandbox).ended_with(0);
    let client_id = sandbox.ready("/apps/0/client_id");
    let secrets = || {
        let path = format!("/applications(appId='{client_id}')?$select=passwordCredentials");
        let of = sandbox.graph("GET", &path, &Value::Null)["passwordCredentials"].clone();
        rows(&of).iter().map(|secret| text(&secret["keyId"]).to_owned()).collect::<BTreeSet<_>>()
    };
    let before = secrets();
    let rotate = ["app", "rotate", "app", "--through", sandbox.ready("/apps/1/client_id")];
    at_the_page(&sandbox, &home, &rotate).ended_with(0);
    let first = secrets();
    assert!(first.is_superset(&before) && first.len() == before.len() + 1, "a secret of unknown id stays");
    at_the_page(&sandbox, &home, &rotate).ended_with(0);
    let second = secrets();
    assert_eq!(second.len(), first.len(), "the one that graphbeat made before is gone");
    assert_eq!(second.intersection(&first).count(), before.len());
    home.run(&["check", "--account", "app", "--operation", "users.users.list"]).ended_with(0);
}
