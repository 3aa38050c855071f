//! Drawing the demo's screen: accounts, the last calls, and what did not go well with its reason.

use graphbeat_base::Timestamp;
use graphbeat_core::Verdict;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Borders, Cell, Paragraph, Row, Table};

use super::state::{CallLine, Counts, FailureLine, Seen};

/// The tallest diagnosis, its frame included.
const DIAGNOSIS_LINES_MAX: u16 = 12;

/// What the screen shows beside what was seen.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    /// Where the sandbox is.
    pub(crate) address: String,
    /// The sandbox's time.
    pub(crate) now: Timestamp,
    /// How much faster it runs.
    pub(crate) rate: f64,
    /// Real seconds since the start.
    pub(crate) elapsed_s: u64,
    /// The accounts, in order.
    pub(crate) accounts: Vec<AccountLine>,
    /// What journeys made that is still in the tenant.
    pub(crate) artefacts: usize,
    /// The latest failure, and what it means.
    pub(crate) diagnosis: Option<Diagnosis>,
}

/// What a failure means, as labels and texts.
#[derive(Clone, Debug)]
pub(crate) struct Diagnosis {
    pub(crate) title: String,
    pub(crate) lines: Vec<(String, String)>,
}

/// One account's line.
#[derive(Clone, Debug)]
pub(crate) struct AccountLine {
    pub(crate) name: String,
    pub(crate) mode: &'static str,
    pub(crate) state: String,
    pub(crate) next_slot: Option<Timestamp>,
}

/// Draws the whole screen.
pub(crate) fn draw(frame: &mut Frame<'_>, screen: &Screen, seen: &Seen) {
    let accounts_height = u16::try_from(screen.accounts.len()).unwrap_or(u16::MAX).saturating_add(3);
    let [title, accounts, calls, failures, diagnosis, foot] = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(accounts_height),
        Constraint::Fill(3),
        Constraint::Fill(2),
        Constraint::Length(diagnosis_height(screen)),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(title_line(screen), title);
    draw_accounts(frame, accounts, screen, seen);
    draw_calls(frame, calls, &seen.calls.iter().collect::<Vec<_>>());
    draw_failures(frame, failures, &seen.failures.iter().collect::<Vec<_>>());
    draw_diagnosis(frame, diagnosis, screen);
    let hint = "q or Ctrl-C ends the demo · everything here is a sandbox on this machine: no tenant, no network";
    frame.render_widget(Paragraph::new(hint).style(Style::new().fg(Color::DarkGray)), foot);
}

fn title_line(screen: &Screen) -> Paragraph<'_> {
    let clock = screen.now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    Paragraph::new(Line::from(vec![
        Span::styled(" graphbeat demo ", Style::new().fg(Color::Black).bg(Color::Cyan).add_modifier(Modifier::BOLD)),
        Span::raw(format!("  {}  ", screen.address)),
        Span::styled(format!("clock {clock} ({}×)", screen.rate), Style::new().fg(Color::Cyan)),
        Span::raw(format!("  running {} s  ", screen.elapsed_s)),
        Span::raw(format!("artefacts in the tenant: {}", screen.artefacts)),
    ]))
}

fn block(title: &str) -> Block<'_> {
    Block::new()
        .borders(Borders::ALL)
        .border_type(BorderType::Rounded)
        .border_style(Style::new().fg(Color::DarkGray))
        .title(Span::styled(format!(" {title} "), Style::new().add_modifier(Modifier::BOLD)))
}

fn header<const N: usize>(names: [&'static str; N]) -> Row<'static> {
    Row::new(names).style(Style::new().fg(Color::DarkGray))
}

fn draw_accounts(frame: &mut Frame<'_>, area: Rect, screen: &Screen, seen: &Seen) {
    let rows = screen.accounts.iter().map(|account| {
        let counts = seen.counts.get(account.name.as_str()).copied().unwrap_or_default();
        account_row(account, counts)
    });
    let widths = [
        Constraint::Length(14),
        Constraint::Length(12),
        Constraint::Length(14),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Length(9),
        Constraint::Length(8),
        Constraint::Length(10),
        Constraint::Fill(1),
    ];
    let names = ["account", "signs in as", "state", "calls", "ok", "expected", "failed", "throttled", "next slot"];
    frame.render_widget(Table::new(rows, widths).header(header(names)).block(block("accounts")), area);
}

fn account_row(account: &AccountLine, counts: Counts) -> Row<'static> {
    let number = |count: u64, verdict: Verdict| {
        let style = if count == 0 { Style::new().fg(Color::DarkGray) } else { verdict_style(verdict) };
        Cell::from(count.to_string()).style(style)
    };
    Row::new([
        Cell::from(account.name.clone()).style(Style::new().add_modifier(Modifier::BOLD)),
        Cell::from(account.mode),
        Cell::from(account.state.clone()),
        Cell::from(counts.calls.to_string()),
        number(counts.ok, Verdict::Ok),
        number(counts.expected, Verdict::Expected),
        number(counts.failed, Verdict::Failed),
        number(counts.throttled, Verdict::Throttled),
        Cell::from(account.next_slot.map(clock_text).unwrap_or_default()),
    ])
}

fn draw_calls(frame: &mut Frame<'_>, area: Rect, calls: &[&CallLine]) {
    let rows = calls.iter().take(usize::from(area.height)).map(|call| {
        let journey = call.journey.as_ref().map(|journey| format!("  (journey {journey})")).unwrap_or_default();
        Row::new([
            Cell::from(clock_text(call.at)),
            Cell::from(call.account.to_string()),
            Cell::from(format!("{}{journey}", call.operation)),
            Cell::from(call.tag.clone()).style(verdict_style(call.verdict)),
            Cell::from(format!("{} ms", call.duration_ms)),
        ])
    });
    let widths = [
        Constraint::Length(9),
        Constraint::Length(14),
        Constraint::Fill(3),
        Constraint::Fill(2),
        Constraint::Length(8),
    ];
    let names = ["time", "account", "operation", "result", ""];
    frame.render_widget(Table::new(rows, widths).header(header(names)).block(block("last calls")), area);
}

fn draw_failures(frame: &mut Frame<'_>, area: Rect, failures: &[&FailureLine]) {
    let rows = failures.iter().take(usize::from(area.height)).map(|failure| {
        // What it needs stands on a line of its own: at the end of the first it would be cut off.
        let reason: Vec<&str> = failure.reason.split("; ").collect();
        Row::new([
            Cell::from(failure.verdict.word()).style(verdict_style(failure.verdict)),
            Cell::from(format!("{}×", failure.count)),
            Cell::from(failure.account.to_string()),
            Cell::from(failure.operation.to_string()),
            Cell::from(reason.join("\n")),
        ])
        .height(u16::try_from(reason.len()).unwrap_or(1))
    });
    let widths = [
        Constraint::Length(9),
        Constraint::Length(4),
        Constraint::Length(8),
        Constraint::Length(28),
        Constraint::Fill(1),
    ];
    let names = ["verdict", "", "account", "operation", "why"];
    frame.render_widget(Table::new(rows, widths).header(header(names)).block(block("not simply ok, and why")), area);
}

/// Lines of the diagnosis, with its frame.
fn diagnosis_height(screen: &Screen) -> u16 {
    let lines = screen.diagnosis.iter().flat_map(|told| &told.lines).map(|(_, text)| text.lines().count());
    match lines.sum::<usize>() {
        0 => 0,
        lines => u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2).min(DIAGNOSIS_LINES_MAX),
    }
}

fn draw_diagnosis(frame: &mut Frame<'_>, area: Rect, screen: &Screen) {
    let Some(told) = &screen.diagnosis else { return };
    let rows = told.lines.iter().flat_map(|(label, text)| {
        text.lines().enumerate().map(move |(index, line)| {
            Row::new([Cell::from(if index == 0 { label.clone() } else { String::new() }), Cell::from(line.to_owned())])
        })
    });
    let widths = [Constraint::Length(8), Constraint::Fill(1)];
    frame.render_widget(Table::new(rows, widths).block(block(&told.title)), area);
}

fn clock_text(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

fn verdict_style(verdict: Verdict) -> Style {
    Style::new().fg(match verdict {
        Verdict::Ok => Color::Green,
        Verdict::Expected => Color::LightBlue,
        Verdict::Failed => Color::Red,
        Verdict::Throttled => Color::Yellow,
        Verdict::Skipped | Verdict::Interrupted => Color::Magenta,
    })
}

#[cfg(test)]
mod tests {
    use graphbeat_core::{Call, CallPath, Method};
    use graphbeat_engine::{OperationReport, Watcher};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::state::DemoWatcher;
    use super::*;

    #[test]
    fn the_screen_shows_accounts_calls_and_why_something_failed() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a timestamp");
        let watcher = DemoWatcher::default();
        let ids = graphbeat_base::CallIds::new(&mut graphbeat_base::Rng::seeded(1));
        watcher.call(&Call {
            id: ids.next(now),
            planned_at: now,
            started_at: now,
            duration_ms: 12,
            account: "app".into(),
            tenant: "t".into(),
            operation: "mail.messages.list".into(),
            journey: None,
            attempt: 1,
            method: Method::Get,
            path: CallPath::fixed("/v1.0/me"),
            status: Some(200),
            verdict: Verdict::Ok,
            stage: None,
            kind: None,
            code: None,
            message: None,
            request_id: None,
            client_request_id: uuid::Uuid::nil(),
            retry_after_s: None,
            bytes: 0,
        });
        let failure = OperationReport {
            account: "app".into(),
            operation: "bookings.businesses.list".into(),
            journey: None,
            verdict: Verdict::Failed,
            status: Some(403),
            reason: Some("403 Forbidden".to_owned()),
            trouble: None,
            seen: None,
        };
        watcher.operation(&failure);
        watcher.operation(&failure);
        let screen = Screen {
            address: "https://127.0.0.1:8443".to_owned(),
            now,
            rate: 60.0,
            elapsed_s: 3,
            accounts: vec![AccountLine {
                name: "app".to_owned(),
                mode: "application",
                state: "active".to_owned(),
                next_slot: None,
            }],
            artefacts: 0,
            diagnosis: Some(Diagnosis {
                title: "latest failure: bookings".to_owned(),
                lines: vec![("do".to_owned(), "1. consent".to_owned())],
            }),
        };
        let mut terminal = Terminal::new(TestBackend::new(110, 24)).expect("a terminal");
        terminal.draw(|frame| draw(frame, &screen, &watcher.seen())).expect("drawn");
        let shown = format!("{}", terminal.backend());
        for text in [
            "mail.messages.list",
            "200 OK",
            "bookings.businesses.list",
            "2×",
            "403 Forbidden",
            "60×",
            "latest failure: bookings",
            "1. consent",
        ] {
            assert!(shown.contains(text), "{text} is missing in\n{shown}");
        }
    }
}
