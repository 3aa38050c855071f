//! The figures of `docs/BENCHMARKS.md`: the program against `wrk` on the same server in the same run.

mod agent;
mod figures;
mod lateness;
mod process;
mod sandbox;
mod wrk;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use self::agent::{Accounts, Directory};
use self::figures::{Figure, Figures};
use self::sandbox::Sandbox;
use crate::shell::{ensure, run};

/// Accounts of the check, each for a user of its own.
const CHECK_ACCOUNTS: usize = 1_000;
/// Accounts of the large agent.
const MANY_ACCOUNTS: usize = 10_000;
/// The program may read so many operations at once.
const CONCURRENCY: usize = 64;

/// What the figures have to reach: design §7.
mod target {
    pub(super) const SANDBOX_START_S_MAX: f64 = 2.0;
    pub(super) const SANDBOX_READS_MIN: f64 = 20_000.0;
    pub(super) const RATIO_MIN: f64 = 0.25;
    pub(super) const CPU_US_MAX: f64 = 80.0;
    pub(super) const ROW_BYTES_MAX: f64 = 200.0;
    pub(super) const IDLE_MB_MAX: f64 = 20.0;
    pub(super) const MANY_MB_MAX: f64 = 100.0;
    pub(super) const START_S_MAX: f64 = 1.0;
    pub(super) const LATENESS_MS_MAX: f64 = 50.0;
    pub(super) const BINARY_MB_MAX: f64 = 30.0;
    pub(super) const BUILD_S_MAX: f64 = 360.0;
}

/// Measures and prints. `--build` times a clean release build, too.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    let timed_build = match arguments {
        [] => false,
        [flag] if flag == "--build" => true,
        _ => bail!("usage: cargo xtask bench [--build]"),
    };
    ensure("wrk", &["wrk"])?;
    let target = target_folder()?;
    let mut figures = Figures::default();
    if timed_build {
        figures.add(clean_build(&target)?);
    }
    run("cargo build --release --locked --package graphbeat")?;
    let program = target.join("release/graphbeat");
    let folder = target.join("bench");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("could not empty {}", folder.display()))?;
    }
    let load = fs::read_to_string("/proc/loadavg").context("could not read /proc/loadavg")?;
    println!("load of the machine before: {} (anything else that runs spoils the figures)", load.trim());
    let sandbox = Sandbox::start(&program, &folder.join("sandbox"), CHECK_ACCOUNTS)?;
    let what = "start of the sandbox, 1,000 users";
    figures.add(Figure::at_most(what, sandbox.start_s, "s", target::SANDBOX_START_S_MAX));
    throughput(&program, &folder, &sandbox, &mut figures)?;
    agents(&program, &folder, &sandbox, &mut figures)?;
    drop(sandbox);
    figures.add(Figure::at_most("release binary", size_mb(&program)?, "MB", target::BINARY_MB_MAX));
    figures.print();
    Ok(())
}

/// `check` and `wrk`, one after the other, on the same server.
fn throughput(program: &Path, folder: &Path, sandbox: &Sandbox, figures: &mut Figures) -> Result<()> {
    let accounts = Accounts::of_fifty_reads(CHECK_ACCOUNTS);
    let token = sandbox.token()?;
    let user = sandbox.users.first().context("the sandbox has no user")?;
    println!("one account, to warm up and to learn which paths it reads");
    let one = Directory::create(&folder.join("warm-up"), sandbox, &Accounts { count: 1, ..accounts })?;
    one.check(program, CONCURRENCY)?;
    let paths = sandbox.paths_read()?;
    println!("wrk: one read");
    let simple = wrk::run(sandbox, &token, &[format!("/v1.0/users/{user}?$select=id")], folder)?;
    println!("wrk: the {} reads of the check", paths.len());
    let mix = wrk::run(sandbox, &token, &paths, folder)?;
    println!("check: {CHECK_ACCOUNTS} accounts, {} operations each", agent::OPERATIONS.len());
    let directory = Directory::create(&folder.join("check"), sandbox, &accounts)?;
    let before = sandbox.running.cpu()?;
    let check = directory.check(program, CONCURRENCY)?;
    let server_us = (sandbox.running.cpu()? - before).as_secs_f64() * 1e6 / check.calls as f64;
    println!("      {}", check.verdicts);
    let what = "`wrk`, one read of the sandbox";
    figures.add(Figure::at_least(what, simple.round(), "requests/s", target::SANDBOX_READS_MIN));
    figures.add(Figure::plain("`wrk`, the reads of the check", mix.round(), "requests/s"));
    figures.add(Figure::plain("`check`", check.calls_per_s().round(), "calls/s"));
    let ratio = check.calls_per_s() / simple;
    figures.add(Figure::at_least("`check` against `wrk`, one read", ratio, "", target::RATIO_MIN));
    let ratio = check.calls_per_s() / mix;
    figures.add(Figure::at_least("`check` against `wrk`, the same reads", ratio, "", target::RATIO_MIN));
    figures.add(Figure::at_most("CPU of `check` for a call", check.cpu_us_per_call(), "µs", target::CPU_US_MAX));
    figures.add(Figure::plain("CPU of the sandbox for the same call", server_us, "µs"));
    let bytes = directory.ledger_bytes()? as f64 / check.calls as f64;
    figures.add(Figure::at_most("SQLite for a call", bytes, "bytes", target::ROW_BYTES_MAX));
    Ok(())
}

/// The agent: idle, large, and busy.
fn agents(program: &Path, folder: &Path, sandbox: &Sandbox, figures: &mut Figures) -> Result<()> {
    println!("run: one account");
    let idle = Directory::create(&folder.join("idle"), sandbox, &Accounts::of_fifty_reads(1))?.run(program)?;
    figures.add(Figure::at_most("memory of `run`, one idle account", idle.memory_mb, "MB", target::IDLE_MB_MAX));
    println!("run: {MANY_ACCOUNTS} accounts");
    let many = Accounts { count: MANY_ACCOUNTS, classes: &["all"], operations: &[], cover_every: "24h" };
    let many = Directory::create(&folder.join("many"), sandbox, &many)?.run(program)?;
    let what = "memory of `run`, 10,000 accounts × 100 operations";
    figures.add(Figure::at_most(what, many.memory_mb, "MB", target::MANY_MB_MAX));
    let what = "start of `run`, 10,000 accounts × 100 operations";
    figures.add(Figure::at_most(what, many.start_s, "s", target::START_S_MAX));
    println!("run: {CHECK_ACCOUNTS} accounts, 500 calls/s, for {} s", lateness::SECONDS);
    // 1,000 accounts × 50 operations in 100 s.
    let busy = Accounts { cover_every: "100s", ..Accounts::of_fifty_reads(CHECK_ACCOUNTS) };
    let busy = Directory::create(&folder.join("busy"), sandbox, &busy)?;
    let late = lateness::measure(&busy, program)?;
    figures.add(Figure::at_most("lateness of a slot at 500 calls/s, 99 %", late, "ms", target::LATENESS_MS_MAX));
    Ok(())
}

/// How long a newcomer waits, all dependencies included.
fn clean_build(target: &Path) -> Result<Figure> {
    let folder = target.join("bench-build");
    let folder_name = folder.to_str().context("the target folder's name is no text")?;
    let started = Instant::now();
    run(&format!("cargo build --release --locked --package graphbeat --target-dir {folder_name}"))?;
    let seconds = started.elapsed().as_secs_f64();
    fs::remove_dir_all(&folder).with_context(|| format!("could not remove {}", folder.display()))?;
    Ok(Figure::at_most("clean release build", seconds, "s", target::BUILD_S_MAX))
}

/// Where cargo builds: this program lies in it.
fn target_folder() -> Result<PathBuf> {
    let own = std::env::current_exe().context("could not learn where this program is")?;
    own.parent().and_then(Path::parent).map(Path::to_owned).context("this program is in no target folder")
}

fn size_mb(file: &Path) -> Result<f64> {
    let bytes = fs::metadata(file).with_context(|| format!("could not look at {}", file.display()))?.len();
    Ok(bytes as f64 / 1e6)
}
