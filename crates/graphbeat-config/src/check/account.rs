//! The tables `[[account]]`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use graphbeat_base::Secret;
use graphbeat_catalog::Mode;
use uuid::Uuid;

use super::{Checker, secrets};
use crate::load::FileCheck;
use crate::model::{Account, Cloud, DEFAULT_CLASS, DEFAULT_SCHEDULE, Schedule, SecretRef, SignIn};
use crate::problem::choice_hint;
use crate::secret::resolve_secret_bytes;
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
            let message = format!("`{}` cannot name an account", name.chars().take(NAME_MAX).collect::<String>());
            let hint = format!("use up to {NAME_MAX} letters, digits, `.`, `_`, `-`, `@`, and no `-` at the start");
            self.findings.report(&pointer, message, hint);
        } else if let Some(first) = seen.insert(name.to_lowercase(), index) {
            let message = format!("the account name `{name}` is used twice");
            let hint = format!("rename one of them; the other is account {} of the file", first + 1);
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
            self.findings.report(pointer, format!("unknown {word} `{name}`"), hint);
        }
    }

    fn tenant(&mut self, tenant: &str, pointer: &str) {
        let is_domain_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
        let is_domain = tenant.contains('.') && tenant.chars().all(is_domain_part);
        if SHARED_TENANTS.contains(&tenant) {
            let hint = "name the tenant itself: its id, or a domain such as `contoso.onmicrosoft.com`".to_owned();
            self.findings.report(pointer, format!("`{tenant}` is not one tenant"), hint);
        } else if !is_domain && Uuid::parse_str(tenant).is_err() {
            let message = format!("`{tenant}` is neither a tenant's id nor a domain");
            self.findings.report(pointer, message, "for example: tenant = \"contoso.onmicrosoft.com\"".to_owned());
        }
    }

    fn user(&mut self, user: Option<&str>, is_needed: bool, pointer: &str) {
        match user {
            None if is_needed => {
                let message = "journeys of an application need to know the user whose data they may use".to_owned();
                let hint = "add the user: user = \"megan@contoso.onmicrosoft.com\"".to_owned();
                self.findings.report(&format!("{pointer}/journeys"), message, hint);
            }
            Some(user) if !user.contains('@') && Uuid::parse_str(user).is_err() => {
                let message = format!("`{user}` is neither a user's id nor a user principal name");
                let hint = "for example: user = \"megan@contoso.onmicrosoft.com\"".to_owned();
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
            let message = "`client_id` is not an application's id".to_owned();
            let hint = "copy the application (client) id of the app registration, 36 characters".to_owned();
            self.findings.report(&format!("{pointer}/client_id"), message, hint);
        }
        client_id
    }

    /// Another issuer's token lives for minutes: where nobody replaces it, it is of no use.
    fn federated_token(&mut self, table: SecretTable, pointer: &str) -> SecretRef {
        if matches!(table, SecretTable::Vault(_)) {
            let message = "another issuer's token cannot lie in the vault: it lives for minutes".to_owned();
            let hint = "for example: token = { file = \"/var/run/secrets/tokens/token\" }".to_owned();
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
        }
    }

    /// A secret file or variable has to be there; a command is not run and the vault not opened for a check.
    fn readable(&mut self, secret: &SecretRef, pointer: &str) {
        if let SecretRef::Command { arguments, .. } = secret
            && arguments.first().is_none_or(String::is_empty)
        {
            let hint = "for example: command = [\"pass\", \"show\", \"graphbeat\"]".to_owned();
            self.findings.report(pointer, "the command names no program".to_owned(), hint);
        }
        let is_cheap = matches!(secret, SecretRef::File(_) | SecretRef::Env(_));
        if self.files == FileCheck::Skip || !is_cheap {
            return;
        }
        let no_vault = |_: &str| Ok::<Option<Secret>, String>(None);
        if let Err(error) = resolve_secret_bytes(secret, self.environment, &no_vault) {
            self.findings.report(pointer, error.to_string(), error.hint().to_owned());
        }
    }

    /// A password that nothing asks for is a mistake: most often the certificate is the wrong file.
    fn password_of_pem(&mut self, sign_in: &SignIn, pointer: &str) {
        let SignIn::Certificate { certificate: SecretRef::File(file), key, password, .. } = sign_in else { return };
        let extension = Path::new(file).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let is_pkcs12 = extension.eq_ignore_ascii_case("pfx") || extension.eq_ignore_ascii_case("p12");
        if is_pkcs12 && key.is_some() {
            let message = "a PKCS#12 file holds its key itself".to_owned();
            self.findings.report(&format!("{pointer}/key"), message, "remove `key`".to_owned());
        } else if extension.eq_ignore_ascii_case("pem") && password.is_some() {
            let message = "a password is only for a PKCS#12 file (`.pfx`, `.p12`)".to_owned();
            self.findings.report(&format!("{pointer}/password"), message, "remove `password`".to_owned());
        }
    }
}
