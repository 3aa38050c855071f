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
use crate::printer::Printer;
use crate::texts::{Message, say};

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
                Err(Failure::new(Exit::SignIn, say!("registrar-refused", error = error.to_string()))
                    .detail(description)
                    .hint(say!("registrar-refused-hint")))
            }
        }
    }

    async fn loopback(&self) -> Result<Loopback, Failure> {
        Loopback::bind()
            .await
            .map_err(|error| Failure::new(Exit::SignIn, say!("registrar-no-listener", error = error.to_string())))
    }

    /// The answer to this page, by the browser or pasted.
    async fn wait<P: Awaited>(&self, loopback: &Loopback, prompt: &P) -> Result<P::Answer, Failure> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Failure::new(Exit::SignIn, say!("registrar-stopped"))
                .hint(say!("registrar-again"))),
            answer = loopback.answer(prompt) => Ok(answer),
            answer = self.pasted(prompt) => Ok(answer),
            () = tokio::time::sleep(BROWSER_TIME_MAX) => {
                Err(Failure::new(Exit::SignIn, say!("registrar-too-late"))
                    .hint(say!("registrar-again")))
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
                Err(why) => self.printer.notice(&Message::foreign(why.to_string())),
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
            self.printer.say(&self.page_text(event, url, redirect_uri))?;
        }
        if self.browser == Browser::Here {
            browser::open(url);
        }
        Ok(())
    }

    fn page_text(&self, event: &str, url: &str, redirect_uri: &str) -> Message {
        let purpose = if event == "consent" { say!("registrar-consent") } else { say!("registrar-sign-in") };
        match self.browser {
            Browser::Here => say!("registrar-page", purpose = purpose, url = url),
            Browser::Elsewhere => {
                say!("registrar-page-elsewhere", purpose = purpose, url = url, redirect_uri = redirect_uri)
            }
        }
    }
}

fn not_signed_in(error: &SignInError) -> Failure {
    match error {
        SignInError::Token(token) => no_token(token),
        _ => Failure::new(Exit::SignIn, error_chain(error)).hint(say!("sign-in-explain")),
    }
}
