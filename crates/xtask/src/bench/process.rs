//! Programs that are started for a measurement: what they use, and that they end.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Linux counts CPU time for its users in hundredths of a second, whatever the kernel's own clock.
const TICK: Duration = Duration::from_millis(10);
/// How often a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A process that ends with its owner, also when something failed.
pub(super) struct Running(pub(super) Child);

impl Running {
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).spawn();
        Ok(Self(child.with_context(|| format!("could not start {}", command.get_program().display()))?))
    }

    /// Asks it to end as Ctrl-C does, and waits.
    pub(super) fn interrupt(mut self) -> Result<()> {
        crate::shell::run(&format!("kill -INT {}", self.0.id()))?;
        let status = self.0.wait().context("could not wait for its end")?;
        anyhow::ensure!(status.success(), "it ended with {status}");
        Ok(())
    }

    /// Its user and system time so far: the 14th and 15th field.
    pub(super) fn cpu(&self) -> Result<Duration> {
        cpu(&format!("/proc/{}/stat", self.0.id()), 11)
    }

    /// The most memory that it has within `span` from now, in MB.
    pub(super) fn memory_mb(&self, span: Duration) -> Result<f64> {
        let started = Instant::now();
        let mut most = 0;
        while started.elapsed() < span {
            most = most.max(resident_kib(self.0.id())?);
            pause();
        }
        Ok(most as f64 * 1024.0 / 1e6)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// User and system time of all children that have ended and were waited for.
pub(super) fn children_cpu() -> Result<Duration> {
    // After the name come the third and all later fields; `cutime` is the 16th, `cstime` the 17th.
    cpu("/proc/self/stat", 13)
}

/// Two neighbouring counters of CPU time; `skip` fields stand between them and the name.
fn cpu(file: &str, skip: usize) -> Result<Duration> {
    let stat = fs::read_to_string(file).with_context(|| format!("could not read {file}"))?;
    // The name may hold anything.
    let (_, fields) = stat.rsplit_once(')').with_context(|| format!("{file} looks strange"))?;
    let ticks = fields.split_whitespace().skip(skip).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(TICK * ticks)
}

fn resident_kib(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("the process has ended")?;
    Ok(kib.parse()?)
}

#[expect(clippy::disallowed_methods, reason = "it looks at another process, which tells nobody when it changes")]
fn pause() {
    std::thread::sleep(LOOK_EVERY);
}

/// The command of the program with its data directory.
pub(super) fn graphbeat(program: &Path, command: &str, data: &Path) -> Command {
    let mut graphbeat = Command::new(program);
    graphbeat.arg(command).arg("--data").arg(data);
    graphbeat
}
