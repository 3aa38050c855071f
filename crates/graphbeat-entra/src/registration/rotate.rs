//! Changing an application's credential without a moment in which it cannot sign in.
//!
//! The new one is registered beside the old one, proves itself by a sign-in, takes the old one's place in the
//! vault in one step, and only then is the old one removed. Whoever dies in between goes on by the journal.
//! Whatever the step, what stands in [`Slot::Current`] is registered.

use async_trait::async_trait;
use graphbeat_base::{Clock, ExposeSecret as _, Secret, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::create::send;
use super::{
    GraphCall, Hand, HandError, Journal, JournalFailure, KeyError, MadeKey, PublicKey, Registration, RegistrationError,
};
use crate::{CertificateCredential, CertificateError, Credential, FailureClass, Identity, TokenError, TokenSource};

/// Before the second and the third proof: a new credential takes some time to reach every server of Entra's.
/// More refused ones than that the guard lets nobody have.
const PROOF_PAUSES: [SignedDuration; 2] = [SignedDuration::from_secs(15), SignedDuration::from_secs(45)];

/// A place in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// What the account signs in with.
    Current,
    /// What is about to take its place.
    Next,
}

/// Where an account's credentials are sealed.
#[async_trait]
pub trait CredentialStore: Send + Sync {
    /// The credential; `None` where there is none.
    ///
    /// # Errors
    /// Where the vault fails.
    async fn read(&self, slot: Slot) -> Result<Option<Secret>, JournalFailure>;

    /// Replaces the credential, durably and in one step.
    ///
    /// # Errors
    /// Where the vault fails; then the old one is still there.
    async fn write(&self, slot: Slot, credential: &Secret) -> Result<(), JournalFailure>;

    /// Forgets the credential; no failure where there is none.
    ///
    /// # Errors
    /// Where the vault fails.
    async fn remove(&self, slot: Slot) -> Result<(), JournalFailure>;
}

/// How far a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationPhase {
    /// The new one is about to be registered: perhaps it is.
    Adding,
    /// The new one is registered, and has to prove itself.
    Added,
    /// The new one is what the account signs in with; the old one has to go.
    Promoted,
}

/// A change under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// How far it is.
    pub phase: RotationPhase,
    /// The new key; none: the new credential is a secret.
    pub key: Option<PublicKey>,
    /// The name that a new secret carries: by it, it is found after a crash.
    pub secret_name: Option<String>,
    /// The new one's id.
    pub new_key_id: Option<Uuid>,
    /// The new one's end.
    pub new_expires: Option<Timestamp>,
    /// The old one's id; none: it is not known, and stays.
    pub old_key_id: Option<Uuid>,
}

/// What proves a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A key with its certificate. The application registers it by itself, by a proof that the old key signs:
    /// it needs no permission for that.
    Key,
    /// A secret: somebody with the right to change the registration adds it.
    Secret,
    /// A key that takes the place of all others: somebody with that right registers it. The first key, or one
    /// after the old key's end.
    OnlyKey,
}

/// Changes credentials.
pub struct Rotator<'a> {
    /// Who sends the requests.
    pub hand: &'a dyn Hand,
    /// Where the change is written down.
    pub journal: &'a dyn Journal,
    /// Where credentials are sealed.
    pub store: &'a dyn CredentialStore,
    /// Where proofs are made.
    pub source: &'a TokenSource,
    /// Who signs in.
    pub identity: &'a Identity,
    /// The time.
    pub clock: &'a Clock,
    /// What the new credential is.
    pub proof: Proof,
    /// How many days the new credential lives.
    pub days: u16,
    /// Makes a key.
    pub make: &'a (dyn Fn(Uuid, Timestamp, u16) -> Result<MadeKey, KeyError> + Sync),
}

/// Why a credential was not changed; the account still signs in, and a further run goes on.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// A request was not done.
    #[error("{0}")]
    Registration(#[from] RegistrationError),
    /// No key could be made.
    #[error("no key could be made")]
    Key(#[source] KeyError),
    /// The key that is there cannot be used.
    #[error("the key that is there cannot be used")]
    Unusable(#[source] CertificateError),
    /// The new one was refused.
    #[error("the new credential did not prove itself by a sign-in; the old one is in use")]
    Unproven(#[source] TokenError),
    /// The account's own credential is not where it has to be.
    #[error("the account's credential is not in the vault")]
    NoCredential,
}

impl From<JournalFailure> for RotateError {
    fn from(failure: JournalFailure) -> Self {
        Self::Registration(RegistrationError::Journal(failure))
    }
}

impl Rotator<'_> {
    /// Changes the credential, or finishes the change that was begun.
    ///
    /// # Errors
    /// [`RotateError`]; the account signs in as before, and another run goes on.
    pub async fn run(&self, mut registration: Registration) -> Result<Registration, RotateError> {
        let is_resumed = registration.rotation.is_some();
        let mut rotation = match registration.rotation.take() {
            Some(rotation) => rotation,
            None => self.begin(&mut registration).await?,
        };
        if rotation.phase == RotationPhase::Adding {
            let is_there = is_resumed && self.is_registered(&registration, &rotation).await?;
            if !is_there {
                self.add(&mut registration, &mut rotation).await?;
            }
            rotation.phase = RotationPhase::Added;
            self.keep(&mut registration, &rotation).await?;
        }
        if rotation.phase == RotationPhase::Added {
            let next = self.store.read(Slot::Next).await?.ok_or(RotateError::NoCredential)?;
            self.prove(&next).await?;
            self.store.write(Slot::Current, &next).await?;
            rotation.phase = RotationPhase::Promoted;
            (registration.key_id, registration.key_expires) = (rotation.new_key_id, rotation.new_expires);
            self.keep(&mut registration, &rotation).await?;
        }
        self.remove_old(&registration, &rotation).await?;
        registration.rotation = None;
        self.journal.keep(&registration).await?;
        self.store.remove(Slot::Next).await?;
        Ok(registration)
    }

    /// Makes the new credential, where it is one that is made here, and writes down that it will be registered.
    async fn begin(&self, registration: &mut Registration) -> Result<Rotation, RotateError> {
        let key_id = self.source.shared.client.wire.uuid();
        let mut rotation = Rotation {
            phase: RotationPhase::Adding,
            key: None,
            secret_name: None,
            new_key_id: None,
            new_expires: None,
            old_key_id: registration.key_id,
        };
        if self.proof == Proof::Secret {
            rotation.secret_name = Some(format!("graphbeat {}", key_id.simple()));
        } else {
            let made = (self.make)(key_id, self.clock.now(), self.days).map_err(RotateError::Key)?;
            self.store.write(Slot::Next, &made.pem).await?;
            (rotation.new_key_id, rotation.new_expires) = (Some(made.public.key_id), Some(made.public.not_after));
            rotation.key = Some(made.public);
        }
        self.keep(registration, &rotation).await?;
        Ok(rotation)
    }

    async fn keep(&self, registration: &mut Registration, rotation: &Rotation) -> Result<(), JournalFailure> {
        registration.rotation = Some(rotation.clone());
        self.journal.keep(registration).await
    }

    /// After a crash: whether the new key was registered. A secret that nobody sealed is lost: it is removed.
    async fn is_registered(&self, registration: &Registration, rotation: &Rotation) -> Result<bool, RotateError> {
        if let Some(name) = &rotation.secret_name {
            self.remove_lost_secrets(registration, name).await?;
            self.store.remove(Slot::Next).await?;
            return Ok(false);
        }
        let next = self.store.read(Slot::Next).await?.ok_or(RotateError::NoCredential)?;
        match self.sign_in(&next).await {
            Ok(()) => Ok(true),
            Err(error) if error.class() == FailureClass::CertificateRefused => Ok(false),
            Err(error) => Err(RotateError::Unproven(error)),
        }
    }

    async fn add(&self, registration: &mut Registration, rotation: &mut Rotation) -> Result<(), RotateError> {
        let path = registration.application_path()?;
        if let Some(name) = rotation.secret_name.clone() {
            return self.add_secret(&path, &name, rotation).await;
        }
        let key = rotation.key.as_ref().ok_or(RotateError::NoCredential)?;
        let call = if self.proof == Proof::OnlyKey {
            GraphCall::patch("app.keys.replace", path, json!({"keyCredentials": [key.credential()]}))
        } else {
            let proof = self.signed_proof(registration, Slot::Current).await?;
            let body = json!({"keyCredential": key.credential(), "passwordCredential": null, "proof": proof});
            GraphCall::post("app.key.add", format!("{path}/addKey"), body)
        };
        let added = send(self.hand, &call, self.clock, |_| false).await?;
        if let Some(id) = added["keyId"].as_str().and_then(|id| Uuid::try_parse(id).ok()) {
            rotation.new_key_id = Some(id);
        }
        Ok(())
    }

    async fn add_secret(&self, path: &str, name: &str, rotation: &mut Rotation) -> Result<(), RotateError> {
        let lifetime = SignedDuration::from_hours(24 * i64::from(self.days));
        let until = self.clock.now().checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let body = json!({"passwordCredential": {"displayName": name, "endDateTime": until}});
        let call = GraphCall::post("app.secret.add", format!("{path}/addPassword"), body);
        let added = send(self.hand, &call, self.clock, |_| false).await?;
        let member = |member| RegistrationError::Answer { call: call.to_string(), member };
        let secret = added["secretText"].as_str().ok_or_else(|| member("secretText"))?;
        self.store.write(Slot::Next, &Secret::from(secret)).await?;
        let key_id = added["keyId"].as_str().and_then(|id| Uuid::try_parse(id).ok());
        rotation.new_key_id = Some(key_id.ok_or_else(|| member("keyId"))?);
        rotation.new_expires = Some(until);
        Ok(())
    }

    /// Secrets of this change that were made and never sealed.
    async fn remove_lost_secrets(&self, registration: &Registration, name: &str) -> Result<(), RotateError> {
        let path = registration.application_path()?;
        let call = GraphCall::get("app.application.get", format!("{path}?$select=id,passwordCredentials"));
        let application = send(self.hand, &call, self.clock, |_| false).await?;
        let secrets = application["passwordCredentials"].as_array().into_iter().flatten();
        for lost in secrets.filter(|secret| secret["displayName"] == name) {
            let call = remove_secret(&path, &lost["keyId"]);
            send(self.hand, &call, self.clock, |_| false).await?;
        }
        Ok(())
    }

    /// Signs in with the new credential, until Entra knows it.
    async fn prove(&self, next: &Secret) -> Result<(), RotateError> {
        for pause in PROOF_PAUSES {
            match self.sign_in(next).await {
                Err(error) if error.refusal().is_some() => {
                    self.clock.sleep_until(self.clock.now().checked_add(pause).unwrap_or(Timestamp::MAX)).await;
                }
                done => return done.map_err(RotateError::Unproven),
            }
        }
        self.sign_in(next).await.map_err(RotateError::Unproven)
    }

    async fn sign_in(&self, credential: &Secret) -> Result<(), TokenError> {
        let credential = match self.proof {
            Proof::Secret => Credential::ClientSecret(credential.clone()),
            Proof::Key | Proof::OnlyKey => {
                let certificate = CertificateCredential::from_pem(credential.expose_secret(), self.clock.now());
                Credential::Certificate(certificate.map_err(TokenError::Certificate)?)
            }
        };
        self.source.prove(&Identity { credential, ..self.identity.clone() }).await
    }

    /// The old one goes; one that is gone already, or is not known, is no failure.
    async fn remove_old(&self, registration: &Registration, rotation: &Rotation) -> Result<(), RotateError> {
        let Some(old) = rotation.old_key_id.filter(|old| Some(*old) != rotation.new_key_id) else { return Ok(()) };
        let path = registration.application_path()?;
        let call = match self.proof {
            Proof::OnlyKey => return Ok(()),
            Proof::Secret => remove_secret(&path, &json!(old)),
            Proof::Key => {
                let proof = self.signed_proof(registration, Slot::Current).await?;
                GraphCall::post("app.key.remove", format!("{path}/removeKey"), json!({"keyId": old, "proof": proof}))
            }
        };
        match send(self.hand, &call, self.clock, |_| false).await {
            Err(error) if error.hand_error().is_some_and(is_gone) => Ok(()),
            done => {
                done?;
                Ok(())
            }
        }
    }

    /// The proof that Graph wants of who changes an application's keys.
    async fn signed_proof(&self, registration: &Registration, slot: Slot) -> Result<String, RotateError> {
        let object_id = registration.object_id.ok_or(RegistrationError::Unknown("object id"))?;
        let pem = self.store.read(slot).await?.ok_or(RotateError::NoCredential)?;
        let now = self.clock.now();
        let certificate = CertificateCredential::from_pem(pem.expose_secret(), now).map_err(RotateError::Unusable)?;
        certificate.sign_possession(object_id, now).map_err(RotateError::Unusable)
    }
}

/// Graph's answers where there is no such credential.
fn is_gone(error: &HandError) -> bool {
    error.is_not_found()
        || matches!(error, HandError::Refused { message, .. } if message.contains("No credentials found") || message.contains("No password credential found"))
}

fn remove_secret(path: &str, key_id: &Value) -> GraphCall {
    GraphCall::post("app.secret.remove", format!("{path}/removePassword"), json!({"keyId": key_id}))
}
