//! `wrk` on the sandbox, over HTTPS with the same token.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::sandbox::Sandbox;

/// Two threads for two cores, as many connections as `check` has requests, ten seconds.
const ARGUMENTS: [&str; 3] = ["-t2", "-c64", "-d10s"];

/// Requests per second of reads of these paths in turn.
pub(super) fn run(sandbox: &Sandbox, token: &str, paths: &[String], folder: &Path) -> Result<f64> {
    let script = folder.join("wrk.lua");
    fs::write(&script, lua(token, paths)).with_context(|| format!("could not write {}", script.display()))?;
    let output = Command::new("wrk")
        .args(ARGUMENTS)
        .arg("-s")
        .arg(&script)
        .arg(&sandbox.graph_url)
        .output()
        .context("could not start wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk failed: {text}{}", String::from_utf8_lossy(&output.stderr));
    requests_per_s(&text)
}

/// The requests are made once, before the clock runs.
fn lua(token: &str, paths: &[String]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| format!("{path:?}")).collect();
    format!(
        "local paths = {{{}}}\nlocal made, next = {{}}, 0\n\
         wrk.headers[\"Authorization\"] = \"Bearer {token}\"\n\
         init = function() for i, path in ipairs(paths) do made[i] = wrk.format(\"GET\", path) end end\n\
         request = function() next = next % #made + 1 return made[next] end\n",
        paths.join(", ")
    )
}

fn requests_per_s(report: &str) -> Result<f64> {
    ensure!(!report.contains("Non-2xx"), "the sandbox refused requests of wrk:\n{report}");
    let line = report.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    Ok(line.with_context(|| format!("wrk's report looks strange:\n{report}"))?.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_the_report_and_refusals_are_an_error() {
        let report = "Running 10s test\n  100 requests in 10.00s\nRequests/sec:  12034.56\nTransfer/sec:  3MB\n";
        assert!((requests_per_s(report).expect("a rate") - 12_034.56).abs() < 1e-9);
        assert!(requests_per_s(&format!("{report}  Non-2xx or 3xx responses: 100\n")).is_err());
        assert!(requests_per_s("unable to connect").is_err());
    }
}
