//! Fuzzing: libFuzzer over the targets of `graphbeat-fuzz`, with the stable compiler.
//!
//! All targets run side by side for the given time. What was found new is merged into the kept corpus.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::shell;

const MINUTES: u32 = 10;
/// An input that takes longer has found something; all targets share the machine's cores.
const INPUT_SECONDS_MAX: u32 = 30;
const MEMORY_MB_MAX: u32 = 2_048;
const INPUT_BYTES_MAX: u32 = 4_096;
const USAGE: &str = "usage: cargo xtask fuzz [--minutes N] [--target NAME]";

/// What the command line asks for.
struct Plan {
    minutes: u32,
    target: Option<String>,
}

/// The built programs, and where they work.
struct Workshop {
    fuzzer: PathBuf,
    corpus: PathBuf,
    folder: PathBuf,
}

/// Builds, runs all targets, keeps what they found; fails if one of them found a fault.
pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let plan = Plan::read(arguments)?;
    shell::ensure("g++", &["g++"])?;
    let workshop = Workshop::build()?;
    let mut targets = workshop.targets()?;
    if let Some(only) = &plan.target {
        targets.retain(|target| target == only);
        ensure!(!targets.is_empty(), "there is no target `{only}`");
    }
    let running = targets.iter().map(|target| workshop.start(target, plan.minutes)).collect::<Result<Vec<_>>>()?;
    let mut clean = true;
    for (target, mut fuzzer) in targets.iter().zip(running) {
        let ended = fuzzer.wait().with_context(|| format!("could not wait for {target}"))?;
        println!("{} {target}: {}", if ended.success() { "clean " } else { "FOUND " }, workshop.last_words(target)?);
        clean &= ended.success();
    }
    for target in &targets {
        workshop.keep(target)?;
    }
    ensure!(clean, "a target found a fault: its input is in {}", workshop.folder.display());
    Ok(())
}

impl Plan {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut plan = Self { minutes: MINUTES, target: None };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let value = words.next().context(USAGE)?;
            match word.as_str() {
                "--minutes" => plan.minutes = value.parse().context(USAGE)?,
                "--target" => plan.target = Some(value.clone()),
                _ => bail!(USAGE),
            }
        }
        Ok(plan)
    }
}

impl Workshop {
    /// Only our own crates are watched, so libraries are compiled as always.
    fn build() -> Result<Self> {
        let here = std::env::current_dir()?;
        let wrapper = here.join("crates/graphbeat-fuzz/instrument.sh");
        let wrapper = wrapper.to_str().context("the folder's name is no text")?;
        shell::run_with(
            "cargo build --profile fuzz --locked -p graphbeat-fuzz --features libfuzzer --bin graphbeat-fuzz",
            &[("RUSTC_WORKSPACE_WRAPPER", wrapper)],
        )?;
        // Without the watching, which only the fuzzer's own library can link.
        shell::run("cargo build --locked -p graphbeat-fuzz --bin graphbeat-corpus")?;
        let built = shell::target_folder(&here);
        let folder = built.join("fuzzing");
        Ok(Self { fuzzer: built.join("fuzz/graphbeat-fuzz"), corpus: built.join("debug/graphbeat-corpus"), folder })
    }

    fn targets(&self) -> Result<Vec<String>> {
        let output = Command::new(&self.corpus).arg("targets").output().context("could not list the targets")?;
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    }

    /// Starts one target on the seeds, the kept corpus, and what earlier runs left.
    fn start(&self, target: &str, minutes: u32) -> Result<Child> {
        let (inputs, findings) = (self.inputs(target), self.folder.join(target).join("findings"));
        fs::create_dir_all(&findings).with_context(|| format!("could not make {}", findings.display()))?;
        self.corpus("unpack", target, &inputs)?;
        let log = fs::File::create(self.log(target)).context("could not make a log")?;
        println!("fuzzing {target} for {minutes} min; log: {}", self.log(target).display());
        let mut command = self.fuzzer(target);
        command
            .arg(&inputs)
            .arg(format!("-max_total_time={}", 60 * minutes))
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .arg("-print_final_stats=1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command.spawn().with_context(|| format!("could not start {}", self.fuzzer.display()))
    }

    /// The smallest set that covers what all inputs cover becomes the kept corpus.
    fn keep(&self, target: &str) -> Result<()> {
        let merged = self.folder.join(target).join("merged");
        if merged.exists() {
            fs::remove_dir_all(&merged).with_context(|| format!("could not empty {}", merged.display()))?;
        }
        fs::create_dir_all(&merged)?;
        let mut command = self.fuzzer(target);
        command.arg("-merge=1").arg(&merged).arg(self.inputs(target)).stderr(Stdio::null()).stdout(Stdio::null());
        ensure!(command.status().context("could not start a merge")?.success(), "the merge of {target} failed");
        self.corpus("pack", target, &merged)
    }

    fn fuzzer(&self, target: &str) -> Command {
        let mut command = Command::new(&self.fuzzer);
        command
            .env("GRAPHBEAT_FUZZ_TARGET", target)
            .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
            .arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"))
            .arg(format!("-max_len={INPUT_BYTES_MAX}"));
        command
    }

    fn corpus(&self, act: &str, target: &str, folder: &Path) -> Result<()> {
        let status = Command::new(&self.corpus).args([act, target]).arg(folder).status();
        ensure!(
            status.context("could not start graphbeat-corpus")?.success(),
            "could not {act} the corpus of {target}"
        );
        Ok(())
    }

    fn inputs(&self, target: &str) -> PathBuf {
        self.folder.join(target).join("inputs")
    }

    fn log(&self, target: &str) -> PathBuf {
        self.folder.join(target).join("log.txt")
    }

    /// What the fuzzer said of its end.
    fn last_words(&self, target: &str) -> Result<String> {
        let log = fs::read(self.log(target)).context("could not read a log")?;
        let log = String::from_utf8_lossy(&log);
        let says = |start: &str| log.lines().rev().find(|line| line.starts_with(start)).unwrap_or_default().to_owned();
        Ok(format!("{} {}", says("Done "), says("SUMMARY")).trim().to_owned())
    }
}
