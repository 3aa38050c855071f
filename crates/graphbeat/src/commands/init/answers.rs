//! The answers that a set-up needs: flags, then what was answered before an interruption, then questions.

use std::path::PathBuf;

use graphbeat_config::{BUILTIN_CLOUDS, Config, DEFAULT_CLASS};
use graphbeat_store::{Ledger as _, Notes as _};
use serde::{Deserialize, Serialize};
use url::Url;

use super::configure::configuration;
use crate::arguments::{InitArguments, InitMode, RegistrationWay};
use crate::commands::ask;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::registrar::azure_cli_is_there;
use crate::runtime::open_ledger;
use crate::stop::run_until_stopped;
use crate::texts::{Message, say};

/// The note of answers to a set-up that has not ended.
const NOTE: &str = "init";
/// The name of a cloud of one's own.
const OWN_CLOUD: &str = "local";

/// All answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Answers {
    pub(super) name: String,
    pub(super) tenant: String,
    pub(super) cloud: String,
    pub(super) own_cloud: Option<OwnCloud>,
    pub(super) mode: InitMode,
    pub(super) classes: Vec<String>,
    pub(super) journeys: bool,
    pub(super) user: Option<String>,
    pub(super) way: RegistrationWay,
}

/// A cloud that the configuration does not have yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OwnCloud {
    pub(super) login_url: String,
    pub(super) graph_url: String,
    pub(super) ca_file: Option<PathBuf>,
}

impl Answers {
    pub(super) fn complete(arguments: &InitArguments, context: &Context) -> Result<Self, Failure> {
        let config = configuration(context)?;
        let before = Self::before(arguments, &config, context)?;
        let asked = !arguments.yes && !arguments.dry_run && ask::somebody_is_there();
        let questions = Questions { context, asked };
        let own_cloud = own_cloud(arguments)?.or_else(|| before.as_ref().and_then(|before| before.own_cloud.clone()));
        let before = before.as_ref();
        let cloud = match (&own_cloud, &arguments.cloud) {
            (Some(_), name) => name.clone().unwrap_or_else(|| OWN_CLOUD.to_owned()),
            (None, Some(name)) => name.clone(),
            (None, None) => match before {
                Some(before) => before.cloud.clone(),
                None => questions.cloud(&config)?,
            },
        };
        let tenant = match arguments.tenant.clone().or_else(|| before.map(|before| before.tenant.clone())) {
            Some(tenant) => tenant,
            None => questions.tenant()?,
        };
        let mode = match arguments.mode.or_else(|| before.map(|before| before.mode)) {
            Some(mode) => mode,
            None => questions.mode()?,
        };
        let classes = match (arguments.class.is_empty(), before) {
            (false, _) => arguments.class.clone(),
            (true, Some(before)) => before.classes.clone(),
            (true, None) => questions.classes()?,
        };
        let way = match arguments.way.or_else(|| before.map(|before| before.way)) {
            Some(way) => way,
            None if arguments.client_id.is_some() => RegistrationWay::Portal,
            None => questions.way()?,
        };
        let name = arguments.name.clone().or_else(|| before.map(|before| before.name.clone()));
        Ok(Self {
            name: name.unwrap_or_else(|| default_name(&tenant, mode)),
            tenant,
            cloud,
            own_cloud,
            mode,
            classes,
            journeys: arguments.journeys || before.is_some_and(|before| before.journeys),
            user: arguments.user.clone().or_else(|| before.and_then(|before| before.user.clone())),
            way,
        })
    }

    /// What was answered before an interruption, where the flags do not say that another account is meant.
    fn before(arguments: &InitArguments, config: &Config, context: &Context) -> Result<Option<Self>, Failure> {
        if arguments.dry_run || !config.store.file.exists() {
            return Ok(None);
        }
        let text = run_until_stopped(async |_stop| {
            let opened = open_ledger(context, config)?;
            let text = opened.store.note(NOTE).await?;
            opened.store.close().await?;
            Ok(text)
        })?;
        let before: Option<Self> = text.and_then(|text| serde_json::from_str(&text).ok());
        let same = |given: &Option<String>, kept: &str| given.as_deref().is_none_or(|given| given == kept);
        Ok(before.filter(|before| same(&arguments.name, &before.name) && same(&arguments.tenant, &before.tenant)))
    }

    /// Keeps the answers until the set-up has ended.
    pub(super) fn keep(&self, context: &Context) -> Result<(), Failure> {
        let text = serde_json::to_string(self)?;
        set_note(&text, context)
    }

    pub(super) fn forget(context: &Context) -> Result<(), Failure> {
        set_note("", context)
    }
}

fn set_note(text: &str, context: &Context) -> Result<(), Failure> {
    let config = configuration(context)?;
    run_until_stopped(async |_stop| {
        let opened = open_ledger(context, &config)?;
        opened.store.set_note(NOTE, text).await?;
        Ok(opened.store.close().await?)
    })
}

fn own_cloud(arguments: &InitArguments) -> Result<Option<OwnCloud>, Failure> {
    let (Some(login_url), Some(graph_url)) = (&arguments.cloud_login, &arguments.cloud_graph) else { return Ok(None) };
    let ca_file = arguments
        .ca_file
        .as_deref()
        .map(std::path::absolute)
        .transpose()
        .map_err(|error| Failure::new(Exit::Usage, say!("init-ca-file", error = error.to_string())))?;
    Ok(Some(OwnCloud { login_url: host_text(login_url), graph_url: host_text(graph_url), ca_file }))
}

fn host_text(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// `contoso-app`, `contoso-user`; of a tenant's id its first part.
fn default_name(tenant: &str, mode: InitMode) -> String {
    let head = tenant.split(['.', '-']).next().unwrap_or("tenant");
    let tail = match mode {
        InitMode::Application => "app",
        InitMode::User => "user",
    };
    format!("{head}-{tail}")
}

/// Asks a person, or says which flag is missing.
struct Questions<'a> {
    context: &'a Context,
    asked: bool,
}

impl Questions<'_> {
    fn choose(&self, question: &Message, of: &[Message]) -> Result<usize, Failure> {
        let language = self.context.language();
        let of: Vec<String> = of.iter().map(|text| text.of(language)).collect();
        ask::choice(question, language, &of)
    }

    fn cloud(&self, config: &Config) -> Result<String, Failure> {
        if !self.asked {
            return Ok(BUILTIN_CLOUDS.first().map(|cloud| cloud.name.to_owned()).unwrap_or_default());
        }
        let mut names: Vec<String> = BUILTIN_CLOUDS.iter().map(|cloud| cloud.name.to_owned()).collect();
        names.extend(config.clouds.keys().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        let chosen = ask::choice(&say!("init-cloud"), self.context.language(), &names)?;
        Ok(names.swap_remove(chosen))
    }

    fn tenant(&self) -> Result<String, Failure> {
        if !self.asked {
            return Err(missing("--tenant", "contoso.onmicrosoft.com"));
        }
        ask::text(&say!("init-tenant"), self.context.language(), None)
    }

    fn mode(&self) -> Result<InitMode, Failure> {
        if !self.asked {
            return Err(missing("--as", "application"));
        }
        let of = [say!("init-as-application"), say!("init-as-user")];
        let question = say!("init-mode");
        let chosen = self.choose(&question, &of)?;
        Ok(if chosen == 0 { InitMode::Application } else { InitMode::User })
    }

    fn classes(&self) -> Result<Vec<String>, Failure> {
        let default = DEFAULT_CLASS.to_owned();
        if !self.asked {
            return Ok(vec![default]);
        }
        let question = say!("init-classes");
        let answer = ask::text(&question, self.context.language(), Some(default))?;
        Ok(answer.split([',', ' ']).filter(|class| !class.is_empty()).map(str::to_owned).collect())
    }

    fn way(&self) -> Result<RegistrationWay, Failure> {
        if !self.asked {
            return Ok(RegistrationWay::Portal);
        }
        if !run_until_stopped(async |_stop| Ok(azure_cli_is_there().await))? {
            return Ok(RegistrationWay::Portal);
        }
        let of = [say!("init-by-cli"), say!("init-by-portal")];
        let question = say!("init-way");
        let chosen = self.choose(&question, &of)?;
        Ok(if chosen == 0 { RegistrationWay::AzureCli } else { RegistrationWay::Portal })
    }
}

fn missing(flag: &str, example: &str) -> Failure {
    Failure::new(Exit::Usage, say!("init-missing", flag = flag)).hint(say!(
        "init-missing-hint",
        flag = flag,
        example = example
    ))
}
