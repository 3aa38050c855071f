//! What needs requests: Entra and its clock, each account's token, permissions, mailbox, drive and licences.
//! Each request passes the engine's guards and has its row in the ledger.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use graphbeat_base::SignedDuration;
use graphbeat_catalog::{Catalog, Mode, permission_gap};
use graphbeat_config::{Account as AccountConfig, Config};
use graphbeat_core::explain::Knowledge;
use graphbeat_core::{Call, Verdict};
use graphbeat_engine::{Account, Engine, NoToken, OperationReport, Trouble, UserLook, Watcher, selection_of};
use graphbeat_store::{AccountStates as _, SqliteStore};

use super::finding::{Board, Check, Finding, Outcome};
use super::network::without_doctor;
use super::said::{Diagnosis, Part, Said, of_call, of_code};
use crate::exit::Exit;

/// The most rows of this run that are remembered.
const ROWS_MAX: usize = 10_000;
/// Entra lets clocks differ by five minutes.
const CLOCK_OFF_MAX: SignedDuration = SignedDuration::from_mins(5);
/// So much is worth a word.
const CLOCK_OFF_NOTED: SignedDuration = SignedDuration::from_mins(1);

/// Remembers what failed, for its explanation.
#[derive(Default)]
pub(super) struct Rows(Mutex<Vec<Call>>);

impl Watcher for Rows {
    fn call(&self, call: &Call) {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() < ROWS_MAX && matches!(call.verdict, Verdict::Failed | Verdict::Throttled | Verdict::Expected) {
            rows.push(call.clone());
        }
    }

    fn operation(&self, _report: &OperationReport) {}
}

impl Rows {
    /// The last failed request of an account whose operation starts so.
    fn last(&self, account: &str, operation: &str) -> Option<Call> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.iter().rfind(|call| &*call.account == account && call.operation.starts_with(operation)).cloned()
    }
}

/// What the accounts' checks share.
pub(super) struct Ward {
    pub(super) engine: Engine,
    pub(super) store: Arc<SqliteStore>,
    pub(super) config: Config,
    pub(super) catalog: Catalog,
    pub(super) knowledge: Knowledge,
    pub(super) rows: Arc<Rows>,
    pub(super) board: Arc<Board>,
}

impl Ward {
    /// Whether Entra answers, and what its clock says; asked for one account of a cloud.
    pub(super) async fn entra(&self, cloud: &str) -> bool {
        let of_cloud = self.engine.accounts().iter().filter(|account| &*account.cloud.name == cloud);
        for account in of_cloud {
            match self.engine.must_rest(account).await {
                Ok(None) => return self.entra_for(account).await,
                Ok(Some(_)) => {}
                Err(_) => break,
            }
        }
        let because = Said::new("its accounts are paused or were told to wait", "其帐户已暂停或被要求等待");
        self.board.put(Finding::skipped(Check::Entra, because.clone()));
        self.board.put(Finding::skipped(Check::Clock, because));
        // The accounts say for themselves why they rest.
        true
    }

    async fn entra_for(&self, account: &Account) -> bool {
        let Ok(look) = self.engine.look_at_entra(account).await else {
            let what = Said::new("the ledger failed while Entra was asked", "查询 Entra 时台账出错");
            self.board.put(Finding::failed(Check::Entra, Exit::Ledger, what));
            return false;
        };
        if let Some(ahead) = look.clock_ahead {
            self.board.put(self.clock(ahead));
        }
        if look.is_there {
            self.board.put(Finding::ok(Check::Entra, Said::new("it answers", "有应答")));
            return true;
        }
        let call = self.rows.last(&account.name, "token.discovery");
        let exit = match call.as_ref().map(|call| call.verdict) {
            Some(Verdict::Throttled) => Exit::Throttled,
            _ => Exit::Network,
        };
        let what = Said::new("Entra did not answer as it should", "Entra 未正常应答");
        let (what, steps) = self.told(what, call, account.mode);
        self.board.put(Finding::failed(Check::Entra, exit, what).steps(steps));
        false
    }

    fn clock(&self, ahead: SignedDuration) -> Finding {
        let seconds = ahead.as_secs();
        let side = if seconds > 0 { ("ahead of", "快于") } else { ("behind", "慢于") };
        let what = Said::new("this machine's clock is {} s {} Entra's", "本机时钟以 {} 秒{} Entra")
            .with(Part::number(seconds.abs()))
            .with(Part::phrase(side.0, side.1));
        let off = ahead.abs();
        if off < CLOCK_OFF_NOTED {
            return Finding::ok(Check::Clock, Said::new("agrees with Entra's", "与 Entra 的时钟一致"));
        }
        let steps = without_doctor(of_code(&self.knowledge, "ClockSkew", None).steps);
        if off < CLOCK_OFF_MAX {
            return Finding::warning(Check::Clock, what).steps(steps);
        }
        Finding::failed(Check::Clock, Exit::OperationFailed, what).steps(steps)
    }

    /// What the knowledge says of a row, after our own sentence.
    fn told(&self, what: Said, call: Option<Call>, mode: Mode) -> (Said, Vec<Said>) {
        match call {
            Some(call) => {
                let Diagnosis { what: why, steps, .. } = of_call(&self.knowledge, &call, mode);
                (what.and(why), without_doctor(steps))
            }
            None => (what, Vec::new()),
        }
    }

    /// Everything about one account whose cloud answers.
    pub(super) async fn account(&self, index: usize, account: &Arc<Account>, configured: &AccountConfig) {
        let put = |finding: Finding| self.board.put(finding.of_account(index, &account.name));
        let permissions = match self.engine.carried_permissions(account).await {
            Ok(Ok(permissions)) => permissions,
            Ok(Err(no_token)) => {
                put(self.no_token(account, &no_token).await);
                rest(index, &account.name, &self.board, &Said::new("there is no token", "没有令牌"));
                return;
            }
            Err(_) => {
                let what = Said::new("the ledger failed while a token was asked for", "请求令牌时台账出错");
                put(Finding::failed(Check::Token, Exit::Ledger, what));
                rest(index, &account.name, &self.board, &Said::new("there is no token", "没有令牌"));
                return;
            }
        };
        put(Finding::ok(Check::Token, Said::new("Entra gave one", "已取得")));
        put(self.permissions(configured, permissions.as_ref()));
        let carried = permissions.unwrap_or_default();
        let licenses = self.of_user(account, Check::Licenses, UserLook::Licenses, &carried).await;
        let is_unlicensed = licenses.outcome == Outcome::Failed;
        put(licenses);
        if is_unlicensed {
            // What a licence brings is not there without one: the licence is what is to be mended.
            let because = Said::new("see what is said of the licences", "参见许可证一项");
            put(Finding::skipped(Check::Mailbox, because.clone()));
            put(Finding::skipped(Check::Drive, because));
            return;
        }
        let (mailbox, drive) = tokio::join!(
            self.of_user(account, Check::Mailbox, UserLook::Mailbox, &carried),
            self.of_user(account, Check::Drive, UserLook::Drive, &carried),
        );
        put(mailbox);
        put(drive);
    }

    /// By the row where something was sent, else by what the ledger knows of the account.
    async fn no_token(&self, account: &Account, no_token: &NoToken) -> Finding {
        let call = self.rows.last(&account.name, "token.").filter(|call| &*call.operation != "token.discovery");
        let exit = no_token.trouble.map_or(Exit::Ok, Exit::from);
        if let Some(call) = call {
            let what = Said::new("Entra gave none", "未能取得");
            let (what, steps) = self.told(what, Some(call), account.mode);
            return Finding::failed(Check::Token, exit, what).steps(steps);
        }
        let standing = self.store.standing(&account.name).await.ok().flatten();
        let code = standing.as_ref().and_then(|standing| standing.code.clone());
        if no_token.trouble.is_none() {
            let what = Said::new("the account is paused by its owner", "帐户已被所有者暂停");
            return Finding::warning(Check::Token, what).step(
                Said::new("run `graphbeat account resume {}`", "运行 `graphbeat account resume {}`")
                    .with(Part::account(&account.name)),
            );
        }
        if no_token.trouble == Some(Trouble::Throttled) {
            let what = Said::new(
                "no sign-in is tried now, after earlier ones were refused",
                "此前登录被拒绝，目前暂不尝试登录",
            );
            let diagnosis = code.map(|code| of_code(&self.knowledge, &code, Some(&account.name)));
            let (what, steps) = match diagnosis {
                Some(Diagnosis { what: why, steps, .. }) => (what.and(why), without_doctor(steps)),
                None => (what, Vec::new()),
            };
            let resume = Said::new(
                "once it is mended, run `graphbeat account resume {}`, or wait a quarter of an hour",
                "处理后运行 `graphbeat account resume {}`，或等待一刻钟",
            );
            return Finding::failed(Check::Token, exit, what)
                .steps(steps)
                .step(resume.with(Part::account(&account.name)));
        }
        let (what, step) = if account.is_of_a_person() {
            (
                Said::new("nobody has signed in for it, or the sign-in is over", "尚未有人登录，或登录已失效"),
                Said::new("run `graphbeat account sign-in {}`", "运行 `graphbeat account sign-in {}`"),
            )
        } else {
            (
                Said::new("its proof could not be had, so nothing was sent", "无法取得凭据，因此未发送请求"),
                Said::new(
                    "run `graphbeat check --account {}`: it says why",
                    "运行 `graphbeat check --account {}` 查看原因",
                ),
            )
        };
        Finding::failed(Check::Token, exit, what).step(step.with(Part::account(&account.name)))
    }

    fn permissions(&self, account: &AccountConfig, carried: Option<&BTreeSet<String>>) -> Finding {
        let mode = account.sign_in.mode();
        let Some(carried) = carried else {
            let because = Said::new("the token does not say what it carries", "令牌未注明所含权限");
            return Finding::skipped(Check::Permissions, because);
        };
        let selected =
            self.config.cloud_of(account).and_then(|cloud| selection_of(account, cloud).resolve(&self.catalog).ok());
        let Some(selected) = selected else {
            let because = Said::new("the selection cannot be resolved", "无法解析所选操作");
            return Finding::skipped(Check::Permissions, because);
        };
        let gap = permission_gap(&selected, mode, carried, None);
        if gap.missing.is_empty() {
            let what = Said::new(
                "all that the selection needs; {} more than needed",
                "已具备所选操作需要的全部权限；多出 {} 项",
            );
            return Finding::ok(Check::Permissions, what.with(Part::count(gap.excessive.len())));
        }
        let closed: BTreeSet<_> = gap.missing.values().flatten().collect();
        let what = Said::new("the token lacks {}: {} operations will be refused", "令牌缺少 {}：{} 个操作将被拒绝")
            .with(Part::permissions(gap.missing.keys().map(String::as_str)))
            .with(Part::count(closed.len()));
        let consent = Said::new(
            "run `graphbeat app consent {}`, or give an administrator the page that it prints",
            "运行 `graphbeat app consent {}`，或把它显示的页面交给管理员",
        );
        let finding = Finding::failed(Check::Permissions, Exit::OperationFailed, what)
            .step(consent.with(Part::account(&account.name)));
        match mode {
            Mode::Delegated => finding.step(
                Said::new("then run `graphbeat account sign-in {}`", "然后运行 `graphbeat account sign-in {}`")
                    .with(Part::account(&account.name)),
            ),
            Mode::Application => finding,
        }
    }

    /// Something of the account's user, where the token allows to look.
    async fn of_user(
        &self,
        account: &Arc<Account>,
        check: Check,
        look: UserLook,
        carried: &BTreeSet<String>,
    ) -> Finding {
        if !account.work.needs_user {
            return Finding::skipped(
                check,
                Said::new("nothing that is selected is about a user", "所选操作都与用户无关"),
            );
        }
        if !look.opened_by(account.mode).iter().any(|name| carried.contains(*name)) {
            return Finding::skipped(check, Said::new("the token does not allow to look", "令牌无权查看"));
        }
        let (report, listed) = match self.engine.look_at_user(account, look).await {
            Ok(Ok(seen)) => seen,
            Ok(Err(no_user)) => return self.no_user(account, check, &no_user),
            Err(_) => return Finding::skipped(check, Said::new("the ledger failed", "台账出错")),
        };
        match (report.verdict, look) {
            (Verdict::Ok, UserLook::Licenses) if listed == 0 => {
                Finding::failed(check, Exit::OperationFailed, Said::new("the user has no licence", "用户没有许可证"))
                    .step(Said::new(
                        "give the user a licence in the admin center (`graphbeat links`), or name another in `user`",
                        "在管理中心为用户分配许可证（见 `graphbeat links`），或在 `user` 中指定其他用户",
                    ))
            }
            (Verdict::Ok, UserLook::Licenses) => {
                Finding::ok(check, Said::new("the user has {}", "用户有 {} 个").with(Part::count(listed)))
            }
            (Verdict::Ok, _) => Finding::ok(check, Said::new("it is there", "已开通")),
            _ => self.not_there(account, check, look, &report),
        }
    }

    fn no_user(&self, account: &Account, check: Check, no_user: &NoToken) -> Finding {
        let call = self.rows.last(&account.name, "lookup.user");
        let exit = no_user.trouble.map_or(Exit::Ok, Exit::from);
        let what = Said::new("the account's user was not found", "未找到该帐户的用户");
        let (what, steps) = self.told(what, call, account.mode);
        Finding::failed(check, exit, what).steps(steps).step(Said::new(
            "name a user of the tenant in `user` of the configuration",
            "在配置的 `user` 中指定租户内的用户",
        ))
    }

    fn not_there(&self, account: &Account, check: Check, look: UserLook, report: &OperationReport) -> Finding {
        let Some(call) = self.rows.last(&account.name, look.operation()) else {
            return Finding::skipped(check, Said::new("nothing was sent", "未发送请求"));
        };
        let Diagnosis { what: why, steps, heals } = of_call(&self.knowledge, &call, account.mode);
        let what = match report.status {
            Some(404) => Said::new("it is not there", "不存在").and(why),
            _ => Said::new("it could not be looked at", "无法查看").and(why),
        };
        if heals {
            return Finding::warning(check, what).steps(without_doctor(steps));
        }
        let exit = report.trouble.map_or(Exit::OperationFailed, Exit::from);
        Finding::failed(check, exit, what).steps(without_doctor(steps))
    }
}

/// Skips what comes after a check of an account.
pub(super) fn rest(index: usize, name: &str, board: &Board, because: &Said) {
    for check in [Check::Permissions, Check::Mailbox, Check::Drive, Check::Licenses] {
        board.put(Finding::skipped(check, because.clone()).of_account(index, name));
    }
}
