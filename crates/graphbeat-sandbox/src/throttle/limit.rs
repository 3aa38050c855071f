//! The documented limits: how much, for whom, in which time.

use http::Method;

use super::Charge;
use super::service::{Service, file_cost, identity_cost};

/// Whose use is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    App,
    Tenant,
    /// Application and the user whose data it is.
    Mailbox,
    /// Application and the single report.
    Report,
}

/// What counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Requests,
    Writes,
    Lists,
    Units,
}

/// One documented limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// `None`: every service.
    pub(super) service: Option<Service>,
    pub(super) scope: Scope,
    pub(super) measure: Measure,
    pub(super) most: u64,
    pub(super) window_s: i64,
    pub(super) says_when: bool,
}

const fn limit(service: Service, scope: Scope, measure: Measure, most: u64, window_s: i64) -> Limit {
    Limit { service: Some(service), scope, measure, most, window_s, says_when: true }
}

const fn silent(service: Service, scope: Scope, measure: Measure, most: u64, window_s: i64) -> Limit {
    Limit { says_when: false, ..limit(service, scope, measure, most, window_s) }
}

/// The index of the identity service's units, whose limit depends on the tenant's size.
pub(super) const IDENTITY_UNITS: usize = 1;
/// Every limit that the sandbox keeps.
pub(super) const LIMITS: [Limit; 19] = [
    Limit {
        service: None,
        scope: Scope::App,
        measure: Measure::Requests,
        most: 130_000,
        window_s: 10,
        says_when: true,
    },
    limit(Service::Identity, Scope::App, Measure::Units, 3_500, 10),
    limit(Service::Identity, Scope::App, Measure::Writes, 3_000, 150),
    limit(Service::IdentityReports, Scope::App, Measure::Requests, 5, 10),
    silent(Service::IdentityProtection, Scope::Tenant, Measure::Requests, 1, 1),
    limit(Service::Outlook, Scope::Mailbox, Measure::Requests, 10_000, 600),
    silent(Service::OneNote, Scope::Mailbox, Measure::Requests, 120, 60),
    silent(Service::OneNote, Scope::Mailbox, Measure::Requests, 400, 3_600),
    limit(Service::Files, Scope::App, Measure::Units, 1_200, 60),
    limit(Service::Files, Scope::App, Measure::Units, 1_200_000, 86_400),
    limit(Service::Excel, Scope::App, Measure::Requests, 1_500, 10),
    limit(Service::Reports, Scope::Report, Measure::Requests, 14, 600),
    limit(Service::Health, Scope::App, Measure::Requests, 240, 60),
    limit(Service::Health, Scope::App, Measure::Requests, 800, 3_600),
    limit(Service::Subscriptions, Scope::App, Measure::Lists, 25, 20),
    limit(Service::Presence, Scope::App, Measure::Requests, 10_000, 30),
    limit(Service::Insights, Scope::Mailbox, Measure::Requests, 10_000, 600),
    limit(Service::Teams, Scope::App, Measure::Requests, 30, 1),
    limit(Service::Security, Scope::App, Measure::Requests, 150, 60),
];

impl Limit {
    /// Scope and kind, as the identity service writes them.
    pub(super) fn scope_name(&self) -> &'static str {
        match self.measure {
            Measure::Writes => "Tenant_Application/Write",
            Measure::Requests | Measure::Lists | Measure::Units => "Tenant_Application/ReadWrite",
        }
    }
}

impl Measure {
    /// The reason that the identity service gives for a refusal.
    pub(super) fn information(self) -> &'static str {
        match self {
            Self::Writes => "WriteLimitExceeded",
            Self::Requests | Self::Lists | Self::Units => "ResourceUnitLimitExceeded",
        }
    }

    /// What a request takes of the limit.
    pub(super) fn cost(self, service: Service, charge: &Charge<'_>) -> u64 {
        let writes = charge.method != Method::GET && charge.method != Method::HEAD;
        match self {
            Self::Requests => 1,
            Self::Writes => u64::from(writes),
            Self::Lists => u64::from(!writes),
            Self::Units if service == Service::Files => file_cost(charge, writes),
            Self::Units => identity_cost(charge),
        }
    }
}

impl Scope {
    /// Whose window a request falls into.
    pub(super) fn key(self, charge: &Charge<'_>) -> String {
        let app = charge.caller.app_id;
        match self {
            Self::App => app.to_string(),
            Self::Tenant => String::new(),
            Self::Mailbox => format!("{app} {}", mailbox(charge)),
            Self::Report => {
                let report = charge.path.rsplit('/').next().unwrap_or_default();
                format!("{app} {}", report.split('(').next().unwrap_or_default().to_ascii_lowercase())
            }
        }
    }
}

/// The user whose data a path leads to.
fn mailbox(charge: &Charge<'_>) -> String {
    let mut segments = charge.path.trim_start_matches('/').split('/');
    match segments.next() {
        Some(first) if first.eq_ignore_ascii_case("users") => segments.next().unwrap_or_default().to_ascii_lowercase(),
        _ => charge.caller.user_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}
