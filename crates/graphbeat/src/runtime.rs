//! Opening everything that runs accounts: data directory, flight file, ledger, vault, engine; and
//! turning what a dead process left under way into rows.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphbeat_base::{Clock, ExposeSecret as _, Rng, Secret};
use graphbeat_catalog::Catalog;
use graphbeat_config::{Config, FileCheck, SecretRef, SecretSources, resolve_secret_bytes};
use graphbeat_engine::{Engine, FlightNotes, Parts, SecretReader, SelectionOverride, Settlement, Watcher, assemble};
use graphbeat_store::{
    FlightFile, Keyring, Ledger, SqliteStore, StoreError, StoreOptions, Vault, Whereabouts, live_sessions, recover,
    whereabouts,
};
use uuid::Uuid;

use crate::backup::{directory_of, outside};
use crate::commands::secret_input;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, keyring_lookup, vault_lookup};
use crate::printer::Printer;
use crate::texts::{Message, say};

/// The vault's key in the data directory.
pub(crate) const KEY_FILE: &str = "vault.key";
/// Where the vault's passphrase is for a program that nobody sits at.
const PASSPHRASE_VARIABLE: &str = "GRAPHBEAT_VAULT_PASSPHRASE";
/// The most requests at once where nobody says.
const CONCURRENCY: usize = 16;

/// What a command wants of the engine.
pub(crate) struct Wanted<'a> {
    /// Only these accounts; empty: all.
    pub(crate) accounts: &'a [String],
    /// Instead of the accounts' own selection.
    pub(crate) selection: Option<SelectionOverride>,
    /// No journeys.
    pub(crate) read_only: bool,
    /// Reads in batches, whatever the configuration says.
    pub(crate) batch: bool,
    /// The most requests at once.
    pub(crate) concurrency: Option<usize>,
    /// Who looks on.
    pub(crate) watcher: Arc<dyn Watcher>,
}

/// A ledger that is open, and where it is.
pub(crate) struct Opened {
    pub(crate) data_dir: PathBuf,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
    pub(crate) flight: Option<Arc<FlightFile>>,
    pub(crate) session: Uuid,
}

/// Everything that runs accounts.
pub(crate) struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) opened: Opened,
    printer: Printer,
}

/// Opens the ledger for reading and small writes: `log`, `status`, `account pause`.
pub(crate) fn open_ledger(context: &Context, config: &Config) -> Result<Opened, Failure> {
    open_of(context, &config.store.file, Sends::No)
}

/// Opens the data directory with this ledger; the vault's passphrase comes from a variable or a person.
pub(crate) fn open_of(context: &Context, ledger: &Path, sends: Sends) -> Result<Opened, Failure> {
    let opened = open(&context.locations.data_dir, ledger, Clock::system(), sends)?;
    let language = context.language();
    let given = context.environment.get(PASSPHRASE_VARIABLE).filter(|given| !given.is_empty()).cloned();
    opened.store.ask_passphrase_by(Arc::new(move || match &given {
        Some(given) => Some(Secret::from(given.as_str())),
        None if secret_input::is_typed() => secret_input::ask(&say!("runtime-passphrase"), language).ok(),
        None => None,
    }));
    Ok(opened)
}

/// Whether the process will send requests, and so needs a flight file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sends {
    /// It will.
    Yes,
    /// It only reads.
    No,
}

/// Opens a data directory, making it where there is none.
pub(crate) fn open(data_dir: &Path, ledger: &Path, clock: Clock, sends: Sends) -> Result<Opened, Failure> {
    make_private(data_dir)?;
    let mut rng = Rng::from_system()
        .map_err(|error| Failure::new(Exit::Bug, say!("runtime-no-randomness", error = error.to_string())))?;
    let session = rng.uuid();
    let flight = match sends {
        Sends::Yes => Some(Arc::new(FlightFile::create(data_dir, session)?)),
        Sends::No => None,
    };
    let options = StoreOptions {
        key_file: data_dir.join(KEY_FILE),
        clock: clock.clone(),
        rng: rng.fork(),
        flight: flight.clone(),
    };
    let store = Arc::new(SqliteStore::open(ledger, options)?);
    Ok(Opened { data_dir: data_dir.to_owned(), store, clock, rng, flight, session })
}

/// Reads the configuration and opens everything that it needs.
pub(crate) async fn start(context: &Context, wanted: Wanted<'_>) -> Result<Runtime, Failure> {
    let catalog = context.catalog()?;
    let config = context.config(&catalog, FileCheck::Read)?;
    let opened = open_of(context, &config.store.file, Sends::Yes)?;
    tell_where(context, &config, &opened, machine_uid::get().ok().as_deref()).await?;
    let secrets = secret_reader(context, &opened.store);
    start_with(opened_parts(&opened, &config, catalog, wanted, secrets)?, opened, context.printer).await
}

/// Says once that the directory was used on another machine before, and what of it may have been left there.
/// Machines without an id, such as some containers, are taken for the same.
async fn tell_where(context: &Context, config: &Config, opened: &Opened, id: Option<&str>) -> Result<(), Failure> {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(()) };
    if whereabouts(&*opened.store, id).await? == Whereabouts::Here {
        return Ok(());
    }
    context.printer.notice(&say!("runtime-moved"));
    for what in outside(config, &directory_of(&context.locations.config_file)) {
        context.printer.notice(&say!("runtime-moved-without", what = what));
    }
    Ok(())
}

/// Builds the engine of an open data directory and settles the notes of dead processes.
pub(crate) async fn start_with(engine: Engine, opened: Opened, printer: Printer) -> Result<Runtime, Failure> {
    let recovery = recover(&opened.data_dir, &*opened.store).await?;
    if recovery.interrupted > 0 {
        printer.notice(&say!("runtime-recovered", count = recovery.interrupted));
    }
    Ok(Runtime { engine, opened, printer })
}

/// The engine of a configuration over an open data directory.
pub(crate) fn opened_parts(
    opened: &Opened,
    config: &Config,
    catalog: Catalog,
    wanted: Wanted<'_>,
    secrets: SecretReader,
) -> Result<Engine, Failure> {
    let only = only(config, wanted.accounts)?;
    let parts = parts(opened, config, Arc::new(catalog), wanted, secrets)?;
    assemble(Parts { only: only.as_ref(), ..parts }).map_err(Failure::from)
}

/// What an engine of all accounts is made of.
pub(crate) fn parts<'a>(
    opened: &Opened,
    config: &'a Config,
    catalog: Arc<Catalog>,
    wanted: Wanted<'_>,
    secrets: SecretReader,
) -> Result<Parts<'a>, Failure> {
    let flight = opened.flight.clone().ok_or_else(|| Failure::new(Exit::Bug, say!("runtime-no-flight")))?;
    Ok(Parts {
        config,
        catalog,
        ledger: Arc::clone(&opened.store) as Arc<dyn Ledger>,
        vault: Arc::clone(&opened.store) as Arc<dyn Vault>,
        flight_log: Arc::new(FlightNotes(flight)),
        watcher: wanted.watcher,
        clock: opened.clock.clone(),
        rng: opened.rng.clone(),
        session: opened.session,
        secrets,
        only: None,
        selection: wanted.selection,
        read_only: wanted.read_only,
        batch: wanted.batch,
        concurrency: wanted.concurrency.unwrap_or(CONCURRENCY),
    })
}

impl Runtime {
    /// The sessions of the processes that are alive.
    pub(crate) fn live(&self) -> Result<BTreeSet<Uuid>, StoreError> {
        live_sessions(&self.opened.data_dir)
    }

    /// Removes what dead processes left in the tenants of these accounts, and says what is still there.
    pub(crate) async fn settle(&self) -> Result<(), Failure> {
        let settlement = self.engine.settle(self.engine.accounts(), &|| self.live()).await?;
        if let Some(open) = told_open(&settlement) {
            self.printer.notice(&open);
        }
        Ok(())
    }

    /// Makes everything durable and closes the ledger.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        Ok(self.opened.store.close().await?)
    }
}

/// Says in one line what a settlement could not remove.
fn told_open(settlement: &Settlement) -> Option<Message> {
    let mut open = settlement.artefacts.iter().filter_map(|artefact| Some((artefact, artefact.trouble.as_deref()?)));
    let (first, why) = open.next()?;
    let more = open.count();
    Some(say!("runtime-open", journey = &first.journey, account = &first.account, more = more, why = why.to_string()))
}

/// The names as a set, checked.
fn only(config: &Config, names: &[String]) -> Result<Option<HashSet<String>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    for name in names {
        known_account(config, name)?;
    }
    Ok(Some(names.iter().cloned().collect()))
}

/// Refuses a name that no account has.
pub(crate) fn known_account<'a>(config: &'a Config, name: &str) -> Result<&'a graphbeat_config::Account, Failure> {
    config.account(name).ok_or_else(|| {
        let known: Vec<&str> = config.accounts.iter().map(|account| &*account.name).collect();
        Failure::new(Exit::Usage, say!("runtime-no-account", name = name))
            .hint(say!("runtime-no-account-hint", accounts = known.join(", ")))
    })
}

/// Gives the bytes of a secret; one in the vault is opened there.
pub(crate) fn secret_reader(context: &Context, store: &Arc<SqliteStore>) -> SecretReader {
    let (environment, store) = (context.environment.clone(), Arc::clone(store));
    Arc::new(move |secret: &SecretRef| {
        let vault = |name: &str| futures_block(store.open_secret(name)).map_err(|error| vault_lookup(&error));
        let keyring = |name: &str| Keyring::system().read(name).map_err(|error| keyring_lookup(&error));
        let sources = SecretSources { environment: &environment, vault: &vault, keyring: &keyring };
        let bytes = resolve_secret_bytes(secret, &sources)?;
        Ok(bytes.expose_secret().to_vec())
    })
}

/// Waits for a short future from a place that cannot wait.
fn futures_block<T>(future: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

#[cfg(unix)]
pub(crate) fn make_private(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| not_made(folder, &error))
}

#[cfg(not(unix))]
pub(crate) fn make_private(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| not_made(folder, &error))
}

fn not_made(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Ledger, say!("runtime-not-made", folder = folder, error = error.to_string()))
        .hint(say!("runtime-not-made-hint"))
}
