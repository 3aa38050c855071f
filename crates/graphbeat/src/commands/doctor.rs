//! `doctor`: looks at everything that graphbeat stands on, in the order in which one thing rests on another,
//! so that the first thing that is wrong is the one to mend.
//!
//! Every request passes the engine's guards and has its row. Where no ledger can be opened, none is sent: names,
//! proxy and certificates are looked at without one, the rest is skipped and says so.

mod accounts;
mod finding;
mod local;
mod machine;
mod network;
mod said;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use graphbeat_catalog::Catalog;
use graphbeat_config::{Account as AccountConfig, Config};
use graphbeat_core::Language;
use graphbeat_core::explain::Knowledge;
use graphbeat_engine::{SetupError, assemble};
use graphbeat_store::Ledger as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use self::accounts::{Rows, Ward};
use self::finding::{Board, Check, Finding, Outcome};
use self::local::Ground;
use self::network::Way;
use self::said::{Part, Said, account_label};
use crate::arguments::{DoctorArguments, Format};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Cell, Column, Tone};
use crate::runtime::{Wanted, known_account, parts, secret_reader};
use crate::stop::run_until_stopped;
use crate::texts::say;

const FIELDS: &[&str] = &["check", "account", "result", "what", "do"];
/// Real time for everything; what is not done by then says so.
const EXAMINATION_MAX: Duration = Duration::from_secs(30);
/// Of that, what is kept for closing and printing.
const CLOSING_TIME: Duration = Duration::from_secs(2);
/// The most accounts that are examined in one run.
const ACCOUNTS_MAX: usize = 200;

/// An account by its place in the configuration.
type Patient = (usize, AccountConfig);

pub(super) fn run(arguments: &DoctorArguments, context: &Context) -> Result<Exit, Failure> {
    let knowledge = Knowledge::builtin()?;
    let findings = run_until_stopped(async |stop| {
        tokio::select! {
            findings = examine(arguments, context, knowledge) => findings,
            () = stop.cancelled() => {
                Err(Failure::new(Exit::OperationFailed, say!("doctor-stopped")))
            }
        }
    })?;
    print(&findings, context)?;
    let failed = findings.iter().filter(|finding| finding.outcome == Outcome::Failed);
    Ok(failed.map(|finding| finding.exit).fold(Exit::Ok, Exit::worst))
}

async fn examine(
    arguments: &DoctorArguments,
    context: &Context,
    knowledge: Knowledge,
) -> Result<Vec<Finding>, Failure> {
    let deadline = Instant::now() + EXAMINATION_MAX - CLOSING_TIME;
    let board = Arc::new(Board::default());
    let ground = tokio::task::block_in_place(|| local::look(context, &machine::ThisMachine, &board));
    let patients = match &ground.config {
        Some((config, _)) => patients(arguments, config, &board)?,
        None => Vec::new(),
    };
    let labels: Vec<(usize, String)> =
        patients.iter().map(|(index, account)| (*index, account_label(&account.name))).collect();
    let opened = ground.opened.as_ref().map(|opened| Arc::clone(&opened.store));
    let because = why_missing(&ground);
    let in_time = timeout_at(deadline, beyond(context, ground, patients, knowledge, &board)).await;
    if let Some(store) = opened {
        // What is still under way is in the flight file: the next start makes rows of it.
        let _ = tokio::time::timeout(CLOSING_TIME, store.close()).await;
    }
    let because = match in_time {
        Ok(()) => because,
        Err(_) => Said::new("not done within {} s", "未能在 {} 秒内完成").with(Part::number(EXAMINATION_MAX.as_secs())),
    };
    Ok(board.whole(&labels, &because))
}

/// Why whatever is not looked at is not.
fn why_missing(ground: &Ground) -> Said {
    match (&ground.config, &ground.opened) {
        (None, _) => Said::new("the configuration cannot be read", "无法读取配置"),
        (Some((config, _)), _) if config.accounts.is_empty() => Said::new("there is no account", "没有帐户"),
        (_, None) => Said::new(
            "the ledger cannot be opened, and no request leaves without a row in it",
            "无法打开台账，而没有台账记录就不会发出任何请求",
        ),
        _ => Said::new("something before it failed", "前面的检查未通过"),
    }
}

/// The accounts that are examined.
fn patients(arguments: &DoctorArguments, config: &Config, board: &Board) -> Result<Vec<Patient>, Failure> {
    for name in &arguments.account {
        known_account(config, name)?;
    }
    let is_wanted = |account: &AccountConfig| {
        arguments.account.is_empty() || arguments.account.iter().any(|name| **name == *account.name)
    };
    let mut wanted: Vec<Patient> =
        config.accounts.iter().cloned().enumerate().filter(|(_, account)| is_wanted(account)).collect();
    if wanted.len() > ACCOUNTS_MAX {
        let what = Said::new("only the first {} of {} accounts are looked at", "仅检查前 {} 个帐户（共 {} 个）")
            .with(Part::count(ACCOUNTS_MAX))
            .with(Part::count(wanted.len()));
        board.put(
            Finding::warning(Check::Token, what)
                .step(Said::new("name the others with `--account`", "用 `--account` 指定其他帐户")),
        );
        wanted.truncate(ACCOUNTS_MAX);
    }
    Ok(wanted)
}

/// What lies outside of this machine, and inside of the ledger.
async fn beyond(context: &Context, ground: Ground, patients: Vec<Patient>, knowledge: Knowledge, board: &Arc<Board>) {
    local::look_inside(&ground, board).await;
    let Ground { config: Some((config, catalog)), opened } = ground else { return };
    let reached = networks(context, &config, &patients, &knowledge, board).await;
    let Some(opened) = opened else { return };
    let rows = Arc::new(Rows::default());
    let secrets = secret_reader(context, &opened.store);
    let catalog = Arc::new(catalog);
    let mut names: BTreeSet<String> = patients.iter().map(|(_, account)| account.name.to_string()).collect();
    let engine = loop {
        if names.is_empty() {
            return;
        }
        let wanted = Wanted {
            accounts: &[],
            selection: None,
            read_only: true,
            batch: false,
            concurrency: None,
            watcher: Arc::clone(&rows) as _,
        };
        let only = names.iter().cloned().collect();
        let Ok(parts) = parts(&opened, &config, Arc::clone(&catalog), wanted, Arc::clone(&secrets)) else { return };
        match tokio::task::block_in_place(|| assemble(graphbeat_engine::Parts { only: Some(&only), ..parts })) {
            Ok(engine) => break engine,
            Err(error) => {
                let Some(name) = not_set_up(&error, &patients, board) else { return };
                names.remove(&name);
            }
        }
    };
    let ward = Ward {
        engine,
        store: Arc::clone(&opened.store),
        config,
        catalog: Catalog::clone(&catalog),
        knowledge,
        rows,
        board: Arc::clone(board),
    };
    visit(Arc::new(ward), patients, &reached).await;
}

/// Tells which account cannot be set up and why; nothing where it is not one account's trouble.
fn not_set_up(error: &SetupError, patients: &[Patient], board: &Board) -> Option<String> {
    let (name, what) = match error {
        SetupError::Secret { account, .. } => (account, Said::new("its secret cannot be had", "无法取得其机密")),
        SetupError::Certificate { account, .. } => {
            (account, Said::new("its certificate cannot be used", "无法使用其证书"))
        }
        SetupError::Selection { account, .. } => {
            (account, Said::new("it selects what does not exist", "选择了不存在的操作"))
        }
        SetupError::Dangling { account, .. } => {
            (account, Said::new("it names a cloud or schedule that there is not", "引用了不存在的云或计划"))
        }
        SetupError::Roots { .. } | SetupError::Network(_) | SetupError::TimeZone(_) => return None,
    };
    let (index, account) = patients.iter().find(|(_, account)| account.name == *name)?;
    let step =
        Said::new("run `graphbeat check --account {}`: it says more", "运行 `graphbeat check --account {}` 查看详情");
    let finding = Finding::failed(Check::Token, Exit::Configuration, what).step(step.with(Part::account(name)));
    board.put(finding.of_account(*index, &account.name));
    accounts::rest(*index, &account.name, board, &Said::new("there is no token", "没有令牌"));
    Some(name.to_string())
}

/// Looks at every cloud that is used, side by side; gives the names of those that requests would reach.
async fn networks(
    context: &Context,
    config: &Config,
    patients: &[Patient],
    knowledge: &Knowledge,
    board: &Board,
) -> BTreeSet<Arc<str>> {
    let used: BTreeSet<&str> = patients.iter().map(|(_, account)| &*account.cloud).collect();
    let mut reached = BTreeSet::new();
    for cloud in config.clouds.values().filter(|cloud| used.contains(&*cloud.name)) {
        let way = Way { cloud, proxy: &config.proxy.mode, environment: &context.environment, knowledge, board };
        if way.look().await {
            reached.insert(Arc::clone(&cloud.name));
        }
    }
    reached
}

/// Asks Entra once for each cloud, then looks at all accounts side by side.
async fn visit(ward: Arc<Ward>, patients: Vec<Patient>, reached: &BTreeSet<Arc<str>>) {
    let mut answering = BTreeSet::new();
    let unreachable = || Said::new("Entra cannot be reached", "无法连接 Entra");
    for cloud in reached {
        if ward.entra(cloud).await {
            answering.insert(Arc::clone(cloud));
        }
    }
    if reached.is_empty() {
        ward.board.put(Finding::skipped(Check::Entra, Said::new("no way leads there", "网络不通")));
        ward.board.put(Finding::skipped(Check::Clock, unreachable()));
    }
    let mut tasks = JoinSet::new();
    for (index, configured) in patients {
        let Some(account) = ward.engine.account(&configured.name).cloned() else { continue };
        if !answering.contains(&account.cloud.name) {
            ward.board.put(Finding::skipped(Check::Token, unreachable()).of_account(index, &account.name));
            accounts::rest(index, &account.name, &ward.board, &unreachable());
            continue;
        }
        let ward = Arc::clone(&ward);
        tasks.spawn(async move { ward.account(index, &account, &configured).await });
    }
    while tasks.join_next().await.is_some() {}
}

fn print(findings: &[Finding], context: &Context) -> Result<(), Failure> {
    let language = context.language();
    if context.printer.format() == Format::Table {
        context.printer.text(&troubles(findings, language))?;
    }
    let columns = vec![
        Column::new(say!("word-check"), |finding: &Shown<'_>| finding.0.check.word()),
        Column::new(say!("word-account"), |finding: &Shown<'_>| {
            finding.0.account.as_ref().map(|(_, label)| label.clone()).unwrap_or_default()
        }),
        Column::new(say!("word-result"), |finding: &Shown<'_>| {
            let tone = match finding.0.outcome {
                Outcome::Ok => Tone::Good,
                Outcome::Warning => Tone::Attention,
                Outcome::Failed => Tone::Bad,
                Outcome::Skipped => Tone::Dim,
            };
            Cell::toned(finding.0.outcome.word(), tone)
        }),
        Column::new(say!("word-what"), |finding: &Shown<'_>| finding.0.what.of(finding.1).to_owned()),
    ];
    let mut list = context.printer.list(FIELDS, columns);
    findings.iter().try_for_each(|finding| list.push(&Shown(finding, language)))?;
    list.finish()
}

/// A finding in a language.
struct Shown<'a>(&'a Finding, Language);

impl serde::Serialize for Shown<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.row(self.1).serialize(serializer)
    }
}

/// What is wrong and what to do, the first thing first.
fn troubles(findings: &[Finding], language: Language) -> String {
    let mut text = String::new();
    let is_trouble = |finding: &&Finding| matches!(finding.outcome, Outcome::Failed | Outcome::Warning);
    for finding in findings.iter().filter(is_trouble) {
        let account = finding.account.as_ref().map(|(_, label)| format!(" ({label})")).unwrap_or_default();
        let (word, check) = (finding.outcome.word(), finding.check.word());
        text.push_str(&format!("{word}: {check}{account}: {}\n", finding.what.of(language)));
        for (number, step) in (1..).zip(&finding.steps) {
            text.push_str(&format!("  {number}. {}\n", step.of(language)));
        }
        text.push('\n');
    }
    if text.is_empty() {
        let well = Said::new("nothing is wrong\n\n", "一切正常\n\n");
        text.push_str(well.of(language));
    }
    text
}
