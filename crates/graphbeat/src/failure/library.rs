//! What libraries fail with. Their English is their own; the Chinese is told here, by the variant of the error.

use graphbeat_base::error_chain;
use graphbeat_config::{EditError, LookupFailure, SecretError};
use graphbeat_core::{Said, said};
use graphbeat_engine::SetupError;
use graphbeat_store::{KeyringError, StoreError};

use super::Failure;
use crate::exit::Exit;
use crate::texts::Message;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let said = Said { en: error_chain(&error), zh_cn: store(&error) };
        let failure = Self::new(Exit::Ledger, Message::known(said));
        match (error.hint(), store_hint(&error)) {
            (Some(en), Some(zh_cn)) => {
                failure.hint(Message::known(Said { en: en.to_owned(), zh_cn: zh_cn.to_owned() }))
            }
            (Some(hint), None) => failure.hint(Message::foreign(hint)),
            (None, _) => failure,
        }
    }
}

fn store(error: &StoreError) -> String {
    match error {
        StoreError::DirectoryMissing { path } => format!("台账的目录 `{}` 不存在", path.display()),
        StoreError::File { path, source, .. } => format!("无法访问 `{}`（`{source}`）", path.display()),
        StoreError::Foreign { path, .. } => format!("`{}` 不是 graphbeat 的台账；未做任何更改", path.display()),
        StoreError::Damaged { path, .. } => format!("台账 `{}` 已损坏；未做任何更改", path.display()),
        StoreError::Newer { path, found, known } => {
            format!("台账 `{}` 的格式 {found} 比此 graphbeat 所知的 {known} 更新", path.display())
        }
        StoreError::MigrationDiffers { path, version } => {
            format!("台账 `{}` 由另一个构建创建：其迁移 {version} 不同", path.display())
        }
        StoreError::Busy(_) => "台账正被其他进程使用，一直没有空闲".to_owned(),
        StoreError::KeyMissing { path } => format!("密钥文件 `{}` 缺失，但保管库中存有用它封存的机密", path.display()),
        StoreError::KeyExposed { path, .. } => format!("其他用户可以读取密钥文件 `{}`；权限必须是 600", path.display()),
        StoreError::KeyMalformed { path } => format!("`{}` 不是 graphbeat 的密钥文件", path.display()),
        StoreError::KeyWrong { path } => format!("`{}` 中的密钥打不开此保管库", path.display()),
        StoreError::PassphraseMissing { path } => format!("保管库（`{}`）以口令锁定，但未给出口令", path.display()),
        StoreError::PassphraseWrong { path } => format!("口令打不开此保管库（`{}`）", path.display()),
        StoreError::SecretDamaged { name } => format!("封存的机密 `{name}` 已损坏，或从其他名称移来"),
        StoreError::AgentRuns { path, .. } => format!("另一个代理正在 `{}` 中运行", path.display()),
        StoreError::KeyInKeyring { path, .. } => {
            format!("系统钥匙串未给出或未收下保管库的密钥（`{}`）", path.display())
        }
        StoreError::KeyNotInKeyring { entry } => format!("保管库的密钥是另一个钥匙串的条目 `{entry}`"),
        StoreError::KeyBusy { path } => format!("另一个进程正在更改或复制保管库的密钥（`{}`）", path.display()),
        other => format!("台账或保管库失败：`{}`", error_chain(other)),
    }
}

const fn store_hint(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::DirectoryMissing { .. } => Some("请创建该目录，或用 `--data` 指定其他目录"),
        StoreError::Foreign { .. } => Some("请在 `[store] url` 中指定其他文件，或移走此文件"),
        StoreError::Damaged { .. } => Some("请移走该文件以启用新台账，或放回它的副本"),
        StoreError::Newer { .. } => Some("请使用写入它的 graphbeat，或更新的版本"),
        StoreError::KeyMissing { .. } | StoreError::KeyWrong { .. } => Some("请放回属于此数据目录的密钥文件"),
        StoreError::PassphraseMissing { .. } => Some("请在终端中输入，或设置 `GRAPHBEAT_VAULT_PASSPHRASE`"),
        StoreError::PassphraseWrong { .. } => Some("未做任何更改：请用正确的口令重试"),
        StoreError::KeyExposed { .. } => Some("请对它执行 `chmod 600`；若可能已被他人读取，请更换机密"),
        StoreError::KeyMalformed { .. } => Some("请放回密钥文件，或指定其他文件"),
        StoreError::KeyInKeyring { source, .. } => Some(keyring_hint(source)),
        StoreError::KeyNotInKeyring { .. } => {
            Some("请在当初运行 `graphbeat vault rekey --keyring` 的机器上以该用户运行，或还原备份")
        }
        StoreError::KeyBusy { .. } => Some("未做任何更改：请稍后重试"),
        StoreError::AgentRuns { .. } => Some("请先停止它；`check`、`log` 和 `status` 可与它同时使用"),
        _ => None,
    }
}

impl From<KeyringError> for Failure {
    /// Of a secret that the configuration places there.
    fn from(error: KeyringError) -> Self {
        let said =
            Said { en: error_chain(&error), zh_cn: "系统钥匙串不可用，或没有给出机密".to_owned() };
        Self::new(Exit::Configuration, Message::known(said)).hint(Message::known(keyring_lookup(&error).hint))
    }
}

const fn keyring_hint(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::Unavailable(_) => {
            "服务器没有钥匙串：请用 `vault`、`file`、`env` 或 `command` 提供机密，并将保管库的密钥放在密钥文件或口令中"
        }
        KeyringError::Locked(_) | KeyringError::Slow => "请解锁钥匙串（例如登录桌面）后重试",
        KeyringError::Ambiguous(_) => "请在系统的密码程序中只保留一个条目",
        KeyringError::NotText(_) => "请以文本形式保存",
        KeyringError::Refused(_) | KeyringError::Thread(_) => "请在系统的密码程序中查看",
    }
}

/// Why the keyring gave no secret.
pub(crate) fn keyring_lookup(error: &KeyringError) -> LookupFailure {
    let hint = Said { en: error.hint().to_owned(), zh_cn: keyring_hint(error).to_owned() };
    LookupFailure { said: error_chain(error), hint }
}

/// Why the vault gave no secret.
pub(crate) fn vault_lookup(error: &StoreError) -> LookupFailure {
    let hint = match (error.hint(), store_hint(error)) {
        (Some(en), Some(zh_cn)) => Said { en: en.to_owned(), zh_cn: zh_cn.to_owned() },
        _ => said!("check the data directory and its key file", "请检查数据目录及其密钥文件"),
    };
    LookupFailure { said: error_chain(error), hint }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        let exit = match &error {
            SetupError::Secret { source: SecretError::Vault(_), .. } => Exit::Ledger,
            _ => Exit::Configuration,
        };
        let failure = Self::new(exit, Message::known(Said { en: error_chain(&error), zh_cn: setup(&error) }));
        match &error {
            SetupError::Secret { source, .. } => failure.hint(Message::known(source.hint())),
            _ => failure,
        }
    }
}

fn setup(error: &SetupError) -> String {
    match error {
        SetupError::Selection { account, source } => {
            let names: Vec<String> = source.unknown.iter().map(|unknown| format!("`{}`", unknown.name)).collect();
            format!("帐户 `{account}` 选择了不存在的内容：{}", names.join("、"))
        }
        SetupError::Secret { account, source } => {
            format!("无法取得帐户 `{account}` 的机密：{}", source.said().zh_cn)
        }
        SetupError::Certificate { account, .. } => format!("无法使用帐户 `{account}` 的证书"),
        SetupError::Roots { path, .. } => format!("无法读取 TLS 根证书文件 `{}`", path.display()),
        SetupError::Network(_) => "无法按配置使用网络".to_owned(),
        SetupError::TimeZone(name) => format!("未知的时区 `{name}`"),
        SetupError::Dangling { account, name } => format!("帐户 `{account}` 引用了未配置的 `{name}`"),
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        let exit = match &error {
            EditError::Exists(_) | EditError::Missing(_) => Exit::Usage,
            EditError::Malformed | EditError::Shape | EditError::Changed | EditError::File { .. } => {
                Exit::Configuration
            }
        };
        Self::new(exit, Message::known(Said { en: error_chain(&error), zh_cn: edit(&error) }))
    }
}

fn edit(error: &EditError) -> String {
    match error {
        EditError::Malformed => "配置文件格式错误：`graphbeat config check` 会指出位置".to_owned(),
        EditError::Shape => "文件中的帐户没有写成 `[[account]]`：请手动更改".to_owned(),
        EditError::Exists(name) => format!("已有帐户 `{name}`"),
        EditError::Missing(name) => format!("文件中没有帐户 `{name}`"),
        EditError::Changed => "配置文件同时被他人更改；未写入任何内容".to_owned(),
        EditError::File { path, source } => format!("无法写入配置文件 `{}`（`{source}`）", path.display()),
    }
}
