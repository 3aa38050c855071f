//! The binary as scripts see it: what it prints, where, and with which exit code.
#![expect(clippy::expect_used, reason = "helpers of tests may panic as tests do")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use serde_json::Value;

/// What a run of the program came to.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the program in a directory, with an environment that holds nothing but a home.
fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    run_with(directory, arguments, &[], "")
}

fn run_with(directory: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_graphbeat"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that does not read its input closes the pipe.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace(&*directory.to_string_lossy(), "DIR");
    Run { code: output.status.code().expect("a code"), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn run(arguments: &[&str]) -> Run {
    let directory = tempfile::tempdir().expect("a directory");
    run_in(directory.path(), arguments)
}

/// The whole of what a configuration file comes to: exit code and both outputs.
fn check_config(file: &str, expected: Expect) {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("graphbeat.toml"), file).expect("a file");
    let run = run_in(directory.path(), &["config", "check", "--config", "graphbeat.toml"]);
    expected.assert_eq(&format!("exit {}\n{}{}", run.code, run.stdout, run.stderr));
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("JSON on stdout")
}

const ACCOUNT: &str = r#"[[account]]
name = "contoso"
tenant = "contoso.onmicrosoft.com"
sign_in = { method = "device-code", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444" }
"#;

#[test]
fn a_good_file_is_valid() {
    check_config(
        ACCOUNT,
        expect![[r#"
        exit 0
        valid     graphbeat.toml
        accounts  1
    "#]],
    );
}

#[test]
fn an_unknown_key_ends_with_3_and_names_its_nearest() {
    check_config(
        "[web]\nlisen = \"127.0.0.1:8365\"\n",
        expect![[r#"
        exit 3
        error: unknown key `lisen` in `web`
          --> graphbeat.toml:2:1
           | lisen = "127.0.0.1:8365"
        hint: did you mean `listen`?
    "#]],
    );
}

#[test]
fn a_wrong_type_ends_with_3_and_shows_an_example() {
    check_config(
        "[schedule.calm]\ncalls_per_hour_max = \"sixty\"\n",
        expect![[r#"
        exit 3
        error: `schedule.calm.calls_per_hour_max` must be a whole number, not a string
          --> graphbeat.toml:2:22
           | calls_per_hour_max = "sixty"
        hint: for example: calls_per_hour_max = 60
    "#]],
    );
}

#[test]
fn a_duplicate_account_ends_with_3() {
    check_config(
        &format!("{ACCOUNT}{ACCOUNT}"),
        expect![[r#"
        exit 3
        error: the account name `contoso` is used twice
          --> graphbeat.toml:6:8
           | name = "contoso"
        hint: rename one of them; the other is account 1 of the file
    "#]],
    );
}

#[test]
fn an_unknown_class_ends_with_3_and_names_its_nearest() {
    check_config(
        &format!("{ACCOUNT}classes = [\"mial\"]\n"),
        expect![[r#"
        exit 3
        error: unknown class `mial`
          --> graphbeat.toml:5:12
           | classes = ["mial"]
        hint: did you mean `mail`?
    "#]],
    );
}

#[test]
fn an_unreadable_secret_ends_with_3_and_names_the_file() {
    let account =
        ACCOUNT.replace("device-code\"", "client-secret\"").replace(" }", ", client_secret = { file = \"no.txt\" } }");
    check_config(
        &account,
        expect![[r#"
            exit 3
            error: could not read the secret file `DIR/no.txt` (it does not exist)
              --> graphbeat.toml:4:107
               | sign_in = { method = "client-secret", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444", client_secret = { file = "no.t…
            hint: create the file, or correct its name; a relative one starts at the configuration's
        "#]],
    );
}

#[test]
fn malformed_toml_ends_with_3_and_names_the_place() {
    check_config(
        "[web\nlisten = \"127.0.0.1:8365\"\n",
        expect![[r#"
        exit 3
        error: malformed TOML: unclosed table, expected `]`
          --> graphbeat.toml:1:5
           | [web
        hint: a text stands in quotes, a table's name in brackets, one key on a line
    "#]],
    );
}

#[test]
fn a_cap_above_what_graph_documents_ends_with_3() {
    check_config(
        "[schedule.fast]\ncalls_per_hour_max = 1000000\n",
        expect![[r#"
        exit 3
        error: 1000000 calls an hour are more than Graph's documented limits allow an account
          --> graphbeat.toml:2:22
           | calls_per_hour_max = 1000000
        hint: choose at most 60000
    "#]],
    );
}

#[test]
fn a_missing_file_ends_with_3_and_says_what_to_do() {
    let run = run(&["config", "check"]);
    expect![[r#"
        exit 3
        error: there is no configuration file
          --> DIR/.local/share/graphbeat/graphbeat.toml
        hint: write one, name one with `--config`, or try `graphbeat demo`, which needs none
    "#]]
    .assert_eq(&format!("exit {}\n{}{}", run.code, run.stdout, run.stderr));
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("graphbeat.toml"), ACCOUNT).expect("a file");
    let data = directory.path().to_string_lossy().into_owned();
    let variables = [("GRAPHBEAT_DATA", data.as_str()), ("GRAPHBEAT_WEB_LISTN", "x")];
    let run = run_with(directory.path(), &["config", "check"], &variables, "");
    expect![[r#"
        exit 3
        error: unknown environment variable `GRAPHBEAT_WEB_LISTN`
          --> the environment variable `GRAPHBEAT_WEB_LISTN`
        hint: did you mean `GRAPHBEAT_WEB_LISTEN`?
    "#]]
    .assert_eq(&format!("exit {}\n{}", run.code, run.stderr));
}

#[test]
fn a_users_own_operation_with_a_wrong_placeholder_ends_with_3() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(directory.path().join("catalog")).expect("a directory");
    let own = r#"class = "own"
names = { en = "Own", zh-CN = "自有" }

[[operation]]
id = "own.group.get"
names = { en = "My group", zh-CN = "我的组" }
method = "GET"
path = "/groups/{grup-id}"
access = "read"
delegated = ["Group.Read.All"]
application = ["Group.Read.All"]
license = "any"
bucket = "identity-access"
docs = "https://learn.microsoft.com/graph/api/group-get"
"#;
    std::fs::write(directory.path().join("catalog/own.toml"), own).expect("a file");
    let run = run_in(directory.path(), &["catalog", "lint", "--data", "."]);
    expect![[r#"
        exit 3
        error: placeholder `{grup-id}` has no source
          --> ./catalog/own.toml:8:17
        hint: say under `values` where it comes from: `grup-id = { from = …, pick = … }`
    "#]]
    .assert_eq(&format!("exit {}\n{}{}", run.code, run.stdout, run.stderr));
}

#[test]
fn what_is_in_force_is_shown_without_secrets() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = ACCOUNT
        .replace("device-code\"", "client-secret\"")
        .replace(" }", ", client_secret = { command = [\"pass\", \"hunter2\"] } }");
    std::fs::write(directory.path().join("graphbeat.toml"), file).expect("a file");
    let run = run_in(directory.path(), &["config", "show", "--data", "."]);
    expect![[r#"
        exit 0
        [store]
        url = "sqlite:graphbeat.db"

        [web]
        listen = "127.0.0.1:8365"

        [proxy]
        mode = "system"

        [[account]]
        name = "contoso"
        tenant = "contoso.onmicrosoft.com"
        cloud = "global"
        sign_in = { method = "client-secret", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444", client_secret = { command = ["pass", "…"] } }
        schedule = "always"
        classes = ["starter"]
        operations = []
        exclude = []
        journeys = false
        batch = false
    "#]].assert_eq(&format!("exit {}\n{}{}", run.code, run.stdout, run.stderr));
}

#[test]
fn where_things_are_is_told_in_each_form() {
    let forms: Vec<String> = ["table", "json", "csv"]
        .iter()
        .map(|form| run(&["config", "path", "--data", "data", "--output", form]).stdout)
        .collect();
    expect![[r#"
        config  DIR/data/graphbeat.toml
        data    DIR/data

        {
          "config": "DIR/data/graphbeat.toml",
          "data": "DIR/data"
        }

        config,data
        DIR/data/graphbeat.toml,DIR/data
    "#]]
    .assert_eq(&forms.join("\n"));
}

#[test]
fn the_schema_is_a_json_schema() {
    let schema = json(&run(&["config", "schema"]));
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["account"]["type"], "array");
}

#[test]
fn help_names_every_command() {
    let run = run(&["--help"]);
    // The library leaves spaces on an empty line.
    let help: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
    expect![[r#"
        exit 0
        Keeps a Microsoft 365 developer tenant tested, watched and understood

        Usage: graphbeat [OPTIONS] <COMMAND>

        Commands:
          demo         Sandbox and agent in one process, time sped up; needs nothing
          sandbox      The emulator of Entra ID and Graph alone
          check        Run the selected operations now, once
          run          The agent, until stopped
          log          The ledger: every request that left
          status       Each account: its state and reason, counters, last round, next slot
          init         Set an account up, from the registration to a first check
          app          The application registration that an account signs in under
          account      The accounts
          vault        The encrypted secrets
          backup       Configuration, vault and ledger in one encrypted file
          restore      A backup into an empty data directory
          clean        What journeys left behind: list it, remove it
          catalog      The operations that graphbeat knows
          config       The configuration
          explain      What a failure means and who can mend it
          doctor       Looks for whatever stands in the way: machine, network, sign-in, permissions
          links        Microsoft's pages that you need, right for cloud and tenant
          completions  A script that completes commands in a shell
          man          The manual page

        Options:
          -h, --help
                  Print help (see a summary with '-h')

          -V, --version
                  Print version

        Everywhere:
              --output <FORMAT>
                  How results are printed

                  Possible values:
                  - table: For people
                  - json:  For programs: whole, with the documented field names
                  - csv:   For spreadsheets

                  [default: table]

              --lang <LANGUAGE>
                  The language of texts: `en` or `zh-CN`

              --config <FILE>
                  The configuration file

              --data <DIR>
                  The directory where everything lives

        Exit codes: 0 all as expected; 1 an operation failed unexpectedly; 2 wrong usage; 3 configuration; 4
        sign-in needed or refused; 5 ledger or vault; 6 network; 7 throttled or locked out: wait; 70 a bug
        in graphbeat.
    "#]]
    .assert_eq(&format!("exit {}\n{}\n{}", run.code, help.join("\n"), run.stderr));
}

#[test]
fn wrong_usage_ends_with_2_and_says_so_on_stderr() {
    for arguments in
        [&["chek"][..], &[], &["catalog"], &["config", "check", "--output", "xml"], &["catalog", "show", "x.y.z"]]
    {
        let run = run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_catalogue_has_the_documented_fields() {
    let catalog = json(&run(&["catalog", "list", "--output", "json"]));
    let operations = catalog.as_array().expect("an array");
    assert!(operations.len() >= 80, "{}", operations.len());
    let fields: Vec<&String> = operations[0].as_object().expect("an object").keys().collect();
    expect![[r#"["id", "class", "method", "path", "access", "journey", "delegated", "application", "license", "role", "bucket", "clouds", "names"]"#]].assert_eq(&format!("{fields:?}"));
    let messages = operations.iter().find(|operation| operation["id"] == "mail.messages.list").expect("it is there");
    assert_eq!(messages["access"], "read");
    assert_eq!(messages["names"]["en"].is_string(), messages["names"]["zh-CN"].is_string());
}

#[test]
fn a_list_as_csv_has_the_same_fields_and_rows() {
    let csv = run(&["catalog", "list", "--class", "mail", "--output", "csv"]).stdout;
    let json = json(&run(&["catalog", "list", "--class", "mail", "--output", "json"]));
    let header = csv.lines().next().expect("a header");
    assert_eq!(header, "id,class,method,path,access,journey,delegated,application,license,role,bucket,clouds,names");
    assert_eq!(csv.lines().count() - 1, json.as_array().expect("an array").len());
}

#[test]
fn an_operation_is_shown_with_its_permissions() {
    let run = run(&["catalog", "show", "mail.messages.list", "--output", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let shown = json(&run);
    assert_eq!(shown["id"], "mail.messages.list");
    assert!(shown["docs"].as_str().expect("a link").starts_with("https://"));
}

#[test]
fn the_least_permissions_of_the_starter_are_few() {
    let permissions = json(&run(&["catalog", "permissions", "--output", "json"]));
    let rows = permissions.as_array().expect("an array");
    assert!(!rows.is_empty() && rows.len() < 10, "{rows:?}");
    assert!(rows.iter().all(|row| row["permission"].is_string() && row["operations"].is_array()));
}

#[test]
fn a_least_permission_says_why_and_an_operation_which_it_uses() {
    let asked = ["catalog", "permissions", "--mode", "application", "--class", "mail,onenote", "--output", "json"];
    let rows = json(&run(&asked));
    for row in rows.as_array().expect("an array") {
        assert!(row["reason"].as_str().expect("a reason").contains("; for: "), "{row}");
        assert_eq!(row["admin_consent"], true);
        assert!(!row["operations"].as_array().expect("an array").is_empty(), "{row}");
    }
    let by_operation = run(&[&asked[..], &["--by", "operation"]].concat());
    let rows = json(&by_operation);
    let of = |id: &str| rows.as_array().expect("an array").iter().find(|row| row["operation"] == id).expect(id);
    assert_eq!(of("mail.messages.list")["permissions"][0], "Mail.Read");
    assert_eq!(of("onenote.notebooks.list")["permissions"].as_array().map(Vec::len), Some(0));
    assert!(of("onenote.notebooks.list")["reason"].is_string());
}

#[test]
fn the_list_shows_what_all_filters_let_through() {
    let list = |filters: &[&str]| json(&run(&[&["catalog", "list", "--output", "json"], filters].concat()));
    let rows = list(&["--cloud", "china", "--access", "read", "--license", "exchange", "--mode", "application"]);
    let rows = rows.as_array().expect("an array");
    assert!(!rows.is_empty());
    for row in rows {
        assert!(row["clouds"].as_array().expect("clouds").iter().any(|cloud| cloud == "china"), "{row}");
        assert_eq!((&row["access"], &row["license"]), (&"read".into(), &"exchange".into()));
        assert!(row["application"].is_array());
    }
    let excel = list(&["--cloud", "china", "--class", "excel"]);
    assert!(excel.as_array().expect("an array").iter().all(|row| row["bucket"] != "excel"), "{excel}");
}

#[test]
fn an_unknown_filter_is_told_with_the_known_ones() {
    for (flag, known) in [("--cloud", "us-dod"), ("--access", "write"), ("--license", "exchange"), ("--class", "mail")]
    {
        let run = run(&["catalog", "list", flag, "moon"]);
        assert_eq!(run.code, 2, "{flag}");
        assert!(run.stderr.contains("moon") && run.stderr.contains(known), "{flag}: {}", run.stderr);
    }
}

#[test]
fn a_wrong_secret_is_explained_in_the_documented_fields() {
    let run = run(&["explain", "TOKEN-MSALER:AADSTS7000215", "--output", "json"]);
    expect![[r#"
        exit 0
        {
          "known": true,
          "code": "AADSTS7000215",
          "title": "the client secret is wrong",
          "cause": "The secret is not one of the application's. Most often the secret's id was copied instead of its value.",
          "who": "app-owner",
          "steps": [
            "copy the value of the secret, which the portal shows only once, or make a new one",
            "put it where `client_secret` says",
            "then let the account go on: `graphbeat account resume NAME`"
          ],
          "link": "https://login.microsoftonline.com/error?code=7000215",
          "healthy": false,
          "confidence": "high",
          "evidence": [
            "TOKEN-MSALER",
            "AADSTS7000215"
          ]
        }
    "#]]
    .assert_eq(&format!("exit {}\n{}", run.code, run.stdout));
}

#[test]
fn an_error_is_explained_from_standard_input_and_in_chinese() {
    let directory = tempfile::tempdir().expect("a directory");
    let arguments = ["explain", "--lang", "zh-CN"];
    let run = run_with(directory.path(), &arguments, &[], "{\"error_description\":\"AADSTS65001: no consent\"}");
    expect![[r#"
        exit 0
        现象      AADSTS65001: 缺少同意
        原因      用户和管理员都尚未同意该应用请求的权限，或同意已被收回。
        谁来处理  租户管理员
        怎么做    1. 请管理员同意：`graphbeat app consent 名称` 会打开页面
                  2. 然后重新登录：`graphbeat account sign-in 名称`
        参见      https://login.microsoftonline.com/error?code=65001
    "#]]
    .assert_eq(&format!("exit {}\n{}", run.code, run.stdout));
}

#[test]
fn an_unknown_failure_is_no_error() {
    let run = run(&["explain", "AADSTS424242", "--output", "json"]);
    assert_eq!(run.code, 0);
    let explanation = json(&run);
    assert_eq!(explanation["known"], false);
    assert_eq!(explanation["link"], "https://login.microsoftonline.com/error?code=424242");
}

#[test]
fn a_body_of_100_megabytes_is_explained_by_its_beginning() {
    const READ_MAX: usize = 1024 * 1024;
    let directory = tempfile::tempdir().expect("a directory");
    let mut child = Command::new(env!("CARGO_BIN_EXE_graphbeat"))
        .args(["explain", "--output", "json"])
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut body = child.stdin.take().expect("its input");
    body.write_all(br#"{"error":{"code":"ErrorItemNotFound","message":""#).expect("it reads");
    let block = [b'x'; 64 * 1024];
    let mut taken = 0;
    while taken < 100 * READ_MAX && body.write_all(&block).is_ok() {
        taken += block.len();
    }
    drop(body);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(taken <= READ_MAX, "{taken} bytes were taken");
    let explanation: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&explanation["code"], &explanation["known"]), (&"ErrorItemNotFound".into(), &true.into()));
}

#[test]
fn an_id_that_no_call_has_is_told_and_makes_no_ledger() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("graphbeat.toml"), ACCOUNT).expect("a file");
    let run = run_in(directory.path(), &["explain", "c0000000000007", "--data", ".", "--config", "graphbeat.toml"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("there is no call `c0000000000007`") && run.stderr.contains("graphbeat log"),
        "{}",
        run.stderr
    );
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1);
}

#[test]
fn completions_and_the_manual_are_there() {
    assert!(run(&["completions", "bash"]).stdout.contains("_graphbeat()"));
    assert!(run(&["man"]).stdout.contains(".TH graphbeat 1"));
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(run_in(directory.path(), &["man", "--directory", "pages"]).code, 0);
    assert!(directory.path().join("pages/graphbeat-catalog-list.1").exists());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut child = Command::new(env!("CARGO_BIN_EXE_graphbeat"))
        .args(["catalog", "list", "--output", "json"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_pages_are_known_without_a_configuration_and_right_for_the_cloud() {
    let global = run(&["links", "--output", "json"]);
    let urls = |run: &Run| json(run).as_array().expect("a list").iter().map(|page| page["url"].to_string()).collect();
    let (of_global, of_china): (Vec<String>, Vec<String>) =
        (urls(&global), urls(&run(&["links", "--output", "json", "--cloud", "china"])));
    assert_eq!(global.code, 0);
    assert!(of_global.iter().any(|url| url.contains("https://entra.microsoft.com/")), "{of_global:?}");
    assert!(of_china.iter().any(|url| url.contains("https://entra.microsoftonline.cn/")), "{of_china:?}");
    assert!(!of_china.iter().any(|url| url.contains("entra.microsoft.com")), "{of_china:?}");
    let chinese = run(&["links", "--lang", "zh-CN", "--output", "csv"]);
    assert!(chinese.stdout.starts_with("id,cloud,name,for,url\n") && chinese.stdout.contains("登录日志"));
}

#[test]
fn an_account_s_pages_name_its_application() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("graphbeat.toml"), ACCOUNT).expect("a file");
    let pages = ["links", "--account", "contoso", "--config", "graphbeat.toml", "--output", "json"];
    let run = run_in(directory.path(), &pages);
    assert!(run.stdout.contains("appId/00001111-aaaa-2222-bbbb-3333cccc4444"), "{}", run.stderr);
    assert_eq!(run_in(directory.path(), &["links", "--account", "nobody", "--config", "graphbeat.toml"]).code, 2);
}
