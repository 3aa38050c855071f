//! `app show` and `app adopt`: what is granted, and what the account's selection needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use graphbeat_engine::NoToken;
use graphbeat_entra::registration::{Inspected, Journal as _, PermissionKind, TokenClaims, inspect, inspect_calls};
use graphbeat_store::Ledger as _;
use tokio_util::sync::CancellationToken;

use super::gap::Report;
use super::{About, show_calls};
use crate::arguments::AppArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registrar::{Desk, Registrar, RegistrationNotes, known_or_new};
use crate::stop::run_until_stopped;
use crate::texts::say;

/// What reading a registration needs of an administrator who signs in.
const READ_SCOPES: [&str; 2] = ["Application.Read.All", "Directory.Read.All"];
/// Application permissions with any of which an account can read its own registration.
const READERS: [&str; 4] =
    ["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

pub(super) fn show(arguments: &AppArguments, context: &Context) -> Result<Exit, Failure> {
    let about = About::of(&arguments.name, context)?;
    if arguments.dry_run {
        return show_calls(inspect_calls(&about.account.sign_in.client_id().to_string()), context);
    }
    let report = run_until_stopped(async |stop| {
        let Seen { claims, inspected, .. } = look(&about, arguments, context, stop).await?;
        let granted = granted(&about, claims.ok().as_ref(), inspected.as_ref())?;
        let known = known(&about, context).await?;
        Report::of(&about, &granted, inspected.as_ref(), known.as_ref())
    })?;
    report.print(context)?;
    Ok(report.exit())
}

/// Takes the registration over: what is read of it is kept, so that `rotate`, `delete` and `restore` know it.
pub(super) fn adopt(arguments: &AppArguments, context: &Context) -> Result<Exit, Failure> {
    let about = About::of(&arguments.name, context)?;
    if arguments.dry_run {
        return show_calls(inspect_calls(&about.account.sign_in.client_id().to_string()), context);
    }
    let report = run_until_stopped(async |stop| {
        let Seen { claims, inspected, trouble } = look(&about, arguments, context, stop).await?;
        let Some(inspected) = inspected else { return Err(unreadable(trouble)) };
        let registrar = Registrar::open(context, &about.config, about.place.clone())?;
        let notes = registrar.notes();
        let marker = registrar.opened.rng.clone().uuid();
        let mut registration = known_or_new(notes.read().await?, &about.place, marker);
        inspected.complete(&mut registration);
        // Of a single credential it is plain that it is the account's.
        if let [only] = inspected.credentials.as_slice() {
            registration.key_id = registration.key_id.or(only.key_id);
            registration.key_expires = registration.key_expires.or(only.expires);
        }
        let kept = notes.keep(&registration).await;
        registrar.close().await?;
        kept.map_err(|error| Failure::new(Exit::Ledger, graphbeat_base::error_chain(&error)))?;
        let granted = granted(&about, claims.ok().as_ref(), Some(&inspected))?;
        Report::of(&about, &granted, Some(&inspected), Some(&registration))
    })?;
    report.print(context)?;
    context.printer.notice(&say!("app-adopted", account = &about.account.name));
    Ok(Exit::Ok)
}

/// What could be seen.
struct Seen {
    claims: Result<TokenClaims, NoToken>,
    inspected: Option<Inspected>,
    trouble: Option<String>,
}

/// By the account's own token first, and by the hand that was named.
async fn look(
    about: &About,
    arguments: &AppArguments,
    context: &Context,
    stop: CancellationToken,
) -> Result<Seen, Failure> {
    let mut seen = own_look(about, context).await?;
    if arguments.azure_cli || arguments.through.is_some() {
        let client_id = about.account.sign_in.client_id();
        let registrar = Registrar::open(context, &about.config, about.place.clone())?;
        let desk = Desk::new(context, arguments.no_browser, stop);
        let inspected = async {
            let hand = registrar.hand(arguments, Some(client_id), &READ_SCOPES, &desk).await?;
            Ok::<_, Failure>(inspect(&*hand, client_id, &registrar.opened.clock).await?)
        };
        let inspected = inspected.await;
        registrar.close().await?;
        seen.inspected = Some(inspected?);
    }
    Ok(seen)
}

async fn own_look(about: &About, context: &Context) -> Result<Seen, Failure> {
    let runtime = about.start(context).await?;
    let looked = async {
        let account = runtime
            .engine
            .account(&about.account.name)
            .ok_or_else(|| Failure::new(Exit::Bug, say!("sign-in-not-set-up")))?;
        let claims = runtime.engine.claims(account).await?;
        let mut seen = Seen { claims, inspected: None, trouble: None };
        let may_read = seen.claims.as_ref().is_ok_and(|claims| {
            READERS.iter().any(|name| claims.roles.contains(*name) || claims.scopes.contains(*name))
        });
        if may_read {
            let hand = runtime.engine.hand(account);
            match inspect(&hand, about.account.sign_in.client_id(), &runtime.opened.clock).await {
                Ok(inspected) => seen.inspected = Some(inspected),
                Err(error) => seen.trouble = Some(graphbeat_base::error_chain(&error)),
            }
        }
        Ok::<_, Failure>(seen)
    };
    let looked = looked.await;
    runtime.close().await?;
    looked
}

/// By the token, which is what counts; where there is none, by the grants.
fn granted(
    about: &About,
    claims: Option<&TokenClaims>,
    inspected: Option<&Inspected>,
) -> Result<BTreeSet<String>, Failure> {
    let kind: PermissionKind = about.place.kind;
    claims.map(|claims| claims.granted(kind).clone()).or_else(|| inspected.map(|it| it.granted(kind))).ok_or_else(
        || {
            Failure::new(Exit::SignIn, say!("app-no-token", account = &about.account.name))
                .hint(say!("app-no-token-hint"))
        },
    )
}

async fn known(
    about: &About,
    context: &Context,
) -> Result<Option<graphbeat_entra::registration::Registration>, Failure> {
    let opened = crate::runtime::open_ledger(context, &about.config)?;
    let known = RegistrationNotes::of(&about.account.name, Arc::clone(&opened.store)).read().await;
    opened.store.close().await?;
    known
}

fn unreadable(trouble: Option<String>) -> Failure {
    let failure = Failure::new(Exit::SignIn, say!("app-unreadable"));
    let failure = match trouble {
        Some(trouble) => failure.detail(trouble),
        None => failure,
    };
    failure.hint(say!("registrar-hand-hint"))
}
