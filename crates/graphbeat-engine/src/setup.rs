//! From the configuration to accounts that can run.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use graphbeat_base::{Clock, Rng, Timestamp};
use graphbeat_catalog::{Catalog, Mode, Selected, Selection, SelectionError, least_permissions};
use graphbeat_config::{Account as AccountConfig, Cloud, Config, Limits, ProxyMode, Schedule, SecretError, SecretRef};
use graphbeat_core::plan::{Agenda, Rules, next_slot, offset_of};
use graphbeat_entra::{CertificateError, Endpoints, Identity, TokenSource};
use graphbeat_graph::{Client, Compiled, ContentHosts, compile};
use graphbeat_http::{FlightLog, NetworkError, NetworkSettings, NetworkTransport, Wire};
use graphbeat_store::{Ledger, Vault};
use jiff::tz::TimeZone;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

use crate::account::mixed;
use crate::credential::credential;
use crate::sign_in_guard::LedgerGuard;
use crate::vault_tokens::VaultTokens;
use crate::{Account, CloudLink, Engine, Gates, Operations, Recorder, Shared, Watcher, Work};

/// The most bytes of a file with extra TLS roots.
const CA_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Gives the secret behind a reference. It may block: for a command, or the vault.
pub type SecretReader = Arc<dyn Fn(&SecretRef) -> Result<Vec<u8>, SecretError> + Send + Sync>;

/// What an engine is made of.
pub struct Parts<'a> {
    /// The checked configuration.
    pub config: &'a Config,
    /// The catalogue, the user's own operations included.
    pub catalog: Arc<Catalog>,
    /// Where rows go.
    pub ledger: Arc<dyn Ledger>,
    /// Where refresh tokens are.
    pub vault: Arc<dyn Vault>,
    /// Where requests are noted before they leave.
    pub flight_log: Arc<dyn FlightLog>,
    /// Who looks on.
    pub watcher: Arc<dyn Watcher>,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
    /// This process, in the journal and the flight file.
    pub session: Uuid,
    /// Gives the secret behind a reference: as text, or as the bytes of a file.
    pub secrets: SecretReader,
    /// The accounts that are wanted, by name; none: all.
    pub only: Option<&'a HashSet<String>>,
    /// Replaces the accounts' own selection; none: what the configuration says.
    pub selection: Option<SelectionOverride>,
    /// Leaves journeys out.
    pub read_only: bool,
    /// Sends reads together, whatever the configuration says.
    pub batch: bool,
    /// The most requests at once.
    pub concurrency: usize,
}

/// A selection by hand.
#[derive(Clone, Debug)]
pub struct SelectionOverride {
    /// Classes.
    pub classes: Vec<String>,
    /// Single operations.
    pub operations: Vec<String>,
}

/// Why an account cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A selection names what the catalogue does not know.
    #[error("account `{account}` selects what does not exist")]
    Selection {
        /// The account.
        account: Arc<str>,
        /// What.
        #[source]
        source: SelectionError,
    },
    /// A secret cannot be had.
    #[error("the secret of account `{account}` cannot be had")]
    Secret {
        /// The account.
        account: Arc<str>,
        /// Why.
        #[source]
        source: SecretError,
    },
    /// A certificate cannot be used.
    #[error("the certificate of account `{account}` cannot be used")]
    Certificate {
        /// The account.
        account: Arc<str>,
        /// Why.
        #[source]
        source: CertificateError,
    },
    /// A cloud's extra TLS roots cannot be read.
    #[error("the file of TLS roots `{}` cannot be read", path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The network cannot be used as configured.
    #[error("the network cannot be used as configured")]
    Network(#[source] NetworkError),
    /// A schedule's time zone is unknown.
    #[error("the time zone `{0}` is unknown")]
    TimeZone(String),
    /// The configuration names a cloud or schedule that it does not have: its check has a hole.
    #[error("account `{account}` refers to `{name}`, which is not configured")]
    Dangling {
        /// The account.
        account: Arc<str>,
        /// The cloud or schedule.
        name: Arc<str>,
    },
}

/// What is shared while accounts are set up one by one.
struct Workshop<'p, 'a> {
    parts: &'p Parts<'a>,
    recorder: Arc<Recorder>,
    rng: Rng,
    clouds: HashMap<Arc<str>, Arc<CloudLink>>,
    compiled: HashMap<Mode, Arc<Operations>>,
    works: HashMap<String, Arc<Work>>,
    rules: HashMap<Arc<str>, Arc<Rules>>,
}

/// Builds the engine for the accounts of a configuration.
///
/// # Errors
/// [`SetupError`] for the first account that cannot be set up.
pub fn assemble(parts: Parts<'_>) -> Result<Engine, SetupError> {
    let recorder = Arc::new(Recorder::new(Arc::clone(&parts.ledger), Arc::clone(&parts.watcher)));
    let mut workshop = Workshop {
        parts: &parts,
        recorder: Arc::clone(&recorder),
        rng: parts.rng.clone(),
        clouds: HashMap::new(),
        compiled: HashMap::new(),
        works: HashMap::new(),
        rules: HashMap::new(),
    };
    let wanted =
        parts.config.accounts.iter().filter(|account| parts.only.is_none_or(|only| only.contains(&*account.name)));
    let accounts = wanted.map(|account| workshop.account(account).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let rng = workshop.rng.fork();
    Ok(Engine {
        shared: Arc::new(Shared {
            catalog: parts.catalog,
            clock: parts.clock,
            ledger: parts.ledger,
            recorder,
            gates: Gates::default(),
            waits: OnceCell::new(),
            requests: Semaphore::new(parts.concurrency),
            accounts,
            configured: parts.config.accounts.iter().map(|account| Arc::clone(&account.name)).collect(),
            walking: Mutex::default(),
            session: parts.session,
            rng: Mutex::new(rng),
            concurrency: parts.concurrency,
        }),
    })
}

/// When an account's plan runs something next, from its configuration alone: nothing is opened.
///
/// # Errors
/// [`SetupError`] where the configuration does not hold together.
pub fn planned_next(
    config: &Config,
    account: &AccountConfig,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<Option<Timestamp>, SetupError> {
    let dangling =
        |name: &Arc<str>| SetupError::Dangling { account: Arc::clone(&account.name), name: Arc::clone(name) };
    let cloud = config.cloud_of(account).ok_or_else(|| dangling(&account.cloud))?;
    let schedule = config.schedule_of(account).ok_or_else(|| dangling(&account.schedule))?;
    let selected = selection_of(account, cloud)
        .resolve(catalog)
        .map_err(|source| SetupError::Selection { account: Arc::clone(&account.name), source })?;
    let items = u32::try_from(selected.reads.len() + selected.journeys.len()).unwrap_or(u32::MAX);
    let agenda = Agenda { items, offset: offset_of(&account.name) };
    Ok(next_slot(&rules_of(schedule)?, agenda, now).map(|slot| slot.at))
}

/// What an account's configuration selects.
#[must_use]
pub fn selection_of(account: &AccountConfig, cloud: &Cloud) -> Selection {
    Selection {
        classes: account.classes.clone(),
        operations: account.operations.clone(),
        exclude: account.exclude.clone(),
        journeys: account.journeys,
        mode: account.sign_in.mode(),
        cloud: cloud.official,
    }
}

fn rules_of(schedule: &Schedule) -> Result<Rules, SetupError> {
    let time_zone = match &schedule.time_zone {
        Some(zone) => TimeZone::get(zone).map_err(|_| SetupError::TimeZone(zone.clone()))?,
        None => TimeZone::UTC,
    };
    Ok(Rules {
        cover_every: schedule.cover_every,
        calls_per_hour_max: schedule.calls_per_hour_max,
        quiet: schedule.quiet.clone(),
        time_zone,
    })
}

impl Workshop<'_, '_> {
    fn account(&mut self, account: &AccountConfig) -> Result<Account, SetupError> {
        let dangling =
            |name: &Arc<str>| SetupError::Dangling { account: Arc::clone(&account.name), name: Arc::clone(name) };
        let config = self.parts.config;
        let cloud = config.cloud_of(account).ok_or_else(|| dangling(&account.cloud))?;
        let schedule = config.schedule_of(account).ok_or_else(|| dangling(&account.schedule))?;
        let link = self.cloud(cloud)?;
        let rules = self.rules(&account.schedule, schedule)?;
        let work = self.work(account, cloud)?;
        let credential = credential(self.parts, account)?;
        let identity = Identity {
            account: Arc::clone(&account.name),
            tenant: Arc::clone(&account.tenant),
            client_id: account.sign_in.client_id(),
            endpoints: Endpoints {
                login_url: cloud.login_url.clone(),
                graph_url: cloud.graph_url.clone(),
                graph_resource: cloud.graph_resource.clone(),
            },
            credential,
            scopes: if account.sign_in.mode() == Mode::Delegated { work.permissions.clone() } else { Vec::new() },
        };
        Ok(Account {
            name: Arc::clone(&account.name),
            tenant: Arc::clone(&account.tenant),
            mode: account.sign_in.mode(),
            identity,
            cloud: link,
            batch: account.batch || self.parts.batch,
            user: account.user.clone(),
            work,
            rules,
            offset: offset_of(&account.name),
            target: OnceCell::new(),
            signing_in: tokio::sync::Mutex::new(()),
            picks: Mutex::default(),
            permissions_checked: Mutex::default(),
        })
    }

    fn cloud(&mut self, cloud: &Cloud) -> Result<Arc<CloudLink>, SetupError> {
        if let Some(link) = self.clouds.get(&cloud.name) {
            return Ok(Arc::clone(link));
        }
        let flight_log = Arc::clone(&self.parts.flight_log);
        let wire = cloud_wire(cloud, &self.parts.config.proxy.mode, flight_log, &self.parts.clock, &mut self.rng)?;
        let tokens = Arc::new(VaultTokens(Arc::clone(&self.parts.vault)));
        let guard = Arc::new(LedgerGuard::new(Arc::clone(&self.parts.ledger), self.parts.clock.clone()));
        let link = Arc::new(CloudLink {
            name: Arc::clone(&cloud.name),
            graph_url: cloud.graph_url.clone(),
            content_hosts: Arc::new(ContentHosts::new(cloud.content_hosts.iter().cloned())),
            client: Client::new(wire.clone(), Arc::clone(&self.recorder) as _),
            tokens: TokenSource::new(wire.clone(), Arc::clone(&self.recorder) as _, tokens, guard),
            wire,
            has_limits: cloud.limits == Limits::Documented,
        });
        self.clouds.insert(Arc::clone(&cloud.name), Arc::clone(&link));
        Ok(link)
    }

    fn rules(&mut self, name: &Arc<str>, schedule: &Schedule) -> Result<Arc<Rules>, SetupError> {
        if let Some(rules) = self.rules.get(name) {
            return Ok(Arc::clone(rules));
        }
        let rules = Arc::new(rules_of(schedule)?);
        self.rules.insert(Arc::clone(name), Arc::clone(&rules));
        Ok(rules)
    }

    /// What the account has to do, and the permissions that it needs; shared by accounts that select alike.
    fn work(&mut self, account: &AccountConfig, cloud: &Cloud) -> Result<Arc<Work>, SetupError> {
        let mode = account.sign_in.mode();
        let selection = self.selection(account, cloud);
        let own = selection_of(account, cloud);
        let key = format!("{selection:?} {own:?}");
        if let Some(work) = self.works.get(&key) {
            return Ok(Arc::clone(work));
        }
        let unknown = |source| SetupError::Selection { account: Arc::clone(&account.name), source };
        let selected = selection.resolve(&self.parts.catalog).map_err(unknown)?;
        let mut permitted = selected.clone();
        if own.journeys {
            // What its journeys left is removed with the permissions that made it, whatever runs now.
            permitted.journeys.extend(own.resolve(&self.parts.catalog).map_err(unknown)?.journeys);
        }
        let permissions = least_permissions(&permitted, mode).names().map(str::to_owned).collect();
        let work = Arc::new(Work::new(selected, permissions, permitted, self.compiled(mode)));
        self.works.insert(key, Arc::clone(&work));
        Ok(work)
    }

    fn selection(&self, account: &AccountConfig, cloud: &Cloud) -> Selection {
        let mut selection = selection_of(account, cloud);
        if let Some(by_hand) = &self.parts.selection {
            selection.classes.clone_from(&by_hand.classes);
            selection.operations.clone_from(&by_hand.operations);
            selection.exclude.clear();
        }
        selection.journeys &= !self.parts.read_only;
        selection
    }

    fn compiled(&mut self, mode: Mode) -> Arc<Operations> {
        let catalog = &self.parts.catalog;
        let compiled = self.compiled.entry(mode).or_insert_with(|| {
            let all = catalog.operations().iter();
            Arc::new(all.map(|one| (Arc::clone(&one.id), Arc::new(compile(Arc::clone(one), mode)))).collect())
        });
        Arc::clone(compiled)
    }
}

impl Work {
    fn new(selected: Selected, permissions: Vec<String>, permitted: Selected, operations: Arc<Operations>) -> Self {
        let reads: Vec<Arc<Compiled>> =
            selected.reads.iter().filter_map(|read| operations.get(&read.id).cloned()).collect();
        let journeys = selected.journeys;
        let sources = operations
            .values()
            .flat_map(|one| one.operation.values.values().map(|source| Arc::clone(&source.from)))
            .collect();
        let mut work = Self {
            needs_user: false,
            permissions,
            order: mixed(reads.len(), journeys.len()),
            reads,
            journeys,
            operations,
            sources,
            left_out: selected.left_out.into_iter().map(|one| (one.id, one.reason)).collect(),
            permitted,
        };
        work.needs_user = !work.journeys.is_empty() || work.reads.iter().any(|read| work.asks_for_user(read));
        work
    }

    /// Whether an operation, or one that it takes values from, is about the account's user.
    fn asks_for_user(&self, operation: &Compiled) -> bool {
        operation.places().any(|place| matches!(place, "user-id" | "user-upn"))
            || operation
                .operation
                .values
                .values()
                .any(|source| self.operations.get(&source.from).is_some_and(|from| self.asks_for_user(from)))
    }
}

/// The way out to a cloud: for what has no account yet, such as making a registration.
///
/// # Errors
/// [`SetupError`] where the roots or the proxy cannot be used.
pub fn cloud_wire(
    cloud: &Cloud,
    proxy: &ProxyMode,
    flight_log: Arc<dyn FlightLog>,
    clock: &Clock,
    rng: &mut Rng,
) -> Result<Wire, SetupError> {
    let transport = NetworkTransport::new(&network_settings(cloud, proxy)?).map_err(SetupError::Network)?;
    Ok(Wire::new(Arc::new(transport), flight_log, clock.clone(), rng.fork()))
}

/// How requests to a cloud leave this machine.
///
/// # Errors
/// [`SetupError::Roots`] where the file of its roots cannot be read.
pub fn network_settings(cloud: &Cloud, proxy: &ProxyMode) -> Result<NetworkSettings, SetupError> {
    let proxy = match proxy {
        // The system's proxy is for the way out: no other machine can reach an address of this one.
        ProxyMode::System if cloud.is_on_this_machine() => graphbeat_http::ProxyMode::None,
        ProxyMode::System => graphbeat_http::ProxyMode::System,
        ProxyMode::None => graphbeat_http::ProxyMode::None,
        ProxyMode::Url(url) => graphbeat_http::ProxyMode::Url(url.to_string()),
    };
    let extra_roots = cloud.ca_file.as_ref().map(read_roots).transpose()?;
    Ok(NetworkSettings { proxy, extra_roots })
}

fn read_roots(path: &PathBuf) -> Result<Vec<u8>, SetupError> {
    let roots = |source| SetupError::Roots { path: path.clone(), source };
    let length = fs::metadata(path).map_err(roots)?.len();
    if length > CA_FILE_BYTES_MAX {
        return Err(roots(std::io::Error::other("it is larger than a file of certificates")));
    }
    fs::read(path).map_err(roots)
}
