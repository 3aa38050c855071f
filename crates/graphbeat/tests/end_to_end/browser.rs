//! Signing in a person in a browser, on this machine and elsewhere, and signing out again.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Home, Running, Sandbox, by_auth_code, text};

const CHECK: [&str; 5] = ["check", "--operation", "users.me.get", "--output", "json"];

fn started(sandbox: &Sandbox) -> (Home, Running, Value) {
    let home = Home::of(sandbox, &[by_auth_code(sandbox, "person", "")]);
    let mut running = home.start(&["account", "sign-in", "person", "--no-browser", "--output", "json"]);
    let prompt = running.json_line();
    assert_eq!((&prompt["event"], &prompt["browser"]), (&json!("auth-code"), &json!("elsewhere")), "{prompt}");
    (home, running, prompt)
}

#[test]
fn a_person_signs_in_on_the_page_and_the_account_works() {
    let sandbox = Sandbox::start();
    let (home, mut running, prompt) = started(&sandbox);
    let page = sandbox.browse(text(&prompt["url"]), 0, "accept");
    assert!(page.contains("You can close this window"), "{page}");
    let signed_in = running.json_line();
    assert_eq!((&signed_in["event"], text(&signed_in["user"])), (&json!("signed-in"), sandbox.user(0)));
    running.end().ended_with(0);
    home.run(&CHECK).ended_with(0);
    let operations: Vec<Value> = home.log().iter().map(|row| row["operation"].clone()).collect();
    assert_eq!(operations[..3], [json!("token.auth-code"), json!("token.discovery"), json!("token.keys")]);
    assert_eq!(home.json(&["status"])[0]["state"], "active");
}

#[test]
fn the_address_that_a_browser_elsewhere_ends_on_can_be_pasted() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_auth_code(&sandbox, "person", "")]);
    let mut command = home.command(&["account", "sign-in", "person", "--no-browser", "--output", "json"]);
    let (input, pipe) = std::io::pipe().expect("a pipe");
    command.stdin(Stdio::from(input));
    let mut running = Running::start(command);
    let mut pipe = pipe;
    let prompt = running.json_line();
    writeln!(pipe, "\nhttp://localhost:1/?code=guess&state=guess").expect("it reads");
    let back = sandbox.redirected(text(&prompt["url"]), 0, "accept");
    writeln!(pipe, "  {back}").expect("it reads");
    assert_eq!(running.json_line()["event"], "signed-in");
    let run = running.end().ended_with(0);
    assert!(run.stderr.contains("another sign-in"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn the_system_s_browser_gets_the_page() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_auth_code(&sandbox, "person", "")]);
    let (browser, seen) = (home.path().join("browser.sh"), home.path().join("seen.fifo"));
    assert!(std::process::Command::new("mkfifo").arg(&seen).status().expect("mkfifo").success());
    std::fs::write(&browser, format!("#!/bin/sh\nprintf '%s' \"$1\" > {seen:?}\n")).expect("a file");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).expect("a mode");
    let mut command = home.command(&["account", "sign-in", "person", "--output", "json"]);
    command.env("BROWSER", &browser).env("PATH", "/usr/bin:/bin");
    let mut running = Running::start(command);
    let prompt = running.json_line();
    assert_eq!(prompt["browser"], "here");
    assert_eq!(std::fs::read_to_string(&seen).expect("what the browser got"), text(&prompt["url"]));
    sandbox.browse(text(&prompt["url"]), 0, "accept");
    running.end().ended_with(0);
}

#[test]
fn a_person_who_says_no_ends_with_4_and_another_person_keeps_nothing() {
    let sandbox = Sandbox::start();
    let (home, running, prompt) = started(&sandbox);
    let page = sandbox.browse(text(&prompt["url"]), 0, "decline");
    assert!(page.contains("was not completed"), "{page}");
    assert!(running.end().ended_with(4).stderr.contains("declined"));
    for (user, code) in [(0, 0), (1, 4), (0, 0)] {
        let mut running = home.start(&["account", "sign-in", "person", "--no-browser", "--output", "json"]);
        let prompt = running.json_line();
        sandbox.browse(text(&prompt["url"]), user, "accept");
        let run = running.end().ended_with(code);
        assert_eq!(run.stderr.contains("another person"), code == 4, "{run:?}");
    }
    let run = home.run(&["account", "sign-out", "person"]).ended_with(0);
    assert!(run.stderr.contains("mysignins.microsoft.com"), "{run:?}");
    home.run(&CHECK).ended_with(4);
    assert_eq!(home.json(&["status"])[0]["state"], "needs-sign-in");
}

#[test]
fn a_person_s_account_can_sign_in_by_device_code_too() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_auth_code(&sandbox, "person", "")]);
    let mut running = home.start(&["account", "sign-in", "person", "--device-code", "--output", "json"]);
    let prompt = running.json_line();
    let approval = json!({"user_code": prompt["user_code"], "user_id": sandbox.ready("/users/0/id"), "approve": true});
    sandbox.control("POST", "device", &approval);
    assert_eq!(running.json_line()["event"], "signed-in");
    running.end().ended_with(0);
}
