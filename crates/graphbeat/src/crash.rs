//! What a bug leaves behind: a file that says where it happened, on which way, and what was logged before,
//! without secrets; and what the person at the terminal can do with it.
//!
//! The file lies in the data directory, or among the temporary files where there is none yet.

use std::backtrace::Backtrace;
use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use graphbeat_base::{Clock, plain_text, redact_addresses};
use graphbeat_core::Language;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::texts::say;

/// Reports that are kept; the oldest goes.
const REPORTS_MAX: usize = 10;
/// Reports that one process writes: an agent that goes on does not fill the directory with one bug.
const REPORTS_OF_PROCESS_MAX: usize = 3;
/// The last lines of the log that are kept.
const LINES_MAX: usize = 100;
/// The longest of them.
const LINE_CHARACTERS_MAX: usize = 400;
/// The longest backtrace.
const BACKTRACE_CHARACTERS_MAX: usize = 64 * 1024;
/// From this length on, a word of letters and digits may be a secret.
const SECRET_CHARACTERS_MIN: usize = 20;
/// What stands behind one of these may be a secret of any length.
const SECRET_NAMES: [&str; 7] = ["secret", "password", "passphrase", "token", "assertion", "authorization", "bearer"];
const NAME_START: &str = "crash-";
const NAME_END: &str = ".txt";

/// Where reports go, once that is known.
static PLACE: OnceLock<Place> = OnceLock::new();
/// The last lines of the log, and what was said on stderr.
static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());
static WRITTEN: AtomicUsize = AtomicUsize::new(0);

struct Place {
    data_dir: PathBuf,
    /// The user's own folder: it is named in no report.
    home: Option<String>,
}

/// Lets a panic leave a report and say where it is.
pub(crate) fn report_panics(language: Language) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        let failure = Failure::new(Exit::Bug, say!("failure-crash", place = place));
        told(failure, leave_report(panic)).print(language);
    }));
}

/// Reports go into this directory from now on, where it is there.
pub(crate) fn keep_reports_in(data_dir: &Path, home: Option<&str>) {
    let home = home.map(str::to_owned).filter(|home| home.len() > 1);
    // A process has one data directory.
    let _ = PLACE.set(Place { data_dir: data_dir.to_owned(), home });
}

/// Remembers a line for a report.
pub(crate) fn remember(line: &str) {
    // A panic may have come in the middle of this: then the line is left out.
    if let Ok(mut lines) = LINES.try_lock() {
        if lines.len() >= LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(plain_text(line.trim_end(), LINE_CHARACTERS_MAX));
    }
}

/// Where log lines go that a report is to have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogTail;

impl Write for LogTail {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        remember(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn told(failure: Failure, report: Option<io::Result<PathBuf>>) -> Failure {
    match report {
        Some(Ok(path)) => failure.detail(say!("crash-report", path = &path)).hint(say!("crash-hint")),
        Some(Err(error)) => {
            failure.detail(say!("crash-no-report", cause = error.to_string())).hint(say!("failure-bug-hint"))
        }
        None => failure.hint(say!("crash-again-hint")),
    }
}

/// Writes the report; `None` where this process has written enough of them.
fn leave_report(panic: &PanicHookInfo<'_>) -> Option<io::Result<PathBuf>> {
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    if number >= REPORTS_OF_PROCESS_MAX {
        return None;
    }
    let directory = match PLACE.get() {
        Some(place) if place.data_dir.is_dir() => place.data_dir.clone(),
        _ => std::env::temp_dir(),
    };
    let time = Clock::system().now().strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
    let path = directory.join(format!("{NAME_START}{time}-{}-{number}{NAME_END}", std::process::id()));
    make_room(&directory);
    Some(write_new(&path, &report(panic)).map(|()| path))
}

/// Removes the oldest reports, so that there is room for one more.
fn make_room(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut reports: Vec<String> =
        names.filter(|name| name.starts_with(NAME_START) && name.ends_with(NAME_END)).collect();
    reports.sort_unstable();
    let too_many = (reports.len() + 1).saturating_sub(REPORTS_MAX);
    for name in reports.iter().take(too_many) {
        // One that cannot be removed is somebody else's.
        let _ = fs::remove_file(directory.join(name));
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// The report: for the project, so in English.
fn report(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current().name().unwrap_or("without a name").to_owned();
    let backtrace: String = Backtrace::force_capture().to_string().chars().take(BACKTRACE_CHARACTERS_MAX).collect();
    let lines: Vec<String> =
        LINES.try_lock().map(|lines| lines.iter().map(|line| sieved(line)).collect()).unwrap_or_default();
    let text = format!(
        "graphbeat {version} crashed\n\nsystem: {os} {arch}\ntime: {time}\nthread: {thread}\nplace: {place}\nmessage: \
         {message}\n\nbacktrace:\n{backtrace}\n\nthe last log lines:\n{lines}\n",
        version = env!("CARGO_PKG_VERSION"),
        os = std::env::consts::OS,
        arch = std::env::consts::ARCH,
        time = Clock::system().now(),
        message = message(panic),
        lines = lines.join("\n"),
    );
    match PLACE.get().and_then(|place| place.home.as_deref()) {
        Some(home) => text.replace(home, "~"),
        None => text,
    }
}

/// What the panic said. A text that was written into the program holds no value; of any other, what stands
/// behind a colon is a value and is left out.
fn message(panic: &PanicHookInfo<'_>) -> String {
    if let Some(text) = panic.payload().downcast_ref::<&'static str>() {
        return (*text).to_owned();
    }
    let text = panic.payload().downcast_ref::<String>().map(String::as_str).unwrap_or_default();
    let is_of_numbers = ["index out of bounds", "range ", "attempt to "].iter().any(|start| text.starts_with(start));
    let kept = if is_of_numbers { text } else { text.split(": ").next().unwrap_or_default() };
    sieved(&plain_text(kept, LINE_CHARACTERS_MAX))
}

/// The text without addresses and without words that may be secrets.
fn sieved(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "\"'`,;()[]{}<>=:/&?".contains(c);
    let mut sieved = String::with_capacity(text.len());
    let mut is_announced = false;
    for piece in redact_addresses(text).split_inclusive(ends) {
        let word = piece.trim_end_matches(ends);
        let end = &piece[word.len()..];
        let is_secret = !word.is_empty() && (is_announced || may_be_secret(word));
        sieved.push_str(if is_secret { "[left out]" } else { word });
        sieved.push_str(end);
        let lower = word.to_ascii_lowercase();
        let names_one = SECRET_NAMES.iter().any(|name| lower.contains(name));
        // `token: Bearer …`, `secret = "…"`: what stands between does not end the announcement.
        let announces = names_one && (lower == "bearer" || !end.trim().is_empty());
        is_announced = announces || (is_announced && word.is_empty());
    }
    sieved
}

/// A long word of letters and digits that is no id.
fn may_be_secret(word: &str) -> bool {
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    word.chars().count() >= SECRET_CHARACTERS_MIN
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
        && uuid::Uuid::try_parse(word).is_err()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in a test's own child, which crashes.
    const CHILD: &str = "GRAPHBEAT_CRASH_TEST_DIRECTORY";

    #[test]
    fn a_panic_leaves_a_report_without_secrets_and_the_screen_says_where() {
        if let Some(directory) = std::env::vars_os().find(|(name, _)| name == CHILD) {
            return crash(Path::new(&directory.1));
        }
        let folder = tempfile::tempdir().expect("a folder");
        for old in 0..20 {
            fs::write(folder.path().join(format!("{NAME_START}2020-01-01T00-00-{old:02}Z-1-0{NAME_END}")), "old")
                .expect("an old report");
        }
        let name = "crash::tests::a_panic_leaves_a_report_without_secrets_and_the_screen_says_where";
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", name, "--nocapture", "--test-threads", "1"])
            .env(CHILD, folder.path())
            .output()
            .expect("the child");
        let screen = String::from_utf8_lossy(&child.stderr).into_owned();
        let reports: Vec<PathBuf> =
            fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        assert_eq!(reports.len(), REPORTS_MAX, "{screen}");
        let newest = reports.iter().max().expect("a report");
        let text = fs::read_to_string(newest).expect("a report");
        for part in [env!("CARGO_PKG_VERSION"), std::env::consts::OS, "crash.rs:", "backtrace:", "asking for a token"] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        for secret in ["Abc8Q~verysecret", "hunter2", "megan@contoso.com", "eyJ0eXAi", "/home/megan"] {
            assert!(!text.contains(secret), "{secret} is in\n{text}");
        }
        let newest = newest.display().to_string();
        assert!(screen.contains("graphbeat crashed at") && screen.contains(&newest), "{screen}");
        assert!(screen.contains("hint: "), "{screen}");
    }

    /// Runs in the child: what `main` does with a panic.
    fn crash(directory: &Path) {
        report_panics(Language::English);
        keep_reports_in(directory, Some("/home/megan"));
        remember("asking for a token: client_secret=\"Abc8Q~verysecret\" of megan@contoso.com in /home/megan/x");
        remember("password: hunter2, Authorization: Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9");
        let answer = "".parse::<u8>().map_err(|_| "the secret hunter2 is wrong");
        answer.expect("an answer");
    }

    #[test]
    fn what_may_be_a_secret_is_left_out_and_what_helps_is_kept() {
        for (text, expected) in [
            ("status 403 of mail.messages.list", "status 403 of mail.messages.list"),
            ("id 4b7c1e0d-4f42-4a51-9d6a-5b4b3c7a5f11", "id 4b7c1e0d-4f42-4a51-9d6a-5b4b3c7a5f11"),
            ("token=abc&x=1", "token=[left out]&x=1"),
            ("Authorization: Bearer abc", "Authorization: [left out] [left out]"),
            ("got M8Q~1234567890abcdefgh here", "got [left out] here"),
            ("the secret is wrong", "the secret is wrong"),
        ] {
            assert_eq!(sieved(text), expected);
        }
    }
}
