//! Setting up in a real terminal: every question is asked and answered, by keys.

use std::process::{Command, Stdio};

use rexpect::session::{PtySession, spawn_command};
use serde_json::{Value, json};

use crate::set_up::register_by_hand;
use crate::support::{Home, Sandbox, graphbeat, text};

/// Real time for each step.
const STEP_MS: u64 = 60_000;
/// What the keys of a terminal send.
const DOWN: &str = "\u{1b}[B";

/// A person at a terminal.
struct Person {
    terminal: PtySession,
}

impl Person {
    /// Types `graphbeat init`, with no flag but where the browser is.
    fn begin(home: &Home) -> Self {
        let mut command: Command = graphbeat(home.path(), &["init", "--no-browser", "--data"]);
        command.arg(home.path()).env("TERM", "xterm-256color");
        command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        Self { terminal: spawn_command(command, Some(STEP_MS)).expect("a terminal") }
    }

    fn sees(&mut self, what: &str) -> String {
        self.terminal.exp_string(what).unwrap_or_else(|error| panic!("`{what}` is not shown: {error}"))
    }

    fn types(&mut self, keys: &str) {
        self.terminal.send(keys).expect("the terminal takes keys");
        self.terminal.flush().expect("the terminal takes keys");
    }

    /// The four questions.
    fn answers(&mut self, sandbox: &Sandbox, mode: &str) {
        self.sees("Which cloud");
        self.types(&format!("{}\r", DOWN.repeat(4)));
        self.sees("The tenant");
        self.types(&format!("{}\r", sandbox.ready("/tenant_id")));
        self.sees("How shall graphbeat sign in?");
        self.types(if mode == "user" { "\u{1b}[B\r" } else { "\r" });
        self.sees("What shall it run?");
        self.types("\r");
        self.sees("set the account up with these permissions?");
        self.types("y");
    }

    /// Does at the portal what is printed, and pastes the id.
    fn registers(&mut self, sandbox: &Sandbox) {
        self.sees("fill in the four fields");
        let printed = self.sees("then copy the");
        let manifest = printed.find('{').map(|begin| printed[begin..=printed.rfind('}').expect("its end")].to_owned());
        let manifest: Option<Value> = manifest.map(|text| serde_json::from_str(&text).expect("JSON"));
        let (_, name) = printed.split_once("Name: ").expect("a name");
        let register = json!({"name": name.lines().next().expect("a name").trim(), "audience": "AzureADMyOrg",
            "redirect_uri": "http://localhost", "manifest": manifest});
        let [client_id, _] = register_by_hand(sandbox, &register, manifest.is_some());
        self.sees("Application (client) ID");
        self.types(&format!("{client_id}\r"));
    }

    /// Opens the page that is printed, and accepts.
    fn accepts(&mut self, sandbox: &Sandbox, purpose: &str) {
        self.sees(purpose);
        let (_, url) = self.terminal.exp_regex(r"https://127\S+").expect("an address");
        sandbox.browse(url.trim(), 0, "accept");
    }

    /// The end of it all, with exit code 0.
    fn ends_well(mut self) {
        self.sees("is set up under the application");
        self.terminal.exp_eof().expect("its end");
        let status = self.terminal.process().wait().expect("a status");
        assert!(format!("{status:?}").contains(", 0)"), "{status:?}");
    }
}

fn home(sandbox: &Sandbox) -> Home {
    Home::of(sandbox, &[])
}

fn assert_works(home: &Home, name: &str) {
    home.run(&["check", "--account", name]).ended_with(0);
    let shown = home.json(&["app", "show", name]);
    assert_eq!((&shown["missing"], text(&home.json(&["status"])[0]["state"])), (&json!({}), "active"), "{shown}");
}

#[test]
fn somebody_at_a_terminal_sets_an_application_up() {
    let sandbox = Sandbox::start();
    let home = home(&sandbox);
    let mut person = Person::begin(&home);
    person.answers(&sandbox, "application");
    person.registers(&sandbox);
    person.accepts(&sandbox, "to sign in");
    person.accepts(&sandbox, "to consent as an administrator");
    person.ends_well();
    assert_works(&home, "611830d3-app");
}

#[test]
fn somebody_at_a_terminal_sets_themselves_up() {
    let sandbox = Sandbox::start();
    let home = home(&sandbox);
    let mut person = Person::begin(&home);
    person.answers(&sandbox, "user");
    person.registers(&sandbox);
    person.accepts(&sandbox, "sign in");
    person.ends_well();
    assert_works(&home, "611830d3-user");
}
