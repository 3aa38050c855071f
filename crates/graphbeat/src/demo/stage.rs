//! Setting the demo up: the sandbox with a few planted troubles, a configuration, two accounts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use graphbeat_base::{Clock, Rng};
use graphbeat_catalog::{Catalog, Mode, Selection, least_permissions};
use graphbeat_config::{
    Config, ConfigFile, FileCheck, Known, SecretRef, SecretSources, Sources, load, resolve_secret_bytes,
};
use graphbeat_engine::{Engine, PromptSink, SignInPrompt, SignInWay};
use graphbeat_sandbox::{Fault, Ready, Sandbox, SandboxOptions, Throttle};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::RATE;
use super::control::Control;
use super::state::DemoWatcher;
use crate::context::Context;
use crate::diagnosis::Diagnoses;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{Opened, Runtime, Sends, Wanted, open, opened_parts, start_with};

/// The application's account.
const APPLICATION: &str = "app";
/// The signed-in user's account.
const PERSON: &str = "person";
/// A permission that the demo's application does not get, so that a failure can be seen and understood.
const WITHHELD: &str = "Bookings.Read.All";
/// Passing troubles, as a real tenant has them.
const FAULTS: &str = r#"[
    {"operation": "mail", "status": 429, "code": "ApplicationThrottled", "rate": 0.06, "retry_after_s": 60},
    {"operation": "files", "status": 503, "code": "serviceNotAvailable", "rate": 0.06, "retry_after_s": 30},
    {"operation": "reports", "status": 500, "code": "InternalServerError", "rate": 0.2}
]"#;

/// Everything that the demo consists of.
pub(crate) struct Stage {
    sandbox: Sandbox,
    pub(crate) control: Control,
    pub(crate) runtime: Runtime,
    pub(crate) diagnoses: Diagnoses,
    /// Where everything lies; goes away at the end.
    _folder: TempDir,
}

impl Stage {
    /// Starts the sandbox, writes a configuration, opens a ledger, signs the user in.
    pub(crate) async fn build(watcher: Arc<DemoWatcher>, context: &Context) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("graphbeat-demo-")
            .tempdir()
            .map_err(|error| Failure::new(Exit::Bug, format_args!("could not make a temporary folder ({error})")))?;
        let clock = Clock::starting_at(Clock::system().now(), RATE);
        let sandbox = start_sandbox(folder.path(), clock.clone()).await?;
        let ready = sandbox.ready();
        let control = Control::new(&ready.http_graph_url, &ready.ca_file)?;
        let catalog = Catalog::builtin()?;
        grant(&control, &catalog, ready).await?;
        let config = configuration(folder.path(), ready, &catalog, context)?;
        let diagnoses = Diagnoses::new(&config, catalog.clone(), context.language())?;
        let (engine, opened) = open_runtime(folder.path(), &config, catalog, clock, watcher)?;
        let runtime = start_with(engine, opened, context.printer).await?;
        sign_in(&runtime, &control, ready).await?;
        Ok(Self { sandbox, control, runtime, diagnoses, _folder: folder })
    }

    /// The sandbox's address.
    pub(crate) fn address(&self) -> &str {
        &self.sandbox.ready().graph_url
    }

    /// Puts everything away.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.runtime.close().await?;
        self.sandbox.shutdown().await;
        Ok(())
    }
}

async fn start_sandbox(folder: &Path, clock: Clock) -> Result<Sandbox, Failure> {
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let seed = Rng::from_system().map_or(1, |mut rng| rng.next_u64() >> 32);
    let faults = Fault::list_from_json(FAULTS.as_bytes())
        .map_err(|error| Failure::new(Exit::Bug, format_args!("the demo's faults make no sense ({error})")))?;
    let options = SandboxOptions {
        listen: any,
        http: any,
        seed,
        users: 25,
        faults,
        throttle: Throttle::Documented,
        data: folder.to_owned(),
        clock,
    };
    Sandbox::start(options).await.map_err(|error| {
        Failure::new(Exit::Network, format_args!("the sandbox did not start ({})", graphbeat_base::error_chain(&error)))
    })
}

/// Grants both applications the least permissions for everything, but for one.
async fn grant(control: &Control, catalog: &Catalog, ready: &Ready) -> Result<(), Failure> {
    for (index, mode) in [Mode::Application, Mode::Delegated].into_iter().enumerate() {
        let selection = Selection {
            classes: vec!["all".to_owned()],
            operations: Vec::new(),
            exclude: Vec::new(),
            journeys: true,
            mode,
            cloud: None,
        };
        let selected = selection.resolve(catalog).map_err(|error| Failure::bug(&error))?;
        let least = least_permissions(&selected, mode);
        let least: Vec<String> = least.names().filter(|name| *name != WITHHELD).map(str::to_owned).collect();
        let Some(app) = ready.apps.get(index) else { continue };
        match mode {
            Mode::Application => control.grant(app.client_id, &least, &[]).await?,
            // What was never consented to would refuse the whole sign-in, so the user gets everything.
            Mode::Delegated => {}
        }
    }
    Ok(())
}

/// The demo's configuration, through the same reader as any other.
fn configuration(folder: &Path, ready: &Ready, catalog: &Catalog, context: &Context) -> Result<Config, Failure> {
    let [application, person] = ready.apps.as_slice() else {
        return Err(Failure::new(Exit::Bug, "the sandbox offers other applications than the demo knows"));
    };
    let secret = application.client_secret.as_deref().unwrap_or_default();
    std::fs::write(folder.join("secret.txt"), secret)
        .map_err(|error| Failure::new(Exit::Bug, format_args!("could not write the demo's secret ({error})")))?;
    let user = ready.users.first().map(|user| user.upn.as_str()).unwrap_or_default();
    let text = format!(
        r#"
[schedule.demo]
cover_every = "1h"

[cloud.sandbox]
login_url = "{login}"
graph_url = "{graph}"
ca_file = "{ca}"

[[account]]
name = "{APPLICATION}"
tenant = "{tenant}"
cloud = "sandbox"
sign_in = {{ method = "client-secret", client_id = "{application}", client_secret = {{ file = "secret.txt" }} }}
schedule = "demo"
classes = ["all"]
journeys = true
user = "{user}"

[[account]]
name = "{PERSON}"
tenant = "{tenant}"
cloud = "sandbox"
sign_in = {{ method = "device-code", client_id = "{person}" }}
schedule = "demo"
classes = ["all"]
journeys = true
"#,
        login = ready.login_url,
        graph = ready.graph_url,
        ca = ready.ca_file.display().to_string().replace('\\', "/"),
        tenant = ready.domain,
        application = application.client_id,
        person = person.client_id,
    );
    let file = ConfigFile { path: folder.join("graphbeat.toml"), text };
    let sources = Sources {
        file: &file,
        data_dir: folder,
        environment: &BTreeMap::new(),
        language: Some(context.language()),
        known: &Known::of(catalog),
        files: FileCheck::Read,
    };
    Ok(load(&sources)?)
}

fn open_runtime(
    folder: &Path,
    config: &Config,
    catalog: Catalog,
    clock: Clock,
    watcher: Arc<DemoWatcher>,
) -> Result<(Engine, Opened), Failure> {
    let opened = open(folder, &config.store.file, clock, Sends::Yes)?;
    let wanted = Wanted { accounts: &[], selection: None, read_only: false, batch: false, concurrency: None, watcher };
    let secrets = Arc::new(|secret: &SecretRef| {
        let bytes = resolve_secret_bytes(secret, &SecretSources::plain(&BTreeMap::new()))?;
        Ok(graphbeat_base::ExposeSecret::expose_secret(&bytes).to_vec())
    });
    Ok((opened_parts(&opened, config, catalog, wanted, secrets)?, opened))
}

/// Signs the user in by device code, and approves it on the sandbox's side.
async fn sign_in(runtime: &Runtime, control: &Control, ready: &Ready) -> Result<(), Failure> {
    let account =
        runtime.engine.account(PERSON).ok_or_else(|| Failure::new(Exit::Bug, "the demo's user is missing"))?;
    let user = ready.users.first().ok_or_else(|| Failure::new(Exit::Bug, "the sandbox has no users"))?;
    let (codes, mut shown) = mpsc::channel(1);
    let prompts = Approval(codes);
    let approve = async {
        match shown.recv().await {
            Some(code) => control.approve(&code, user.id).await,
            None => Ok(()),
        }
    };
    let (signed_in, approved) =
        tokio::join!(runtime.engine.sign_in(account, SignInWay::DeviceCode, &prompts, std::future::pending()), approve);
    approved?;
    signed_in.map_err(|error| Failure::new(Exit::SignIn, graphbeat_base::error_chain(&error)))?;
    Ok(())
}

/// Hands the code to whoever approves it.
struct Approval(mpsc::Sender<String>);

#[async_trait]
impl PromptSink for Approval {
    fn show(&self, _account: &str, prompt: SignInPrompt<'_>) {
        if let SignInPrompt::DeviceCode(prompt) = prompt {
            // There is room for one code, and one is shown.
            let _ = self.0.try_send(prompt.user_code.clone());
        }
    }
}
