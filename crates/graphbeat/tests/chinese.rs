//! The whole program in Chinese: nothing that it prints is an English sentence.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Words in a row that make an English sentence.
const WORDS: usize = 3;
const GOOD: &str = r#"
[[account]]
name = "contoso-app"
tenant = "contoso.onmicrosoft.com"
sign_in = { method = "client-secret", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444", client_secret = { env = "NO_SUCH_SECRET" } }
user = "megan@contoso.onmicrosoft.com"

[[account]]
name = "megan"
tenant = "contoso.onmicrosoft.com"
sign_in = { method = "auth-code", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444" }
"#;
/// One mistake of each kind.
const BAD: &str = r#"
colour = "red"

[web]
listen = "here"

[proxy]
mode = "sometimes"

[schedule.calm]
cover_every = "soon"
calls_per_hour_max = 0
quiet = ["Someday", "Mon 22:00-22:00"]
time_zone = "Asia/Shangai"

[cloud.local]
login_url = "http://example.com"
graph_url = "https://127.0.0.1:8443/v1.0"
ca_file = "missing.pem"

[[account]]
name = "-a b"
tenant = "common"
cloud = "globl"
schedule = 7
sign_in = { method = "password", client_id = "x" }

[[account]]
name = "second"
tenant = "contoso"
classes = ["mial"]
user = "megan"
sign_in = { method = "client-secret", client_id = "x", client_secret = { file = "none.txt" } }
"#;

/// What the program prints, on both streams.
fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_graphbeat"))
        .args(arguments)
        .args(["--lang", "zh-CN", "--data"])
        .arg(data)
        .env_remove("GRAPHBEAT_LANG")
        .env_remove("GRAPHBEAT_CONFIG")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).expect("UTF-8")
}

/// The line without what stands in backticks: code, names, what a service said.
fn prose(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" 。 ")
}

fn english_lines(text: &str) -> Vec<String> {
    let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let is_english = |line: &str| {
        let prose = prose(line);
        let words: Vec<&str> = prose.split_whitespace().collect();
        words.windows(WORDS).any(|run| run.iter().all(|word| is_word(word.trim_end_matches([',', '.', ':', ';']))))
    };
    // A line of the user's file is shown as it is, the usage holds commands, and the system says what it says.
    let is_ours =
        |line: &&str| !line.starts_with("   | ") && !line.starts_with("用法：") && !line.contains("(os error ");
    text.lines().filter(is_ours).filter(|line| is_english(line)).map(str::to_owned).collect()
}

/// Runs every command in a directory with this configuration.
fn check(config: &str, commands: &[&[&str]]) {
    let data = tempfile::tempdir().expect("a directory");
    if !config.is_empty() {
        std::fs::write(data.path().join("graphbeat.toml"), config).expect("written");
    }
    let mut english = Vec::new();
    for command in commands {
        let text = printed(data.path(), command);
        assert!(!text.is_empty(), "{command:?} prints nothing");
        english.extend(english_lines(&text).into_iter().map(|line| format!("{command:?}: {line}")));
    }
    assert!(english.is_empty(), "English: {english:#?}");
}

#[test]
fn help_of_every_command_is_in_chinese() {
    let commands: &[&[&str]] = &[
        &["--help"],
        &["-h"],
        &["demo", "--help"],
        &["sandbox", "--help"],
        &["sandbox", "env", "--help"],
        &["check", "--help"],
        &["run", "--help"],
        &["log", "--help"],
        &["status", "--help"],
        &["init", "--help"],
        &["app", "rotate", "--help"],
        &["account", "add", "--help"],
        &["account", "sign-in", "--help"],
        &["vault", "rekey", "--help"],
        &["catalog", "permissions", "--help"],
        &["explain", "--help"],
        &["man"],
    ];
    check("", commands);
}

#[test]
fn mistakes_and_a_missing_configuration_are_told_in_chinese() {
    let commands: &[&[&str]] = &[
        &[],
        &["chek"],
        &["check", "--acount", "x"],
        &["status", "--output", "xml"],
        &["account", "show"],
        &["run", "--for", "soon"],
        &["check", "--concurrency", "0"],
        &["status"],
        &["config", "check"],
        &["doctor"],
        &["init", "--yes"],
        &["account", "add", "x"],
        &["catalog", "show", "nothing"],
        &["catalog", "list", "--class", "nothing"],
        &["catalog", "lint", "missing.toml"],
        &["catalog", "permissions", "--operation", "nothing"],
    ];
    check("", commands);
}

#[test]
fn a_wrong_configuration_is_told_in_chinese() {
    check(BAD, &[&["config", "check"], &["status"], &["doctor"]]);
    check("[[account]\n", &[&["config", "check"]]);
    check("", &[&["config", "path"], &["links"], &["explain", "AADSTS7000215"]]);
}

#[test]
fn what_commands_print_is_in_chinese() {
    let commands: &[&[&str]] = &[
        &["status"],
        &["account", "list"],
        &["account", "show", "contoso-app"],
        &["account", "show", "nobody"],
        &["account", "pause", "megan"],
        &["account", "resume", "megan"],
        &["account", "sign-out", "contoso-app"],
        &["account", "edit", "megan"],
        &["log"],
        &["clean", "--list"],
        &["catalog", "show", "mail.messages.list"],
        &["catalog", "show", "mail.draft"],
        &["catalog", "permissions"],
        &["catalog", "lint"],
        &["vault", "rekey"],
        &["app", "rotate", "contoso-app"],
        &["app", "delete", "contoso-app"],
        &["app", "show", "contoso-app"],
        &["check"],
        &["account", "remove", "megan"],
    ];
    check(GOOD, commands);
}

#[test]
fn the_language_of_the_file_counts_where_nothing_else_is_said() {
    let data = tempfile::tempdir().expect("a directory");
    let path = data.path().join("graphbeat.toml");
    std::fs::write(&path, format!("language = \"zh-CN\"\n{GOOD}")).expect("written");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphbeat"));
        command.args(arguments).arg("--config").arg(&path).env_remove("GRAPHBEAT_LANG").env("LC_ALL", "C");
        String::from_utf8(command.output().expect("the program runs").stdout).expect("UTF-8")
    };
    assert!(run(&["--help"]).contains("用法："));
    assert!(run(&["account", "list"]).contains("帐户"));
    assert!(run(&["account", "list", "--lang", "en"]).contains("ACCOUNT"));
}
