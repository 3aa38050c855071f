//! A person in front of a browser: signing in for this moment only, and an administrator's consent.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use graphbeat_base::error_chain;
use graphbeat_core::Language;
use graphbeat_entra::registration::{ConsentAnswer, ConsentPrompt, PermissionKind, TokenClaims};
use graphbeat_entra::{Awaited, Credential, Identity, Loopback, SignInError, TokenSource};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Registrar, no_token};
use crate::arguments::Format;
use crate::browser::{self, Browser, PastedLines};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::{Printer, notice};

/// Real time that a person has for the pages in the browser.
const BROWSER_TIME_MAX: Duration = Duration::from_secs(15 * 60);
/// Wrong addresses that a person may paste.
const PASTES_MAX: u32 = 20;

/// Where the person sits.
pub(crate) struct Desk {
    printer: Printer,
    browser: Browser,
    language: Language,
    lines: Mutex<Option<Arc<PastedLines>>>,
    stop: CancellationToken,
}

/// Who signed in, for this moment.
pub(crate) struct Person {
    pub(crate) source: TokenSource,
    pub(crate) identity: Identity,
    pub(crate) claims: TokenClaims,
}

impl Desk {
    pub(crate) fn new(context: &Context, no_browser: bool, stop: CancellationToken) -> Self {
        let browser = if no_browser { Browser::Elsewhere } else { Browser::of(&context.environment) };
        Self { printer: context.printer, browser, language: context.language(), lines: Mutex::default(), stop }
    }

    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// Signs a person in under an application of the owner's own. Nothing of it is kept beyond this process.
    pub(crate) async fn sign_in(
        &self,
        registrar: &Registrar,
        client_id: Uuid,
        scopes: &[&str],
    ) -> Result<Person, Failure> {
        let source = registrar.source();
        let identity = registrar.identity(client_id, Credential::Public, scopes);
        source.may_sign_in(&identity).await.map_err(|error| no_token(&error))?;
        let loopback = self.loopback().await?;
        let prompt = source.start_auth_code(&identity, &loopback.redirect_uri()).await;
        let prompt = prompt.map_err(|error| not_signed_in(&error))?;
        self.show("sign-in", registrar, prompt.url.as_str(), &prompt.redirect_uri)?;
        let answer = self.wait(&loopback, &prompt).await?;
        source.finish_auth_code(&identity, &prompt, answer).await.map_err(|error| not_signed_in(&error))?;
        let token = source.token(&identity, None).await.map_err(|error| no_token(&error))?;
        let claims = TokenClaims::read(&token).map_err(|error| Failure::new(Exit::SignIn, error))?;
        Ok(Person { source, identity, claims })
    }

    /// Lets an administrator consent.
    pub(crate) async fn consent(
        &self,
        registrar: &Registrar,
        identity: &Identity,
        kind: PermissionKind,
        state: Uuid,
    ) -> Result<(), Failure> {
        let loopback = self.loopback().await?;
        let prompt = ConsentPrompt::new(identity, kind, &loopback.redirect_uri(), state);
        self.show("consent", registrar, prompt.url.as_str(), &prompt.redirect_uri)?;
        match self.wait(&loopback, &prompt).await? {
            ConsentAnswer::Granted => Ok(()),
            ConsentAnswer::Refused { error, description } => {
                Err(Failure::new(Exit::SignIn, format_args!("the consent was not given ({error})"))
                    .detail(description)
                    .hint("run the same command again, as an administrator who may consent"))
            }
        }
    }

    async fn loopback(&self) -> Result<Loopback, Failure> {
        Loopback::bind().await.map_err(|error| {
            Failure::new(Exit::SignIn, format_args!("could not listen for the browser on this machine ({error})"))
        })
    }

    /// The answer to this page, by the browser or pasted.
    async fn wait<P: Awaited>(&self, loopback: &Loopback, prompt: &P) -> Result<P::Answer, Failure> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Failure::new(Exit::SignIn, "stopped before the browser came back")
                .hint("run the same command again: it goes on where it stopped")),
            answer = loopback.answer(prompt) => Ok(answer),
            answer = self.pasted(prompt) => Ok(answer),
            () = tokio::time::sleep(BROWSER_TIME_MAX) => {
                Err(Failure::new(Exit::SignIn, "nobody finished the page in the browser in time")
                    .hint("run the same command again: it goes on where it stopped"))
            }
        }
    }

    async fn pasted<P: Awaited>(&self, prompt: &P) -> P::Answer {
        let lines = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lines.get_or_insert_with(PastedLines::start))
        };
        for _ in 0..PASTES_MAX {
            match prompt.read_answer(&lines.next().await) {
                Ok(answer) => return answer,
                Err(why) => notice(&format!("{why}")),
            }
        }
        std::future::pending().await
    }

    /// Shows a page: text for people, a JSON object for programs.
    fn show(&self, event: &str, registrar: &Registrar, url: &str, redirect_uri: &str) -> Result<(), Failure> {
        let account = &registrar.place.account;
        if self.printer.format() == Format::Json {
            let fields = serde_json::json!({"event": event, "account": account, "url": url,
                "redirect_uri": redirect_uri, "browser": self.browser.word()});
            self.printer.text(&fields.to_string())?;
        } else {
            self.printer.text(&self.page_text(event, url, redirect_uri))?;
        }
        if self.browser == Browser::Here {
            browser::open(url);
        }
        Ok(())
    }

    fn page_text(&self, event: &str, url: &str, redirect_uri: &str) -> String {
        let purpose = match (event, self.language) {
            ("consent", Language::English) => "consent as an administrator",
            ("consent", Language::SimplifiedChinese) => "以管理员身份同意权限",
            (_, Language::English) => "sign in",
            (_, Language::SimplifiedChinese) => "登录",
        };
        match (self.language, self.browser) {
            (Language::English, Browser::Here) => {
                format!("to {purpose}, the browser opens a page of Entra's; if it does not, open\n\n    {url}\n")
            }
            (Language::English, Browser::Elsewhere) => format!(
                "to {purpose}, open in a browser\n\n    {url}\n\nat the end the browser goes to an address that \
                 begins with {redirect_uri}; where it shows an error instead of a page of graphbeat's, copy that \
                 whole address and paste it here:\n"
            ),
            (Language::SimplifiedChinese, Browser::Here) => {
                format!("浏览器将打开 Entra 页面以{purpose}；如未打开，请访问\n\n    {url}\n")
            }
            (Language::SimplifiedChinese, Browser::Elsewhere) => format!(
                "请在浏览器中打开以下地址以{purpose}\n\n    {url}\n\n完成后浏览器会转到以 {redirect_uri} \
                 开头的地址；如果显示错误页面，请复制完整地址并粘贴到这里：\n"
            ),
        }
    }
}

fn not_signed_in(error: &SignInError) -> Failure {
    match error {
        SignInError::Token(token) => no_token(token),
        _ => Failure::new(Exit::SignIn, error_chain(error)).hint("`graphbeat explain` with the code says what to do"),
    }
}
