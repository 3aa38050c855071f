//! `app delete` and `app restore`.

use graphbeat_entra::registration::restore as bring_back;
use graphbeat_entra::registration::{RESTORABLE_DAYS, Registration, inspect, remove, remove_calls, restore_calls};
use tokio_util::sync::CancellationToken;

use super::{About, agreed, show_calls, told};
use crate::arguments::{AppArguments, DeleteArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registrar::{Desk, Portal, Registrar};
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

/// What removing a registration and bringing it back needs of an administrator who signs in.
const CHANGE_SCOPES: [&str; 1] = ["Application.ReadWrite.All"];

pub(super) fn delete(arguments: &DeleteArguments, context: &Context) -> Result<Exit, Failure> {
    let about = About::of(&arguments.app.name, context)?;
    run_until_stopped(async |stop| {
        let registrar = Registrar::open(context, &about.config, about.place.clone())?;
        let deleted = delete_with(&about, &registrar, (arguments, context, stop)).await;
        registrar.close().await?;
        deleted
    })
}

async fn delete_with(
    about: &About,
    registrar: &Registrar,
    (arguments, context, stop): (&DeleteArguments, &Context, CancellationToken),
) -> Result<Exit, Failure> {
    let name = &about.account.name;
    let notes = registrar.notes();
    let Some(mut registration) = notes.read().await? else { return Err(not_known(name)) };
    registration.client_id = registration.client_id.or(Some(about.account.sign_in.client_id()));
    if arguments.app.dry_run {
        return show_calls(remove_calls(&registration, arguments.for_good)?, context);
    }
    let (hand, clock) = {
        let desk = Desk::new(context, arguments.app.no_browser, stop);
        let hand = registrar.hand(&arguments.app, registration.client_id, &CHANGE_SCOPES, &desk).await?;
        (hand, &registrar.opened.clock)
    };
    if let (Some(client_id), None) = (registration.client_id, registration.deleted) {
        let inspected = inspect(&*hand, client_id, clock).await?;
        inspected.complete(&mut registration);
        context.printer.notice(&contents(
            &registration,
            &inspected.display_name,
            inspected.granted.len(),
            inspected.credentials.len(),
        ));
    }
    agreed(arguments.app.yes, &say!("app-remove-question"), context)?;
    let removed = remove(&*hand, registration, arguments.for_good, (&notes, clock)).await?;
    if arguments.for_good {
        notes.forget().await?;
    }
    let until = removed.restorable_until().filter(|_| !arguments.for_good);
    let end = match until {
        Some(until) => {
            say!("app-restorable", until = graphbeat_core::time_text(until), name = name)
        }
        None => say!("app-for-good"),
    };
    told(context, "deleted", name, &say!("app-removed", name = name, end = end))?;
    Ok(Exit::Ok)
}

fn contents(registration: &Registration, name: &str, grants: usize, credentials: usize) -> Message {
    let id = |id: Option<uuid::Uuid>| id.map_or_else(|| say!("app-none"), |id| Message::foreign(id.to_string()));
    let origin = if registration.made { say!("app-made") } else { say!("app-made-by-owner") };
    say!(
        "app-contents",
        name = name,
        client = id(registration.client_id),
        origin = origin,
        principal = id(registration.principal_id),
        grants = grants,
        credentials = credentials
    )
}

pub(super) fn restore(arguments: &AppArguments, context: &Context) -> Result<Exit, Failure> {
    let about = About::of(&arguments.name, context)?;
    run_until_stopped(async |stop| {
        let registrar = Registrar::open(context, &about.config, about.place.clone())?;
        let restored = restore_with(&about, &registrar, (arguments, context, stop)).await;
        registrar.close().await?;
        restored
    })
}

async fn restore_with(
    about: &About,
    registrar: &Registrar,
    (arguments, context, stop): (&AppArguments, &Context, CancellationToken),
) -> Result<Exit, Failure> {
    let name = &about.account.name;
    let notes = registrar.notes();
    let Some(registration) = notes.read().await? else { return Err(not_known(name)) };
    if arguments.dry_run {
        return show_calls(restore_calls(&registration)?, context);
    }
    if !arguments.azure_cli && arguments.through.as_deref().is_none_or(|through| through == "account") {
        // Nobody can sign in under an application that is deleted.
        let page = Portal::of(&about.place.cloud).deleted();
        let hint = match page {
            Some(page) => say!("app-restore-hint-page", page = page),
            None => say!("app-restore-hint"),
        };
        return Err(Failure::new(Exit::Usage, say!("app-restore-itself")).hint(hint));
    }
    let desk = Desk::new(context, arguments.no_browser, stop);
    let hand = registrar.hand(arguments, None, &CHANGE_SCOPES, &desk).await?;
    let restored = bring_back(&*hand, registration, (&notes, &registrar.opened.clock)).await;
    restored.map_err(|error| match error.hand_error() {
        Some(why) if why.is_not_found() => Failure::new(Exit::OperationFailed, say!("app-not-in-bin"))
            .hint(say!("app-not-in-bin-hint", restorable_days = RESTORABLE_DAYS.to_string())),
        _ => Failure::from(error),
    })?;
    told(context, "restored", name, &say!("app-restored", name = name))?;
    Ok(Exit::Ok)
}

fn not_known(name: &str) -> Failure {
    Failure::new(Exit::Usage, say!("app-not-known", name = name)).hint(say!("app-not-known-hint", name = name))
}
