//! No secret leaves the vault: planted in each place where there is one, none of them is found in clear in any
//! file of the data directory, nor in any output.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{
    Home, Run, Running, Sandbox, by_auth_code, by_certificate, by_device_code, by_secret, rows, text,
};

/// Two secrets of the program's owner.
const PASSPHRASE: &str = "canary of a passphrase";
const PROXY_PASSWORD: &str = "canary-of-a-proxy";

/// Everything that a run of the program wrote, and the home in which it did.
struct Stage<'a> {
    sandbox: &'a Sandbox,
    home: Home,
    runs: Vec<(String, Run)>,
    /// Another issuer's token, in the environment.
    workload: String,
}

impl<'a> Stage<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        let sealed = by_secret(sandbox, "app", "");
        let (before, _) = sealed.split_once("{ file").expect("a secret in a file");
        let sealed = format!("{before}{{ vault = \"app\" }} }}\n");
        let workload = sandbox.control("POST", "assertions", &json!({"subject": "repo:contoso/app"}));
        sandbox.trust(text(&workload["issuer"]), "repo:contoso/app");
        let federated = sealed
            .replace("client-secret", "federated-token")
            .replace("client_secret = { vault = \"app\" }", "token = { env = \"WORKLOAD\" }")
            .replace("name = \"app\"", "name = \"workload\"");
        let accounts = [
            sealed,
            federated,
            by_certificate(sandbox, "certificate", ""),
            by_device_code(sandbox, "device", ""),
            by_auth_code(sandbox, "browser", ""),
        ];
        let (home, runs) = (Home::of(sandbox, &accounts), Vec::new());
        Self { sandbox, home, runs, workload: text(&workload["assertion"]).to_owned() }
    }

    /// The program, as talkative as it can be.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command
            .env("GRAPHBEAT_LOG", "trace")
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .env("GRAPHBEAT_VAULT_PASSPHRASE", PASSPHRASE)
            .env("WORKLOAD", &self.workload);
        command
    }

    fn run(&mut self, arguments: &[&str]) -> &Run {
        self.keep(arguments, Running::start(self.command(arguments)))
    }

    /// The same, with lines on its standard input.
    fn run_with(&mut self, arguments: &[&str], input: &str) {
        let mut command = self.command(arguments);
        let (read, mut write) = std::io::pipe().expect("a pipe");
        command.stdin(Stdio::from(read));
        let running = Running::start(command);
        writeln!(write, "{input}").expect("it reads");
        drop(write);
        self.keep(arguments, running);
    }

    fn keep(&mut self, arguments: &[&str], running: Running) -> &Run {
        self.runs.push((arguments.join(" "), running.end()));
        &self.runs.last().expect("it was just kept").1
    }

    /// A person signs in by device code, another in the browser.
    fn sign_in(&mut self) {
        let arguments = ["account", "sign-in", "device", "--output", "json"];
        let mut running = Running::start(self.command(&arguments));
        let code = running.json_line()["user_code"].clone();
        let user = self.sandbox.ready("/users/0/id");
        self.sandbox.control("POST", "device", &json!({"user_code": code, "user_id": user, "approve": true}));
        self.keep(&arguments, running);
        let arguments = ["account", "sign-in", "browser", "--no-browser", "--output", "json"];
        let mut running = Running::start(self.command(&arguments));
        self.sandbox.browse(text(&running.json_line()["url"]), 0, "accept");
        self.keep(&arguments, running);
    }

    /// Entra repeats what it was sent, as a program in between might.
    fn be_refused(&mut self) {
        let secret = self.sandbox.ready("/apps/0/client_secret").to_owned();
        for (account, sent) in [("app", secret), ("workload", self.workload.clone())] {
            let told = format!("AADSTS7000215: no {sent}");
            let body = json!({"error": sent, "error_description": told, "suberror": sent}).to_string();
            for status in [401, 503] {
                let fault = json!([{"operation": "token", "status": status, "body": body}]);
                self.sandbox.control("PUT", "faults", &fault);
                let run = self.run(&["check", "--account", account, "--operation", "users.users.list"]);
                assert!(run.code != 0, "{run:?}");
                self.run(&["account", "resume", account]);
            }
        }
        self.sandbox.control("PUT", "faults", &json!([]));
    }

    /// Every secret that is in play: what passed Entra, and what only this machine knows.
    fn canaries(&self) -> Vec<(String, String)> {
        let passed = self.sandbox.control("GET", "secrets", &Value::Null);
        let passed =
            rows(&passed["secrets"]).iter().map(|it| (text(&it["kind"]).to_owned(), text(&it["value"]).to_owned()));
        let pem = std::fs::read_to_string(self.sandbox.ready("/apps/0/certificate_file")).expect("a certificate");
        let (_, key) = pem.split_once("PRIVATE KEY-----").expect("a key");
        let key =
            key.lines().filter(|line| line.len() == 64).map(|line| ("certificate key".to_owned(), line.to_owned()));
        let own = [("passphrase", PASSPHRASE), ("proxy password", PROXY_PASSWORD), ("workload", &self.workload)];
        passed.chain(key).chain(own.map(|(kind, value)| (kind.to_owned(), value.to_owned()))).collect()
    }

    fn assert_clean(&self) {
        let canaries = self.canaries();
        for kind in [
            "client_secret",
            "client_assertion",
            "refresh_token",
            "access_token",
            "id_token",
            "code",
            "code_verifier",
            "device_code",
            "certificate key",
        ] {
            assert!(canaries.iter().any(|(known, _)| known == kind), "no {kind} was in play");
        }
        let mut places: Vec<(String, Vec<u8>)> = Vec::new();
        for (arguments, run) in &self.runs {
            places.push((format!("the output of {arguments}"), run.stdout.clone().into_bytes()));
            places.push((format!("the log of {arguments}"), run.stderr.clone().into_bytes()));
        }
        let files = self.home.files();
        assert!(files.len() >= 3, "{:?}", files.iter().map(|(path, _)| path).collect::<Vec<_>>());
        places.extend(files.into_iter().map(|(path, bytes)| (path.display().to_string(), bytes)));
        for (place, bytes) in &places {
            for (kind, canary) in &canaries {
                assert!(!has(bytes, canary), "{place} holds a {kind}: {}", String::from_utf8_lossy(bytes));
            }
        }
    }
}

fn has(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[test]
fn no_secret_is_in_any_file_or_output() {
    let sandbox = Sandbox::start();
    let mut stage = Stage::new(&sandbox);
    stage.run_with(&["vault", "rekey", "--passphrase"], PASSPHRASE);
    stage.run_with(&["account", "sign-in", "app"], sandbox.ready("/apps/0/client_secret"));
    stage.sign_in();
    let check = ["check", "--class", "users", "--output", "json"];
    let run = stage.run(&check);
    assert_eq!(run.code, 0, "{run:?}");
    stage.be_refused();
    let run = stage.run(&check);
    assert_eq!(run.code, 0, "{run:?}");
    let through_a_proxy = {
        let mut command = stage.command(&["doctor", "--output", "json"]);
        command.env("HTTPS_PROXY", format!("http://megan:{PROXY_PASSWORD}@127.0.0.1:9"));
        Running::start(command)
    };
    stage.keep(&["doctor"], through_a_proxy);
    for arguments in [
        &["doctor"][..],
        &["doctor", "--output", "json"],
        &["log", "--output", "json"],
        &["log", "--output", "csv"],
        &["status", "--output", "json"],
        &["config", "show"],
        &["config", "check"],
        &["account", "show", "app", "--output", "json"],
        &["account", "show", "browser"],
        &["account", "list", "--output", "json"],
        &["app", "show", "app", "--output", "json"],
        &["run", "--once"],
        &["account", "sign-out", "browser"],
    ] {
        stage.run(arguments);
    }
    stage.assert_clean();
}

#[test]
fn a_vault_with_a_passphrase_opens_with_it_and_with_nothing_else() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    home.sign_in(&sandbox, "person", 0);
    let rekey = |arguments: &[&str], old: Option<&str>, input: &str| {
        let mut command = home.command(arguments);
        command.envs(old.map(|old| ("GRAPHBEAT_VAULT_PASSPHRASE", old)));
        let (read, mut write) = std::io::pipe().expect("a pipe");
        command.stdin(Stdio::from(read));
        let running = Running::start(command);
        let _ = writeln!(write, "{input}");
        drop(write);
        running.end()
    };
    let by_passphrase = ["vault", "rekey", "--passphrase"];
    rekey(&by_passphrase, None, "too short").ended_with(2);
    let run = rekey(&by_passphrase, None, PASSPHRASE).ended_with(0);
    assert!(run.stderr.contains("2 secrets"), "{run:?}");
    for (path, bytes) in home.files() {
        assert!(!has(&bytes, PASSPHRASE), "{}", path.display());
    }
    let check = ["check", "--operation", "users.me.get"];
    for (passphrase, code) in [(None, 5), (Some("not the passphrase"), 5), (Some(PASSPHRASE), 0)] {
        let mut command = home.command(&check);
        command.envs(passphrase.map(|passphrase| ("GRAPHBEAT_VAULT_PASSPHRASE", passphrase)));
        let run = Running::start(command).end().ended_with(code);
        assert!(code == 0 || run.stdout.contains("passphrase") || run.stderr.contains("passphrase"), "{run:?}");
    }
    rekey(&["vault", "rekey"], Some(PASSPHRASE), "").ended_with(0);
    home.run(&check).ended_with(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_without_a_keyring_is_told_what_to_use_and_nothing_is_changed() {
    let sandbox = Sandbox::start();
    let placed = by_secret(&sandbox, "app", "");
    let (before, _) = placed.split_once("{ file").expect("a secret in a file");
    let placed = format!("{before}{{ keyring = \"app\" }} }}\n");
    let home = Home::of(&sandbox, &[placed, by_device_code(&sandbox, "person", "")]);
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", home.path().join("no-bus").display()));
        Running::start(command).end()
    };
    let key = || std::fs::read(home.path().join("vault.key")).ok();
    let refused = run(&["check"]).ended_with(3);
    assert!(refused.stderr.contains("no keyring answers") && refused.stderr.contains("`vault`"), "{refused:?}");
    let refused = run(&["vault", "rekey", "--keyring"]).ended_with(5);
    assert!(refused.stderr.contains("hint: a server has no keyring"), "{refused:?}");
    let before = key();
    run(&["vault", "rekey", "--keyring"]).ended_with(5);
    assert_eq!(key(), before);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_key_of_the_vault() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_device_code(&sandbox, "person", "")]);
    home.sign_in(&sandbox, "person", 0);
    let mode = std::fs::metadata(home.path().join("vault.key")).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
