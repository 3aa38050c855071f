//! The independent judges: programs that are not ours, run unmodified against the sandbox.
//!
//! Everything that they need is installed into `target/judges`; the versions are pinned in `judges/`.
//! Nothing is skipped: what cannot be installed or started is a failure.

mod tools;
mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use self::workshop::Workshop;
use crate::shell;

/// So many are installed and run at the same time.
const AT_ONCE: usize = 2;

/// A judge: what it is asked for by, whose work it is, and how it is made ready to run.
struct Judge {
    name: &'static str,
    programs: &'static str,
    /// Whether it belongs to a run that names no judge.
    is_usual: bool,
    prepare: fn(&Workshop) -> Result<Command>,
}

const JUDGES: [Judge; 6] = [
    Judge {
        name: "python",
        programs: "msal, azure-identity, msgraph-sdk, PyJWT",
        is_usual: true,
        prepare: tools::python,
    },
    Judge {
        name: "node",
        programs: "@azure/msal-node, @azure/identity, @microsoft/microsoft-graph-client, @microsoft/microsoft-graph-types, Chromium by playwright-core",
        is_usual: true,
        prepare: tools::node,
    },
    Judge { name: "rust", programs: "graph-rs-sdk, azure_identity", is_usual: true, prepare: tools::rust },
    Judge { name: "desktop", programs: "gnome-keyring, secret-tool, age", is_usual: true, prepare: tools::desktop },
    Judge { name: "azure-cli", programs: "az, through the proxy", is_usual: false, prepare: tools::azure_cli },
    Judge {
        name: "cli-microsoft365",
        programs: "m365, through the proxy",
        is_usual: false,
        prepare: tools::cli_microsoft365,
    },
];

/// The judges that CI runs.
pub(crate) const OF_CI: [&str; 3] = ["python", "node", "desktop"];

/// `cargo xtask judges [--all | NAME…]`.
pub(crate) fn judges(arguments: &[String]) -> Result<()> {
    let chosen = choose(arguments)?;
    shell::ensure("cc", &["gcc", "libc6-dev"])?;
    shell::run("cargo build --locked -p graphbeat")?;
    run(&chosen)
}

/// Those that CI runs, on the binary that its tests have built.
pub(crate) fn of_ci() -> Result<()> {
    run(&choose(&OF_CI.map(str::to_owned))?)
}

fn choose(arguments: &[String]) -> Result<Vec<&'static Judge>> {
    if matches!(arguments, [all] if all == "--all") {
        return Ok(JUDGES.iter().collect());
    }
    let names = JUDGES.map(|judge| judge.name);
    if let Some(unknown) = arguments.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("there is no judge `{unknown}`: name some of {}, or --all", names.join(", "));
    }
    let is_chosen = |judge: &&Judge| match arguments {
        [] => judge.is_usual,
        _ => arguments.iter().any(|name| name == judge.name),
    };
    Ok(JUDGES.iter().filter(is_chosen).collect())
}

/// Installs and runs them, some at the same time, and says what ran; fails if one of them finds a fault.
fn run(chosen: &[&Judge]) -> Result<()> {
    let target = std::env::current_dir()?.join("target");
    let binary = built_binary(&target);
    ensure!(binary.is_file(), "{} is missing: run `cargo build -p graphbeat`", binary.display());
    let folder = target.join("judges");
    fs::create_dir_all(&folder).context("could not make target/judges")?;
    tools::install_system_packages(&chosen.iter().map(|judge| judge.name).collect::<Vec<_>>(), &folder)?;
    let mut failed = Vec::new();
    for some in chosen.chunks(AT_ONCE) {
        let names: Vec<_> = some.iter().map(|judge| judge.name).collect();
        println!("installing and running {}; what they print follows as each ends", names.join(" and "));
        std::thread::scope(|scope| {
            let running: Vec<_> =
                some.iter().map(|judge| (judge, scope.spawn(|| heard(judge, &folder, &binary)))).collect();
            for (judge, run) in running {
                let outcome = run.join().unwrap_or_else(|_| bail!("its thread broke"));
                if !told(judge, outcome, &folder) {
                    failed.push(judge.name);
                }
            }
        });
    }
    ensure!(failed.is_empty(), "these judges found a fault: {}", failed.join(", "));
    Ok(())
}

/// One judge from its packages to its last test, everything that it prints kept in its log.
fn heard(judge: &Judge, folder: &Path, binary: &Path) -> Result<()> {
    let workshop = Workshop::open(folder, judge.name)?;
    let mut command = (judge.prepare)(&workshop)?;
    workshop.run(command.env("GRAPHBEAT", binary))
}

/// Prints a judge's log and how it ended; whether all was well.
fn told(judge: &Judge, outcome: Result<()>, folder: &Path) -> bool {
    let log = fs::read_to_string(workshop::log_of(folder, judge.name)).unwrap_or_default();
    println!("── {} ({})\n{}", judge.name, judge.programs, log.trim_end());
    match outcome {
        Ok(()) => println!("passed: {}", judge.name),
        Err(ref error) => println!("FAILED: {} ({error:#})", judge.name),
    }
    outcome.is_ok()
}

/// The binary that was just built, wherever cargo puts it.
fn built_binary(target: &Path) -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "cargo's own setting of where it builds")]
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    chosen.unwrap_or_else(|| target.to_owned()).join("debug/graphbeat")
}
