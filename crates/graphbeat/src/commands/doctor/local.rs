//! What can be looked at without the network: configuration, data directory, vault, ledger, disk, leftovers,
//! the dashboard's port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use graphbeat_catalog::Catalog;
use graphbeat_config::{Config, ConfigError, ConfigFile, FileCheck, Known, Place, SecretRef};
use graphbeat_store::{
    AgentLock, Journal as _, LedgerState, StoreError, StoreErrorClass, Vault as _, examine_ledger, live_sessions,
};

use super::finding::{Board, Check, Finding};
use super::machine::{Machine, Room, room};
use super::said::{Part, Said};
use crate::context::Context;
use crate::exit::Exit;
use crate::runtime::{Opened, Sends, open_of};

/// How long the ledger is read through.
const LEDGER_READ_MAX: Duration = Duration::from_secs(8);
/// How long somebody at the dashboard's port may take to answer.
const PORT_TIMEOUT: Duration = Duration::from_secs(1);
/// The ledger where the configuration does not say.
const LEDGER_FILE: &str = "graphbeat.db";

/// What the local checks leave for the others.
pub(super) struct Ground {
    pub(super) config: Option<(Config, Catalog)>,
    /// Open for rows; without it nothing is sent.
    pub(super) opened: Option<Opened>,
}

/// Looks at all that is local, but for what the ledger holds.
pub(super) fn look(context: &Context, machine: &impl Machine, board: &Board) -> Ground {
    let config = config(context, board);
    let data_dir = &context.locations.data_dir;
    let is_writable = data_directory(data_dir, board);
    let ledger = config.as_ref().map(|(config, _)| config.store.file.clone());
    let ledger = ledger.unwrap_or_else(|| data_dir.join(LEDGER_FILE));
    board.put(disk(machine, &ledger));
    let may_make = is_writable && config.is_some() && !board.has_failed(Check::Disk);
    let opened = open_ledger(context, &ledger, may_make, board);
    if let Some((config, _)) = &config {
        board.put(port(config.web.listen, data_dir));
    }
    Ground { config, opened }
}

fn config(context: &Context, board: &Board) -> Option<(Config, Catalog)> {
    let catalog = match context.catalog() {
        Ok(catalog) => catalog,
        Err(_) => {
            // Without a directory there are no own files; what is wrong with it is told of itself.
            if context.locations.data_dir.is_dir() {
                board.put(wrong_catalog());
            }
            Catalog::builtin().ok()?
        }
    };
    let read = |files| read_config(context, &catalog, files);
    let error = match read(FileCheck::Read) {
        Ok(config) => {
            if !board.has_failed(Check::Config) {
                let what = Said::new("valid, {} accounts", "有效，{} 个帐户").with(Part::count(config.accounts.len()));
                board.put(Finding::ok(Check::Config, what));
            }
            return Some((config, catalog));
        }
        Err(error) => error,
    };
    board.put(wrong_config(&error));
    read(FileCheck::Skip).ok().map(|config| (config, catalog))
}

fn wrong_catalog() -> Finding {
    let what = Said::new("an own file of the catalogue is wrong", "自有的目录文件有误");
    Finding::failed(Check::Config, Exit::Configuration, what).step(Said::new(
        "run `graphbeat catalog lint`: it shows each place",
        "运行 `graphbeat catalog lint`，它会指出每一处问题",
    ))
}

fn read_config(context: &Context, catalog: &Catalog, files: FileCheck) -> Result<Config, ConfigError> {
    let file = ConfigFile::read(&context.locations.config_file)?;
    graphbeat_config::load(&context.sources(&file, &Known::of(catalog), files))
}

/// A problem's own words may hold what was written in the wrong place: only its place is told.
fn wrong_config(error: &ConfigError) -> Finding {
    let count = Part::count(error.problems.len());
    let what = match error.problems.first().map(|problem| &problem.place) {
        Some(Place::Line { line, .. }) => {
            Said::new("{} problems in the configuration, the first in line {}", "配置中有 {} 处问题，第一处在第 {} 行")
                .with(count)
                .with(Part::count(*line))
        }
        Some(Place::Variable(_)) => {
            Said::new("{} problems, the first in a variable of the environment", "有 {} 处问题，第一处在环境变量中")
                .with(count)
        }
        Some(Place::File(_)) | None => {
            Said::new("the configuration file is missing or cannot be read", "配置文件不存在或无法读取")
        }
    };
    Finding::failed(Check::Config, Exit::Configuration, what).step(Said::new(
        "run `graphbeat config check`: it shows each problem with its line and what to do; `graphbeat demo` needs no configuration",
        "运行 `graphbeat config check`，它会逐条列出问题所在行和处理办法；`graphbeat demo` 不需要配置",
    ))
}

/// Whether files can be made in it.
fn data_directory(directory: &Path, board: &Board) -> bool {
    let failed = |what: Said| {
        Finding::failed(Check::DataDirectory, Exit::Ledger, what).step(Said::new(
            "give yourself the right to write there, or name another directory with `--data`",
            "为自己授予该目录的写入权限，或用 `--data` 指定其他目录",
        ))
    };
    if !directory.exists() {
        let finding = match crate::runtime::make_private(directory) {
            Ok(()) => {
                Finding::ok(Check::DataDirectory, Said::new("made, with rights for you alone", "已创建，仅您可访问"))
            }
            Err(_) => failed(Said::new("it is not there and cannot be made", "不存在且无法创建")),
        };
        board.put(finding);
        return !board.has_failed(Check::DataDirectory);
    }
    if !directory.is_dir() {
        board.put(failed(Said::new("it is a file, not a directory", "它是文件而不是目录")));
        return false;
    }
    let trial = directory.join(format!(".graphbeat-doctor-{}", std::process::id()));
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&trial);
    if written.is_err() {
        board.put(failed(Said::new("nothing can be written in it", "无法写入")));
        return false;
    }
    // A trial file that stays is harmless, and its name says whose it is.
    let _ = std::fs::remove_file(&trial);
    board.put(rights(directory));
    true
}

#[cfg(unix)]
fn rights(directory: &Path) -> Finding {
    use std::os::unix::fs::MetadataExt as _;
    let is_open = std::fs::metadata(directory).is_ok_and(|metadata| metadata.mode() & 0o022 != 0);
    if !is_open {
        return Finding::ok(Check::DataDirectory, Said::new("can be written", "可以写入"));
    }
    Finding::warning(
        Check::DataDirectory,
        Said::new("other users of this machine may change what is in it", "本机的其他用户可以更改其中的内容"),
    )
    .step(Said::new(
        "take the right to write there from others: `chmod go-w` on it",
        "取消其他人的写入权限：对该目录执行 `chmod go-w`",
    ))
}

#[cfg(not(unix))]
fn rights(_directory: &Path) -> Finding {
    Finding::ok(Check::DataDirectory, Said::new("can be written", "可以写入"))
}

fn disk(machine: &impl Machine, ledger: &Path) -> Finding {
    let make_room = || Said::new("make room on the disk of the ledger", "为台账所在的磁盘腾出空间");
    let mib = |mib: u64| Part::number(mib);
    match room(machine, ledger) {
        Room::Unknown => Finding::skipped(
            Check::Disk,
            Said::new("this system does not say how much is free", "此系统未提供剩余空间信息"),
        ),
        Room::Enough(free) => Finding::ok(Check::Disk, Said::new("{} MiB free", "剩余 {} MiB").with(mib(free))),
        Room::Low(free) => Finding::warning(Check::Disk, Said::new("only {} MiB free", "仅剩 {} MiB").with(mib(free)))
            .step(make_room()),
        Room::Full(free) => {
            let what = Said::new("the disk is full: {} MiB free", "磁盘已满：剩余 {} MiB").with(mib(free));
            Finding::failed(Check::Disk, Exit::Ledger, what).step(make_room())
        }
    }
}

/// Reads the ledger through, and opens it for rows where that is possible.
fn open_ledger(context: &Context, ledger: &Path, may_make: bool, board: &Board) -> Option<Opened> {
    let state = match examine_ledger(ledger, LEDGER_READ_MAX) {
        Ok(state) => state,
        Err(error) => {
            if !board.has_failed(Check::DataDirectory) {
                board.put(bad_ledger(&error));
            }
            return None;
        }
    };
    if state == LedgerState::Missing && !may_make {
        return None;
    }
    let opened = match open_of(context, ledger, Sends::Yes) {
        Ok(opened) => opened,
        Err(_) if board.has_failed(Check::DataDirectory) || board.has_failed(Check::Disk) => return None,
        Err(_) => {
            let what = Said::new("it is whole, but cannot be opened for writing", "台账完整，但无法打开写入");
            board.put(Finding::failed(Check::Ledger, Exit::Ledger, what).step(Said::new(
                "check who may write the file and the directory `flight` beside it; another process may hold it",
                "检查该文件及其旁边 `flight` 目录的写入权限；也可能被其他进程占用",
            )));
            return None;
        }
    };
    board.put(Finding::ok(
        Check::Ledger,
        match state {
            LedgerState::Missing => Said::new("new and empty", "新建，尚无内容"),
            LedgerState::Whole => Said::new("whole", "完整"),
            LedgerState::TooLarge => Said::new(
                "its beginning is whole; it is too large to be read through in the time there is",
                "开头部分完整；文件过大，无法在限定时间内全部检查",
            ),
        },
    ));
    Some(opened)
}

fn bad_ledger(error: &StoreError) -> Finding {
    let (what, step) = match error {
        StoreError::Damaged { .. } => (
            Said::new("the ledger is damaged; nothing was written to it", "台账已损坏；未写入任何内容"),
            Said::new(
                "stop graphbeat, move the file away to start a new ledger, or put back a copy of it",
                "停止 graphbeat，移走该文件以新建台账，或恢复其副本",
            ),
        ),
        StoreError::Foreign { .. } => (
            Said::new("the file is not a ledger of graphbeat", "该文件不是 graphbeat 的台账"),
            Said::new(
                "name another file in `[store] url`, or move this one away",
                "在 `[store] url` 中指定其他文件，或移走此文件",
            ),
        ),
        StoreError::Newer { .. } | StoreError::MigrationDiffers { .. } => (
            Said::new("another version of graphbeat made the ledger", "台账由其他版本的 graphbeat 创建"),
            Said::new("use the graphbeat that wrote it, or a newer one", "使用写入它的 graphbeat 或更新的版本"),
        ),
        StoreError::DirectoryMissing { .. } => (
            Said::new("the directory of the ledger is not there", "台账所在目录不存在"),
            Said::new("make the directory, or name another with `--data`", "创建该目录，或用 `--data` 指定其他目录"),
        ),
        _ => (
            Said::new("the ledger cannot be read", "无法读取台账"),
            Said::new("check who may read and write the file", "检查该文件的读写权限"),
        ),
    };
    Finding::failed(Check::Ledger, Exit::Ledger, what).step(step)
}

/// Looks at the vault, and at what the journeys left: both are in the ledger's file.
pub(super) async fn look_inside(ground: &Ground, board: &Board) {
    let Some(opened) = &ground.opened else { return };
    let wanted = ground.config.as_ref().map(|(config, _)| vault_names(config)).unwrap_or_default();
    board.put(vault(opened, &wanted).await);
    board.put(artefacts(opened).await);
}

/// The entries of the vault that the configuration names.
fn vault_names(config: &Config) -> Vec<String> {
    let secrets = config.accounts.iter().flat_map(|account| account.sign_in.secrets());
    let named = secrets.filter_map(|(_, secret)| match secret {
        SecretRef::Vault(name) => Some(name.clone()),
        _ => None,
    });
    named.collect()
}

async fn vault(opened: &Opened, wanted: &[String]) -> Finding {
    let names = match opened.store.secret_names().await {
        Ok(names) => names,
        Err(error) => return bad_vault(&error),
    };
    let missing = wanted.iter().filter(|name| !names.contains(name)).count();
    if missing > 0 {
        let what = Said::new("{} secrets that the configuration names are not in it", "配置引用的 {} 个机密不在其中");
        return Finding::failed(Check::Vault, Exit::Ledger, what.with(Part::count(missing))).step(Said::new(
            "put each in with `graphbeat account edit NAME`",
            "用 `graphbeat account edit 名称` 逐个存入",
        ));
    }
    let Some(first) = names.first() else {
        return Finding::ok(Check::Vault, Said::new("empty", "为空"));
    };
    match opened.store.open_secret(first).await {
        Ok(_) => Finding::ok(
            Check::Vault,
            Said::new("its key opens it, {} secrets", "密钥可用，共 {} 个机密").with(Part::count(names.len())),
        ),
        Err(error) => bad_vault(&error),
    }
}

fn bad_vault(error: &StoreError) -> Finding {
    let (what, step) = match error {
        StoreError::KeyMissing { .. } => (
            Said::new("the key file is missing, but the vault holds secrets", "密钥文件缺失，但保管库中存有机密"),
            Said::new(
                "put back the `vault.key` that belongs to this data directory; else sign in and enter the secrets again",
                "恢复属于此数据目录的 `vault.key`；否则重新登录并重新输入机密",
            ),
        ),
        StoreError::KeyExposed { .. } => (
            Said::new("other users of this machine can read the key file", "本机的其他用户可以读取密钥文件"),
            Said::new(
                "run `chmod 600` on `vault.key`; if others may have read it, renew the secrets",
                "对 `vault.key` 执行 `chmod 600`；若可能已被他人读取，请更换机密",
            ),
        ),
        StoreError::KeyWrong { .. } | StoreError::KeyMalformed { .. } => (
            Said::new("the key file does not open the vault", "密钥文件无法打开保管库"),
            Said::new(
                "put back the `vault.key` that belongs to this data directory",
                "恢复属于此数据目录的 `vault.key`",
            ),
        ),
        StoreError::KeyInKeyring { .. } | StoreError::KeyNotInKeyring { .. } => (
            Said::new("the keyring does not give the vault's key", "系统钥匙串未提供保管库密钥"),
            Said::new(
                "unlock the keyring as the user who made the key; on another machine restore a `graphbeat backup`",
                "以创建该密钥的用户解锁钥匙串；在另一台机器上请还原 `graphbeat backup` 的备份",
            ),
        ),
        StoreError::PassphraseMissing { .. } | StoreError::PassphraseWrong { .. } => (
            Said::new("the vault's passphrase was not given, or is another one", "未提供保管库口令，或口令不正确"),
            Said::new(
                "type it on a terminal, or set `GRAPHBEAT_VAULT_PASSPHRASE`",
                "在终端中输入，或设置 `GRAPHBEAT_VAULT_PASSPHRASE`",
            ),
        ),
        error if error.class() == StoreErrorClass::Vault => (
            Said::new("a sealed secret does not open", "有机密无法解封"),
            Said::new(
                "enter the secrets again with `graphbeat account edit NAME`, or sign in again",
                "用 `graphbeat account edit 名称` 重新输入机密，或重新登录",
            ),
        ),
        _ => (
            Said::new("the vault cannot be read", "无法读取保管库"),
            Said::new("see what is said of the ledger", "参见台账一项"),
        ),
    };
    Finding::failed(Check::Vault, Exit::Ledger, what).step(step)
}

async fn artefacts(opened: &Opened) -> Finding {
    let (open, live) = match (opened.store.open(None).await, live_sessions(&opened.data_dir)) {
        (Ok(open), Ok(live)) => (open, live),
        _ => return Finding::skipped(Check::Artefacts, Said::new("the journal cannot be read", "无法读取日志")),
    };
    match open.iter().filter(|artefact| !live.contains(&artefact.session)).count() {
        0 => Finding::ok(Check::Artefacts, Said::new("nothing is left over", "没有遗留物")),
        count => {
            let what = Said::new("journeys left {} things behind", "流程遗留了 {} 个对象").with(Part::count(count));
            Finding::warning(Check::Artefacts, what)
                .step(Said::new("run `graphbeat clean`: it removes them", "运行 `graphbeat clean` 将其清除"))
        }
    }
}

/// Whether the dashboard could listen. Nothing is bound: two doctors at once must not see each other.
fn port(listen: SocketAddr, data_dir: &Path) -> Finding {
    let elsewhere = || Said::new("name another address in `[web] listen`", "在 `[web] listen` 中指定其他地址");
    if TcpListener::bind(SocketAddr::new(listen.ip(), 0)).is_err() {
        let what = Said::new("the dashboard's address is none of this machine's", "仪表板地址不属于本机");
        return Finding::failed(Check::DashboardPort, Exit::Configuration, what).step(elsewhere());
    }
    let free = Finding::ok(Check::DashboardPort, Said::new("free", "可用"));
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let is_taken = TcpStream::connect_timeout(&SocketAddr::new(ip, listen.port()), PORT_TIMEOUT).is_ok();
    match is_taken {
        false => free,
        true if matches!(AgentLock::take(data_dir), Err(StoreError::AgentRuns { .. })) => Finding::ok(
            Check::DashboardPort,
            Said::new("taken, and the agent of this directory runs", "已占用，且此目录的代理正在运行"),
        ),
        true => {
            let what = Said::new("another program listens on the dashboard's port {}", "另有程序占用仪表板端口 {}");
            Finding::failed(Check::DashboardPort, Exit::Configuration, what.with(Part::number(listen.port())))
                .step(elsewhere())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphbeat_core::Language;

    struct Disk(Option<u64>);

    impl Machine for Disk {
        fn free_bytes(&self, _directory: &Path) -> Option<u64> {
            self.0
        }
    }

    #[test]
    fn a_full_disk_is_found_and_a_system_that_does_not_say_is_no_trouble() {
        let found = |free| {
            let finding = disk(&Disk(free), Path::new("graphbeat.db"));
            (finding.outcome.word(), finding.what.of(Language::English).to_owned(), finding.exit.code())
        };
        assert_eq!(found(Some(1 << 20)), ("failed", "the disk is full: 1 MiB free".to_owned(), 5));
        assert_eq!(found(Some(100 << 20)), ("warning", "only 100 MiB free".to_owned(), 0));
        assert_eq!(found(Some(9 << 30)), ("ok", "9216 MiB free".to_owned(), 0));
        assert_eq!(found(None).0, "skipped");
    }
}
