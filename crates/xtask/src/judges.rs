//! The independent judges: programs that are not ours, run unmodified against the sandbox.
//!
//! Everything that they need is installed into `target/judges`; the versions are pinned in `judges/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell;

/// The oldest Node that Microsoft's libraries run on.
const NODE_MAJOR_MIN: u32 = 20;

/// Installs and runs them all, and says what ran; fails if one of them finds a fault.
pub(crate) fn judges() -> Result<()> {
    shell::ensure("python3", &["python3", "python3-venv"])?;
    shell::ensure("node", &["nodejs", "npm"])?;
    shell::ensure("npm", &["npm"])?;
    check_node()?;
    let folder = std::env::current_dir()?.join("target/judges");
    std::fs::create_dir_all(&folder).context("could not make target/judges")?;
    shell::run("cargo build --locked -p graphbeat")?;
    let binary = folder.parent().map(built_binary).context("there is no target folder")?;
    let python = python(&folder)?;
    let node = node(&folder)?;
    let outcomes = [
        ("Python: msal, azure-identity, msgraph-sdk, PyJWT", ran(python, &binary)?),
        ("Node: @azure/msal-node, @azure/identity, @microsoft/microsoft-graph-client", ran(node, &binary)?),
    ];
    for (name, passed) in outcomes {
        println!("{} {name}", if passed { "passed" } else { "FAILED" });
    }
    ensure!(outcomes.iter().all(|(_, passed)| *passed), "a judge found a fault");
    Ok(())
}

/// The binary that was just built, wherever cargo puts it.
fn built_binary(target: &Path) -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "cargo's own setting of where it builds")]
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    chosen.unwrap_or_else(|| target.to_owned()).join("debug/graphbeat")
}

fn check_node() -> Result<()> {
    let output = Command::new("node").arg("--version").output().context("could not start node")?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(
        major.is_some_and(|major| major >= NODE_MAJOR_MIN),
        "node {version} is too old for Microsoft's libraries: install {NODE_MAJOR_MIN} or later"
    );
    Ok(())
}

/// An environment with the pinned packages, and the command that runs the tests in it.
fn python(folder: &Path) -> Result<Command> {
    let environment = folder.join("python");
    let python = environment.join("bin/python");
    if !python.is_file() && venv(&environment).is_err() {
        // Debian's Python comes without the part of `venv` that installs pip.
        println!("`python3 -m venv` does not work: installing python3-venv");
        shell::install(&["python3-venv"])?;
        venv(&environment)?;
    }
    let python = python.display();
    shell::run(&format!(
        "{python} -m pip install --quiet --disable-pip-version-check -r judges/python/requirements.txt"
    ))?;
    let mut command = Command::new(environment.join("bin/python"));
    command.args(["-m", "pytest", "-q", "-W", "ignore", "-p", "no:cacheprovider"]).current_dir("judges/python");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

fn venv(environment: &Path) -> Result<()> {
    shell::run(&format!("python3 -m venv --clear {}", environment.display()))
}

/// A copy of the tests beside their packages, and the command that runs them.
fn node(folder: &Path) -> Result<Command> {
    let folder = folder.join("node");
    std::fs::create_dir_all(&folder).context("could not make a folder for the Node judges")?;
    for entry in std::fs::read_dir("judges/node").context("could not read judges/node")? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    shell::run(&format!("npm ci --prefix {} --no-audit --no-fund --ignore-scripts", folder.display()))?;
    let mut command = Command::new("node");
    command.arg("run.mjs").current_dir(folder);
    Ok(command)
}

fn ran(mut command: Command, binary: &Path) -> Result<bool> {
    println!("$ {command:?}");
    let status = command.env("GRAPHBEAT", binary).status().context("could not start a judge")?;
    Ok(status.success())
}
