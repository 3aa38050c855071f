//! `app consent`: an administrator's consent, checked by a fresh token.

use graphbeat_catalog::least_permissions;
use graphbeat_engine::{NoToken, selection_of};
use graphbeat_entra::Credential;
use graphbeat_entra::registration::ConsentPrompt;

use super::{About, told};
use crate::arguments::AppArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registrar::{Desk, Registrar};
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

pub(super) fn run(arguments: &AppArguments, context: &Context) -> Result<Exit, Failure> {
    let about = About::of(&arguments.name, context)?;
    let selected = selection_of(&about.account, &about.place.cloud)
        .resolve(&about.catalog)
        .map_err(|error| Failure::new(Exit::Configuration, graphbeat_base::error_chain(&error)))?;
    let least = least_permissions(&selected, about.place.mode());
    let needed: Vec<String> = least.names().map(str::to_owned).collect();
    run_until_stopped(async |stop| {
        let registrar = Registrar::open(context, &about.config, about.place.clone())?;
        let scopes: Vec<&str> = needed.iter().map(String::as_str).collect();
        let identity = registrar.identity(about.account.sign_in.client_id(), Credential::Public, &scopes);
        if arguments.dry_run {
            let url = ConsentPrompt::for_administrator(&identity, about.place.kind);
            registrar.close().await?;
            return told(context, "consent", &arguments.name, &Message::foreign(url.as_str())).map(|()| Exit::Ok);
        }
        let desk = Desk::new(context, arguments.no_browser, stop);
        let state = registrar.opened.rng.clone().uuid();
        let consented = desk.consent(&registrar, &identity, about.place.kind, state).await;
        registrar.close().await?;
        consented?;
        let missing = match still_missing(&about, &needed, context).await? {
            Ok(missing) => missing,
            Err(no_token) => return Err(not_looked(&arguments.name, &no_token)),
        };
        if missing.is_empty() {
            told(context, "consented", &arguments.name, &say!("app-all-granted"))?;
            return Ok(Exit::Ok);
        }
        Err(Failure::new(Exit::SignIn, say!("app-not-granted", missing = missing.join(", ")))
            .hint(say!("app-not-granted-hint", name = &arguments.name)))
    })
}

/// What a fresh token does not carry, or why there is none.
async fn still_missing(
    about: &About,
    needed: &[String],
    context: &Context,
) -> Result<Result<Vec<String>, NoToken>, Failure> {
    let runtime = about.start(context).await?;
    let bug = || Failure::new(Exit::Bug, say!("sign-in-not-set-up"));
    let account = runtime.engine.account(&about.account.name).ok_or_else(bug)?;
    let claims = runtime.engine.claims(account).await;
    runtime.close().await?;
    Ok(claims?.map(|claims| {
        let granted = claims.granted(about.place.kind);
        needed.iter().filter(|name| !granted.contains(*name)).cloned().collect()
    }))
}

/// The administrator did their part; what came of it nobody saw.
fn not_looked(name: &str, no_token: &NoToken) -> Failure {
    let exit = no_token.trouble.map_or(Exit::SignIn, Exit::from);
    Failure::new(exit, say!("app-not-looked")).detail(&no_token.reason).hint(say!("app-not-looked-hint", name = name))
}
