//! Showing the demo while it runs: a screen on a terminal, a line now and then elsewhere.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use graphbeat_catalog::Mode;
use graphbeat_store::{AccountStates as _, Journal as _};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyModifiers};

use super::stage::Stage;
use super::state::{Counts, DemoWatcher, Seen};
use super::view::{AccountLine, Diagnosis, Screen, draw};
use crate::diagnosis::lines;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::notice;
use crate::texts::say;

/// How often the screen is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(200);
/// How often a line is written where there is no screen.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows the demo until somebody ends it; runs until dropped where there is no terminal.
pub(crate) async fn show(stage: &Stage, watcher: &Arc<DemoWatcher>) -> Result<(), Failure> {
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        on_screen(stage, watcher).await
    } else {
        in_lines(stage, watcher).await
    }
}

/// Gives the terminal back, however the screen ends.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

async fn on_screen(stage: &Stage, watcher: &Arc<DemoWatcher>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(Exit::Bug, format_args!("the terminal cannot be used ({error})"));
    let mut terminal = ratatui::try_init().map_err(failed)?;
    let _restore = Restore;
    let started = Instant::now();
    let mut tick = tokio::time::interval(DRAW_EVERY);
    loop {
        tick.tick().await;
        let seen = watcher.seen();
        let screen = screen(stage, &seen, started).await?;
        terminal.draw(|frame| draw(frame, &screen, &seen)).map_err(failed)?;
        while event::poll(Duration::ZERO).map_err(failed)? {
            if is_end(&event::read().map_err(failed)?) {
                return Ok(());
            }
        }
    }
}

fn is_end(event: &Event) -> bool {
    match event {
        Event::Key(key) => {
            matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)
                || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL))
        }
        _ => false,
    }
}

async fn in_lines(stage: &Stage, watcher: &Arc<DemoWatcher>) -> Result<(), Failure> {
    notice(&format!("demo: sandbox at {}; the clock runs 60 times as fast", stage.address()));
    let mut tick = tokio::time::interval(LINE_EVERY);
    tick.tick().await;
    loop {
        tick.tick().await;
        let counts = sum(watcher.seen().counts.values());
        let Counts { calls, ok, expected, failed, throttled } = counts;
        let now = stage.runtime.opened.clock.now().strftime("%H:%M:%SZ").to_string();
        notice(&format!("{now}  {calls} calls: {ok} ok, {expected} expected, {failed} failed, {throttled} throttled"));
    }
}

/// All accounts together.
pub(crate) fn sum<'a>(counts: impl Iterator<Item = &'a Counts>) -> Counts {
    counts.fold(Counts::default(), |sum, counts| Counts {
        calls: sum.calls + counts.calls,
        ok: sum.ok + counts.ok,
        expected: sum.expected + counts.expected,
        failed: sum.failed + counts.failed,
        throttled: sum.throttled + counts.throttled,
    })
}

async fn screen(stage: &Stage, seen: &Seen, started: Instant) -> Result<Screen, Failure> {
    let runtime = &stage.runtime;
    let standings = runtime.opened.store.standings().await?;
    let accounts = runtime.engine.accounts().iter().map(|account| {
        let standing = standings.iter().find(|standing| standing.account == account.name);
        AccountLine {
            name: account.name.to_string(),
            mode: match account.mode {
                Mode::Application => "application",
                Mode::Delegated => "user",
            },
            state: standing.map_or("active", |standing| standing.state.word()).to_owned(),
            next_slot: runtime.engine.next_slot(account),
        }
    });
    Ok(Screen {
        address: stage.address().to_owned(),
        now: runtime.opened.clock.now(),
        rate: super::RATE,
        elapsed_s: started.elapsed().as_secs(),
        accounts: accounts.collect(),
        artefacts: runtime.opened.store.open(None).await?.len(),
        diagnosis: diagnosis(stage, seen),
    })
}

/// What the latest failure means.
fn diagnosis(stage: &Stage, seen: &Seen) -> Option<Diagnosis> {
    let latest = seen.latest_failure()?;
    let told = stage.diagnoses.of(latest.observed.as_deref()?);
    let language = stage.diagnoses.language();
    let title = say!("diagnosis-latest", operation = &latest.operation, account = &latest.account).of(language);
    let lines = lines(&told, language).into_iter().map(|(label, text)| (label.of(language), text)).collect();
    Some(Diagnosis { title, lines })
}
