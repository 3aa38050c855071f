//! The pages of Microsoft's that the owner of such a tenant needs, each with what it is for.
//!
//! They are data (`knowledge/links.toml`): an address for each of Microsoft's clouds that has the page, with
//! places for tenant and application. No page is among them whose use here would be to weaken sign-in.

use std::collections::BTreeMap;

use graphbeat_catalog::CloudName;
use serde::Deserialize;

use crate::Language;

const FILE: &str = include_str!("../knowledge/links.toml");
/// Where the application's id stands.
const CLIENT: &str = "{client-id}";
/// Where the tenant stands.
const TENANT: &str = "{tenant}";

/// Every page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    link: Vec<Link>,
}

/// One page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Its name in outputs.
    pub id: String,
    name: Texts,
    #[serde(rename = "for")]
    purpose: Texts,
    /// By cloud; a cloud that is not named has no such page.
    url: BTreeMap<CloudName, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    en: String,
    #[serde(rename = "zh-CN")]
    zh_cn: String,
}

/// Whose pages are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkTarget {
    /// The tenant's id or domain.
    pub tenant: Option<String>,
    /// The application's id.
    pub client_id: Option<String>,
}

/// The data about pages is wrong: a mistake that a test finds.
#[derive(Debug, thiserror::Error)]
#[error("could not read the list of pages")]
pub struct LinksError(#[source] Box<toml::de::Error>);

impl Links {
    /// What graphbeat brings along.
    ///
    /// # Errors
    /// [`LinksError`] where the data is wrong.
    pub fn builtin() -> Result<Self, LinksError> {
        toml::from_str(FILE).map_err(|error| LinksError(Box::new(error)))
    }

    /// The pages of a cloud, in the order of their use, each with its address. A page about an application
    /// or a tenant is left out where that is not known and the page is nothing without it.
    pub fn of<'a>(
        &'a self,
        cloud: CloudName,
        target: &'a LinkTarget,
    ) -> impl Iterator<Item = (&'a Link, String)> + use<'a> {
        self.link.iter().filter_map(move |link| Some((link, link.address(cloud, target)?)))
    }
}

impl Link {
    /// Its name for people.
    #[must_use]
    pub fn name(&self, language: Language) -> &str {
        self.name.of(language)
    }

    /// What it is for.
    #[must_use]
    pub fn purpose(&self, language: Language) -> &str {
        self.purpose.of(language)
    }

    fn address(&self, cloud: CloudName, target: &LinkTarget) -> Option<String> {
        let mut address = self.url.get(&cloud)?.clone();
        for (place, value) in [(CLIENT, &target.client_id), (TENANT, &target.tenant)] {
            if address.contains(place) {
                address = address.replace(place, &encoded(value.as_deref()?));
            }
        }
        Some(address)
    }
}

/// Ids and domains need no escape; anything else must not change the address's meaning.
fn encoded(value: &str) -> String {
    value.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' }).collect()
}

impl Texts {
    fn of(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::SimplifiedChinese => &self.zh_cn,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn links() -> Links {
        Links::builtin().expect("the list")
    }

    fn target() -> LinkTarget {
        LinkTarget { tenant: Some("contoso.onmicrosoft.com".to_owned()), client_id: Some("0000-1111".to_owned()) }
    }

    #[test]
    fn every_page_has_a_name_and_a_purpose_in_each_language_and_an_address_over_tls() {
        let links = links();
        let ids: BTreeSet<&str> = links.link.iter().map(|link| link.id.as_str()).collect();
        assert_eq!(ids.len(), links.link.len(), "no id twice");
        for link in &links.link {
            for language in Language::ALL {
                assert!(!link.name(*language).is_empty() && !link.purpose(*language).is_empty(), "{}", link.id);
            }
            assert!(!link.name.zh_cn.is_ascii() || link.name.zh_cn.contains("Graph"), "{}", link.id);
            assert!(!link.url.is_empty() && link.url.values().all(|url| url.starts_with("https://")), "{}", link.id);
        }
    }

    #[test]
    fn each_cloud_is_led_to_its_own_portals() {
        let links = links();
        for (cloud, own, foreign) in [
            (CloudName::Global, "https://entra.microsoft.com/", ".us/"),
            (CloudName::UsGov, "https://entra.microsoft.us/", "entra.microsoft.com"),
            (CloudName::UsDod, "https://entra.microsoft.us/", "entra.microsoft.com"),
            (CloudName::China, "https://entra.microsoftonline.cn/", "entra.microsoft.com"),
        ] {
            let addresses: Vec<String> = links.of(cloud, &target()).map(|(_, address)| address).collect();
            assert!(addresses.iter().any(|address| address.starts_with(own)), "{cloud:?}");
            let strays: Vec<&String> = addresses.iter().filter(|address| address.contains(foreign)).collect();
            assert!(strays.is_empty(), "{cloud:?}: {strays:?}");
        }
    }

    #[test]
    fn pages_of_an_application_name_it_and_are_left_out_where_none_is_known() {
        let (links, nobody, target) = (links(), LinkTarget::default(), target());
        let with: Vec<_> = links.of(CloudName::Global, &target).collect();
        let without: Vec<_> = links.of(CloudName::Global, &nobody).collect();
        assert!(with.len() > without.len());
        assert!(with.iter().any(|(link, address)| link.id == "app" && address.contains("0000-1111")));
        assert!(with.iter().chain(&without).all(|(_, address)| !address.contains('{')));
    }

    #[test]
    fn no_page_weakens_sign_in_and_none_is_of_the_closed_portal() {
        let all = FILE.to_lowercase();
        for word in [
            "securitydefaults",
            "security defaults",
            "peruser",
            "per-user",
            "usermanagement/multifactor",
            "aad.portal.azure.com",
            "conditionalaccess",
            "mfa off",
        ] {
            assert!(!all.contains(word), "{word}");
        }
    }
}
