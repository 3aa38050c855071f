//! How late slots start when the agent is busy, from its ledger.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::agent::Directory;

/// How long the agent runs.
pub(super) const SECONDS: u32 = 20;

/// The lateness of which one slot in a hundred has more, in milliseconds.
pub(super) fn measure(directory: &Directory, program: &Path) -> Result<f64> {
    let mut run = directory.command(program, "run");
    let status = run.args(["--for", &format!("{SECONDS}s")]).stdout(Stdio::null()).status();
    ensure!(status.context("could not start the agent")?.success(), "the agent failed");
    let output = directory.command(program, "log").args(["--output", "json"]).output();
    let output = output.context("could not start `log`")?;
    let calls: Vec<Value> = serde_json::from_slice(&output.stdout).context("`log` is no JSON")?;
    let mut late = calls.iter().filter_map(lateness_ms).collect::<Vec<_>>();
    ensure!(late.len() >= 100, "only {} calls were made", late.len());
    late.sort_unstable();
    println!("      {} calls", late.len());
    Ok(late[late.len() * 99 / 100] as f64)
}

/// From planned to started; a slot's own requests only.
fn lateness_ms(call: &Value) -> Option<i64> {
    let is_of_catalogue = call["operation"].as_str().is_some_and(|id| id.split('.').count() == 3);
    if !is_of_catalogue {
        return None;
    }
    Some(of_day_ms(call["started_at"].as_str()?)? - of_day_ms(call["planned_at"].as_str()?)?)
        .map(|late| if late < 0 { late + 86_400_000 } else { late })
}

/// The time of day of an RFC 3339 time in UTC, in milliseconds.
fn of_day_ms(time: &str) -> Option<i64> {
    let clock = time.split_once('T')?.1.strip_suffix('Z')?;
    let mut parts = clock.split(':');
    let (hours, minutes): (i64, i64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let seconds: f64 = parts.next()?.parse().ok()?;
    Some((hours * 60 + minutes) * 60_000 + (seconds * 1_000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(operation: &str, planned_at: &str, started_at: &str) -> Value {
        json!({"operation": operation, "planned_at": planned_at, "started_at": started_at})
    }

    #[test]
    fn lateness_runs_from_planned_to_started_also_over_midnight() {
        let late = |planned, started| lateness_ms(&call("mail.messages.list", planned, started));
        assert_eq!(late("2026-11-24T12:00:00.000Z", "2026-11-24T12:00:01.005Z"), Some(1_005));
        assert_eq!(late("2026-11-24T23:59:59.990Z", "2026-11-25T00:00:00.010Z"), Some(20));
    }

    #[test]
    fn requests_for_tokens_are_no_slots() {
        let time = "2026-11-24T12:00:00.000Z";
        assert_eq!(lateness_ms(&call("token.client-secret", time, time)), None);
    }
}
