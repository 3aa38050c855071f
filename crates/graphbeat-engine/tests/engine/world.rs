//! A sandbox, a data directory with two application accounts, and engines over it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use graphbeat_base::{CallId, Clock, ExposeSecret as _, Rng, SignedDuration};
use graphbeat_catalog::{Catalog, Mode};
use graphbeat_config::{
    Config, ConfigFile, FileCheck, Known, SecretError, SecretRef, SecretSources, Sources, load, resolve_secret_bytes,
};
use graphbeat_core::{AccountStanding, AccountState};
use graphbeat_engine::{
    Account, Engine, FlightNotes, NoWatcher, Parts, PromptSink, SelectionOverride, Settlement, SignInPrompt, SignInWay,
    Watcher, assemble,
};
use graphbeat_http::{NetworkSettings, NetworkTransport, ProxyMode, Request, Transport as _};
use graphbeat_sandbox::{Sandbox, SandboxOptions, Throttle};
use graphbeat_store::{
    AccountStates as _, CallFilter, CallLog as _, FlightFile, Ledger, SqliteStore, StoreOptions, Vault,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// The ledger and the sandbox of one test.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) store: Arc<SqliteStore>,
    _folder: TempDir,
    sandbox: Sandbox,
    flight: Arc<FlightFile>,
    config: Config,
    catalog: Arc<Catalog>,
    /// The way to the control API.
    control: NetworkTransport,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with_secret(None).await
    }

    /// Time goes by itself, and fast.
    pub(crate) async fn fast() -> Self {
        Self::at_rate(200.0, None).await
    }

    /// Both accounts `a` and `b` have this secret, or the right one.
    pub(crate) async fn with_secret(secret: Option<&str>) -> Self {
        Self::at_rate(0.0, secret).await
    }

    async fn at_rate(rate: f64, secret: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::starting_at("2026-11-24T12:00:00Z".parse().expect("a timestamp"), rate);
        let free = "127.0.0.1:0".parse().expect("an address");
        let sandbox = Sandbox::start(SandboxOptions {
            listen: free,
            http: free,
            seed: 7,
            users: 5,
            faults: Vec::new(),
            throttle: Throttle::None,
            data: folder.path().to_owned(),
            clock: clock.clone(),
        });
        let sandbox = sandbox.await.expect("a sandbox");
        let catalog = Arc::new(Catalog::builtin().expect("the catalogue"));
        let config = configuration(&folder, &sandbox, secret, &catalog);
        let control = NetworkTransport::new(&NetworkSettings { proxy: ProxyMode::None, extra_roots: None });
        let control = control.expect("a client");
        let flight = FlightFile::create(folder.path(), Rng::seeded(1).uuid()).expect("a flight file");
        let flight = Arc::new(flight);
        let options = StoreOptions {
            key_file: folder.path().join("vault.key"),
            clock: clock.clone(),
            rng: Rng::seeded(2),
            flight: Some(Arc::clone(&flight)),
        };
        let store = Arc::new(SqliteStore::open(&folder.path().join("ledger.db"), options).expect("a ledger"));
        Self { clock, store, _folder: folder, sandbox, flight, config, catalog, control }
    }

    /// An engine as a process of its own would have it, that runs one operation or journey for account `a`.
    pub(crate) fn engine(&self, operation: &str) -> Engine {
        self.engine_of(&[operation], false)
    }

    /// An engine that runs these, reads in batches or alone.
    pub(crate) fn engine_of(&self, operations: &[&str], batch: bool) -> Engine {
        let operations = operations.iter().map(|&one| one.to_owned()).collect();
        self.engine_for("a", SelectionOverride { classes: Vec::new(), operations }, [false, batch])
    }

    /// An engine that runs a selection for an account, its journeys too.
    pub(crate) fn working_engine(&self, account: &str, selection: SelectionOverride) -> Engine {
        self.engine_for(account, selection, [false, false])
    }

    /// An engine that runs one read for an account.
    pub(crate) fn lone_engine(&self, account: &str, operation: &str) -> Engine {
        let operations = vec![operation.to_owned()];
        self.reading_engine(account, SelectionOverride { classes: Vec::new(), operations })
    }

    /// An engine that runs one read for each of these accounts, before a watcher.
    pub(crate) fn watched_engine(&self, accounts: &[&str], operation: &str, watcher: Arc<dyn Watcher>) -> Engine {
        let operations = vec![operation.to_owned()];
        let selection = SelectionOverride { classes: Vec::new(), operations };
        self.assembled(accounts, selection, [true, false], watcher)
    }

    /// An engine that runs all reads of a selection for an account.
    pub(crate) fn reading_engine(&self, account: &str, selection: SelectionOverride) -> Engine {
        self.engine_for(account, selection, [true, false])
    }

    /// Signs the account `person` in, as the first user.
    pub(crate) async fn sign_in(&self) {
        let nothing = SelectionOverride { classes: Vec::new(), operations: Vec::new() };
        let engine = self.reading_engine("person", nothing);
        let code = UserCode(Mutex::new(None));
        let approve = async {
            let user_code = loop {
                if let Some(code) = code.0.lock().expect("no panic before").take() {
                    break code;
                }
                tokio::task::yield_now().await;
            };
            let user = self.sandbox.ready().users[0].id;
            self.control("POST", "device", &json!({"user_code": user_code, "user_id": user, "approve": true})).await;
            self.advance(10);
        };
        let signed_in = async {
            let account = engine.account("person").expect("the account");
            engine.sign_in(account, SignInWay::DeviceCode, &code, std::future::pending()).await.expect("a sign-in");
        };
        tokio::join!(signed_in, approve);
    }

    fn engine_for(&self, account: &str, selection: SelectionOverride, flags: [bool; 2]) -> Engine {
        self.assembled(&[account], selection, flags, Arc::new(NoWatcher))
    }

    fn assembled(
        &self,
        accounts: &[&str],
        selection: SelectionOverride,
        [read_only, batch]: [bool; 2],
        watcher: Arc<dyn Watcher>,
    ) -> Engine {
        let only: HashSet<String> = accounts.iter().map(|&account| account.to_owned()).collect();
        let secrets = Arc::new(|secret: &SecretRef| -> Result<Vec<u8>, SecretError> {
            let bytes = resolve_secret_bytes(secret, &SecretSources::plain(&BTreeMap::new()))?;
            Ok(bytes.expose_secret().to_vec())
        });
        let mut rng = Rng::from_system().expect("randomness");
        let parts = Parts {
            config: &self.config,
            catalog: Arc::clone(&self.catalog),
            ledger: Arc::clone(&self.store) as Arc<dyn Ledger>,
            vault: Arc::clone(&self.store) as Arc<dyn Vault>,
            flight_log: Arc::new(FlightNotes(Arc::clone(&self.flight))),
            watcher,
            clock: self.clock.clone(),
            session: rng.uuid(),
            rng,
            secrets,
            only: Some(&only),
            selection: Some(selection),
            read_only,
            batch,
            concurrency: 4,
        };
        assemble(parts).expect("an engine")
    }

    /// Sets the sandbox's faults.
    pub(crate) async fn faults(&self, faults: Value) {
        self.control("PUT", "faults", &faults).await;
    }

    /// Everything that the sandbox has received.
    pub(crate) async fn requests(&self) -> Vec<Value> {
        let answer = self.control("GET", "requests", &Value::Null).await;
        answer["requests"].as_array().expect("requests").clone()
    }

    /// The requests by their verbs whose path holds this.
    pub(crate) async fn methods(&self, part: &str) -> Vec<String> {
        let requests = self.requests().await;
        let of_path =
            requests.iter().filter(|request| request["path"].as_str().is_some_and(|path| path.contains(part)));
        of_path.map(|request| request["method"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// How many requests the sandbox has received whose path ends like this.
    pub(crate) async fn received(&self, ending: &str) -> usize {
        let requests = self.requests().await;
        requests.iter().filter(|request| request["path"].as_str().is_some_and(|path| path.ends_with(ending))).count()
    }

    /// Sets what the application of an account was granted, in its mode.
    pub(crate) async fn grant(&self, mode: Mode, granted: &BTreeSet<String>) {
        let app = usize::from(mode == Mode::Delegated);
        let client = &self.sandbox.ready().apps[app].client_id;
        self.control("PUT", &format!("grants/{client}"), &json!({mode.word(): granted})).await;
    }

    /// What the application of an account was granted, in its mode.
    pub(crate) async fn granted(&self, mode: Mode) -> BTreeSet<String> {
        let app = usize::from(mode == Mode::Delegated);
        let client = &self.sandbox.ready().apps[app].client_id;
        let grants = self.control("PUT", &format!("grants/{client}"), &json!({})).await;
        let names = grants[mode.word()].as_array().expect("names");
        names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Changes the user on whom both accounts work.
    pub(crate) async fn change_user(&self, change: Value) {
        let user = self.sandbox.ready().users[0].id;
        self.control("PATCH", &format!("users/{user}"), &change).await;
    }

    /// Changes the state of the user, of the application of a mode, of its grants, or of the policies.
    pub(crate) async fn change(&self, mode: Mode, what: &str, change: &Value) {
        let ready = self.sandbox.ready();
        let app = ready.apps[usize::from(mode == Mode::Delegated)].client_id;
        let (method, path) = match what {
            "user" => ("PATCH", format!("users/{}", ready.users[0].id)),
            "app" => ("PATCH", format!("apps/{app}")),
            "grants" => ("PUT", format!("grants/{app}")),
            other => ("PUT", other.to_owned()),
        };
        self.control(method, &path, change).await;
    }

    /// The newest call of the ledger.
    pub(crate) async fn latest_call(&self) -> Option<CallId> {
        self.store.flush().await.expect("the ledger");
        let filter = CallFilter { limit: 1, ..CallFilter::default() };
        self.store.calls(filter).await.expect("the ledger").pop().map(|call| call.id)
    }

    /// Forgets what stood in an account's way.
    pub(crate) async fn start_afresh(&self, account: &str) {
        self.store.clear_refusals(account).await.expect("the ledger");
        let (state, since) = (AccountState::Active, self.clock.now());
        let account = Arc::from(account);
        let standing = AccountStanding { account, state, reason: None, code: None, until: None, since };
        self.store.set_standing(standing).await.expect("the ledger");
        self.store.flush().await.expect("the ledger");
    }

    /// The sandbox's routes, with the permissions that open each.
    pub(crate) async fn routes(&self) -> Vec<Value> {
        self.control("GET", "routes", &Value::Null).await.as_array().expect("routes").clone()
    }

    /// Sets what the sandbox's tenant demands of sign-ins.
    pub(crate) async fn policies(&self, policies: Value) {
        self.control("PUT", "policies", &policies).await;
    }

    /// What the sandbox's tenant holds.
    pub(crate) async fn state(&self) -> Value {
        self.control("GET", "state", &Value::Null).await
    }

    /// The same as text, which is sooner compared.
    pub(crate) async fn state_text(&self) -> Bytes {
        self.control_text("GET", "state", &Value::Null).await
    }

    async fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        serde_json::from_slice(&self.control_text(method, path, body).await).unwrap_or_default()
    }

    async fn control_text(&self, method: &str, path: &str, body: &Value) -> Bytes {
        let uri = format!("{}/_sandbox/{path}", self.sandbox.ready().http_graph_url).parse().expect("an address");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let method = method.parse().expect("a method");
        let timeout = Duration::from_secs(10);
        let request = Request { method, uri, headers: http::HeaderMap::new(), body: body.into(), timeout };
        let answer = self.control.send(request).await.expect("an answer");
        assert!(answer.status.is_success(), "{answer:?}");
        answer.body
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds)).expect("in range");
    }
}

/// Keeps the code that a person would type.
struct UserCode(Mutex<Option<String>>);

impl PromptSink for UserCode {
    fn show(&self, _: &str, prompt: SignInPrompt<'_>) {
        if let SignInPrompt::DeviceCode(prompt) = prompt {
            *self.0.lock().expect("no panic before") = Some(prompt.user_code.clone());
        }
    }
}

pub(crate) fn a(engine: &Engine) -> Arc<Account> {
    Arc::clone(engine.account("a").expect("the account"))
}

/// Settles as if no other process lived.
pub(crate) async fn settle(engine: &Engine) -> Settlement {
    engine.settle(engine.accounts(), &|| Ok(BTreeSet::<Uuid>::new())).await.expect("a settlement")
}

fn configuration(folder: &TempDir, sandbox: &Sandbox, secret: Option<&str>, catalog: &Catalog) -> Config {
    let ready = sandbox.ready();
    let secret = secret.or(ready.apps[0].client_secret.as_deref()).expect("a secret");
    std::fs::write(folder.path().join("secret.txt"), secret).expect("the secret's file");
    let mut text = format!(
        "[cloud.sandbox]\nlogin_url = {:?}\ngraph_url = {:?}\nca_file = {:?}\nlimits = \"none\"\n",
        ready.login_url, ready.graph_url, ready.ca_file
    );
    for name in ["a", "b"] {
        text.push_str(&format!(
            "[[account]]\nname = {name:?}\ntenant = {:?}\ncloud = \"sandbox\"\nuser = {:?}\njourneys = true\n\
             sign_in = {{ method = \"client-secret\", client_id = \"{}\", client_secret = {{ file = \"secret.txt\" }} }}\n",
            ready.domain, ready.users[0].upn, ready.apps[0].client_id
        ));
    }
    text.push_str(&format!(
        "[[account]]\nname = \"person\"\ntenant = {:?}\ncloud = \"sandbox\"\njourneys = true\n\
         sign_in = {{ method = \"device-code\", client_id = \"{}\" }}\n",
        ready.domain, ready.apps[1].client_id
    ));
    let sources = Sources {
        file: &ConfigFile { path: folder.path().join("graphbeat.toml"), text },
        data_dir: folder.path(),
        environment: &BTreeMap::new(),
        language: None,
        known: &Known::of(catalog),
        files: FileCheck::Read,
    };
    load(&sources).expect("a configuration")
}
