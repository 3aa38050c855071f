//! Where a judge is made ready: its folder in `target/judges`, its log, and how packages get there.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// One judge's folder and log.
pub(super) struct Workshop {
    /// `target/judges`, which all share.
    shared: PathBuf,
    name: &'static str,
    log: File,
}

/// Where a judge's output is kept.
pub(super) fn log_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

impl Workshop {
    /// Begins a new log.
    pub(super) fn open(shared: &Path, name: &'static str) -> Result<Self> {
        let log = File::create(log_of(shared, name)).context("could not make a judge's log")?;
        Ok(Self { shared: shared.to_owned(), name, log })
    }

    /// The judge's own folder.
    pub(super) fn folder(&self) -> PathBuf {
        self.shared.join(self.name)
    }

    /// Runs a command whose output goes to the log, and fails if it does.
    pub(super) fn run(&self, command: &mut Command) -> Result<()> {
        use std::io::Write as _;
        writeln!(&self.log, "$ {}", line(command)).context("could not write a judge's log")?;
        let status = command
            .stdin(Stdio::null())
            .stdout(self.log.try_clone()?)
            .stderr(self.log.try_clone()?)
            .status()
            .with_context(|| format!("could not start `{}`", line(command)))?;
        ensure!(status.success(), "`{}` failed ({status})", line(command));
        Ok(())
    }

    /// An environment of Python's own with the pinned packages; its interpreter.
    pub(super) fn python(&self, requirements: &str) -> Result<PathBuf> {
        self.environment(&self.folder(), requirements)
    }

    fn environment(&self, folder: &Path, requirements: &str) -> Result<PathBuf> {
        let python = folder.join("bin/python");
        if !python.is_file() {
            self.run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        }
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "-q", "-r"]);
        self.run(install.arg(requirements))?;
        let mut list = Command::new(&python);
        self.run(list.args(["-m", "pip", "list", "--disable-pip-version-check", "--format=freeze"]))?;
        Ok(python)
    }

    /// A copy of a folder of tests beside the packages that its lock file names, and Node to run them.
    pub(super) fn node(&self, tests: &str) -> Result<Node> {
        let folder = self.folder();
        copy(Path::new(tests), &folder)?;
        let runtime =
            self.environment(&self.shared.join(format!("{}-runtime", self.name)), "judges/node/runtime.txt")?;
        let bin = runtime.parent().context("an interpreter lies in a folder")?.to_owned();
        let mut install = Command::new(bin.join("npm"));
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
        self.run(&mut install)?;
        let mut list = Command::new(bin.join("npm"));
        self.run(list.args(["ls", "--depth=0"]).current_dir(&folder))?;
        Ok(Node { folder, program: bin.join("node") })
    }
}

/// A folder with Node's packages, and the Node that belongs to it.
pub(super) struct Node {
    pub(super) folder: PathBuf,
    pub(super) program: PathBuf,
}

/// Copies a folder's files and folders; installed packages stay where they are.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(name))?;
        } else if name != "node_modules" {
            copy(&entry.path(), &to.join(name))?;
        }
    }
    Ok(())
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
