//! What libraries fail with. Their English is their own; the Chinese is told here, by the variant of the error.

use graphbeat_base::error_chain;
use graphbeat_config::{EditError, SecretError};
use graphbeat_core::Said;
use graphbeat_engine::SetupError;
use graphbeat_store::StoreError;

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
        StoreError::AgentRuns { .. } => Some("请先停止它；`check`、`log` 和 `status` 可与它同时使用"),
        _ => None,
    }
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
