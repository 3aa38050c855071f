//! `graphbeat sandbox` as a process: its ready line, its end, and what it says when it cannot start.
#![expect(clippy::expect_used, reason = "helpers of tests may panic as tests do")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn graphbeat(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphbeat"));
    command.arg("sandbox").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Ends the process whatever a test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(arguments: &[&str]) -> (Running, Value) {
    let mut child = graphbeat(arguments).spawn().expect("a process");
    let stdout = child.stdout.take().expect("its output");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    (Running(child), serde_json::from_str(&line).expect("JSON"))
}

fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = graphbeat(arguments).output().expect("a process");
    (status.code(), String::from_utf8(stderr).expect("text"))
}

#[cfg(unix)]
#[test]
fn a_sandbox_is_ready_serves_and_ends_on_a_signal() {
    let (mut running, ready) = start(&["--seed", "3", "--users", "4"]);
    assert_eq!((&ready["ready"], ready["users"].as_array().map(Vec::len)), (&Value::Bool(true), Some(4)));
    let authority = Path::new(ready["ca_file"].as_str().expect("a path")).to_owned();
    let pem = std::fs::read(&authority).expect("the authority's certificate");
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).expect("a certificate")])
        .no_proxy()
        .build()
        .expect("a client");
    let url = format!("{}/common/discovery/v2.0/keys", ready["login_url"].as_str().expect("a URL"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let status = runtime.block_on(async { client.get(url).send().await.map(|answer| answer.status().as_u16()) });
    assert_eq!(status.expect("an answer"), 200);
    let ended = Command::new("kill").arg(running.0.id().to_string()).status().expect("kill");
    assert!(ended.success());
    assert_eq!(running.0.wait().expect("its end").code(), Some(0));
    assert!(!authority.exists(), "the temporary folder goes away");
}

#[test]
fn a_ready_line_becomes_the_settings_of_each_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ready.json");
    let ready = serde_json::json!({
        "ready": true, "tenant_id": "t-1", "domain": "contoso.onmicrosoft.com", "login_url": "https://127.0.0.1:8443",
        "graph_url": "https://127.0.0.1:8443", "http_graph_url": "http://127.0.0.1:8080",
        "proxy_url": "http://127.0.0.1:8080", "ca_file": "/it's/ca.pem",
        "apps": [{"client_id": "c-0", "client_secret": "s~0", "kind": "confidential"}, {"client_id": "c-1", "kind": "public"}],
        "users": [{"id": "u-0", "upn": "megan@contoso.onmicrosoft.com"}],
    });
    std::fs::write(&path, ready.to_string()).expect("a file");
    let name = path.to_str().expect("a path");
    for (client, wanted) in [
        ("msal-python", r"export REQUESTS_CA_BUNDLE='/it'\''s/ca.pem'"),
        ("azure-identity", "export AZURE_AUTHORITY_HOST='https://127.0.0.1:8443'"),
        ("msgraph-sdk", "allowed_hosts=[\"127.0.0.1\"]"),
        ("msal-node", "knownAuthorities: [\"127.0.0.1:8443\"]"),
        ("azure-cli", "export HTTPS_PROXY='http://127.0.0.1:8080'"),
        ("azure-cli", "# az login --use-device-code --tenant t-1 --allow-no-subscriptions"),
        ("cli-microsoft365", "# m365 login --authType secret --appId c-0 --tenant t-1 --secret='s~0'"),
        ("azure-identity-js", "disableInstanceDiscovery: true"),
        ("azure-identity-rust", "export AZURE_CLIENT_SECRET='s~0'"),
        ("microsoft-graph-client", "customHosts: new Set([\"127.0.0.1\"])"),
        ("graph-rs-sdk", "export HTTPS_PROXY='http://127.0.0.1:8080'"),
        ("powershell-msgraph", "Connect-MgGraph -TenantId t-1"),
        ("curl", "export HTTP_GRAPH_URL='http://127.0.0.1:8080'"),
        ("graphbeat", "client_id = \"c-1\""),
    ] {
        let output = graphbeat(&["env", "--for", client, "--ready", name]).output().expect("a process");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success() && text.contains(wanted), "{client}: {text}");
    }
    let output = graphbeat(&["env", "--for", "azure-identity", "--ready", name, "--output", "json"]).output();
    let json: Value = serde_json::from_slice(&output.expect("a process").stdout).expect("JSON");
    assert_eq!(json["environment"]["AZURE_CLIENT_ID"], "c-0");
}

#[test]
fn the_configuration_for_graphbeat_is_one_that_it_accepts() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_running, ready) = start(&["--users", "4"]);
    let (line, config) = (folder.path().join("ready.json"), folder.path().join("graphbeat.toml"));
    std::fs::write(&line, ready.to_string()).expect("a file");
    let env = graphbeat(&["env", "--for", "graphbeat", "--ready", line.to_str().expect("a path")]).output();
    std::fs::write(&config, env.expect("a process").stdout).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphbeat"));
    command.args(["config", "check", "--config"]).arg(&config).arg("--data").arg(folder.path());
    let secret = ready["apps"][0]["client_secret"].as_str().expect("a secret");
    let output = command.env("SANDBOX_CLIENT_SECRET", secret).output().expect("a process");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_is_no_ready_line_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ready.json");
    std::fs::write(&path, "{}").expect("a file");
    for name in [path.to_str().expect("a path"), "/nowhere/ready.json"] {
        let (code, text) = refused(&["env", "--for", "msal-node", "--ready", name]);
        assert!(code == Some(2) && text.contains("hint: "), "{text}");
    }
}

#[test]
fn what_a_sandbox_cannot_start_with_is_told_with_its_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let faults = folder.path().join("faults.json");
    std::fs::write(&faults, "[{\"path\": \"/\",\n  \"stauts\": 500}]").expect("a file");
    let name = faults.to_str().expect("a path");
    let (code, text) = refused(&["--faults", name]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("line 2") && text.contains("stauts") && text.contains("hint: "), "{text}");
    let (code, text) = refused(&["--faults", "/nowhere/faults.json"]);
    assert_eq!(code, Some(3), "{text}");
    let (code, text) = refused(&["--listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = refused(&["--users", "0"]);
    assert_eq!(code, Some(2), "{text}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = taken.local_addr().expect("its address").to_string();
    let (code, text) = refused(&["--listen", &address]);
    assert_eq!(code, Some(6), "{text}");
}
