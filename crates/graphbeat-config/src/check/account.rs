//! The tables `[[account]]`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use graphbeat_catalog::Mode;
use graphbeat_core::{Said, said};
use uuid::Uuid;

use super::{Checker, secrets};
use crate::load::FileCheck;
use crate::model::{Account, Cloud, DEFAULT_CLASS, DEFAULT_SCHEDULE, Schedule, SecretRef, SignIn};
use crate::problem::choice_hint;
use crate::secret::{SecretSources, resolve_secret_bytes};
use crate::table::{AccountTable, SecretTable, SignInTable};
use crate::walk::escape;

const CLOUD_DEFAULT: &str = "global";
/// Names that stand for several classes.
const PRESETS: [&str; 2] = [DEFAULT_CLASS, "all"];
/// Tenants that are no tenant: an application has to name its own.
const SHARED_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];
const NAME_MAX: usize = 64;

/// The names that accounts may refer to.
struct Names<'n> {
    clouds: &'n BTreeMap<String, Cloud>,
    schedules: &'n BTreeMap<String, Schedule>,
    classes: BTreeSet<String>,
    operations: BTreeSet<String>,
    excludable: BTreeSet<String>,
}

impl Checker<'_, '_> {
    pub(super) fn accounts(
        &mut self,
        tables: Vec<AccountTable>,
        clouds: &BTreeMap<String, Cloud>,
        schedules: &BTreeMap<String, Schedule>,
    ) -> Vec<Account> {
        let presets = PRESETS.iter().map(|preset| (*preset).to_owned());
        let classes = presets.chain(self.known.classes.iter().cloned()).collect();
        let operations: BTreeSet<String> = self.known.operations.iter().cloned().collect();
        let excludable = self.known.excludable.iter().chain(&operations).cloned().collect();
        let names = Names { clouds, schedules, classes, operations, excludable };
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut accounts = Vec::new();
        for (index, table) in tables.into_iter().enumerate() {
            self.name(&table.name, index, &mut seen);
            accounts.extend(self.account(table, &names, &format!("/account/{index}")));
        }
        accounts
    }

    fn name(&mut self, name: &str, index: usize, seen: &mut HashMap<String, usize>) {
        let pointer = format!("/account/{index}/name");
        let is_name_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
        let count = name.chars().count();
        if count == 0 || count > NAME_MAX || name.starts_with('-') || !name.chars().all(is_name_part) {
            let shown: String = name.chars().take(NAME_MAX).collect();
            let message = said!("`{shown}` cannot name an account", "`{shown}` 不能作为帐户名称");
            let hint = said!(
                "use up to {NAME_MAX} letters, digits, `.`, `_`, `-`, `@`, and no `-` at the start",
                "最多 {NAME_MAX} 个字母、数字、`.`、`_`、`-`、`@`，且不以 `-` 开头"
            );
            self.findings.report(&pointer, message, hint);
        } else if let Some(first) = seen.insert(name.to_lowercase(), index) {
            let message = said!("the account name `{name}` is used twice", "帐户名称 `{name}` 使用了两次");
            let first = first + 1;
            let hint = said!(
                "rename one of them; the other is account {first} of the file",
                "请重命名其中一个；另一个是文件中的第 {first} 个帐户"
            );
            self.findings.report(&pointer, message, hint);
        }
    }

    fn account(&mut self, table: AccountTable, names: &Names<'_>, pointer: &str) -> Option<Account> {
        self.tenant(&table.tenant, &format!("{pointer}/tenant"));
        let cloud = table.cloud.unwrap_or_else(|| CLOUD_DEFAULT.to_owned());
        self.known_name("cloud", &cloud, names.clouds.keys(), &format!("{pointer}/cloud"));
        let schedule = table.schedule.unwrap_or_else(|| DEFAULT_SCHEDULE.to_owned());
        self.known_name("schedule", &schedule, names.schedules.keys(), &format!("{pointer}/schedule"));
        let classes = table.classes.unwrap_or_else(|| vec![DEFAULT_CLASS.to_owned()]);
        for (word, list, known, key) in [
            ("class", &classes, &names.classes, "classes"),
            ("operation", &table.operations, &names.operations, "operations"),
            ("operation", &table.exclude, &names.excludable, "exclude"),
        ] {
            for (index, name) in list.iter().enumerate() {
                self.known_name(word, name, known.iter(), &format!("{pointer}/{key}/{index}"));
            }
        }
        let sign_in = self.sign_in(table.sign_in, &format!("{pointer}/sign_in"))?;
        self.user(table.user.as_deref(), table.journeys && sign_in.mode() == Mode::Application, pointer);
        Some(Account {
            name: Arc::from(table.name),
            tenant: Arc::from(table.tenant),
            cloud: Arc::from(cloud),
            sign_in,
            schedule: Arc::from(schedule),
            classes,
            operations: table.operations,
            exclude: table.exclude,
            journeys: table.journeys,
            batch: table.batch,
            user: table.user,
        })
    }

    fn known_name<'n>(
        &mut self,
        word: &str,
        name: &str,
        known: impl Iterator<Item = &'n String> + Clone,
        pointer: &str,
    ) {
        // What the file declares wrongly was reported there.
        let is_declared = self.findings.mentions(&format!("/{word}/{}", escape(name)));
        if !is_declared && known.clone().all(|known| known != name) {
            let hint = choice_hint(name, known.map(String::as_str));
            let message = match word {
                "cloud" => said!("unknown cloud `{name}`", "未知的云 `{name}`"),
                "schedule" => said!("unknown schedule `{name}`", "未知的计划 `{name}`"),
                "class" => said!("unknown class `{name}`", "未知的类别 `{name}`"),
                _ => said!("unknown operation `{name}`", "未知的操作 `{name}`"),
            };
            self.findings.report(pointer, message, hint);
        }
    }

    fn tenant(&mut self, tenant: &str, pointer: &str) {
        let is_domain_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
        let is_domain = tenant.contains('.') && tenant.chars().all(is_domain_part);
        if SHARED_TENANTS.contains(&tenant) {
            let hint = said!(
                "name the tenant itself: its id, or a domain such as `contoso.onmicrosoft.com`",
                "请指明租户本身：它的 ID，或某个域，例如 `contoso.onmicrosoft.com`"
            );
            self.findings.report(pointer, said!("`{tenant}` is not one tenant", "`{tenant}` 不是某一个租户"), hint);
        } else if !is_domain && Uuid::parse_str(tenant).is_err() {
            let message =
                said!("`{tenant}` is neither a tenant's id nor a domain", "`{tenant}` 既不是租户 ID 也不是域");
            self.findings.report(
                pointer,
                message,
                said!(
                    "for example: tenant = \"contoso.onmicrosoft.com\"",
                    "例如：tenant = \"contoso.onmicrosoft.com\""
                ),
            );
        }
    }

    fn user(&mut self, user: Option<&str>, is_needed: bool, pointer: &str) {
        match user {
            None if is_needed => {
                let message = said!(
                    "journeys of an application need to know the user whose data they may use",
                    "应用程序的流程需要知道可以使用哪个用户的数据"
                );
                let hint = said!(
                    "add the user: user = \"megan@contoso.onmicrosoft.com\"",
                    "请添加用户：user = \"megan@contoso.onmicrosoft.com\""
                );
                self.findings.report(&format!("{pointer}/journeys"), message, hint);
            }
            Some(user) if !user.contains('@') && Uuid::parse_str(user).is_err() => {
                let message = said!(
                    "`{user}` is neither a user's id nor a user principal name",
                    "`{user}` 既不是用户 ID 也不是用户主体名称"
                );
                let hint = said!(
                    "for example: user = \"megan@contoso.onmicrosoft.com\"",
                    "例如：user = \"megan@contoso.onmicrosoft.com\""
                );
                self.findings.report(&format!("{pointer}/user"), message, hint);
            }
            _ => {}
        }
    }

    fn sign_in(&mut self, table: SignInTable, pointer: &str) -> Option<SignIn> {
        let sign_in = match table {
            SignInTable::ClientSecret { client_id, client_secret } => SignIn::ClientSecret {
                client_id: self.client_id(&client_id, pointer)?,
                client_secret: self.secret(client_secret),
            },
            SignInTable::Certificate { client_id, certificate, key, password } => SignIn::Certificate {
                client_id: self.client_id(&client_id, pointer)?,
                certificate: self.secret(certificate),
                key: key.map(|key| self.secret(key)),
                password: password.map(|password| self.secret(password)),
            },
            SignInTable::FederatedToken { client_id, token } => SignIn::FederatedToken {
                client_id: self.client_id(&client_id, pointer)?,
                token: self.federated_token(token, pointer),
            },
            SignInTable::AuthCode { client_id } => SignIn::AuthCode { client_id: self.client_id(&client_id, pointer)? },
            SignInTable::DeviceCode { client_id } => {
                SignIn::DeviceCode { client_id: self.client_id(&client_id, pointer)? }
            }
        };
        for (key, secret) in secrets(&sign_in) {
            self.readable(secret, &format!("{pointer}/{key}"));
        }
        self.password_of_pem(&sign_in, pointer);
        Some(sign_in)
    }

    fn client_id(&mut self, text: &str, pointer: &str) -> Option<Uuid> {
        let client_id = Uuid::parse_str(text).ok();
        if client_id.is_none() {
            // The text is not repeated: a secret may have been pasted here.
            let message = said!("`client_id` is not an application's id", "`client_id` 不是应用程序 ID");
            let hint = said!(
                "copy the application (client) id of the app registration, 36 characters",
                "请复制应用注册的应用程序(客户端) ID，共 36 个字符"
            );
            self.findings.report(&format!("{pointer}/client_id"), message, hint);
        }
        client_id
    }

    /// Another issuer's token lives for minutes: where nobody replaces it, it is of no use.
    fn federated_token(&mut self, table: SecretTable, pointer: &str) -> SecretRef {
        let kept = match table {
            SecretTable::Vault(_) => Some(said!("vault", "保管库")),
            SecretTable::Keyring(_) => Some(said!("keyring", "系统钥匙串")),
            SecretTable::File(_) | SecretTable::Env(_) | SecretTable::Command(_) => None,
        };
        if let Some(kept) = kept {
            let message = Said {
                en: format!("another issuer's token cannot lie in the {}: it lives for minutes", kept.en),
                zh_cn: format!("其他颁发者的令牌不能放在{}中：它只有几分钟有效", kept.zh_cn),
            };
            let hint = said!(
                "for example: token = {{ file = \"/var/run/secrets/tokens/token\" }}",
                "例如：token = {{ file = \"/var/run/secrets/tokens/token\" }}"
            );
            self.findings.report(&format!("{pointer}/token"), message, hint);
        }
        self.secret(table)
    }

    fn secret(&self, table: SecretTable) -> SecretRef {
        match table {
            SecretTable::File(path) => SecretRef::File(self.absolute(&path)),
            SecretTable::Env(name) => SecretRef::Env(name),
            SecretTable::Command(arguments) => SecretRef::Command { arguments, directory: self.base_dir.clone() },
            SecretTable::Vault(name) => SecretRef::Vault(name),
            SecretTable::Keyring(name) => SecretRef::Keyring(name),
        }
    }

    /// A secret file or variable has to be there; for a check no command is run, and neither vault nor keyring
    /// is opened.
    fn readable(&mut self, secret: &SecretRef, pointer: &str) {
        if let SecretRef::Command { arguments, .. } = secret
            && arguments.first().is_none_or(String::is_empty)
        {
            let hint = said!(
                "for example: command = [\"pass\", \"show\", \"graphbeat\"]",
                "例如：command = [\"pass\", \"show\", \"graphbeat\"]"
            );
            self.findings.report(pointer, said!("the command names no program", "命令没有指明程序"), hint);
        }
        let is_cheap = matches!(secret, SecretRef::File(_) | SecretRef::Env(_));
        if self.files == FileCheck::Skip || !is_cheap {
            return;
        }
        if let Err(error) = resolve_secret_bytes(secret, &SecretSources::plain(self.environment)) {
            self.findings.report(pointer, error.said(), error.hint());
        }
    }

    /// A password that nothing asks for is a mistake: most often the certificate is the wrong file.
    fn password_of_pem(&mut self, sign_in: &SignIn, pointer: &str) {
        let SignIn::Certificate { certificate: SecretRef::File(file), key, password, .. } = sign_in else { return };
        let extension = Path::new(file).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let is_pkcs12 = extension.eq_ignore_ascii_case("pfx") || extension.eq_ignore_ascii_case("p12");
        if is_pkcs12 && key.is_some() {
            let message = said!("a PKCS#12 file holds its key itself", "PKCS#12 文件自身含有密钥");
            self.findings.report(&format!("{pointer}/key"), message, said!("remove `key`", "请删除 `key`"));
        } else if extension.eq_ignore_ascii_case("pem") && password.is_some() {
            let message = said!(
                "a password is only for a PKCS#12 file (`.pfx`, `.p12`)",
                "密码只用于 PKCS#12 文件（`.pfx`、`.p12`）"
            );
            self.findings.report(
                &format!("{pointer}/password"),
                message,
                said!("remove `password`", "请删除 `password`"),
            );
        }
    }
}
