//! The server of the benchmark: `graphbeat sandbox`, without limits.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::process::{Running, graphbeat};

/// A sandbox that ends with its owner.
pub(super) struct Sandbox {
    pub(super) tenant: String,
    pub(super) login_url: String,
    pub(super) graph_url: String,
    pub(super) ca_file: PathBuf,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// How long it took until it was ready.
    pub(super) start_s: f64,
    /// The ids of all users.
    pub(super) users: Vec<String>,
    /// The address of plain HTTP.
    plain: String,
    /// The process.
    pub(super) running: Running,
}

impl Sandbox {
    /// Starts it with `users` users.
    pub(super) fn start(program: &Path, folder: &Path, users: usize) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        let mut command = graphbeat(program, "sandbox", folder);
        command.args(["--throttle", "none", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        command.args(["--users", &users.to_string()]).stdout(Stdio::piped());
        let started = Instant::now();
        let mut running = Running::start(&mut command)?;
        let output = running.0.stdout.take().context("the sandbox has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).context("could not read the sandbox's first line")?;
        let start_s = started.elapsed().as_secs_f64();
        let ready: Value = serde_json::from_str(&line).context("the sandbox did not start")?;
        let text = |pointer: &str| {
            let found = ready.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            found.with_context(|| format!("the sandbox's first line has no {pointer}"))
        };
        let users = ready["users"].as_array().into_iter().flatten();
        let plain = text("/http_graph_url")?;
        Ok(Self {
            tenant: text("/tenant_id")?,
            login_url: text("/login_url")?,
            graph_url: text("/graph_url")?,
            ca_file: text("/ca_file")?.into(),
            client_id: text("/apps/0/client_id")?,
            client_secret: text("/apps/0/client_secret")?,
            start_s,
            users: users.filter_map(|user| Some(user["id"].as_str()?.to_owned())).collect(),
            plain: plain.trim_start_matches("http://").to_owned(),
            running,
        })
    }

    /// A token of the application.
    pub(super) fn token(&self) -> Result<String> {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
            self.client_id,
            escaped(&self.client_secret)
        );
        let head = format!(
            "POST /{}/oauth2/v2.0/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n",
            self.tenant,
            form.len()
        );
        let answer = self.ask(&head, &form)?;
        let token = answer["access_token"].as_str();
        Ok(token.with_context(|| format!("the sandbox gave no token: {answer}"))?.to_owned())
    }

    /// The paths of Graph that were read so far, with their queries; none that failed.
    pub(super) fn paths_read(&self) -> Result<Vec<String>> {
        let answer = self.ask("GET /_sandbox/requests HTTP/1.1\r\n", "")?;
        let requests = answer["requests"].as_array().context("the sandbox told no requests")?;
        let reads = requests.iter().filter(|one| one["method"] == "GET" && one["status"] == 200);
        let paths = reads.filter_map(|one| {
            let path = one["path"].as_str().filter(|path| path.starts_with("/v1.0/"))?;
            Some(match one["query"].as_str().filter(|query| !query.is_empty()) {
                Some(query) => format!("{path}?{query}"),
                None => path.to_owned(),
            })
        });
        let paths: BTreeSet<String> = paths.collect();
        ensure!(!paths.is_empty(), "nothing was read");
        Ok(paths.into_iter().collect())
    }

    /// One request by hand: the answer is read to the connection's end.
    fn ask(&self, head: &str, body: &str) -> Result<Value> {
        let mut stream = TcpStream::connect(&self.plain).context("could not connect to the sandbox")?;
        write!(stream, "{head}Host: {}\r\nConnection: close\r\n\r\n{body}", self.plain)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).context("could not read the sandbox's answer")?;
        let start =
            answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("the answer has no end of its head")?;
        serde_json::from_slice(&answer[start + 4..]).context("the sandbox's answer is no JSON")
    }
}

/// A value of a form.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_would_misread_is_escaped() {
        assert_eq!(escaped("aZ0-._~"), "aZ0-._~");
        assert_eq!(escaped("a+b=c&ä"), "a%2Bb%3Dc%26%C3%A4");
    }
}
