//! The system's browser: whether there is one on this machine, opening a page in it, and reading what a
//! person copied out of another one.

use std::collections::BTreeMap;
use std::future::pending;
use std::io::{self, BufRead as _, Read as _};
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};

use crate::printer::notice;

/// The longest line that is read of what a person pastes.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// Lines that wait to be looked at.
const LINES_MAX: usize = 4;

/// Where the person's browser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    /// On this machine's screen.
    Here,
    /// On another machine, or nowhere.
    Elsewhere,
}

impl Browser {
    /// What the environment says: a browser by name, or a screen that is not at the other end of an SSH.
    pub(crate) fn of(environment: &BTreeMap<String, String>) -> Self {
        let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
        let is_remote = ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].into_iter().any(is_set);
        let needs_display = cfg!(all(unix, not(target_os = "macos")));
        let has_display = !needs_display || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].into_iter().any(is_set);
        if is_set("BROWSER") || (has_display && !is_remote) { Self::Here } else { Self::Elsewhere }
    }

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// Opens a page in the system's browser; where that fails, the person has the address already.
pub(crate) fn open(url: &str) {
    let url = url.to_owned();
    // Some browsers run in the terminal and end when the person ends them.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = webbrowser::open(&url) {
            notice(&format!("note: the browser could not be opened ({error}); open the address yourself"));
        }
    });
}

/// Lines of the standard input, read beside everything else.
pub(crate) struct PastedLines(Mutex<mpsc::Receiver<String>>);

impl PastedLines {
    /// Begins to read. The thread ends with the input or the program.
    pub(crate) fn start() -> Arc<Self> {
        let (send, receive) = mpsc::channel(LINES_MAX);
        tokio::task::spawn_blocking(move || {
            let mut input = io::stdin().lock().take(LINE_BYTES_MAX);
            loop {
                let mut line = String::new();
                input.set_limit(LINE_BYTES_MAX);
                match input.read_line(&mut line) {
                    Ok(read) if read > 0 && send.blocking_send(line).is_ok() => {}
                    _ => return,
                }
            }
        });
        Arc::new(Self(Mutex::new(receive)))
    }

    /// The next line that is not empty; for ever under way after the input's end.
    pub(crate) async fn next(&self) -> String {
        let mut lines = self.0.lock().await;
        while let Some(line) = lines.recv().await {
            if !line.trim().is_empty() {
                return line;
            }
        }
        pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_looked_for_only_where_the_person_sits() {
        let of = |names: &[&str]| Browser::of(&names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect());
        assert_eq!(of(&["BROWSER", "SSH_CONNECTION"]), Browser::Here);
        assert_eq!(of(&["DISPLAY", "SSH_CONNECTION"]), Browser::Elsewhere);
        if cfg!(target_os = "linux") {
            assert_eq!(of(&[]), Browser::Elsewhere);
            assert_eq!(of(&["WAYLAND_DISPLAY"]), Browser::Here);
        }
    }
}
