//! `doctor` finds what stands in the way, names it first, and gives nothing away.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::{
    Home, Run, Sandbox, assert_ledger_is_the_truth, by_certificate, by_device_code, by_given_secret, by_secret,
    graphbeat, rows, text,
};

const DOCTOR: [&str; 3] = ["doctor", "--output", "json"];
const MAIL: &str = "classes = [\"starter\", \"mail\"]\n";
const UNKNOWN: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

/// The first check that is not well, as `check result what`.
fn first(run: &Run) -> (String, String, String) {
    let report = run.json();
    let is_trouble = |row: &&Value| row["result"] == "failed" || row["result"] == "warning";
    let row = rows(&report).iter().find(is_trouble).unwrap_or_else(|| panic!("nothing was found: {report:#}"));
    let field = |name| text(&row[name]).to_owned();
    assert!(!rows(&row["do"]).is_empty(), "what to do: {row}");
    (field("check"), field("result"), field("what"))
}

/// What a plant does to a world, and how the doctor is called afterwards.
struct World {
    sandbox: Sandbox,
    home: Home,
}

/// One planted problem: its name, what plants it, and the first finding with the exit code.
type Plant = (&'static str, fn(&World), (&'static str, &'static str, &'static str, i32));

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::start();
        let home = Home::of(&sandbox, &[by_secret(&sandbox, "app", &with_user(&sandbox, MAIL))]);
        Self { sandbox, home }
    }

    /// Writes the configuration anew, changed.
    fn reconfigure(&self, change: impl Fn(String) -> String) {
        self.home.configure(&change(self.home.configuration()));
    }

    fn fault(&self, fault: Value) {
        self.sandbox.control("PUT", "faults", &json!([fault]));
    }

    fn token_fault(&self, code: &str) {
        self.fault(json!({"operation": "token.client-secret", "status": 401, "code": code}));
    }

    fn grant(&self, without: &str) {
        let shown = self.home.json(&["catalog", "permissions", "--account", "app"]);
        let granted: Vec<&Value> =
            rows(&shown).iter().map(|row| &row["permission"]).filter(|name| *name != without).collect();
        let path = format!("grants/{}", self.sandbox.ready("/apps/0/client_id"));
        self.sandbox.control("PUT", &path, &json!({"application": granted}));
    }

    fn patch_user(&self, change: Value) {
        let path = format!("users/{}", self.sandbox.ready("/users/0/id"));
        self.sandbox.control("PATCH", &path, &change);
    }
}

fn with_user(sandbox: &Sandbox, more: &str) -> String {
    format!("user = {:?}\n{more}", sandbox.user(0))
}

/// An address where nobody listens.
fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").to_string()
}

/// A server that shows a certificate of an authority that nobody knows.
fn interceptor() -> String {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    authority.distinguished_name.push(rcgen::DnType::OrganizationName, "Fabrikam Inspection");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = rcgen::Issuer::new(authority, key);
    let leaf_key = rcgen::KeyPair::generate().expect("a key");
    let leaf = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let leaf = leaf.signed_by(&leaf_key, &issuer).expect("a certificate");
    let secret = rustls::pki_types::PrivateKeyDer::try_from(leaf_key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], secret)
        .expect("a certificate");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let _serving = std::thread::Builder::new()
        .name("interceptor".to_owned())
        .spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut session = rustls::ServerConnection::new(Arc::clone(&config)).expect("a session");
                let mut text = String::new();
                let _ = rustls::Stream::new(&mut session, &mut stream).read_to_string(&mut text);
            }
        })
        .expect("a thread");
    format!("https://{address}")
}

/// What is planted in a world with one working account.
const PLANTS: &[Plant] = &[
    (
        "a configuration with a mistake",
        |world| world.reconfigure(|file| format!("colour = 1\n{file}")),
        ("config", "failed", "line 1", 3),
    ),
    (
        "a secret file that is gone",
        |world| world.reconfigure(|file| file.replace("app.txt", "no.txt")),
        ("config", "failed", "problems", 3),
    ),
    (
        "a damaged ledger",
        |world| {
            world.home.log();
            let ledger = world.home.path().join("graphbeat.db");
            let bytes = std::fs::read(&ledger).expect("the ledger");
            std::fs::write(&ledger, &bytes[..bytes.len() / 2]).expect("half of it");
        },
        ("ledger", "failed", "damaged", 5),
    ),
    (
        "a foreign file in the ledger's place",
        |world| std::fs::write(world.home.path().join("graphbeat.db"), "notes, not a ledger").expect("a file"),
        ("ledger", "failed", "not a ledger", 5),
    ),
    (
        "a flight directory that is a file",
        |world| std::fs::write(world.home.path().join("flight"), "").expect("a file"),
        ("ledger", "failed", "cannot be opened", 5),
    ),
    (
        "a wrong clock",
        |world| {
            world.sandbox.control("POST", "clock/advance", &json!({"seconds": 3600}));
        },
        ("clock", "failed", "behind", 1),
    ),
    (
        "a clock that is off a little",
        |world| {
            world.sandbox.control("POST", "clock/advance", &json!({"seconds": 150}));
        },
        ("clock", "warning", "behind", 0),
    ),
    (
        "a host without address",
        |world| {
            let login = world.sandbox.ready("/login_url").to_owned();
            world.reconfigure(|file| {
                file.replace(&format!("login_url = {login:?}"), "login_url = \"https://login.invalid\"")
                    .replace("limits = \"none\"\n", "")
            });
        },
        ("dns", "failed", "login host", 6),
    ),
    (
        "a dead proxy",
        |world| world.reconfigure(|file| format!("[proxy]\nmode = \"http://{}\"\n\n{file}", nobody())),
        ("proxy", "failed", "the configuration", 6),
    ),
    (
        "intercepted TLS",
        |world| {
            let (login, to) = (world.sandbox.ready("/login_url").to_owned(), interceptor());
            world.reconfigure(|file| file.replace(&login, &to));
        },
        ("tls", "failed", "Fabrikam Inspection", 6),
    ),
    (
        "an authority that is not configured",
        |world| {
            world.reconfigure(|file| {
                file.lines().filter(|line| !line.starts_with("ca_file")).map(|line| format!("{line}\n")).collect()
            })
        },
        ("tls", "failed", "issued by", 6),
    ),
    (
        "a captive portal",
        |world| {
            world.fault(
                json!({"operation": "token.discovery", "kind": "text", "body": "<html>Sign in to the hotel</html>"}),
            )
        },
        ("entra", "failed", "NotJson", 6),
    ),
    (
        "Entra in trouble",
        |world| world.fault(json!({"operation": "token.discovery", "status": 503})),
        ("entra", "failed", "503", 6),
    ),
    ("an expired secret", |world| world.token_fault("AADSTS7000222"), ("token", "failed", "AADSTS7000222", 4)),
    (
        "a wrong secret",
        |world| {
            by_given_secret(&world.sandbox, "app", "wrong", "");
        },
        ("token", "failed", "AADSTS7000215", 4),
    ),
    ("a disabled application", |world| world.token_fault("AADSTS7000112"), ("token", "failed", "AADSTS7000112", 4)),
    (
        "an unknown tenant",
        |world| {
            let tenant = world.sandbox.ready("/tenant_id").to_owned();
            world.reconfigure(|file| file.replace(&tenant, UNKNOWN));
        },
        ("token", "failed", "AADSTS90002", 4),
    ),
    (
        "an unknown application",
        |world| {
            let client = world.sandbox.ready("/apps/0/client_id").to_owned();
            world.reconfigure(|file| file.replace(&client, UNKNOWN));
        },
        ("token", "failed", "AADSTS700016", 4),
    ),
    ("a locked account", |world| world.token_fault("AADSTS50053"), ("token", "failed", "AADSTS50053", 7)),
    ("a missing consent", |world| world.grant("Mail.Read"), ("permissions", "failed", "`Mail.", 1)),
    (
        "a paused account",
        |world| {
            world.home.run(&["account", "pause", "app"]).ended_with(0);
        },
        ("token", "warning", "paused by its owner", 0),
    ),
    (
        "a user who is not in the tenant",
        |world| {
            let user = world.sandbox.user(0).to_owned();
            world.reconfigure(|file| file.replace(&user, "nobody@contoso.onmicrosoft.com"));
        },
        ("licenses", "failed", "user was not found", 1),
    ),
    (
        "a user without a licence",
        |world| world.patch_user(json!({"licenses": []})),
        ("licenses", "failed", "no licence", 1),
    ),
    (
        "a mailbox that is not provisioned yet",
        |world| world.patch_user(json!({"provisioned": false})),
        ("mailbox", "warning", "not there", 0),
    ),
    (
        "a port that is taken",
        |world| {
            let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = taken.local_addr().expect("its address");
            // It listens until the test's process ends.
            std::mem::forget(taken);
            world.reconfigure(|file| format!("[web]\nlisten = \"{address}\"\n\n{file}"));
        },
        ("dashboard-port", "failed", "another program", 3),
    ),
];

fn assert_found(plants: &[Plant]) {
    for (name, plant, (check, result, word, code)) in plants {
        let world = World::new();
        plant(&world);
        let run = world.home.run(&DOCTOR).ended_with(*code);
        let (found, came_to, what) = first(&run);
        assert_eq!((found.as_str(), came_to.as_str()), (*check, *result), "{name}: {run:#?}");
        assert!(what.contains(word), "{name}: {what}");
        assert_gives_nothing_away(&world, &run, name);
    }
}

/// The report can be pasted into a bug ticket.
fn assert_gives_nothing_away(world: &World, run: &Run, name: &str) {
    let secrets = [
        world.sandbox.ready("/apps/0/client_secret"),
        world.sandbox.user(0),
        world.sandbox.user(0).split('@').next().expect("a name"),
        world.sandbox.ready("/domain"),
        &world.home.path().to_string_lossy(),
    ]
    .map(str::to_owned);
    for secret in secrets {
        assert!(!run.stdout.contains(&secret), "{name} tells `{secret}`: {}", run.stdout);
    }
}

#[test]
fn each_planted_problem_of_this_machine_is_named_first() {
    assert_found(&PLANTS[..7]);
}

#[test]
fn each_planted_problem_of_the_network_is_named_first() {
    assert_found(&PLANTS[7..13]);
}

#[test]
fn each_planted_problem_of_a_sign_in_is_named_first() {
    assert_found(&PLANTS[13..19]);
}

#[test]
fn each_planted_problem_of_permissions_and_users_is_named_first() {
    assert_found(&PLANTS[19..]);
}

#[test]
fn where_nothing_is_wrong_it_says_so_and_every_request_has_its_row() {
    let world = World::new();
    let run = world.home.run(&DOCTOR).ended_with(0);
    let report = run.json();
    let bad: Vec<&Value> = rows(&report).iter().filter(|row| row["result"] != "ok").collect();
    assert_eq!(bad, Vec::<&Value>::new());
    assert_eq!(rows(&report).len(), 17);
    let received = world.sandbox.requests();
    assert!(received.len() >= 5, "{received:#?}");
    assert_ledger_is_the_truth(&world.home.log(), &received);
    let shown = world.home.run(&["doctor"]).ended_with(0);
    assert!(shown.stdout.starts_with("nothing is wrong"), "{}", shown.stdout);
    let chinese = world.home.run(&["doctor", "--lang", "zh-CN"]).ended_with(0);
    assert!(chinese.stdout.starts_with("一切正常"), "{}", chinese.stdout);
}

/// A data directory in which nothing can be written, whoever asks.
fn unwritable() -> PathBuf {
    Path::new("/proc/self").to_path_buf()
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_named_first_and_no_request_leaves() {
    let world = World::new();
    let configuration = world.home.path().join("graphbeat.toml");
    for directory in [unwritable(), configuration.clone()] {
        let mut command = graphbeat(world.home.path(), &DOCTOR);
        command.arg("--config").arg(&configuration).arg("--data").arg(&directory);
        let run = crate::support::Running::start(command).end().ended_with(5);
        let (check, result, _) = first(&run);
        assert_eq!(check, "data-directory", "{run:#?}");
        assert_eq!(result, "failed");
        let report = run.json();
        let of = |check: &str| rows(&report).iter().find(|row| row["check"] == check).expect("the check").clone();
        assert_eq!((&of("tls")["result"], &of("entra")["result"]), (&json!("ok"), &json!("skipped")), "{report:#}");
        assert!(text(&of("token")["what"]).contains("no request leaves without a row"), "{report:#}");
    }
    assert_eq!(world.sandbox.requests(), Vec::<Value>::new());
}

#[test]
fn an_account_that_nobody_signed_in_for_is_told_how() {
    let sandbox = Sandbox::start();
    let home = Home::of(&sandbox, &[by_certificate(&sandbox, "cert", ""), by_device_code(&sandbox, "person", "")]);
    let run = home.run(&DOCTOR).ended_with(4);
    let report = run.json();
    let tokens: Vec<&Value> = rows(&report).iter().filter(|row| row["check"] == "token").collect();
    assert_eq!((&tokens[0]["result"], &tokens[1]["result"]), (&json!("ok"), &json!("failed")), "{report:#}");
    assert!(tokens[1]["do"].to_string().contains("graphbeat account sign-in person"), "{report:#}");
    home.sign_in(&sandbox, "person", 0);
    home.run(&DOCTOR).ended_with(0);
}

#[test]
fn a_host_that_never_answers_ends_the_examination_in_time() {
    let world = World::new();
    world.fault(json!({"operation": "token", "delay_ms": 90_000}));
    let begun = Instant::now();
    let run = world.home.run(&DOCTOR).ended_with(6);
    assert!(begun.elapsed().as_secs() <= 31, "{:?}", begun.elapsed());
    assert_eq!(first(&run).0, "entra");
}

#[test]
fn without_a_configuration_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = crate::support::Running::start(graphbeat(folder.path(), &DOCTOR)).end().ended_with(3);
    assert_eq!(first(&run).0, "config");
}
