//! The owner's own Azure CLI as a hand: each command is shown, and runs after a yes. No shell runs it.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use graphbeat_base::{plain_text, redact_addresses};
use graphbeat_config::Cloud;
use graphbeat_core::Language;
use graphbeat_entra::registration::{GraphCall, Hand, HandError};
use serde_json::Value;
use tokio::process::Command;

use super::endpoints;
use crate::printer::notice;
use crate::texts::say;

/// The program's name.
const PROGRAM: &str = if cfg!(windows) { "az.cmd" } else { "az" };
/// Real time for one command: `az` itself needs seconds to start.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(120);
/// The longest body in an argument: systems limit a command line, Windows the most.
const BODY_BYTES_MAX: usize = 24 * 1024;
/// The longest of its answers that is read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest of its complaints that is shown.
const MESSAGE_CHARS_MAX: usize = 300;

/// Runs `az rest`.
pub(crate) struct AzureCli {
    cloud: Cloud,
    agreed: bool,
    language: Language,
}

/// Whether the program can be started at all.
pub(crate) async fn azure_cli_is_there() -> bool {
    let run = Command::new(PROGRAM)
        .args(["version", "--output", "none"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    matches!(tokio::time::timeout(COMMAND_TIME_MAX, run).await, Ok(Ok(status)) if status.success())
}

impl AzureCli {
    /// `agreed`: every command was agreed to before.
    pub(crate) fn new(cloud: Cloud, agreed: bool, language: Language) -> Self {
        Self { cloud, agreed, language }
    }

    fn arguments(&self, call: &GraphCall) -> Result<Vec<String>, HandError> {
        let url = call.url(&endpoints(&self.cloud)).ok_or(HandError::Unreadable { status: 0 })?;
        let resource = self.cloud.graph_resource.clone();
        let mut arguments: Vec<String> = ["rest", "--method"].map(str::to_owned).to_vec();
        arguments.extend([call.method.as_str().to_ascii_lowercase(), "--url".to_owned(), url.to_string()]);
        arguments.extend(["--resource".to_owned(), resource]);
        if let Some(body) = &call.body {
            let body = body.to_string();
            if body.len() > BODY_BYTES_MAX {
                return Err(HandError::Tool("the request is too long for a command line".to_owned()));
            }
            arguments.extend(["--headers".to_owned(), "Content-Type=application/json".to_owned()]);
            arguments.extend(["--body".to_owned(), body]);
        }
        arguments.extend(["--output", "json", "--only-show-errors"].map(str::to_owned));
        Ok(arguments)
    }

    async fn agree(&self, arguments: &[String]) -> bool {
        notice(&format!("$ {}", shown(arguments)));
        if self.agreed {
            return true;
        }
        let language = self.language;
        tokio::task::spawn_blocking(move || crate::commands::ask::yes(&say!("registrar-run"), language))
            .await
            .is_ok_and(|answer| answer.unwrap_or(false))
    }
}

#[async_trait]
impl Hand for AzureCli {
    async fn send(&self, call: &GraphCall) -> Result<Value, HandError> {
        let arguments = self.arguments(call)?;
        if !self.agree(&arguments).await {
            return Err(HandError::Declined);
        }
        let run = Command::new(PROGRAM).args(&arguments).stdin(Stdio::null()).kill_on_drop(true).output();
        let tool = |why: String| HandError::Tool(why);
        let output = tokio::time::timeout(COMMAND_TIME_MAX, run)
            .await
            .map_err(|_| tool("`az` did not end in time".to_owned()))?
            .map_err(|error| tool(format!("`az` could not be started ({error})")))?;
        if !output.status.success() {
            return Err(refusal(&String::from_utf8_lossy(&output.stderr)));
        }
        if output.stdout.len() > ANSWER_BYTES_MAX {
            return Err(tool("the answer of `az` is too long".to_owned()));
        }
        if output.stdout.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout).map_err(|_| tool("the answer of `az` is no JSON".to_owned()))
    }
}

/// The command as a person could type it.
pub(crate) fn shown(arguments: &[String]) -> String {
    let mut text = "az".to_owned();
    for argument in arguments {
        let plain = argument.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@".contains(c));
        let quoted = if plain { argument.clone() } else { format!("'{}'", argument.replace('\'', "'\\''")) };
        // Writing into a text does not fail.
        let _ = write!(text, " {quoted}");
    }
    text
}

/// `ERROR: Not Found({"error":{"code":…}})`
fn refusal(stderr: &str) -> HandError {
    let words = [
        ("Bad Request", 400),
        ("Unauthorized", 401),
        ("Forbidden", 403),
        ("Not Found", 404),
        ("Conflict", 409),
        ("Too Many Requests", 429),
        ("Service Unavailable", 503),
    ];
    let status = words.iter().find(|(word, _)| stderr.contains(word)).map_or(0, |(_, status)| *status);
    let body = stderr.find('{').and_then(|start| {
        let mut values = serde_json::Deserializer::from_str(stderr.get(start..)?).into_iter::<Value>();
        values.next()?.ok()
    });
    let Some(body) = body.filter(|body| body["error"].is_object()) else {
        let line = stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("`az` failed without a word");
        return HandError::Tool(redact_addresses(&plain_text(line, MESSAGE_CHARS_MAX)));
    };
    let text = |member: &str| {
        redact_addresses(&plain_text(body["error"][member].as_str().unwrap_or_default(), MESSAGE_CHARS_MAX))
    };
    HandError::Refused { status, code: text("code"), message: text("message"), retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_graph_s_is_read_out_of_what_the_tool_says() {
        let text = "ERROR: Not Found({\"error\":{\"code\":\"Request_ResourceNotFound\",\"message\":\"gone\"}})\n";
        assert!(refusal(text).is_not_found());
        assert!(matches!(refusal("ERROR: Please run 'az login'"), HandError::Tool(text) if text.contains("az login")));
    }

    #[test]
    fn a_command_is_shown_as_it_could_be_typed() {
        let arguments = ["rest", "--body", "{\"a\":\"it's\"}"].map(str::to_owned);
        assert_eq!(shown(&arguments), "az rest --body '{\"a\":\"it'\\''s\"}'");
    }
}
