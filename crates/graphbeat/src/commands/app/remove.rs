//! `app delete` and `app restore`.

use graphbeat_entra::registration::restore as bring_back;
use graphbeat_entra::registration::{RESTORABLE_DAYS, Registration, inspect, remove, remove_calls, restore_calls};
use tokio_util::sync::CancellationToken;

use super::{About, agreed, show_calls, told};
use crate::arguments::{AppArguments, DeleteArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::notice;
use crate::registrar::{Desk, Portal, Registrar};
use crate::stop::run_until_stopped;

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
        notice(&contents(&registration, &inspected.display_name, inspected.granted.len(), inspected.credentials.len()));
    }
    agreed(arguments.app.yes, "remove all of it?", "全部删除？", context)?;
    let removed = remove(&*hand, registration, arguments.for_good, (&notes, clock)).await?;
    if arguments.for_good {
        notes.forget().await?;
    }
    let until = removed.restorable_until().filter(|_| !arguments.for_good);
    let end = match until {
        Some(until) => {
            format!("until {} `graphbeat app restore {name}` brings it back", graphbeat_core::time_text(until))
        }
        None => "it is out of the bin, too".to_owned(),
    };
    told(
        context,
        "deleted",
        name,
        &format!(
            "the registration of account `{name}` is removed, with its service principal, credentials and grants; {end}. \
         The account stays in the configuration, its calls in the ledger; Entra keeps its own sign-in and audit logs"
        ),
    )?;
    Ok(Exit::Ok)
}

fn contents(registration: &Registration, name: &str, grants: usize, credentials: usize) -> String {
    let id = |id: Option<uuid::Uuid>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let origin = if registration.made { "made by graphbeat" } else { "made by its owner, for graphbeat" };
    format!(
        "to be removed:\n- the registration \"{name}\" ({}), {origin}\n- its service principal ({})\n\
         - {grants} grants of permissions\n- {credentials} credentials",
        id(registration.client_id),
        id(registration.principal_id)
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
        let page = page.map(|page| format!("; or restore it by hand: {page}")).unwrap_or_default();
        return Err(Failure::new(Exit::Usage, "a deleted application cannot bring itself back").hint(format_args!(
            "give `--azure-cli`, or `--through` with the id of another application of yours{page}"
        )));
    }
    let desk = Desk::new(context, arguments.no_browser, stop);
    let hand = registrar.hand(arguments, None, &CHANGE_SCOPES, &desk).await?;
    let restored = bring_back(&*hand, registration, (&notes, &registrar.opened.clock)).await;
    restored.map_err(|error| match error.hand_error() {
        Some(why) if why.is_not_found() => {
            Failure::new(Exit::OperationFailed, "Entra has no such registration in its bin").hint(format_args!(
                "it is kept there for {RESTORABLE_DAYS} days; after that, `graphbeat init` makes a new one"
            ))
        }
        _ => Failure::from(error),
    })?;
    told(
        context,
        "restored",
        name,
        &format!(
            "the registration of account `{name}` is back, with its credentials; `graphbeat check --account {name}` tries it"
        ),
    )?;
    Ok(Exit::Ok)
}

fn not_known(name: &str) -> Failure {
    Failure::new(Exit::Usage, format_args!("nothing is known of the registration of account `{name}`"))
        .hint(format_args!("`graphbeat app adopt {name}` takes over one that exists"))
}
