//! `app rotate`: a new credential, proven by a sign-in before the old one goes.

use graphbeat_base::ExposeSecret as _;
use graphbeat_config::{SecretRef, SignIn};
use graphbeat_entra::registration::{
    CredentialStore as _, Hand, Proof, RotateError, Rotator, Slot, TokenHand, make_key,
};
use graphbeat_entra::{CertificateCredential, Credential};
use tokio_util::sync::CancellationToken;

use super::{About, agreed, told};
use crate::arguments::RotateArguments;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registrar::{Desk, Registrar, SealedCredentials, known_or_new, no_token};
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

/// What changing a registration's credentials needs of an administrator who signs in.
const CHANGE_SCOPES: [&str; 1] = ["Application.ReadWrite.All"];
/// Days that a new certificate lives.
const CERTIFICATE_DAYS: u16 = 365;
/// Days that a new secret lives: it can be copied, so it lives shorter.
const SECRET_DAYS: u16 = 90;

pub(super) fn run(arguments: &RotateArguments, context: &Context) -> Result<Exit, Failure> {
    let about = About::of(&arguments.app.name, context)?;
    let (entry, proof) = entry(&about)?;
    if !arguments.app.dry_run {
        agreed(arguments.app.yes, &say!("app-rotate-question"), context)?;
    }
    run_until_stopped(async |stop| {
        let registrar = Registrar::open(context, &about.config, about.place.clone())?;
        let rotated = rotate(&about, &registrar, (&entry, proof), (arguments, context, stop)).await;
        registrar.close().await?;
        rotated
    })
}

async fn rotate(
    about: &About,
    registrar: &Registrar,
    (entry, proof): (&str, Proof),
    (arguments, context, stop): (&RotateArguments, &Context, CancellationToken),
) -> Result<Exit, Failure> {
    let name = &about.account.name;
    let sealed = registrar.credentials(entry);
    let notes = registrar.notes();
    let client_id = about.account.sign_in.client_id();
    let mut registration = known_or_new(notes.read().await?, &about.place, registrar.opened.rng.clone().uuid());
    registration.client_id = Some(client_id);
    registration.object_id = arguments.object_id.or(registration.object_id);
    let by_other = arguments.app.azure_cli || arguments.app.through.is_some();
    let desk = Desk::new(context, arguments.app.no_browser, stop);
    let own = own_key(registrar, &sealed, proof).await?;
    let (hand, proof): (Box<dyn Hand>, Proof) = match (proof, own) {
        (Proof::Key, Some(credential)) if !by_other => {
            if registration.object_id.is_none() {
                return Err(Failure::new(Exit::Usage, say!("app-no-object-id")).hint(say!("app-no-object-id-hint")));
            }
            (Box::new(TokenHand::new(registrar.source(), registrar.identity(client_id, credential, &[]))), Proof::Key)
        }
        (proof, _) => {
            let hand = registrar.hand(&arguments.app, Some(client_id), &CHANGE_SCOPES, &desk).await?;
            (hand, if proof == Proof::Secret { proof } else { Proof::OnlyKey })
        }
    };
    if arguments.app.dry_run {
        told(context, "dry-run", name, &dry_run(proof))?;
        return Ok(Exit::Ok);
    }
    let source = registrar.source();
    let identity = registrar.identity(client_id, Credential::Public, &[]);
    let default = if proof == Proof::Secret { SECRET_DAYS } else { CERTIFICATE_DAYS };
    let common_name = format!("graphbeat {name}");
    let rotator = Rotator {
        hand: &*hand,
        journal: &notes,
        store: &sealed,
        source: &source,
        identity: &identity,
        clock: &registrar.opened.clock,
        proof,
        days: arguments.days.unwrap_or(default),
        make: &|key_id, now, days| make_key(&common_name, key_id, now, days),
    };
    let rotated = rotator.run(registration).await.map_err(failure)?;
    let until = rotated.key_expires.map(graphbeat_core::time_text).unwrap_or_default();
    told(context, "rotated", name, &say!("app-rotated", name = name, until = until))?;
    Ok(Exit::Ok)
}

/// The vault's entry of the account's credential, and what a new one is.
fn entry(about: &About) -> Result<(String, Proof), Failure> {
    let account = &about.account.name;
    match &about.account.sign_in {
        SignIn::Certificate { certificate: SecretRef::Vault(entry), key: None, .. } => Ok((entry.clone(), Proof::Key)),
        SignIn::ClientSecret { client_secret: SecretRef::Vault(entry), .. } => Ok((entry.clone(), Proof::Secret)),
        SignIn::Certificate { .. } | SignIn::ClientSecret { .. } => {
            Err(Failure::new(Exit::Usage, say!("app-outside-vault", account = account))
                .hint(say!("app-outside-vault-hint")))
        }
        _ => Err(Failure::new(Exit::Usage, say!("app-no-credential", account = account))
            .hint(say!("app-no-credential-hint"))),
    }
}

/// The key that signs in now, where it can be used.
async fn own_key(
    registrar: &Registrar,
    sealed: &SealedCredentials,
    proof: Proof,
) -> Result<Option<Credential>, Failure> {
    if proof != Proof::Key {
        return Ok(None);
    }
    let pem = sealed.read(Slot::Current).await;
    let pem = pem.map_err(|error| Failure::new(Exit::Ledger, graphbeat_base::error_chain(&error)))?;
    let now = registrar.opened.clock.now();
    Ok(pem.and_then(|pem| CertificateCredential::from_pem(pem.expose_secret(), now).ok()).map(Credential::Certificate))
}

fn dry_run(proof: Proof) -> Message {
    match proof {
        Proof::Key => say!("app-rotate-by-key"),
        Proof::OnlyKey => say!("app-rotate-only-key"),
        Proof::Secret => say!("app-rotate-secret"),
    }
}

fn failure(error: RotateError) -> Failure {
    let again = say!("app-rotate-again");
    match error {
        RotateError::Registration(error) => Failure::from(error),
        RotateError::Unproven(error) => no_token(&error).detail(say!("app-unproven")).hint(again),
        error => Failure::new(Exit::SignIn, graphbeat_base::error_chain(&error)).hint(again),
    }
}
