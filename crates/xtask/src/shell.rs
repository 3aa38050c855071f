//! Running commands, and installing what they need.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs a command line (words separated by spaces) and fails if it does.
pub(crate) fn run(line: &str) -> Result<()> {
    run_with(line, &[])
}

/// Runs a command line with variables set.
pub(crate) fn run_with(line: &str, variables: &[(&str, &str)]) -> Result<()> {
    println!("$ {line}");
    let mut words = line.split(' ');
    let program = words.next().context("an empty command")?;
    let status = Command::new(program)
        .args(words)
        .envs(variables.iter().copied())
        .status()
        .with_context(|| format!("could not start `{line}`"))?;
    anyhow::ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// Where cargo builds for a workspace.
pub(crate) fn target_folder(workspace: &Path) -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "cargo's own setting of where it builds")]
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    chosen.unwrap_or_else(|| workspace.join("target"))
}

/// Whether a program is on the path.
pub(crate) fn is_there(program: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "a program of its own that looks for others")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

/// Installs Debian's packages where a program is missing, and says so.
pub(crate) fn ensure(program: &str, packages: &[&str]) -> Result<()> {
    if is_there(program) {
        return Ok(());
    }
    if !is_there("apt-get") {
        bail!("`{program}` is missing: install {} with your system's package manager", packages.join(" "));
    }
    println!("`{program}` is missing: installing {} with apt-get", packages.join(" "));
    install(packages)
}

/// Installs Debian's packages.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    run_with("apt-get update -q", &[("DEBIAN_FRONTEND", "noninteractive")])?;
    run_with(&format!("apt-get install -y -q {}", packages.join(" ")), &[("DEBIAN_FRONTEND", "noninteractive")])
}
