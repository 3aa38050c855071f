//! Making the registration, by either way, and getting the consent.

use graphbeat_base::{ExposeSecret as _, SignedDuration};
use graphbeat_entra::registration::{
    ConsentPrompt, CredentialStore as _, DirectoryRole, GraphCall, Hand, Journal as _, PermissionKind, PublicKey,
    Registration, Slot, TokenClaims, Wanted, create, grant_roles, make_key, may_consent,
};
use graphbeat_entra::{CertificateCredential, Credential, FailureClass, Identity};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::answers::Answers;
use super::plan::Plan;
use crate::arguments::{Format, InitArguments, RegistrationWay};
use crate::commands::ask;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registrar::{
    AzureCli, Desk, Portal, Registrar, RegistrationNotes, SealedCredentials, certificate_entry, known_or_new, no_token,
};
use crate::texts::{Message, say};

/// How often a fresh token is looked at until it shows what was granted.
const LOOKS_MAX: u32 = 6;
/// Between two looks.
const LOOK_PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// What the steps share.
struct Work<'a> {
    answers: &'a Answers,
    plan: &'a Plan,
    arguments: &'a InitArguments,
    context: &'a Context,
    registrar: Registrar,
    notes: RegistrationNotes,
    sealed: SealedCredentials,
    desk: Desk,
}

/// Who is signed in at `az`, or in the browser, by directory roles; `az`'s own answer.
pub(super) fn read_roles() -> GraphCall {
    GraphCall::get("app.person.roles", "/me/memberOf/microsoft.graph.directoryRole?$select=roleTemplateId,displayName")
}

/// Ends with the application id of a registration that is consented to.
pub(super) async fn register(
    answers: &Answers,
    plan: &Plan,
    arguments: &InitArguments,
    context: &Context,
    stop: CancellationToken,
) -> Result<Uuid, Failure> {
    let registrar = Registrar::open(context, &plan.config, plan.place.clone())?;
    let work = Work {
        notes: registrar.notes(),
        sealed: registrar.credentials(&certificate_entry(&answers.name)),
        desk: Desk::new(context, arguments.no_browser, stop),
        answers,
        plan,
        arguments,
        context,
        registrar,
    };
    let registered = work.run().await;
    work.registrar.close().await?;
    registered
}

impl Work<'_> {
    async fn run(&self) -> Result<Uuid, Failure> {
        let marker = self.registrar.opened.rng.clone().uuid();
        let mut registration = known_or_new(self.notes.read().await?, &self.plan.place, marker);
        let mut wanted = self.plan.wanted.clone();
        if self.plan.place.kind == PermissionKind::Application {
            let key = self.key(&mut registration).await?;
            wanted.key = Some(key);
        }
        let client_id = match self.answers.way {
            RegistrationWay::AzureCli => self.by_azure_cli(&wanted, registration).await?,
            RegistrationWay::Portal => self.by_portal(&wanted, registration).await?,
        };
        if self.plan.place.kind == PermissionKind::Application {
            self.granted(client_id).await?;
        }
        Ok(client_id)
    }

    /// The account's key: the one that is sealed, else a new one. Its public half is in the note.
    async fn key(&self, registration: &mut Registration) -> Result<PublicKey, Failure> {
        let sealed = self.sealed.read(Slot::Current).await.map_err(|error| vault(&error))?;
        let noted = registration.pending_key.clone();
        if let (Some(_), Some(key)) = (sealed, noted) {
            return Ok(key);
        }
        let (account, now) = (&self.plan.place.account, self.registrar.opened.clock.now());
        let made = make_key(
            &format!("graphbeat {account}"),
            self.registrar.opened.rng.clone().uuid(),
            now,
            self.arguments.days,
        )
        .map_err(|error| Failure::bug(&error))?;
        self.sealed.write(Slot::Current, &made.pem).await.map_err(|error| vault(&error))?;
        registration.pending_key = Some(made.public.clone());
        self.notes.keep(registration).await.map_err(|error| vault(&error))?;
        Ok(made.public)
    }

    async fn by_azure_cli(&self, wanted: &Wanted, registration: Registration) -> Result<Uuid, Failure> {
        let hand = AzureCli::new(self.plan.place.cloud.clone(), self.arguments.yes, self.context.language());
        let clock = &self.registrar.opened.clock;
        let answer = hand.send(&read_roles()).await.map_err(|error| {
            Failure::new(Exit::SignIn, graphbeat_base::error_chain(&error)).hint(say!("init-az-login"))
        })?;
        let roles: Vec<DirectoryRole> = answer["value"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|role| DirectoryRole::of_template(Uuid::try_parse(role["roleTemplateId"].as_str()?).ok()?))
            .collect();
        let made = create(&hand, wanted, registration, (&self.notes, clock)).await?;
        let client_id = made.client_id.ok_or_else(|| Failure::new(Exit::Bug, say!("init-no-id")))?;
        self.enough(&roles, client_id)?;
        if self.plan.place.kind == PermissionKind::Application {
            grant_roles(&hand, wanted, &made, clock).await?;
        }
        Ok(client_id)
    }

    async fn by_portal(&self, wanted: &Wanted, mut registration: Registration) -> Result<Uuid, Failure> {
        let known = self.arguments.client_id.or(registration.client_id);
        let client_id = match known {
            Some(client_id) => client_id,
            None => self.guide(wanted)?,
        };
        registration.client_id = Some(client_id);
        registration.object_id = self.arguments.object_id.or(registration.object_id);
        if let Some(key) = &wanted.key {
            (registration.key_id, registration.key_expires) = (Some(key.key_id), Some(key.not_after));
        }
        self.notes.keep(&registration).await.map_err(|error| vault(&error))?;
        if !self.plan.needs_administrator() {
            return Ok(client_id);
        }
        if self.plan.place.kind == PermissionKind::Application && self.is_granted(client_id).await? {
            return Ok(client_id);
        }
        let person = self.desk.sign_in(&self.registrar, client_id, &[]).await?;
        if let Some(roles) = person.claims.administrator_roles() {
            self.enough(&roles, client_id)?;
        }
        if self.plan.place.kind == PermissionKind::Application {
            let state = self.registrar.opened.rng.clone().fork().uuid();
            let identity = self.identity(client_id, Credential::Public);
            self.desk.consent(&self.registrar, &identity, self.plan.place.kind, state).await?;
        }
        Ok(client_id)
    }

    /// Says what to do on the portal's page, and takes the id.
    fn guide(&self, wanted: &Wanted) -> Result<Uuid, Failure> {
        let portal = Portal::of(&self.plan.place.cloud);
        let page = portal.register();
        let manifest = wanted.manifest();
        let needs_manifest = self.plan.place.kind == PermissionKind::Application;
        if self.context.printer.format() == Format::Json {
            let event = serde_json::json!({"event": "register", "account": self.plan.place.account, "url": page,
                "name": wanted.display_name, "audience": "AzureADMyOrg", "platform": "publicClient",
                "redirect_uri": "http://localhost", "manifest": manifest});
            self.context.printer.text(&event.to_string())?;
        } else {
            let manifest = needs_manifest.then(|| serde_json::to_string_pretty(&manifest)).transpose()?;
            self.context.printer.say(&guide(page.as_deref(), &wanted.display_name, manifest.as_deref()))?;
        }
        if self.arguments.yes || !ask::somebody_is_there() {
            return Err(Failure::new(Exit::Usage, say!("init-client-id")).hint(say!("init-client-id-hint")));
        }
        let answer = ask::text(&say!("init-ask-client-id"), self.context.language(), None)?;
        Uuid::try_parse(&answer).map_err(|_| {
            Failure::new(Exit::Usage, say!("init-wrong-id", answer = answer)).hint(say!("init-wrong-id-hint"))
        })
    }

    /// Stops where the person's roles do not suffice, with what to send to an administrator.
    fn enough(&self, roles: &[DirectoryRole], client_id: Uuid) -> Result<(), Failure> {
        let lacking: Vec<&str> = self
            .plan
            .wanted
            .permissions()
            .iter()
            .filter(|permission| !may_consent(roles, permission))
            .map(|permission| permission.name)
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let identity = self.identity(client_id, Credential::Public);
        let url = ConsentPrompt::for_administrator(&identity, self.plan.place.kind);
        let names = lacking.join(", ");
        if self.context.printer.format() == Format::Json {
            let event = serde_json::json!({"event": "administrator-needed", "account": self.plan.place.account,
                "url": url.as_str(), "permissions": lacking});
            self.context.printer.text(&event.to_string())?;
        } else {
            self.context.printer.say(&say!(
                "init-letter",
                name = &self.plan.wanted.display_name,
                client = client_id.to_string(),
                permissions = names,
                url = url.as_str()
            ))?;
        }
        Err(Failure::new(Exit::SignIn, say!("init-not-enough")).hint(say!("init-not-enough-hint")))
    }

    fn identity(&self, client_id: Uuid, credential: Credential) -> Identity {
        let scopes: Vec<&str> = self.plan.wanted.permissions().iter().map(|permission| permission.name).collect();
        self.registrar.identity(client_id, credential, &scopes)
    }

    /// The account's own identity, with the key that is sealed.
    async fn own(&self, client_id: Uuid) -> Result<Identity, Failure> {
        let pem = self.sealed.read(Slot::Current).await.map_err(|error| vault(&error))?;
        let pem = pem.ok_or_else(|| Failure::new(Exit::Ledger, say!("init-no-certificate")))?;
        let now = self.registrar.opened.clock.now();
        let certificate = CertificateCredential::from_pem(pem.expose_secret(), now)
            .map_err(|error| Failure::new(Exit::SignIn, graphbeat_base::error_chain(&error)))?;
        Ok(self.identity(client_id, Credential::Certificate(certificate)))
    }

    /// Whether the application signs in already and has everything; a refusal is no failure here.
    async fn is_granted(&self, client_id: Uuid) -> Result<bool, Failure> {
        let identity = self.own(client_id).await?;
        match self.registrar.source().token(&identity, None).await {
            Ok(token) => Ok(self.has_all(&TokenClaims::read(&token).unwrap_or_default())),
            Err(error) if error.class() == FailureClass::CertificateRefused => {
                Err(no_token(&error).hint(say!("init-manifest-hint")))
            }
            // Without consent the application may not be known in the tenant yet.
            Err(error) if error.refusal().is_some() && is_of_the_application(error.class()) => Ok(false),
            Err(error) => Err(no_token(&error)),
        }
    }

    /// Waits until a fresh token carries what was granted: consent takes some time to reach every server.
    async fn granted(&self, client_id: Uuid) -> Result<(), Failure> {
        let identity = self.own(client_id).await?;
        let clock = &self.registrar.opened.clock;
        let mut claims = TokenClaims::default();
        for look in 0..LOOKS_MAX {
            if look > 0 {
                self.context.printer.notice(&say!("init-waiting"));
                clock.sleep_until(clock.now().checked_add(LOOK_PAUSE).unwrap_or_else(|_| clock.now())).await;
            }
            let token = self.registrar.source().token(&identity, None).await.map_err(|error| no_token(&error))?;
            claims = TokenClaims::read(&token).unwrap_or_default();
            if self.has_all(&claims) {
                return Ok(());
            }
        }
        let missing: Vec<&str> = self.plan.least.names().filter(|name| !claims.roles.contains(*name)).collect();
        Err(Failure::new(Exit::SignIn, say!("init-not-granted", missing = missing.join(", ")))
            .hint(say!("init-not-granted-hint")))
    }

    fn has_all(&self, claims: &TokenClaims) -> bool {
        self.plan.least.names().all(|name| claims.roles.contains(name))
    }
}

/// Whether a refusal is about what the tenant has granted, and not about who asks or when.
const fn is_of_the_application(class: FailureClass) -> bool {
    !matches!(class, FailureClass::UnknownTenant | FailureClass::Locked)
}

fn vault(error: &dyn std::error::Error) -> Failure {
    Failure::new(Exit::Ledger, graphbeat_base::error_chain(error))
}

fn guide(page: Option<&str>, name: &str, manifest: Option<&str>) -> Message {
    let place = match page {
        Some(page) => say!("init-guide-page", page = page),
        None => say!("init-guide-place"),
    };
    match manifest {
        Some(manifest) => say!("init-guide-manifest", place = place, name = name, manifest = manifest),
        None => say!("init-guide", place = place, name = name),
    }
}
