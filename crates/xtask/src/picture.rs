//! Drawing the demo's screen from a real run: a terminal in tmux, its text with colours, an SVG.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell::{ensure as ensure_program, run};

const SESSION: &str = "graphbeat-picture";
const COLUMNS: &str = "120";
const ROWS: &str = "36";
/// How long the demo runs before its screen is taken.
const DEMO_SECONDS: &str = "40";
const PICTURE: &str = "docs/demo.svg";

pub(crate) fn picture() -> Result<()> {
    ensure_program("tmux", &["tmux"])?;
    run("cargo build --release --locked")?;
    let demo = format!("target/release/graphbeat demo --for {}s", 2 * DEMO_SECONDS.parse::<u32>()?);
    run(&format!("tmux -f /dev/null new-session -d -s {SESSION} -x {COLUMNS} -y {ROWS}"))?;
    let taken = take(&demo);
    run(&format!("tmux kill-session -t {SESSION}"))?;
    let svg = anstyle_svg::Term::new().render_svg(&taken?);
    fs::write(PICTURE, svg).with_context(|| format!("could not write {PICTURE}"))
}

fn take(demo: &str) -> Result<String> {
    tmux(&["send-keys", "-t", SESSION, demo, "Enter"])?;
    run(&format!("sleep {DEMO_SECONDS}"))?;
    tmux(&["capture-pane", "-t", SESSION, "-e", "-p"])
}

fn tmux(arguments: &[&str]) -> Result<String> {
    let output = Command::new("tmux").args(arguments).output().context("could not start tmux")?;
    ensure!(output.status.success(), "tmux {} failed", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
