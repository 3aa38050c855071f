//! A sandbox as a process of its own, and homes in which the program runs against it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The program in a directory, with an environment that holds nothing but a home.
pub(crate) fn graphbeat(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphbeat"));
    command
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A process that ends with the test, whatever the test does.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// A file and no pipe: nobody reads it before the end, and a full pipe would hold the process up.
    stderr: File,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let stderr = tempfile::tempfile().expect("a file");
        command.stderr(stderr.try_clone().expect("the same file"));
        let mut child = command.spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, lines, stderr }
    }

    /// The next line of its output, as JSON.
    pub(crate) fn json_line(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in `{line}`: {}", self.complaint()))
    }

    /// The next line of its output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line
    }

    /// What it has said on its standard error.
    pub(crate) fn complaint(&mut self) -> String {
        let mut text = String::new();
        self.stderr.rewind().expect("the start");
        self.stderr.read_to_string(&mut text).expect("text");
        text
    }

    /// Sends a signal by its name, such as `TERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for its end: exit code and the rest of its output.
    pub(crate) fn end(mut self) -> Run {
        let mut stdout = String::new();
        self.lines.read_to_string(&mut stdout).expect("text");
        let code = self.child.wait().expect("its end").code().unwrap_or(-1);
        let stderr = self.complaint();
        Run { code, stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Its output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails with both outputs where the exit code is another.
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }
}

/// `graphbeat sandbox`, spoken to over HTTPS as its ready line says.
pub(crate) struct Sandbox {
    ready: Value,
    runtime: Runtime,
    client: reqwest::Client,
    /// Follows nothing by itself.
    browser: reqwest::Client,
    _running: Running,
    _folder: TempDir,
}

impl Sandbox {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().to_str().expect("a name").to_owned();
        let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--throttle", "none", "--data", &data];
        let mut running = Running::start(graphbeat(folder.path(), &arguments));
        let ready = running.json_line();
        assert_eq!(ready["ready"], true, "{ready}");
        let authority = std::fs::read(text(&ready["ca_file"])).expect("the authority's certificate");
        let client = |redirect| {
            let builder = reqwest::Client::builder()
                .tls_certs_only([reqwest::Certificate::from_pem(&authority).expect("a certificate")])
                .redirect(redirect);
            builder.no_proxy().build().expect("a client")
        };
        let (browser, client) =
            (client(reqwest::redirect::Policy::none()), client(reqwest::redirect::Policy::default()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self { ready, runtime: runtime.expect("a runtime"), client, browser, _running: running, _folder: folder }
    }

    /// A field of the ready line.
    pub(crate) fn ready(&self, pointer: &str) -> &str {
        text(self.ready.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {}", self.ready)))
    }

    /// Asks the control API, and gives its answer.
    pub(crate) fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.ready("/graph_url"));
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, url);
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let (status, text) = self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            (answer.status().as_u16(), answer.text().await.expect("a body"))
        });
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Sends a form to Entra, and gives its answer.
    pub(crate) fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let url = format!("{}/{path}", self.ready("/login_url"));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(url).header("Content-Type", "application/x-www-form-urlencoded").body(body);
        let text = self.runtime.block_on(async { request.send().await.expect("an answer").text().await });
        serde_json::from_str(&text.expect("a body")).expect("JSON")
    }

    /// Opens a page of Entra's as a browser does, chooses a user there, and gives the page at the end.
    pub(crate) fn browse(&self, url: &str, user: usize, action: &str) -> String {
        let back = self.redirected(url, user, action);
        self.runtime.block_on(async { self.client.get(back).send().await.expect("a page").text().await.expect("text") })
    }

    /// The same, but gives the address that the browser would end on.
    pub(crate) fn redirected(&self, url: &str, user: usize, action: &str) -> String {
        let page: url::Url = url.parse().expect("a URL");
        let shown = self.runtime.block_on(async { self.client.get(page.clone()).send().await.expect("a page") });
        assert_eq!(shown.status(), 200);
        let chosen = [("user_id", self.ready(&format!("/users/{user}/id"))), ("action", action)];
        let mut form = url::form_urlencoded::Serializer::new(page.query().unwrap_or_default().to_owned());
        let body = form.extend_pairs(chosen).finish();
        let request = self.browser.post(page).header("Content-Type", "application/x-www-form-urlencoded").body(body);
        let answer = self.runtime.block_on(async { request.send().await.expect("an answer") });
        let back = answer.headers().get("location").unwrap_or_else(|| panic!("{answer:?} sends nowhere"));
        back.to_str().expect("text").to_owned()
    }

    /// Lets the first application trust a workload's issuer.
    pub(crate) fn trust(&self, issuer: &str, subject: &str) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.ready("/apps/0/client_id")),
            ("client_secret", self.ready("/apps/0/client_secret")),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let answer = self.post_form(&format!("{}/oauth2/v2.0/token", self.ready("/tenant_id")), &form);
        let token = text(&answer["access_token"]);
        let application =
            format!("{}/v1.0/applications(appId='{}')", self.ready("/graph_url"), self.ready("/apps/0/client_id"));
        let send = |request: reqwest::RequestBuilder| {
            let request = request.bearer_auth(token).header("Content-Type", "application/json");
            self.runtime.block_on(async { request.send().await.expect("an answer").text().await.expect("a body") })
        };
        let found: Value = serde_json::from_str(&send(self.client.get(&application))).expect("JSON");
        let credentials = format!(
            "{}/v1.0/applications/{}/federatedIdentityCredentials",
            self.ready("/graph_url"),
            text(&found["id"])
        );
        let body = json!({"name": "ci", "issuer": issuer, "subject": subject,
            "audiences": ["api://AzureADTokenExchange"]});
        let made = send(self.client.post(credentials).body(body.to_string()));
        assert!(made.contains(subject), "{made}");
    }

    /// Asks Graph as the first application, which may do everything.
    pub(crate) fn graph(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.try_graph(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The same, whatever comes of it.
    pub(crate) fn try_graph(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.ready("/apps/0/client_id")),
            ("client_secret", self.ready("/apps/0/client_secret")),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let token = self.post_form(&format!("{}/oauth2/v2.0/token", self.ready("/tenant_id")), &form);
        let url = format!("{}/v1.0{path}", self.ready("/graph_url"));
        let mut request = self.client.request(method.parse().expect("a method"), url);
        request = request.header("Authorization", format!("Bearer {}", text(&token["access_token"])));
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let (status, body) = self.runtime.block_on(async {
            let answer = request.send().await.expect("an answer");
            (answer.status().as_u16(), answer.text().await.expect("a body"))
        });
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Everything received so far; nothing was dropped.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let answer = self.control("GET", "requests", &Value::Null);
        assert_eq!(answer["dropped"], 0);
        rows(&answer["requests"]).to_vec()
    }

    /// The tenant's whole content.
    pub(crate) fn state(&self) -> Value {
        self.control("GET", "state", &Value::Null)
    }

    /// What the configuration says of the first user, for an application.
    pub(crate) fn user(&self, index: usize) -> &str {
        self.ready(&format!("/users/{index}/upn"))
    }
}

/// A data directory with a configuration.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A home whose cloud `local` is the sandbox; `accounts` is the rest of the file.
    pub(crate) fn of(sandbox: &Sandbox, accounts: &[String]) -> Self {
        let cloud = format!(
            "[cloud.local]\nlogin_url = {:?}\ngraph_url = {:?}\nca_file = {:?}\nlimits = \"none\"\n\n",
            sandbox.ready("/login_url"),
            sandbox.ready("/graph_url"),
            sandbox.ready("/ca_file"),
        );
        Self::with(&format!("{cloud}{}", accounts.join("\n")))
    }

    /// A home with this configuration.
    pub(crate) fn with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Self { folder };
        home.configure(configuration);
        home
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, configuration: &str) {
        std::fs::write(self.path().join("graphbeat.toml"), configuration).expect("a file");
    }

    /// The configuration as it is written.
    pub(crate) fn configuration(&self) -> String {
        std::fs::read_to_string(self.path().join("graphbeat.toml")).expect("a file")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Every file in it and in its folders, with its content.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut folders, mut files) = (vec![self.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() {
                    files.push((path.clone(), std::fs::read(&path).expect("a file")));
                }
            }
        }
        files
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = graphbeat(self.path(), arguments);
        command.arg("--data").arg(self.path()).arg("--config").arg(self.path().join("graphbeat.toml"));
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).end()
    }

    /// The output of a command that has to end well.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.extend(["--output", "json"]);
        self.run(&all).ended_with(0).json()
    }

    /// The whole ledger.
    pub(crate) fn log(&self) -> Vec<Value> {
        rows(&self.json(&["log"])).to_vec()
    }

    /// Signs a user's account in: a test approves the code as a person would.
    pub(crate) fn sign_in(&self, sandbox: &Sandbox, account: &str, user: usize) {
        let mut running = self.start(&["account", "sign-in", account, "--output", "json"]);
        let prompt = running.json_line();
        assert_eq!(prompt["event"], "device-code", "{prompt}");
        let user_id = sandbox.ready(&format!("/users/{user}/id"));
        let approval = json!({"user_code": prompt["user_code"], "user_id": user_id, "approve": true});
        sandbox.control("POST", "device", &approval);
        assert_eq!(running.json_line()["event"], "signed-in");
        running.end().ended_with(0);
    }
}

/// An account that signs in by the sandbox's client secret; `more` are further lines of it.
pub(crate) fn by_secret(sandbox: &Sandbox, name: &str, more: &str) -> String {
    by_given_secret(sandbox, name, sandbox.ready("/apps/0/client_secret"), more)
}

/// An account that signs in by a secret, right or wrong.
pub(crate) fn by_given_secret(sandbox: &Sandbox, name: &str, secret: &str, more: &str) -> String {
    let file = sandbox._folder.path().join(format!("{name}.txt"));
    std::fs::write(&file, secret).expect("a file");
    let sign_in = format!("client_secret = {{ file = {file:?} }}");
    account(sandbox, name, "client-secret", ("/apps/0/client_id", &sign_in), more)
}

/// An account that signs in by the certificate that the sandbox's first application knows.
pub(crate) fn by_certificate(sandbox: &Sandbox, name: &str, more: &str) -> String {
    let sign_in = format!("certificate = {{ file = {:?} }}", sandbox.ready("/apps/0/certificate_file"));
    account(sandbox, name, "certificate", ("/apps/0/client_id", &sign_in), more)
}

/// An account that signs in by another issuer's token in a file of its home.
pub(crate) fn by_federated_token(sandbox: &Sandbox, name: &str, file: &str) -> String {
    let sign_in = format!("token = {{ file = {file:?} }}");
    account(sandbox, name, "federated-token", ("/apps/0/client_id", &sign_in), "")
}

/// An account of a person who signs in in a browser.
pub(crate) fn by_auth_code(sandbox: &Sandbox, name: &str, more: &str) -> String {
    account(sandbox, name, "auth-code", ("/apps/1/client_id", ""), more)
}

/// An account of a person.
pub(crate) fn by_device_code(sandbox: &Sandbox, name: &str, more: &str) -> String {
    account(sandbox, name, "device-code", ("/apps/1/client_id", ""), more)
}

fn account(sandbox: &Sandbox, name: &str, method: &str, (client, rest): (&str, &str), more: &str) -> String {
    let comma = if rest.is_empty() { "" } else { ", " };
    format!(
        "[[account]]\nname = {name:?}\ntenant = {:?}\ncloud = \"local\"\n\
         sign_in = {{ method = {method:?}, client_id = {:?}{comma}{rest} }}\n{more}\n",
        sandbox.ready("/tenant_id"),
        sandbox.ready(client),
    )
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The elements of a JSON array.
pub(crate) fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

/// A field of every row, as a set.
pub(crate) fn set_of(rows: &[Value], field: &str) -> BTreeSet<String> {
    rows.iter().map(|row| text(&row[field]).to_owned()).collect()
}

/// What the ledger and the sandbox must agree on, call by call.
pub(crate) fn wire(rows: &[Value]) -> BTreeSet<[String; 4]> {
    rows.iter()
        .map(|row| ["client_request_id", "method", "path", "status"].map(|field| row[field].to_string()))
        .collect()
}

/// Fails with what only one of the two knows.
pub(crate) fn assert_ledger_is_the_truth(ledger: &[Value], received: &[Value]) {
    let (ours, theirs) = (wire(ledger), wire(received));
    let only_ours: Vec<_> = ours.difference(&theirs).collect();
    let only_theirs: Vec<_> = theirs.difference(&ours).collect();
    assert!(only_ours.is_empty() && only_theirs.is_empty(), "ledger: {only_ours:#?}\nsandbox: {only_theirs:#?}");
    assert_eq!(ledger.len(), received.len(), "no call stands twice in either");
}

/// Fails with every path at which two states differ.
pub(crate) fn assert_same_state(before: &Value, after: &Value) {
    let mut differences = Vec::new();
    differ(before, after, "", &mut differences);
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

fn differ(before: &Value, after: &Value, place: &str, differences: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let (old, new) = (old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null));
                differ(old, new, &format!("{place}/{name}"), differences);
            }
        }
        (Value::Array(old), Value::Array(new)) if old != new => {
            let gone = old.iter().filter(|one| !new.contains(one)).map(|one| format!("{place}: gone {one}"));
            let more = new.iter().filter(|one| !old.contains(one)).map(|one| format!("{place}: new {one}"));
            differences.extend(gone.chain(more));
        }
        _ if before != after => differences.push(format!("{place}: {before} -> {after}")),
        _ => {}
    }
}
