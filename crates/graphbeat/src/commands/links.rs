//! `links`: the pages of Microsoft's that the owner of such a tenant needs. Works without configuration.

use graphbeat_catalog::CloudName;
use graphbeat_config::{Account, Config, FileCheck};
use graphbeat_core::links::{LinkTarget, Links};
use serde::Serialize;

use crate::arguments::{CloudWord, LinksArguments};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printer::Column;
use crate::runtime::known_account;
use crate::texts::say;

const FIELDS: &[&str] = &["id", "cloud", "name", "for", "url"];

/// A page as programs see it.
#[derive(Serialize)]
struct Page {
    id: String,
    cloud: &'static str,
    name: String,
    #[serde(rename = "for")]
    purpose: String,
    url: String,
}

pub(super) fn run(arguments: &LinksArguments, context: &Context) -> Result<Exit, Failure> {
    let (cloud, target) = match (&arguments.account, arguments.cloud) {
        (Some(name), _) => {
            let config = context.config(&context.catalog()?, FileCheck::Skip)?;
            of_account(&config, known_account(&config, name)?, context)
        }
        (None, Some(word)) => (official(word), LinkTarget::default()),
        (None, None) => of_configuration(context),
    };
    let links = Links::builtin().map_err(|error| Failure::bug(&error))?;
    let language = context.language();
    let columns = vec![
        Column::new(say!("links-page"), |page: &Page| page.name.clone()),
        Column::new(say!("links-for"), |page: &Page| page.purpose.clone()),
        Column::new(say!("links-address"), |page: &Page| page.url.clone()),
    ];
    let mut list = context.printer.list(FIELDS, columns);
    for (link, url) in links.of(cloud, &target) {
        list.push(&Page {
            id: link.id.clone(),
            cloud: cloud.word(),
            name: link.name(language).to_owned(),
            purpose: link.purpose(language).to_owned(),
            url,
        })?;
    }
    list.finish()?;
    Ok(Exit::Ok)
}

/// The pages of the only account; where there are none or several, those of the global cloud.
fn of_configuration(context: &Context) -> (CloudName, LinkTarget) {
    let config = context.catalog().and_then(|catalog| context.config(&catalog, FileCheck::Skip));
    let accounts = config.as_ref().map(|config| config.accounts.as_slice()).unwrap_or_default();
    match (&config, accounts) {
        (Ok(config), [only]) => of_account(config, only, context),
        (Ok(config), [first, ..]) => {
            context.printer.notice(&say!("links-several-accounts"));
            let cloud = config.cloud_of(first).and_then(|cloud| cloud.official).unwrap_or(CloudName::Global);
            let is_alike = |account: &Account| config.cloud_of(account).and_then(|cloud| cloud.official) == Some(cloud);
            let shared = if accounts.iter().all(is_alike) { cloud } else { CloudName::Global };
            (shared, LinkTarget::default())
        }
        _ => (CloudName::Global, LinkTarget::default()),
    }
}

/// A custom cloud stands in for the global one, and has no pages of its own.
fn of_account(config: &Config, account: &Account, context: &Context) -> (CloudName, LinkTarget) {
    let official = config.cloud_of(account).and_then(|cloud| cloud.official);
    if official.is_none() {
        context.printer.notice(&say!("links-custom-cloud"));
    }
    let target = LinkTarget {
        tenant: Some(account.tenant.to_string()),
        client_id: Some(account.sign_in.client_id().to_string()),
    };
    (official.unwrap_or(CloudName::Global), target)
}

const fn official(word: CloudWord) -> CloudName {
    match word {
        CloudWord::Global => CloudName::Global,
        CloudWord::UsGov => CloudName::UsGov,
        CloudWord::UsDod => CloudName::UsDod,
        CloudWord::China => CloudName::China,
    }
}
