//! How each judge is made ready: the system's packages, its own, and the command that runs its tests.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::workshop::Workshop;
use crate::shell;

/// Installs what only the system's package manager has. Before the judges start: it allows only one at a time.
pub(super) fn install_system_packages(names: &[&str], folder: &Path) -> Result<()> {
    shell::ensure("python3", &["python3", "python3-venv"])?;
    let trial = folder.join("trial");
    if shell::run(&format!("python3 -m venv --clear {}", trial.display())).is_err() {
        // Debian's Python comes without the part of `venv` that installs pip.
        println!("`python3 -m venv` does not work: installing python3-venv");
        shell::install(&["python3-venv"])?;
    }
    // Only whether it works was asked; what was made of it may stay or not.
    std::fs::remove_dir_all(trial).ok();
    if names.contains(&"node") {
        shell::ensure("chromium", &["chromium"])?;
    }
    if names.contains(&"rust") {
        let headers = Command::new("pkg-config").args(["--exists", "openssl"]).status();
        if !headers.is_ok_and(|status| status.success()) {
            println!("OpenSSL's headers are missing: installing libssl-dev and pkg-config");
            shell::install(&["libssl-dev", "pkg-config"])?;
        }
    }
    if names.contains(&"desktop") {
        for (program, package) in DESKTOP {
            shell::ensure(program, &[package])?;
        }
    }
    Ok(())
}

/// The programs of a desktop that `graphbeat` is tried with, and Debian's packages that bring them.
const DESKTOP: [(&str, &str); 5] = [
    ("dbus-daemon", "dbus-daemon"),
    ("gdbus", "libglib2.0-bin"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    ("secret-tool", "libsecret-tools"),
    ("age", "age"),
];

/// Microsoft's libraries for Python.
pub(super) fn python(workshop: &Workshop) -> Result<Command> {
    pytest(workshop, "judges/python")
}

/// Microsoft's libraries for Node.
pub(super) fn node(workshop: &Workshop) -> Result<Command> {
    script(workshop, "judges/node", "run.mjs")
}

/// CLI for Microsoft 365: large as well.
pub(super) fn cli_microsoft365(workshop: &Workshop) -> Result<Command> {
    script(workshop, "judges/cli-microsoft365", "judge.mjs")
}

fn script(workshop: &Workshop, tests: &str, name: &str) -> Result<Command> {
    let node = workshop.node(tests)?;
    let mut command = Command::new(node.program);
    command.arg(name).current_dir(node.folder);
    Ok(command)
}

/// Libraries for Rust, in a crate outside the workspace with a lock file of its own.
pub(super) fn rust(workshop: &Workshop) -> Result<Command> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--locked", "--manifest-path", "judges/rust/Cargo.toml", "--target-dir"]);
    command.arg(workshop.folder());
    Ok(command)
}

/// Debian's keyring and its `age`.
pub(super) fn desktop(workshop: &Workshop) -> Result<Command> {
    pytest(workshop, "judges/desktop")
}

/// Azure CLI: large, so only where it is asked for.
pub(super) fn azure_cli(workshop: &Workshop) -> Result<Command> {
    pytest(workshop, "judges/azure-cli")
}

fn pytest(workshop: &Workshop, tests: &str) -> Result<Command> {
    let mut command = Command::new(workshop.python(&format!("{tests}/requirements.txt"))?);
    command.args(["-m", "pytest", "-q", "-W", "ignore", "-p", "no:cacheprovider"]).current_dir(tests);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}
