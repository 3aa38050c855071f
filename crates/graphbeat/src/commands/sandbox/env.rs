//! `sandbox env`: what makes another client use a running sandbox, from the line that it printed when ready.
//!
//! For a shell as `export` lines with everything else as comments; for graphbeat as a configuration file.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::arguments::{Client, Format, SandboxEnvArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::NO_LINES;

/// A longer ready line is not read.
const READY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a ready line says that clients need.
#[derive(Debug, Deserialize)]
struct Ready {
    tenant_id: String,
    domain: String,
    login_url: String,
    graph_url: String,
    http_graph_url: String,
    proxy_url: String,
    ca_file: String,
    apps: Vec<App>,
    users: Vec<User>,
}

#[derive(Debug, Deserialize)]
struct App {
    client_id: String,
    client_secret: Option<String>,
}

#[derive(Debug, Deserialize)]
struct User {
    upn: String,
}

/// The settings of one client.
#[derive(Debug, Default, Serialize)]
struct Settings {
    /// Variables of the environment.
    environment: Vec<(&'static str, String)>,
    /// What is said in code or on the command line.
    notes: Vec<String>,
}

/// Runs the command.
pub(super) fn run(arguments: &SandboxEnvArguments, context: &Context) -> Result<Exit, Failure> {
    let ready = read(arguments.ready.as_deref())?;
    let text = match (arguments.client, context.printer.format()) {
        (Client::Graphbeat, _) => configuration(&ready)?,
        (client, Format::Table) => shell(&settings(client, &ready)?),
        (client, Format::Json | Format::Csv) => {
            let settings = settings(client, &ready)?;
            let environment: serde_json::Map<String, serde_json::Value> =
                settings.environment.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            let whole = serde_json::json!({ "environment": environment, "notes": settings.notes });
            context.printer.card(&whole, NO_LINES)?;
            return Ok(Exit::Ok);
        }
    };
    context.printer.text(&text)?;
    Ok(Exit::Ok)
}

fn read(file: Option<&Path>) -> Result<Ready, Failure> {
    let hint =
        "keep what `graphbeat sandbox` prints, as in `graphbeat sandbox > ready.json`, and name it with `--ready`";
    let unreadable = |error: io::Error| {
        Failure::new(Exit::Usage, format_args!("could not read the ready line ({error})")).hint(hint)
    };
    let mut text = String::new();
    match file {
        Some(path) => File::open(path).and_then(|file| file.take(READY_BYTES_MAX).read_to_string(&mut text)),
        None if io::stdin().is_terminal() => {
            return Err(Failure::new(Exit::Usage, "no ready line was given").hint(hint));
        }
        None => io::stdin().lock().take(READY_BYTES_MAX).read_to_string(&mut text),
    }
    .map_err(unreadable)?;
    let invalid = |error: serde_json::Error| {
        Failure::new(Exit::Usage, "this is no ready line of a sandbox").detail(error).hint(hint)
    };
    serde_json::from_str(&text).map_err(invalid)
}

impl Ready {
    fn app(&self) -> Result<(&str, &str), Failure> {
        let found = self.apps.first().and_then(|app| Some((app.client_id.as_str(), app.client_secret.as_deref()?)));
        found.ok_or_else(|| Failure::new(Exit::Usage, "the ready line names no application with a secret"))
    }

    fn public(&self) -> &str {
        self.apps.get(1).map(|app| app.client_id.as_str()).unwrap_or_default()
    }

    fn authority(&self) -> String {
        format!("{}/{}", self.login_url, self.tenant_id)
    }

    /// A variable that names the sandbox's authority.
    fn ca(&self, name: &'static str) -> (&'static str, String) {
        (name, self.ca_file.clone())
    }

    /// The sandbox's `host:port`.
    fn host(&self) -> &str {
        self.login_url.trim_start_matches("https://")
    }
}

/// The settings that make a client use the sandbox, by the way in that the client allows.
fn settings(client: Client, ready: &Ready) -> Result<Settings, Failure> {
    let app = ready.app()?;
    Ok(match client {
        Client::MsalPython => msal_python(ready, app),
        Client::AzureIdentity => {
            azure_identity(ready, app, vec!["pass disable_instance_discovery=True to the credential".to_owned()])
        }
        Client::AzureIdentityJs => azure_identity(
            ready,
            app,
            vec![format!(
                "new ClientSecretCredential(…, {{ authorityHost: \"{}\", disableInstanceDiscovery: true }})",
                ready.login_url
            )],
        ),
        Client::AzureIdentityRust => azure_identity(ready, app, Vec::new()),
        Client::MsgraphSdk => azure_identity(
            ready,
            app,
            vec![
                "pass disable_instance_discovery=True to the credential".to_owned(),
                "AzureIdentityAuthenticationProvider(credential, allowed_hosts=[\"127.0.0.1\"]): without the port"
                    .to_owned(),
                format!("adapter.base_url = \"{}/v1.0\"", ready.graph_url),
            ],
        ),
        Client::MsalNode => msal_node(ready, app),
        Client::MicrosoftGraph => graph_client(ready),
        Client::Curl => curl(ready, app),
        Client::GraphRsSdk | Client::AzureCli | Client::CliMicrosoft365 | Client::PowershellMsgraph => {
            through_proxy(client, ready, app)
        }
        Client::Graphbeat => Settings::default(),
    })
}

fn msal_python(ready: &Ready, (id, secret): (&str, &str)) -> Settings {
    let (authority, public) = (ready.authority(), ready.public());
    Settings {
        environment: vec![ready.ca("REQUESTS_CA_BUNDLE")],
        notes: vec![
            format!(
                "ConfidentialClientApplication(\"{id}\", client_credential=\"{secret}\", authority=\"{authority}\", instance_discovery=False)"
            ),
            format!("PublicClientApplication(\"{public}\", authority=\"{authority}\", instance_discovery=False)"),
            format!(
                "through the proxy: HTTPS_PROXY={} with authority=\"https://login.microsoftonline.com/{}\"",
                ready.proxy_url, ready.tenant_id
            ),
        ],
    }
}

/// The variables that every credential of Azure's libraries reads.
fn azure_identity(ready: &Ready, (id, secret): (&str, &str), notes: Vec<String>) -> Settings {
    let environment = vec![
        ("AZURE_AUTHORITY_HOST", ready.login_url.clone()),
        ("AZURE_TENANT_ID", ready.tenant_id.clone()),
        ("AZURE_CLIENT_ID", id.to_owned()),
        ("AZURE_CLIENT_SECRET", secret.to_owned()),
        ready.ca("REQUESTS_CA_BUNDLE"),
        ready.ca("SSL_CERT_FILE"),
        ready.ca("NODE_EXTRA_CA_CERTS"),
    ];
    Settings { environment, notes }
}

fn msal_node(ready: &Ready, (id, secret): (&str, &str)) -> Settings {
    let (authority, host) = (ready.authority(), ready.host());
    let note = format!(
        "new ConfidentialClientApplication({{ auth: {{ clientId: \"{id}\", clientSecret: \"{secret}\", authority: \"{authority}\", knownAuthorities: [\"{host}\"] }} }})"
    );
    Settings { environment: vec![ready.ca("NODE_EXTRA_CA_CERTS")], notes: vec![note] }
}

fn graph_client(ready: &Ready) -> Settings {
    let note = format!(
        "Client.initWithMiddleware({{ authProvider, baseUrl: \"{}/\", customHosts: new Set([\"127.0.0.1\"]) }}): without the port",
        ready.graph_url
    );
    Settings { environment: vec![ready.ca("NODE_EXTRA_CA_CERTS")], notes: vec![note] }
}

fn curl(ready: &Ready, (id, secret): (&str, &str)) -> Settings {
    let (login, secret) = (ready.authority(), quoted(secret));
    Settings {
        environment: vec![
            ready.ca("CURL_CA_BUNDLE"),
            ("GRAPH_URL", ready.graph_url.clone()),
            ("HTTP_GRAPH_URL", ready.http_graph_url.clone()),
        ],
        notes: vec![
            format!(
                "token=$(curl -s {login}/oauth2/v2.0/token -d grant_type=client_credentials -d client_id={id} --data-urlencode client_secret={secret} -d scope=https://graph.microsoft.com/.default | jq -r .access_token)"
            ),
            "curl -s -H \"Authorization: Bearer $token\" $GRAPH_URL/v1.0/users".to_owned(),
        ],
    }
}

/// Settings of a client that knows no hosts but Microsoft's.
fn through_proxy(client: Client, ready: &Ready, (id, secret): (&str, &str)) -> Settings {
    let (tenant, plain) = (&ready.tenant_id, secret);
    let secret = quoted(secret);
    let (trust, sign_in) = match client {
        Client::AzureCli => (
            "REQUESTS_CA_BUNDLE",
            format!(
                "az login --service-principal --username {id} --password={secret} --tenant {tenant} --allow-no-subscriptions"
            ),
        ),
        Client::PowershellMsgraph => (
            "SSL_CERT_FILE",
            format!(
                "Connect-MgGraph -TenantId {tenant} -ClientSecretCredential ([pscredential]::new('{id}', (ConvertTo-SecureString '{plain}' -AsPlainText -Force)))"
            ),
        ),
        Client::GraphRsSdk => (
            "SSL_CERT_FILE",
            format!(
                "ConfidentialClientApplication::builder(\"{id}\").with_client_secret(\"{plain}\").with_tenant(\"{tenant}\")"
            ),
        ),
        _ => (
            "NODE_EXTRA_CA_CERTS",
            format!("m365 login --authType secret --appId {id} --tenant {tenant} --secret={secret}"),
        ),
    };
    let environment = vec![("HTTPS_PROXY", ready.proxy_url.clone()), ready.ca(trust)];
    Settings { environment, notes: std::iter::once(sign_in).chain(device_sign_in(client, ready)).collect() }
}

/// How a person signs in to a command line instead: on a page, or by `POST /_sandbox/device`.
fn device_sign_in(client: Client, ready: &Ready) -> Option<String> {
    let tenant = &ready.tenant_id;
    match client {
        Client::AzureCli => Some(format!("az login --use-device-code --tenant {tenant} --allow-no-subscriptions")),
        Client::CliMicrosoft365 => {
            Some(format!("m365 login --authType deviceCode --appId {} --tenant {tenant}", ready.public()))
        }
        Client::PowershellMsgraph => Some(format!("Connect-MgGraph -UseDeviceCode -TenantId {tenant}")),
        _ => None,
    }
}

/// Lines that a shell evaluates.
fn shell(settings: &Settings) -> String {
    let exports = settings.environment.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    exports.chain(settings.notes.iter().map(|note| format!("# {note}\n"))).collect()
}

/// A text that a shell takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A configuration file of graphbeat.
fn configuration(ready: &Ready) -> Result<String, Failure> {
    let (id, secret) = ready.app()?;
    let user = ready.users.first().map(|user| user.upn.as_str()).unwrap_or_default();
    // A JSON string is a TOML string too.
    let text = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
    Ok(format!(
        "# Run it with:  export SANDBOX_CLIENT_SECRET={}\n\
         [cloud.sandbox]\nlogin_url = {}\ngraph_url = {}\nca_file = {}\n\n\
         [[account]]\nname = \"app\"\ntenant = {}\ncloud = \"sandbox\"\n\
         sign_in = {{ method = \"client-secret\", client_id = {}, client_secret = {{ env = \"SANDBOX_CLIENT_SECRET\" }} }}\n\
         user = {}\n\n\
         [[account]]\nname = \"person\"\ntenant = {}\ncloud = \"sandbox\"\n\
         sign_in = {{ method = \"device-code\", client_id = {} }}\n",
        quoted(secret),
        text(&ready.login_url),
        text(&ready.graph_url),
        text(&ready.ca_file),
        text(&ready.domain),
        text(id),
        text(user),
        text(&ready.domain),
        text(ready.public()),
    ))
}
