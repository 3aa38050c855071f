//! `account sign-in` and `account sign-out`.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use graphbeat_catalog::CloudName;
use graphbeat_config::{Account, Cloud, Config, SecretRef, SignIn};
use graphbeat_core::links::{LinkTarget, Links};
use graphbeat_core::time_text;
use graphbeat_engine::{NoWatcher, PromptSink, SignInFailure, SignInPrompt, SignInWay};
use graphbeat_entra::{AuthCodePrompt, BadRedirect, DeviceCodePrompt, FailureClass, SignInError};
use graphbeat_store::{Keyring, Ledger as _, Vault as _};
use serde_json::{Map, Value};

use super::configured;
use crate::arguments::{Format, SignInArguments};
use crate::browser::{self, Browser, PastedLines};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::runtime::{Runtime, Wanted, known_account, open_ledger, start};
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

pub(super) fn sign_in(arguments: &SignInArguments, context: &Context) -> Result<Exit, Failure> {
    let (_, config) = configured(context)?;
    let account = known_account(&config, &arguments.name)?;
    let plan = Plan::of(account, arguments, context)?;
    run_until_stopped(async |stop| {
        keep_missing_secret(account, &config, context).await?;
        let runtime = start(context, only(&arguments.name)).await?;
        let signed_in = sign_in_with(&runtime, &arguments.name, plan, context, stop).await;
        runtime.close().await?;
        signed_in
    })
}

/// How the sign-in will go.
#[derive(Clone, Copy)]
struct Plan {
    way: SignInWay,
    browser: Browser,
}

impl Plan {
    fn of(account: &Account, arguments: &SignInArguments, context: &Context) -> Result<Self, Failure> {
        let is_person = matches!(account.sign_in, SignIn::AuthCode { .. } | SignIn::DeviceCode { .. });
        if !is_person && (arguments.device_code || arguments.no_browser) {
            let sentence = say!("sign-in-application", account = &account.name);
            return Err(Failure::new(Exit::Usage, sentence).hint(say!("sign-in-application-hint")));
        }
        let by_code = arguments.device_code || matches!(account.sign_in, SignIn::DeviceCode { .. });
        let browser = if arguments.no_browser { Browser::Elsewhere } else { Browser::of(&context.environment) };
        Ok(Self { way: if by_code { SignInWay::DeviceCode } else { SignInWay::Browser }, browser })
    }
}

fn only(name: &String) -> Wanted<'_> {
    Wanted {
        accounts: std::slice::from_ref(name),
        selection: None,
        read_only: false,
        batch: false,
        concurrency: None,
        watcher: Arc::new(NoWatcher),
    }
}

async fn sign_in_with(
    runtime: &Runtime,
    name: &str,
    plan: Plan,
    context: &Context,
    stop: tokio_util::sync::CancellationToken,
) -> Result<Exit, Failure> {
    let account = runtime.engine.account(name).ok_or_else(|| Failure::new(Exit::Bug, say!("sign-in-not-set-up")))?;
    let prompts = Prompts { printer: context.printer, browser: plan.browser, lines: Mutex::default() };
    match runtime.engine.sign_in(account, plan.way, &prompts, stop.cancelled()).await {
        Ok(Some(person)) => {
            tell(context.printer, "signed-in", name, &[("user", &person.username)])?;
            Ok(Exit::Ok)
        }
        Ok(None) => {
            tell(context.printer, "signed-in", name, &[])?;
            Ok(Exit::Ok)
        }
        Err(failure) => Err(sign_in_failure(name, &failure)),
    }
}

fn sign_in_failure(name: &str, error: &SignInFailure) -> Failure {
    let exit = match (error, error.class()) {
        (SignInFailure::Store(_), _) | (_, Some(FailureClass::Store)) => Exit::Ledger,
        (_, Some(FailureClass::Transport)) => Exit::Network,
        (_, Some(FailureClass::Throttled | FailureClass::Locked)) => Exit::Throttled,
        (SignInFailure::NoToken(no_token), _) => no_token.trouble.map_or(Exit::SignIn, Exit::from),
        _ => Exit::SignIn,
    };
    let failure = Failure::new(exit, graphbeat_base::error_chain(error));
    match error {
        SignInFailure::Person(SignInError::AnotherPerson) => failure.hint(say!("sign-in-another-person", name = name)),
        SignInFailure::Person(SignInError::Listener(_)) => failure.hint(say!("sign-in-listener", name = name)),
        _ => failure.hint(say!("sign-in-explain")),
    }
}

/// A secret that is to be in the vault or the keyring and is not there yet is asked for and put there.
async fn keep_missing_secret(account: &Account, config: &Config, context: &Context) -> Result<(), Failure> {
    let SignIn::ClientSecret { client_secret, .. } = &account.sign_in else { return Ok(()) };
    let ask = |prompt: Message| crate::commands::secret_input::ask(&prompt, context.language());
    match client_secret {
        SecretRef::Vault(entry) => {
            let opened = open_ledger(context, config)?;
            if opened.store.open_secret(entry).await?.is_none() {
                let secret = ask(say!("sign-in-secret", account = &account.name))?;
                opened.store.seal(entry, &secret).await?;
            }
            Ok(opened.store.close().await?)
        }
        SecretRef::Keyring(entry) => {
            let keyring = Keyring::system();
            if keyring.read(entry)?.is_none() {
                keyring.write(entry, &ask(say!("sign-in-secret-keyring", account = &account.name))?)?;
            }
            Ok(())
        }
        SecretRef::File(_) | SecretRef::Env(_) | SecretRef::Command { .. } => Ok(()),
    }
}

/// Where a person has to sign in: a line for people, a JSON object for programs, at once.
struct Prompts {
    printer: Printer,
    browser: Browser,
    lines: Mutex<Option<Arc<PastedLines>>>,
}

#[async_trait]
impl PromptSink for Prompts {
    fn show(&self, account: &str, prompt: SignInPrompt<'_>) {
        // A reader that went away learns of the end by the end of the program.
        let _ = match prompt {
            SignInPrompt::DeviceCode(prompt) => self.show_code(account, prompt),
            SignInPrompt::Browser(prompt) => self.show_page(account, prompt),
        };
    }

    async fn pasted(&self) -> String {
        let lines = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lines.get_or_insert_with(PastedLines::start))
        };
        lines.next().await
    }

    fn refuse(&self, why: BadRedirect) {
        self.printer.notice(&Message::foreign(why.to_string()));
    }
}

impl Prompts {
    fn show_code(&self, account: &str, prompt: &DeviceCodePrompt) -> Result<(), Failure> {
        let (code, uri, end) = (&prompt.user_code, &prompt.verification_uri, time_text(prompt.expires_at));
        if self.printer.format() == Format::Json {
            let fields = [("user_code", code.as_str()), ("verification_uri", uri), ("expires_at", &end)];
            return tell(self.printer, "device-code", account, &fields);
        }
        self.printer.say(&say!("sign-in-code", account = account, uri = uri.as_str(), code = code))
    }

    fn show_page(&self, account: &str, prompt: &AuthCodePrompt) -> Result<(), Failure> {
        let url = prompt.url.as_str();
        if self.printer.format() == Format::Json {
            let fields =
                [("url", url), ("redirect_uri", prompt.redirect_uri.as_str()), ("browser", self.browser.word())];
            tell(self.printer, "auth-code", account, &fields)?;
        } else {
            self.printer.say(&match self.browser {
                Browser::Here => say!("sign-in-page", account = account, url = url),
                Browser::Elsewhere => {
                    say!("sign-in-page-elsewhere", account = account, url = url, redirect_uri = &prompt.redirect_uri)
                }
            })?;
        }
        if self.browser == Browser::Here {
            browser::open(url);
        }
        Ok(())
    }
}

/// An event: a line for people, a JSON object for programs.
pub(super) fn tell(printer: Printer, event: &str, account: &str, fields: &[(&str, &str)]) -> Result<(), Failure> {
    if printer.format() == Format::Json {
        let mut object = Map::from_iter([("event".to_owned(), event.into()), ("account".to_owned(), account.into())]);
        object.extend(fields.iter().map(|&(name, value)| (name.to_owned(), value.into())));
        return printer.text(&Value::Object(object).to_string());
    }
    let user = fields.iter().find(|(name, _)| *name == "user").map(|(_, value)| *value);
    printer.say(&match user {
        Some(user) => say!("sign-in-done-as", account = account, user = user),
        None => say!("sign-in-done", account = account),
    })
}

/// Forgets a person's tokens, and says what Entra keeps.
pub(super) fn sign_out(name: &String, context: &Context) -> Result<Exit, Failure> {
    let (_, config) = configured(context)?;
    let account = known_account(&config, name)?;
    let cloud = config
        .cloud_of(account)
        .ok_or_else(|| Failure::new(Exit::Configuration, say!("account-no-cloud", cloud = &account.cloud)))?;
    if !matches!(account.sign_in, SignIn::AuthCode { .. } | SignIn::DeviceCode { .. }) {
        return Err(Failure::new(Exit::Usage, say!("sign-in-out-application", name = name))
            .hint(say!("sign-in-out-application-hint", name = name)));
    }
    run_until_stopped(async |_stop| {
        let runtime = start(context, only(name)).await?;
        let account =
            runtime.engine.account(name).ok_or_else(|| Failure::new(Exit::Bug, say!("sign-in-not-set-up")))?;
        let signed_out = runtime.engine.sign_out(account).await;
        let signed_out = signed_out.map_err(|error| Failure::new(Exit::Ledger, graphbeat_base::error_chain(&error)));
        runtime.close().await?;
        signed_out?;
        context.printer.notice(&kept_by_entra(name, cloud));
        Ok(Exit::Ok)
    })
}

/// What a person can end only at Entra, with the pages of the account's cloud; a custom one has those of the global cloud.
fn kept_by_entra(name: &str, cloud: &Cloud) -> Message {
    let page = |id: &str| {
        let links = Links::builtin().ok()?;
        let cloud = cloud.official.unwrap_or(CloudName::Global);
        let (_, address) = links.of(cloud, &LinkTarget::default()).find(|(link, _)| link.id == id)?;
        Some(address)
    };
    match (page("my-sign-ins"), page("my-apps")) {
        (Some(sessions), Some(consents)) => {
            say!("sign-in-out-pages", name = name, sessions = sessions, consents = consents)
        }
        _ => say!("sign-in-out", name = name),
    }
}
