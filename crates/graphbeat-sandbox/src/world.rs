//! The one state that all connections of a sandbox share.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use graphbeat_base::{Clock, Rng, SignedDuration, Timestamp};
use uuid::Uuid;

use crate::access::TokenCache;
use crate::entra::{AuthorizationCodes, DeviceCodes, Seal};
use crate::faults::{Fault, FaultBook};
use crate::identity::AppCertificate;
use crate::keys::{KeyError, RsaIdentity};
use crate::options::{SandboxOptions, Throttle};
use crate::requests::RequestLog;
use crate::secrets::SecretLog;
use crate::tenant::Tenant;
use crate::throttle::Limits;

/// How long the signing key's and the first application's certificates are valid.
const CERTIFICATE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);
/// A reset within this time makes the very same tenant; later its dates would look old.
const SAME_BIRTH: SignedDuration = SignedDuration::from_hours(24);
const DAY_S: i64 = 86_400;

/// The tenant, and everything around it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) tenant: RwLock<Tenant>,
    /// Signs every token.
    pub(crate) signer: RsaIdentity,
    /// The first application's certificate with its key.
    pub(crate) client_certificate: RsaIdentity,
    pub(crate) seal: Seal,
    pub(crate) devices: Mutex<DeviceCodes>,
    pub(crate) codes: Mutex<AuthorizationCodes>,
    pub(crate) faults: Mutex<FaultBook>,
    pub(crate) limits: Mutex<Limits>,
    pub(crate) requests: Mutex<RequestLog>,
    pub(crate) secrets: Mutex<SecretLog>,
    pub(crate) tokens: Mutex<TokenCache>,
    /// `host:port` of the listeners.
    pub(crate) own_hosts: Vec<String>,
    ids: Mutex<Rng>,
    birth: Birth,
}

/// What a reset goes back to.
#[derive(Debug)]
struct Birth {
    seed: u64,
    users: usize,
    at: Timestamp,
    faults: Vec<Fault>,
    certificate_key_id: Uuid,
}

impl World {
    /// The world that follows from the options.
    pub(crate) fn new(options: &SandboxOptions, own_hosts: Vec<String>) -> Result<Self, KeyError> {
        let now = options.clock.now();
        // The tenant takes its numbers from the seed itself; everything around it from another stream.
        let mut rng = Rng::seeded(options.seed ^ 0x5a6d_b0c5);
        let birth = Birth {
            seed: options.seed,
            users: options.users,
            at: now,
            faults: options.faults.clone(),
            certificate_key_id: rng.uuid(),
        };
        let client_certificate = RsaIdentity::generate("Contoso Health Check", now, CERTIFICATE_LIFE)?;
        Ok(Self {
            clock: options.clock.clone(),
            tenant: RwLock::new(birth.tenant(now, &client_certificate)),
            signer: RsaIdentity::generate("graphbeat sandbox token signing", now, CERTIFICATE_LIFE)?,
            client_certificate,
            seal: Seal::new(&mut rng),
            devices: Mutex::new(DeviceCodes::new(rng.fork())),
            faults: Mutex::new(FaultBook::new(options.faults.clone(), rng.fork())),
            limits: Mutex::new(Limits::new(options.throttle == Throttle::Documented, options.users)),
            requests: Mutex::new(RequestLog::default()),
            secrets: Mutex::new(SecretLog::default()),
            tokens: Mutex::new(TokenCache::default()),
            own_hosts,
            ids: Mutex::new(rng.fork()),
            codes: Mutex::new(AuthorizationCodes::new(rng.fork())),
            birth,
        })
    }

    /// A fresh id.
    pub(crate) fn uuid(&self) -> Uuid {
        locked(&self.ids).uuid()
    }

    /// Puts everything back to the start, except the clock, which belongs to whoever runs the sandbox.
    pub(crate) fn reset(&self) {
        let now = self.clock.now();
        let young = now.duration_since(self.birth.at).abs() < SAME_BIRTH;
        self.put_back(self.birth.tenant(if young { self.birth.at } else { now }, &self.client_certificate));
    }

    /// Begins anew with a tenant.
    pub(crate) fn put_back(&self, tenant: Tenant) {
        *write(&self.tenant) = tenant;
        locked(&self.devices).clear();
        locked(&self.codes).clear();
        locked(&self.faults).restart(self.birth.faults.clone());
        locked(&self.limits).clear();
        locked(&self.requests).clear();
        locked(&self.secrets).clear();
    }
}

impl Birth {
    fn tenant(&self, at: Timestamp, certificate: &RsaIdentity) -> Tenant {
        let mut tenant = Tenant::seeded(self.seed, self.users, day_of(at));
        let name = Some("CN=Contoso Health Check".to_owned());
        let parsed = AppCertificate::parse(self.certificate_key_id, name, certificate.certificate_der().to_vec());
        if let (Some(application), Some(parsed)) = (tenant.identity.applications.first_mut(), parsed) {
            application.certificates.push(parsed);
        }
        tenant
    }
}

/// Midnight of a day: content hangs on the day alone, so that two sandboxes of one seed that start on one
/// day hold the same, whatever the second.
fn day_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(DAY_S) * DAY_S).unwrap_or(at)
}

/// The lock's content: what it guards is whole at every moment, so a poisoned lock is still a valid one.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same to read.
pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// The same to write.
pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
