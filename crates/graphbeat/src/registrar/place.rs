//! Whose registration: account, tenant and cloud, and the portal's pages for it.

use std::sync::Arc;

use graphbeat_catalog::{CloudName, Mode};
use graphbeat_config::{Account, Cloud};
use graphbeat_entra::registration::PermissionKind;

/// Whose registration.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) account: Arc<str>,
    pub(crate) tenant: Arc<str>,
    pub(crate) cloud: Cloud,
    pub(crate) kind: PermissionKind,
}

impl Place {
    pub(crate) fn of(account: &Account, cloud: &Cloud) -> Self {
        Self {
            account: Arc::clone(&account.name),
            tenant: Arc::clone(&account.tenant),
            cloud: cloud.clone(),
            kind: kind_of(account.sign_in.mode()),
        }
    }

    pub(crate) const fn mode(&self) -> Mode {
        match self.kind {
            PermissionKind::Application => Mode::Application,
            PermissionKind::Delegated => Mode::Delegated,
        }
    }
}

pub(crate) const fn kind_of(mode: Mode) -> PermissionKind {
    match mode {
        Mode::Application => PermissionKind::Application,
        Mode::Delegated => PermissionKind::Delegated,
    }
}

/// The portal of a cloud. A cloud of one's own has none that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portal(Option<&'static str>);

impl Portal {
    pub(crate) fn of(cloud: &Cloud) -> Self {
        Self(cloud.official.map(|official| match official {
            CloudName::Global => "https://entra.microsoft.com",
            CloudName::UsGov | CloudName::UsDod => "https://entra.microsoft.us",
            CloudName::China => "https://entra.microsoftonline.cn",
        }))
    }

    /// The page with the four fields.
    pub(crate) fn register(self) -> Option<String> {
        self.page("Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false")
    }

    /// The registrations that were deleted.
    pub(crate) fn deleted(self) -> Option<String> {
        self.page("Microsoft_AAD_RegisteredApps/ApplicationsListBlade/listType/deleted")
    }

    fn page(self, blade: &str) -> Option<String> {
        self.0.map(|host| format!("{host}/#view/{blade}"))
    }
}
