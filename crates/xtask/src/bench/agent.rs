//! The program that is measured: its data directory, `check` and `run`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::process::{Running, children_cpu, graphbeat};
use super::sandbox::Sandbox;

/// Fifty reads of what an account's user has, and of the tenant. Reports are left out: each is a
/// download with a line for every user, so that the server's work would drown everything else.
pub(super) const OPERATIONS: &[&str] = &[
    "calendar.calendars.get",
    "calendar.calendars.list",
    "calendar.default.get",
    "calendar.events.get",
    "calendar.events.list",
    "calendar.groups.list",
    "calendar.view.list",
    "contacts.contacts.get",
    "contacts.contacts.list",
    "contacts.folders.list",
    "directory.devices.list",
    "directory.domains.list",
    "directory.organization.get",
    "directory.role-definitions.list",
    "directory.roles.list",
    "directory.skus.list",
    "files.documents.get",
    "files.drive.get",
    "files.drives.list",
    "files.items.get",
    "files.permissions.list",
    "files.root-children.list",
    "files.root.get",
    "groups.drive.get",
    "groups.groups.get",
    "groups.groups.list",
    "groups.members.list",
    "groups.owners.list",
    "groups.unified.list",
    "mail.attachments.list",
    "mail.categories.list",
    "mail.folders.get",
    "mail.folders.list",
    "mail.inbox.list",
    "mail.messages.get",
    "mail.messages.list",
    "mail.settings.get",
    "people.people.list",
    "presence.presence.get",
    "sharepoint.lists.list",
    "sharepoint.root.get",
    "sharepoint.sites.get",
    "sharepoint.sites.search",
    "todo.lists.list",
    "todo.tasks.list",
    "users.licenses.list",
    "users.me.get",
    "users.member-of.list",
    "users.users.get",
    "users.users.list",
];
/// How long the memory of an agent is looked at.
const LOOK_FOR: Duration = Duration::from_secs(3);
/// What the agent says when it has planned everything.
const RUNNING: &str = "the agent runs";

/// The accounts of a configuration: each of them the sandbox's application, on users in turn.
#[derive(Clone, Copy)]
pub(super) struct Accounts<'a> {
    pub(super) count: usize,
    /// Their `classes`.
    pub(super) classes: &'a [&'a str],
    /// Their `operations`.
    pub(super) operations: &'a [&'a str],
    pub(super) cover_every: &'a str,
}

impl Accounts<'_> {
    /// Accounts with [`OPERATIONS`], once a day.
    pub(super) const fn of_fifty_reads(count: usize) -> Self {
        Self { count, classes: &[], operations: OPERATIONS, cover_every: "24h" }
    }
}

/// A data directory that is used once.
pub(super) struct Directory(PathBuf);

/// What a `check` came to.
pub(super) struct Check {
    pub(super) calls: u64,
    pub(super) verdicts: String,
    duration: Duration,
    cpu: Duration,
}

/// What an agent needs.
pub(super) struct Agent {
    pub(super) memory_mb: f64,
    pub(super) start_s: f64,
}

impl Directory {
    /// Writes the configuration.
    pub(super) fn create(folder: &Path, sandbox: &Sandbox, accounts: &Accounts<'_>) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        fs::write(folder.join("secret.txt"), &sandbox.client_secret).context("could not write the secret")?;
        let file = folder.join("graphbeat.toml");
        fs::write(&file, configuration(sandbox, accounts)?).context("could not write the configuration")?;
        Ok(Self(folder.to_owned()))
    }

    /// Runs everything once.
    pub(super) fn check(&self, program: &Path, concurrency: usize) -> Result<Check> {
        let mut command = self.command(program, "check");
        command.args(["--output", "json", "--concurrency", &concurrency.to_string()]).stdout(Stdio::piped());
        let before = children_cpu()?;
        let mut running = Running::start(&mut command)?;
        let mut report = String::new();
        let output = running.0.stdout.as_mut().context("`check` has no output")?;
        output.read_to_string(&mut report).context("could not read the report of `check`")?;
        running.0.wait().context("could not wait for `check`")?;
        let cpu = children_cpu()?.saturating_sub(before);
        let report: Value = serde_json::from_str(&report).context("the report of `check` is no JSON")?;
        let number = |name: &str| report[name].as_u64().with_context(|| format!("the report has no `{name}`"));
        let counts = ["calls", "ok", "expected", "failed", "throttled", "skipped", "interrupted"];
        let verdicts = counts.map(|name| format!("{name} {}", report[name])).join(", ");
        ensure!(number("failed")? == 0 && number("throttled")? == 0, "not everything went well: {verdicts}");
        let duration = Duration::from_millis(number("duration_ms")?);
        Ok(Check { calls: number("calls")?, verdicts, duration, cpu })
    }

    /// Starts the agent and looks at it for a while.
    pub(super) fn run(&self, program: &Path) -> Result<Agent> {
        let mut command = self.command(program, "run");
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut running = Running::start(&mut command)?;
        let mut output = BufReader::new(running.0.stderr.take().context("the agent says nothing")?);
        let mut line = String::new();
        while !line.contains(RUNNING) {
            line.clear();
            if output.read_line(&mut line).context("could not read what the agent says")? == 0 {
                bail!("the agent did not start");
            }
        }
        let start_s = started.elapsed().as_secs_f64();
        let memory_mb = running.memory_mb(LOOK_FOR)?;
        running.interrupt()?;
        Ok(Agent { memory_mb, start_s })
    }

    /// A command on this directory.
    pub(super) fn command(&self, program: &Path, command: &str) -> Command {
        graphbeat(program, command, &self.0)
    }

    /// The size of the ledger, which is closed.
    pub(super) fn ledger_bytes(&self) -> Result<u64> {
        Ok(fs::metadata(self.0.join("graphbeat.db")).context("there is no ledger")?.len())
    }
}

impl Check {
    pub(super) fn calls_per_s(&self) -> f64 {
        self.calls as f64 / self.duration.as_secs_f64()
    }

    /// Everything that the process used: reading the configuration and printing the report, too.
    pub(super) fn cpu_us_per_call(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.calls as f64
    }
}

fn configuration(sandbox: &Sandbox, accounts: &Accounts<'_>) -> Result<String> {
    let Sandbox { tenant, login_url, graph_url, ca_file, client_id, users, .. } = sandbox;
    let ca_file = ca_file.to_str().context("the path of the sandbox's certificate is no text")?;
    let mut text = format!(
        "proxy.mode = \"none\"\n\n[schedule.bench]\ncover_every = {:?}\n\n[cloud.sandbox]\n\
         login_url = {login_url:?}\ngraph_url = {graph_url:?}\nca_file = {ca_file:?}\nlimits = \"none\"\n",
        accounts.cover_every
    );
    let mut selection = String::new();
    for (key, names) in [("classes", accounts.classes), ("operations", accounts.operations)] {
        // No classes means none; no operations is what goes without saying.
        if key == "classes" || !names.is_empty() {
            writeln!(selection, "{key} = {names:?}")?;
        }
    }
    for (number, user) in (0..accounts.count).zip(users.iter().cycle()) {
        write!(
            text,
            "\n[[account]]\nname = \"account-{number}\"\ntenant = {tenant:?}\ncloud = \"sandbox\"\n\
             schedule = \"bench\"\nuser = {user:?}\n{selection}\
             sign_in = {{ method = \"client-secret\", client_id = {client_id:?}, \
             client_secret = {{ file = \"secret.txt\" }} }}\n"
        )?;
    }
    Ok(text)
}
