//! What a configuration file comes to: a configuration, or everything that is wrong with it.
#![expect(clippy::expect_used, reason = "helpers of tests may panic as tests do")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use graphbeat_config::{Config, ConfigError, ConfigFile, FileCheck, Known, Sources, load, show_toml};
use graphbeat_core::Language;

const ACCOUNT: &str = r#"
[[account]]
name = "contoso-app"
tenant = "contoso.onmicrosoft.com"
sign_in = { method = "device-code", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444" }
"#;

fn known() -> Known {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Known {
        classes: words(&["users", "mail", "files"]),
        operations: words(&["mail.messages.list", "mail.rules.list"]),
        excludable: words(&["users", "mail", "files"]),
        calls_per_hour_max: 60_000,
    }
}

fn load_with(text: &str, variables: &[(&str, &str)], files: FileCheck) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("secret.txt"), "s3cr3t").expect("a file");
    let file = ConfigFile { path: directory.path().join("graphbeat.toml"), text: text.to_owned() };
    let environment: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let known = known();
    load(&Sources {
        file: &file,
        data_dir: directory.path(),
        environment: &environment,
        language: None,
        known: &known,
        files,
    })
}

/// The problems of a file, the temporary directory's name left out.
fn check(text: &str, expected: Expect) {
    let error = load_with(text, &[], FileCheck::Read).expect_err("a bad file");
    expected.assert_eq(&without_directory(&error.to_string()));
}

fn without_directory(text: &str) -> String {
    let prefix = std::env::temp_dir().display().to_string();
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(&prefix) {
        shown.push_str(&rest[..start]);
        let after = &rest[start + prefix.len() + 1..];
        rest = after.split_once('/').map_or("", |(_, rest)| rest);
    }
    shown + rest
}

#[test]
fn an_unknown_key_names_its_nearest() {
    check(
        "[web]\nlisen = \"127.0.0.1:1\"\n[wbe]\n",
        expect![[r#"
        error: unknown key `lisen` in `web`
          --> graphbeat.toml:2:1
           | lisen = "127.0.0.1:1"
        hint: did you mean `listen`?

        error: unknown key `wbe`
          --> graphbeat.toml:3:2
           | [wbe]
        hint: did you mean `web`?"#]],
    );
}

#[test]
fn a_wrong_type_shows_an_example() {
    check(
        "[web]\nlisten = 8365\n[schedule.calm]\ncalls_per_hour_max = \"60\"\nquiet = \"Sat-Sun\"\ncover_every = -1\n\
         [schedule.big]\ncalls_per_hour_max = 99999999999\n",
        expect![[r#"
            error: `web.listen` must be a string, not a whole number
              --> graphbeat.toml:2:10
               | listen = 8365
            hint: for example: listen = "127.0.0.1:8365"

            error: `schedule.calm.calls_per_hour_max` must be a whole number, not a string
              --> graphbeat.toml:4:22
               | calls_per_hour_max = "60"
            hint: for example: calls_per_hour_max = 60

            error: `schedule.calm.quiet` must be an array, not a string
              --> graphbeat.toml:5:9
               | quiet = "Sat-Sun"
            hint: for example: quiet = ["Sat-Sun", "Mon-Fri 22:00-07:00"]

            error: `schedule.calm.cover_every` must be a string, not a whole number
              --> graphbeat.toml:6:15
               | cover_every = -1
            hint: for example: cover_every = "24h"

            error: `schedule.big.calls_per_hour_max` must lie between 0 and 4294967295
              --> graphbeat.toml:8:22
               | calls_per_hour_max = 99999999999
            hint: for example: calls_per_hour_max = 60"#]],
    );
}

#[test]
fn a_missing_key_and_a_duplicate_name_are_found_beside_each_other() {
    check(
        &format!("{ACCOUNT}{ACCOUNT}[[account]]\nname = \"x\"\n"),
        expect![[r#"
        error: the account name `contoso-app` is used twice
          --> graphbeat.toml:8:8
           | name = "contoso-app"
        hint: rename one of them; the other is account 1 of the file

        error: `account` has no `tenant`
          --> graphbeat.toml:11:1
           | [[account]]
        hint: for example: tenant = "contoso.onmicrosoft.com"

        error: `account` has no `sign_in`
          --> graphbeat.toml:11:1
           | [[account]]
        hint: for example: sign_in = { method = "device-code", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444" }"#]],
    );
}

#[test]
fn an_unknown_name_names_its_nearest() {
    let text = format!(
        "{ACCOUNT}cloud = \"globl\"\nschedule = \"calm\"\nclasses = [\"users\", \"mial\"]\n\
         operations = [\"mail.message.list\"]\nexclude = [\"nothing.like.it\"]\n"
    );
    check(
        &text,
        expect![[r#"
            error: unknown cloud `globl`
              --> graphbeat.toml:6:9
               | cloud = "globl"
            hint: did you mean `global`?

            error: unknown schedule `calm`
              --> graphbeat.toml:7:12
               | schedule = "calm"
            hint: choose from `always`

            error: unknown class `mial`
              --> graphbeat.toml:8:21
               | classes = ["users", "mial"]
            hint: did you mean `mail`?

            error: unknown operation `mail.message.list`
              --> graphbeat.toml:9:15
               | operations = ["mail.message.list"]
            hint: did you mean `mail.messages.list`?

            error: unknown operation `nothing.like.it`
              --> graphbeat.toml:10:12
               | exclude = ["nothing.like.it"]
            hint: choose from `files`, `mail`, `mail.messages.list`, `mail.rules.list`, `users`"#]],
    );
}

#[test]
fn a_name_whose_table_is_wrong_is_reported_once() {
    let text = format!("{ACCOUNT}cloud = \"local\"\n[cloud.local]\nlogin_url = \"https://a\"\n");
    check(
        &text,
        expect![[r#"
        error: `cloud.local` has no `graph_url`
          --> graphbeat.toml:7:1
           | [cloud.local]
        hint: for example: graph_url = "https://127.0.0.1:8443""#]],
    );
}

#[test]
fn malformed_toml_names_the_place() {
    check(
        "[store]\nurl = sqlite:graphbeat.db\n",
        expect![[r#"
        error: malformed TOML: string values must be quoted, expected literal string
          --> graphbeat.toml:2:7
           | url = sqlite:graphbeat.db
        hint: a text stands in quotes, a table's name in brackets, one key on a line"#]],
    );
    check(
        "[[account]\nname = \"x\"\n",
        expect![[r#"
        error: malformed TOML: unclosed array table, expected `]`
          --> graphbeat.toml:1:11
           | [[account]
        hint: a text stands in quotes, a table's name in brackets, one key on a line"#]],
    );
    check(
        "[web]\nlisten = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"\n",
        expect![[r#"
        error: malformed TOML: duplicate key
          --> graphbeat.toml:3:1
           | listen = "127.0.0.1:2"
        hint: a text stands in quotes, a table's name in brackets, one key on a line"#]],
    );
}

#[test]
fn an_unreadable_secret_names_the_file() {
    let account = |secret: &str| {
        format!(
            "[[account]]\nname = \"a\"\ntenant = \"contoso.onmicrosoft.com\"\n[account.sign_in]\n\
             method = \"client-secret\"\nclient_id = \"00001111-aaaa-2222-bbbb-3333cccc4444\"\n\
             client_secret = {secret}\n"
        )
    };
    check(
        &account("{ file = \"none.txt\" }"),
        expect![[r#"
            error: could not read the secret file `none.txt` (it does not exist)
              --> graphbeat.toml:7:17
               | client_secret = { file = "none.txt" }
            hint: create the file, or correct its name; a relative one starts at the configuration's"#]],
    );
    check(
        &account("{ env = \"APP_SECRET\" }"),
        expect![[r#"
        error: the environment variable `APP_SECRET` is not set
          --> graphbeat.toml:7:17
           | client_secret = { env = "APP_SECRET" }
        hint: set the variable where graphbeat is started"#]],
    );
    check(
        &account("{ fiel = \"secret.txt\" }"),
        expect![[r#"
        error: unknown key `fiel` in `account.sign_in.client_secret`
          --> graphbeat.toml:7:19
           | client_secret = { fiel = "secret.txt" }
        hint: did you mean `file`?"#]],
    );
    check(
        &account("{}"),
        expect![[r#"
            error: `account.sign_in.client_secret` is empty
              --> graphbeat.toml:7:17
               | client_secret = {}
            hint: choose from `file`, `env`, `command`, `vault`, `keyring`"#]],
    );
    check(
        &account("{ command = [] }"),
        expect![[r#"
        error: the command names no program
          --> graphbeat.toml:7:17
           | client_secret = { command = [] }
        hint: for example: command = ["pass", "show", "graphbeat"]"#]],
    );
    check(
        &account("\"hunter2\""),
        expect![[r#"
        error: `account.sign_in.client_secret` must be a table, not a string
          --> graphbeat.toml:7:17
           | client_secret = "…"
        hint: for example: client_secret = { file = "secret.txt" }"#]],
    );
}

#[test]
fn a_sign_in_that_cannot_be_says_so() {
    let account = |sign_in: &str| format!("[[account]]\nname = \"a\"\ntenant = \"contoso.com\"\nsign_in = {sign_in}\n");
    let client_id = "00001111-aaaa-2222-bbbb-3333cccc4444";
    check(
        &account(&format!(
            "{{ method = \"federated-token\", client_id = \"{client_id}\", token = {{ vault = \"x\" }} }}"
        )),
        expect![[r#"
            error: another issuer's token cannot lie in the vault: it lives for minutes
              --> graphbeat.toml:4:101
               | sign_in = { method = "federated-token", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444", token = { vault = "x" } }
            hint: for example: token = { file = "/var/run/secrets/tokens/token" }"#]],
    );
    check(
        &account("{ method = \"password\" }"),
        expect![[r#"
            error: unknown method `password`
              --> graphbeat.toml:4:22
               | sign_in = { method = "password" }
            hint: choose from `client-secret`, `certificate`, `federated-token`, `auth-code`, `device-code`"#]],
    );
    check(
        &account("{ client_id = \"x\" }"),
        expect![[r#"
            error: `account.sign_in` has no `method`
              --> graphbeat.toml:4:11
               | sign_in = { client_id = "x" }
            hint: choose from `client-secret`, `certificate`, `federated-token`, `auth-code`, `device-code`"#]],
    );
    check(
        &account("{ method = \"device-code\", client_id = \"x\", client_secret = \"hunter2\" }"),
        expect![[r#"
        error: `client_id` is not an application's id
          --> graphbeat.toml:4:49
           | sign_in = { method = "device-code", client_id = "x", client_secret = "…" }
        hint: copy the application (client) id of the app registration, 36 characters

        error: unknown key `client_secret` in `account.sign_in`
          --> graphbeat.toml:4:54
           | sign_in = { method = "device-code", client_id = "x", client_secret = "…" }
        hint: choose from `method`, `client_id`"#]],
    );
}

#[test]
fn a_schedule_that_cannot_be_kept_is_refused() {
    check(
        "[schedule.calm]\ncover_every = \"1 day\"\ncalls_per_hour_max = 70000\nquiet = [\"Sat-Sun\", \"Mon 25:00-26:00\"]\n\
         time_zone = \"Asia/Shangai\"\n[schedule.off]\ncover_every = \"1s\"\ncalls_per_hour_max = 0\nquiet = [\"Mon-Sun\"]\n\
         [schedule.always]\n",
        expect![[r#"
            error: `1 day` is not a span of time
              --> graphbeat.toml:2:15
               | cover_every = "1 day"
            hint: for example: cover_every = "24h"; units are w, d, h, m, s

            error: 70000 calls an hour are more than Graph's documented limits allow an account
              --> graphbeat.toml:3:22
               | calls_per_hour_max = 70000
            hint: choose at most 60000

            error: `Mon 25:00-26:00` is not a quiet window: `25:00` is not a time of the day
              --> graphbeat.toml:4:21
               | quiet = ["Sat-Sun", "Mon 25:00-26:00"]
            hint: hours are written as `22:00-07:00`

            error: unknown time zone `Asia/Shangai`
              --> graphbeat.toml:5:13
               | time_zone = "Asia/Shangai"
            hint: did you mean `Asia/Shanghai`?

            error: `1s` is too short or too long
              --> graphbeat.toml:7:15
               | cover_every = "1s"
            hint: choose from `1m` to `31d`

            error: a cap of 0 lets nothing run
              --> graphbeat.toml:8:22
               | calls_per_hour_max = 0
            hint: leave the key out for no cap, or pause the account

            error: the quiet windows leave no minute of the week
              --> graphbeat.toml:9:9
               | quiet = ["Mon-Sun"]
            hint: pause the account instead

            error: the schedule `always` is built in
              --> graphbeat.toml:10:1
               | [schedule.always]
            hint: give yours another name"#]],
    );
}

#[test]
fn a_cloud_outside_the_loopback_must_keep_limits_and_https() {
    check(
        "[cloud.far]\nlogin_url = \"http://example.com\"\ngraph_url = \"https://example.com/v1.0\"\n\
         [cloud.near]\nlogin_url = \"https://example.com\"\ngraph_url = \"http://127.0.0.1:1\"\nlimits = \"none\"\n\
         ca_file = \"none.pem\"\n[cloud.global]\nlogin_url = \"https://a\"\ngraph_url = \"https://a\"\n",
        expect![[r#"
            error: plain http is only for a cloud on a loopback address
              --> graphbeat.toml:2:13
               | login_url = "http://example.com"
            hint: use https: tokens would travel in clear

            error: this URL holds more than a host and port
              --> graphbeat.toml:3:13
               | graph_url = "https://example.com/v1.0"
            hint: for example: https://127.0.0.1:8443

            error: only a cloud on a loopback address may have no limits
              --> graphbeat.toml:7:10
               | limits = "none"
            hint: remove the key: Graph's documented limits apply

            error: could not read the root certificate `none.pem` (it does not exist)
              --> graphbeat.toml:8:11
               | ca_file = "none.pem"
            hint: correct its name; a relative one starts at the configuration's

            error: the cloud `global` is built in
              --> graphbeat.toml:9:1
               | [cloud.global]
            hint: give yours another name"#]],
    );
}

#[test]
fn what_an_account_says_of_itself_is_checked() {
    check(
        "[[account]]\nname = \"two words\"\ntenant = \"common\"\njourneys = true\nuser = \"megan\"\n\
         sign_in = { method = \"client-secret\", client_id = \"00001111-aaaa-2222-bbbb-3333cccc4444\", \
         client_secret = { file = \"secret.txt\" } }\n\
         [[account]]\nname = \"b\"\ntenant = \"contoso\"\njourneys = true\n\
         sign_in = { method = \"certificate\", client_id = \"00001111-aaaa-2222-bbbb-3333cccc4444\", \
         certificate = { file = \"secret.txt\" } }\n",
        expect![[r#"
            error: `two words` cannot name an account
              --> graphbeat.toml:2:8
               | name = "two words"
            hint: use up to 64 letters, digits, `.`, `_`, `-`, `@`, and no `-` at the start

            error: `common` is not one tenant
              --> graphbeat.toml:3:10
               | tenant = "common"
            hint: name the tenant itself: its id, or a domain such as `contoso.onmicrosoft.com`

            error: `megan` is neither a user's id nor a user principal name
              --> graphbeat.toml:5:8
               | user = "megan"
            hint: for example: user = "megan@contoso.onmicrosoft.com"

            error: `contoso` is neither a tenant's id nor a domain
              --> graphbeat.toml:9:10
               | tenant = "contoso"
            hint: for example: tenant = "contoso.onmicrosoft.com"

            error: journeys of an application need to know the user whose data they may use
              --> graphbeat.toml:10:12
               | journeys = true
            hint: add the user: user = "megan@contoso.onmicrosoft.com""#]],
    );
}

#[test]
fn a_variable_overrides_the_file_and_is_named_where_it_is_wrong() {
    let file = "[web]\nlisten = \"127.0.0.1:1\"\n";
    let config =
        load_with(file, &[("GRAPHBEAT_WEB_LISTEN", "127.0.0.1:2"), ("GRAPHBEAT_LANG", "zh-CN")], FileCheck::Read)
            .expect("a good file");
    assert_eq!(config.web.listen.port(), 2);
    assert_eq!(config.language, Some(Language::SimplifiedChinese));
    let variables =
        [("GRAPHBEAT_WEB_LISTEN", "nowhere"), ("GRAPHBEAT_LANG", "fr"), ("GRAPHBEAT_STORE_ULR", "sqlite:x.db")];
    let error = load_with(file, &variables, FileCheck::Read).expect_err("bad variables");
    expect![[r#"
        error: `language` cannot be `fr`
          --> the environment variable `GRAPHBEAT_LANG`
        hint: choose from `en`, `zh-CN`

        error: `nowhere` is not an address and port
          --> the environment variable `GRAPHBEAT_WEB_LISTEN`
        hint: for example: listen = "127.0.0.1:8365"

        error: unknown environment variable `GRAPHBEAT_STORE_ULR`
          --> the environment variable `GRAPHBEAT_STORE_ULR`
        hint: did you mean `GRAPHBEAT_STORE_URL`?"#]]
    .assert_eq(&error.to_string());
}

#[test]
fn an_empty_file_is_the_defaults() {
    let config = load_with("", &[], FileCheck::Read).expect("an empty file");
    assert!(config.accounts.is_empty());
    assert_eq!(config.clouds.keys().collect::<Vec<_>>(), ["china", "global", "us-dod", "us-gov"]);
    assert_eq!(config.store.file.file_name(), Some("graphbeat.db".as_ref()));
    expect![[r#"
        [store]
        url = "sqlite:graphbeat.db"

        [web]
        listen = "127.0.0.1:8365"

        [proxy]
        mode = "system"
    "#]]
    .assert_eq(&show_toml(&config));
}

#[test]
fn what_is_shown_reads_back_as_the_same_configuration() {
    let text = r#"
language = "zh-CN"
[schedule.calm]
cover_every = "12h"
calls_per_hour_max = 60
quiet = ["Sat-Sun", "Mon-Fri 22:00-07:00"]
time_zone = "Asia/Shanghai"
[cloud.local]
login_url = "https://127.0.0.1:8443"
graph_url = "http://127.0.0.1:8080"
limits = "none"
[[account]]
name = "app"
tenant = "contoso.onmicrosoft.com"
cloud = "local"
sign_in = { method = "client-secret", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444", client_secret = { env = "GRAPHBEAT_APP_SECRET" } }
schedule = "calm"
classes = ["users", "all"]
operations = ["mail.messages.list"]
exclude = ["mail.rules.list"]
journeys = true
user = "megan@contoso.onmicrosoft.com"
"#;
    let variables = [("GRAPHBEAT_APP_SECRET", "x")];
    let config = load_with(text, &variables, FileCheck::Read).expect("a good file");
    let shown = show_toml(&config);
    expect![[r#"
        language = "zh-CN"

        [store]
        url = "sqlite:graphbeat.db"

        [web]
        listen = "127.0.0.1:8365"

        [proxy]
        mode = "system"

        [schedule.calm]
        cover_every = "12h"
        calls_per_hour_max = 60
        quiet = ["Sat-Sun", "Mon-Fri 22:00-07:00"]
        time_zone = "Asia/Shanghai"

        [cloud.local]
        login_url = "https://127.0.0.1:8443"
        graph_url = "http://127.0.0.1:8080"
        limits = "none"

        [[account]]
        name = "app"
        tenant = "contoso.onmicrosoft.com"
        cloud = "local"
        sign_in = { method = "client-secret", client_id = "00001111-aaaa-2222-bbbb-3333cccc4444", client_secret = { env = "GRAPHBEAT_APP_SECRET" } }
        schedule = "calm"
        classes = ["users", "all"]
        operations = ["mail.messages.list"]
        exclude = ["mail.rules.list"]
        journeys = true
        batch = false
        user = "megan@contoso.onmicrosoft.com"
    "#]].assert_eq(&shown);
    let mut again = load_with(&shown, &variables, FileCheck::Read).expect("what is shown is a good file");
    again.store.file.clone_from(&config.store.file);
    assert_eq!(again, config);
}

#[test]
fn what_only_reads_the_ledger_needs_no_secrets() {
    let text = format!(
        "{ACCOUNT}[cloud.local]\nlogin_url = \"https://a\"\ngraph_url = \"https://a\"\nca_file = \"none.pem\"\n"
    );
    assert!(load_with(&text, &[], FileCheck::Read).is_err());
    assert!(load_with(&text, &[], FileCheck::Skip).is_ok());
}

#[test]
fn a_command_is_shown_without_its_arguments() {
    let text = "[[account]]\nname = \"a\"\ntenant = \"contoso.com\"\nsign_in = { method = \"client-secret\", \
        client_id = \"00001111-aaaa-2222-bbbb-3333cccc4444\", client_secret = { command = [\"show\", \"hunter2\"] } }\n\
        [proxy]\nmode = \"socks5://user:hunter2@127.0.0.1:1\"\n";
    let config = load_with(text, &[], FileCheck::Read).expect("a good file");
    let shown = show_toml(&config);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("socks5://127.0.0.1:1"), "{shown}");
}

#[test]
fn ten_thousand_accounts_are_read_in_one_go() {
    let accounts: String =
        (0..10_000).map(|index| ACCOUNT.replace("contoso-app", &format!("account-{index}"))).collect();
    let config = load_with(&accounts, &[], FileCheck::Read).expect("a large file");
    assert_eq!(config.accounts.len(), 10_000);
}

#[test]
fn a_file_that_is_missing_or_no_text_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let missing = ConfigFile::read(&directory.path().join("none.toml")).expect_err("no file");
    expect![[r#"
        error: there is no configuration file
          --> none.toml
        hint: write one, name one with `--config`, or try `graphbeat demo`, which needs none"#]]
    .assert_eq(&without_directory(&missing.to_string()));
    let binary: PathBuf = directory.path().join("binary.toml");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("a file");
    let error = ConfigFile::read(&binary).expect_err("no text");
    expect![[r#"
        error: the configuration file is not UTF-8 text
          --> binary.toml
        hint: save it as UTF-8"#]]
    .assert_eq(&without_directory(&error.to_string()));
}

#[test]
fn a_content_host_is_a_name_or_the_ending_of_one() {
    let cloud = |hosts: &str| {
        format!(
            "{ACCOUNT}[cloud.x]\nlogin_url = \"https://a.example\"\ngraph_url = \"https://b.example\"\n\
             content_hosts = [\"{hosts}\"]\n"
        )
    };
    for bad in ["*.com", "com", "*", "https://a.example", "a.example:8443", "A.example", "a..example", ""] {
        let problems = load_with(&cloud(bad), &[], FileCheck::Read).expect_err(bad).to_string();
        assert!(problems.contains("is neither a host's name nor the ending of one"), "{problems}");
    }
    for good in ["*.sharepoint.com", "reports.office.com"] {
        assert!(load_with(&cloud(good), &[], FileCheck::Read).is_ok(), "{good}");
    }
}
