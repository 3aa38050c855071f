//! No secret leaves the vault: not in clear in any file of the data directory, nor in any output.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use crate::support::{Home, Run, Sandbox, by_device_code, by_secret, text};

/// How every access token begins: a JSON object in base64.
const ACCESS_TOKEN: &str = "eyJ";
/// How the sandbox's refresh tokens begin.
const REFRESH_TOKEN: &str = "0.W3siY2xpZW50X2lkIjoi";

/// The tokens of a sign-in that the test itself does, to know what to look for.
fn assert_tokens_look_as_expected(sandbox: &Sandbox) {
    let tenant = sandbox.ready("/tenant_id");
    let client = sandbox.ready("/apps/1/client_id");
    let scope = "openid offline_access User.Read";
    let begun =
        sandbox.post_form(&format!("{tenant}/oauth2/v2.0/devicecode"), &[("client_id", client), ("scope", scope)]);
    let approval = json!({"user_code": begun["user_code"], "user_id": sandbox.ready("/users/0/id"), "approve": true});
    sandbox.control("POST", "device", &approval);
    let form = [
        ("client_id", client),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", text(&begun["device_code"])),
    ];
    let tokens = sandbox.post_form(&format!("{tenant}/oauth2/v2.0/token"), &form);
    assert!(text(&tokens["access_token"]).starts_with(ACCESS_TOKEN), "{tokens}");
    assert!(text(&tokens["refresh_token"]).starts_with(REFRESH_TOKEN), "{tokens}");
}

fn has(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

fn assert_clean(what: &str, bytes: &[u8], canaries: &[&str]) {
    for canary in canaries {
        assert!(!has(bytes, canary), "{what} holds `{canary}`: {}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn neither_secrets_nor_tokens_are_in_any_file_or_output() {
    let sandbox = Sandbox::start();
    assert_tokens_look_as_expected(&sandbox);
    let secret = sandbox.ready("/apps/0/client_secret");
    let canaries = [secret, ACCESS_TOKEN, REFRESH_TOKEN];
    let sealed = by_secret(&sandbox, "app", "");
    let (before, _) = sealed.split_once("{ file").expect("a secret in a file");
    let sealed = format!("{before}{{ vault = \"app\" }} }}\n");
    let home = Home::of(&sandbox, &[sealed, by_device_code(&sandbox, "person", "")]);
    let mut runs: Vec<Run> = vec![seal(&home, secret)];
    home.sign_in(&sandbox, "person", 0);
    let mut command = home.command(&["check", "--output", "json"]);
    command.env("GRAPHBEAT_LOG", "trace");
    runs.push(crate::support::Running::start(command).end().ended_with(0));
    for arguments in [
        &["log", "--output", "json"][..],
        &["status", "--output", "json"],
        &["config", "show"],
        &["account", "show", "app"],
        &["account", "show", "person", "--output", "json"],
    ] {
        runs.push(home.run(arguments).ended_with(0));
    }
    for run in &runs {
        assert_clean("the output", run.stdout.as_bytes(), &canaries);
        assert_clean("the log", run.stderr.as_bytes(), &canaries);
    }
    let files = home.files();
    assert!(files.len() >= 3, "{:?}", files.iter().map(|(path, _)| path).collect::<Vec<_>>());
    for (path, bytes) in files {
        assert_clean(&path.to_string_lossy(), &bytes, &canaries);
    }
}

/// Puts the secret into the vault as a script would: by standard input.
fn seal(home: &Home, secret: &str) -> Run {
    let mut command = home.command(&["account", "sign-in", "app"]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
    writeln!(child.stdin.take().expect("a pipe"), "{secret}").expect("it reads");
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("a code");
    Run { code, stdout: text(output.stdout), stderr: text(output.stderr) }.ended_with(0)
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
        let running = crate::support::Running::start(command);
        let _ = writeln!(write, "{input}");
        drop(write);
        running.end()
    };
    let by_passphrase = ["vault", "rekey", "--passphrase"];
    rekey(&by_passphrase, None, "too short").ended_with(2);
    let run = rekey(&by_passphrase, None, "canary of a passphrase").ended_with(0);
    assert!(run.stderr.contains("2 secrets"), "{run:?}");
    for (path, bytes) in home.files() {
        assert_clean(&path.to_string_lossy(), &bytes, &["canary of a passphrase"]);
    }
    let check = ["check", "--operation", "users.me.get"];
    for (passphrase, code) in [(None, 5), (Some("not the passphrase"), 5), (Some("canary of a passphrase"), 0)] {
        let mut command = home.command(&check);
        command.envs(passphrase.map(|passphrase| ("GRAPHBEAT_VAULT_PASSPHRASE", passphrase)));
        let run = crate::support::Running::start(command).end().ended_with(code);
        assert!(code == 0 || run.stdout.contains("passphrase") || run.stderr.contains("passphrase"), "{run:?}");
    }
    rekey(&["vault", "rekey"], Some("canary of a passphrase"), "").ended_with(0);
    home.run(&check).ended_with(0);
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
